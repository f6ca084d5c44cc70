"""A shopper and an item → its score as a bill that adds up, its paths in words, and a drawing of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import render_template, request

from kgrec.domain import Path, plain
from kgrec.guide import Guide

from ..languages import current, t

CHOICES = (3, 6, 10)
"""How many paths can be listed."""


@dataclass(frozen=True)
class Step:
    """One hop as it is read along the path: a relation, its direction as stored, the thing it leads to."""

    relation: str
    inverse: bool
    thing: str
    source: str


def view(guide: Guide) -> Callable[[str, str], str]:
    """The page that says why an item has its score for a shopper."""

    def item(user_id: str, item_id: str) -> str:
        n_paths = _choice(request.args.get("paths", ""))
        explanation = guide.explain(user_id, item_id, paths=n_paths, lang=current())
        return render_template(
            "storefront/item.html",
            user_id=user_id,
            item=guide.item(item_id),
            explanation=explanation,
            bill=guide.ledger(explanation),
            bars=guide.bars(explanation, label=t("item.bar")),
            chains=[steps(path) for path in explanation.paths],
            picture=guide.drawing(
                explanation,
                title=t("drawing.title"),
                summary=t("drawing.summary", n=len(explanation.paths)),
                alone=False,
            ),
            n_paths=n_paths,
            choices=CHOICES,
        )

    return item


def _choice(text: str) -> int:
    return int(text) if text in map(str, CHOICES) else CHOICES[0]


def steps(path: Path) -> list[Step]:
    """The hops of a path in the order they are walked, from the shopper on."""
    return [
        Step(
            relation=plain(hop.labels["relation"]),
            inverse=hop.inverse,
            thing=plain(hop.labels["subject" if hop.inverse else "object"]),
            source=_source(plain(hop.source)),
        )
        for hop in path.hops
    ]


def _source(source: str) -> str:
    """Where a triple is from, in the language of the page: files as they are, the rest in words."""
    derived = re.fullmatch(r"derived(?:, seen (\d+) times?)?", source)
    if derived:
        return t("source.seen", n=int(derived[1])) if derived[1] else t("source.derived")
    return t("source.unknown") if source == "unknown" else source
