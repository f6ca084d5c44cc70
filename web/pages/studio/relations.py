"""What each relation adds to recommendations, and what would change if one were switched off; nothing is."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request

from kgrec.errors import UnknownName
from kgrec.guide import Guide
from kgrec.insight import Pair, RelationsInsight, relations_insight, sample, without_relation

from ...charts import Cell, Chart, Figures, Row, bars
from ..languages import current, gettext
from ..shown import percent
from . import kept
from .changes import both_lists, coverage, named
from .words import RELATION_KINDS, called

MOST_DRAWN = 12


def view(guide: Guide) -> Callable[[], tuple[str, int]]:
    """The page of all relations."""

    def relations() -> tuple[str, int]:
        if not guide.balances:
            return render_template("studio/relations.html", model=guide.model_name), 200
        relation, user_id = request.args.get("without", ""), request.args.get("user", "").strip()
        found = relations_insight(guide, kept.lists(guide), current())
        fault, without, one = "", None, None
        try:
            without = kept.without(guide, relation, current()) if relation else None
            one = _one(guide, relation, user_id) if relation and user_id else None
        except UnknownName as error:
            fault = str(error)
        changes = None if without is None else without.changes
        told = render_template(
            "studio/relations.html",
            model=guide.model_name,
            found=found,
            drawn=_drawn(found),
            kinds={one.kind: called(RELATION_KINDS, one.kind) for one in found.relations},
            relation=relation,
            user_id=user_id,
            fault=fault,
            without=without,
            changes=changes,
            coverage=None
            if changes is None
            else coverage(changes, gettext("With it"), gettext("Without it")),
            lists=None if one is None else both_lists(one),
            items=named(guide, changes, one),
        )
        return told, 404 if fault else 200

    return relations


def _one(guide: Guide, relation: str, user_id: str) -> Pair | None:
    """The two lists of one user."""
    return without_relation(guide, relation, sample(guide, 1), user_id=user_id, lang=current()).one


def _drawn(found: RelationsInsight) -> Chart:
    rows = [one for one in found.relations if one.share][:MOST_DRAWN]
    return bars(
        Figures(
            name="shares",
            title=gettext("What comes over each relation"),
            summary=gettext(
                "Shares of the scores of all that is recommended. A path that walks several relations counts for each."
            ),
            head=(gettext("Relation"), gettext("Share")),
            rows=tuple(Row(one.label, (Cell(percent(one.share or 0, 1), one.share),)) for one in rows),
            percent=True,
        )
    )
