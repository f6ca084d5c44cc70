"""Something that a visitor would not have done, or would do → their list as it is and as it would be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import render_template, request

from kgrec.answers import Move, WhatIf
from kgrec.guide import STRANGER, Guide
from kgrec.shelf import ItemSummary

from ...visitors import visitor
from ..languages import current
from ..visits import visits

LISTED = 10
REMEMBERED = 60  # entries of the history that can be chosen from
MOST_SUPPOSED = 5  # things that are left out, or added


@dataclass(frozen=True)
class Place:
    """One item of a list that would be, and how it came there."""

    item: ItemSummary
    move: Move | None  # None where it stays


def view(guide: Guide) -> Callable[[], str]:
    """The page that compares both lists."""

    def what_if() -> str:
        user_id = visitor().user_id
        known = guide.knows(user_id)
        done = visits(guide.history(user_id, REMEMBERED)) if known else []
        history = list({visit.item.item_id: visit.item for visit in done}.values())
        remove = _asked("remove")
        missing = [item_id for item_id in remove if item_id not in {item.item_id for item in history}]
        add = [item_id for item_id in _asked("add") if guide.item(item_id) and item_id not in remove]
        told = None
        if guide.accounts and (remove or add) and not missing:
            told = guide.what_if(user_id, add, remove, k=LISTED, lang=current(), context=STRANGER)
        return render_template(
            "storefront/what_if.html",
            history=history,
            remove=remove,
            missing=missing,
            added=[guide.item(item_id) for item_id in add],
            told=told,
            before=_before(guide, told),
            after=_after(guide, told),
            left=[(move, guide.item(move.item_id)) for move in _left(told)],
            accounts=guide.accounts,
        )

    return what_if


def _asked(name: str) -> list[str]:
    """The items that the address of this page names, each once."""
    return list(dict.fromkeys(one for one in request.args.getlist(name) if one))[:MOST_SUPPOSED]


def _before(guide: Guide, told: WhatIf | None) -> list[ItemSummary]:
    return [] if told is None else [guide.item(one.item_id) for one in told.before]


def _after(guide: Guide, told: WhatIf | None) -> list[Place]:
    if told is None:
        return []
    moves = {move.item_id: move for move in told.moves}
    return [Place(guide.item(one.item_id), moves.get(one.item_id)) for one in told.after]


def _left(told: WhatIf | None) -> Sequence[Move]:
    return [] if told is None else [move for move in told.moves if move.moved == "left"]
