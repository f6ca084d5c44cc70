"""POST /what-if: the list as it would be if the asker had done something more, or less."""

from __future__ import annotations

from typing import Any

from kgrec.guide import Guide, SessionEvent

from ..present import what_if_dict
from .schemas import WhatIfRequest


def what_if(guide: Guide, asked: WhatIfRequest) -> dict[str, Any]:
    """Both lists and the reason of every move.

    Attributes of items are not changed here: that takes all operators to be built anew, which is for the shop's owner
    to ask, with the command of the same name.
    """
    add = [SessionEvent(event.item_id, event.event) for event in asked.add]
    session = [SessionEvent(event.item_id, event.event) for event in asked.session]
    return what_if_dict(
        guide.what_if(asked.user_id, add, asked.remove, k=asked.k, lang=asked.lang, session=session)
    )
