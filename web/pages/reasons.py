"""An explanation → what a page shows of it: a bill that adds up, the paths in words, and a drawing of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from kgrec.domain import Explanation, Out, Path, plain
from kgrec.guide import Guide

from .explored import explored
from .languages import N_, gettext, ngettext

CHOICES = (3, 6, 10)
"""How many paths can be listed."""


_OUT: Mapping[Out, str] = {
    "taken": N_("Already among the things you have"),
    "unwanted": N_("Not shown, as you asked"),
    "rule": N_("Left out of lists by the shop"),
    "withdrawn": N_("No longer offered by the shop"),
}


@dataclass(frozen=True)
class Step:
    """One hop as it is read along the path: a relation, its direction as stored, the thing it leads to."""

    relation: str
    inverse: bool
    thing: str
    source: str


def shown(guide: Guide, explanation: Explanation, n_paths: int) -> dict[str, Any]:
    """What `reasons.html` needs besides the item."""
    return {
        "explanation": explanation,
        "explored": explored(explanation),
        "bill": guide.ledger(explanation),
        "bars": guide.bars(
            explanation,
            label=gettext("The parts of the score, side by side. The table below has the figures."),
        ),
        "chains": [steps(path) for path in explanation.paths],
        "picture": guide.drawing(
            explanation,
            title=gettext("Paths from the shopper to the product"),
            summary=ngettext(
                "%(num)s path through the knowledge graph, from left to right. The list below tells it in words.",
                "%(num)s paths through the knowledge graph, from left to right. The list below tells them in words.",
                len(explanation.paths),
            ),
            alone=False,
        ),
        "n_paths": n_paths,
        "choices": CHOICES,
    }


def standing(explanation: Explanation) -> str:
    """Where an item stands for whoever reads it: its place, or why it has none."""
    if explanation.rank:
        return gettext("Place %(rank)s for you", rank=explanation.rank)
    return gettext(_OUT[explanation.out or "taken"])


def paths_asked_for() -> int:
    """How many paths the address of this page asks for."""
    text = request.args.get("paths", "")
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
        seen = derived[1]
        return (
            ngettext("derived, seen %(num)s time", "derived, seen %(num)s times", int(seen))
            if seen
            else gettext("derived")
        )
    return gettext("source unknown") if source == "unknown" else source
