"""A product → who is led here by what, what is missing from it, and what is like it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import render_template

from kgrec.guide import Guide
from kgrec.insight import ItemInsight, Source, WayShare, item_insight

from ...charts import Cell, Chart, Figures, Row, bars
from ..languages import current, gettext, ngettext
from ..shown import number, percent
from . import kept

MOST_WAYS = 10
MOST_BRANDS = 8
BESIDE = 6  # products that are like it, and that go with it


def view(guide: Guide) -> Callable[[str], str]:
    """The page of a product."""

    def item(item_id: str) -> str:
        shown = guide.item(item_id)
        found = item_insight(guide, kept.lists(guide), item_id, current()) if guide.balances else None
        similar, complements = guide.neighbours(item_id, BESIDE, current())
        return render_template(
            "studio/item.html",
            item=shown,
            found=found,
            offered=guide.offers(item_id),
            ways=None if found is None or not found.total else _ways(found),
            relations=None if found is None or not found.total else _relations(found),
            sources=None if found is None else _sources(found.sources),
            brands=None if found is None else _sources(found.brands[:MOST_BRANDS]),
            similar=similar,
            complements=complements,
        )

    return item


def _ways(found: ItemInsight) -> Chart:
    """What leads here, by the way that the paths take."""
    listed = [_way(one) for one in found.ways[:MOST_WAYS]]
    rest = found.ways[MOST_WAYS:]
    if rest:
        share = sum(one.share or 0.0 for one in rest)
        words = ngettext("%(num)s other way", "%(num)s other ways", len(rest))
        listed.append(Row(words, (Cell(percent(share, 1), share),)))
    return bars(
        Figures(
            name="ways",
            title=gettext("The ways that lead here"),
            summary=gettext("Shares of what all paths from all shoppers who do not have it add to it."),
            head=(gettext("Way"), gettext("Share")),
            rows=tuple(listed),
            percent=True,
        )
    )


def _relations(found: ItemInsight) -> Chart:
    """What comes over each relation that these ways walk."""
    rows = [one for one in found.relations if one.share][:MOST_WAYS]
    return bars(
        Figures(
            name="walked",
            title=gettext("The relations that they walk"),
            summary=gettext("The same by relation. A path that walks several relations counts for each."),
            head=(gettext("Relation"), gettext("Share")),
            rows=tuple(Row(one.label, (Cell(percent(one.share or 0, 1), one.share),)) for one in rows),
            percent=True,
        )
    )


def _way(way: WayShare) -> Row:
    share = way.share or 0.0
    return Row(way.label or gettext("What everybody chooses"), (Cell(percent(share, 1), share),))


def _sources(sources: Sequence[Source]) -> list[tuple[Source, str]]:
    """What leads to it, each with what it adds."""
    return [(one, number(one.contribution, 2)) for one in sources]
