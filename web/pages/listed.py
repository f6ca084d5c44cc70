"""Items with their reasons as pages list them → what is counted of them."""

from __future__ import annotations

from collections.abc import Iterable

from kgrec.browsing import Shown
from kgrec.live import exposures


def exposed(items: Iterable[Shown]) -> list[exposures.Shown]:
    """Each item with the kind of its reason: the metapath, "popular", a "rule" of the shop, or "none"."""
    return [exposures.Shown(one.item.item_id, _kind(one)) for one in items]


def _kind(shown: Shown) -> str:
    if any(rule.do == "pin" for rule in shown.rules):
        return "rule"
    return shown.metapath or ("popular" if shown.reason else "none")
