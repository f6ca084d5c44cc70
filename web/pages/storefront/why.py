"""An item → why it has its score for whoever looks at it, what can be asked, and the list as it is now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request, url_for

from kgrec.domain import Explanation
from kgrec.guide import STRANGER, Guide

from ...forms import own
from ...visitors import visitor
from ..languages import current
from ..reasons import CHOICES, paths_asked_for, shown, standing
from ..steering import here, may_change, steering

LISTED = 10
"""Items of the list that is shown beside the reasons."""


def view(guide: Guide) -> Callable[[str], str]:
    """The page that says why, or with `part=card` the card alone, to be put into another page."""

    def why(item_id: str) -> str:
        if request.args.get("part") == "card":
            return _card(guide, item_id)
        found = guide.item(item_id)
        user_id = visitor().user_id
        asker = guide.asker(user_id, context=STRANGER)
        told: dict[str, Any] = {"explanation": None}
        if guide.explains:
            n_paths = paths_asked_for()
            (explanation,) = guide.told(asker, [item_id], user_id, n_paths, current())
            told = {**_beside(guide, explanation), **shown(guide, explanation, n_paths)}
        return render_template(
            "storefront/why.html",
            item=found,
            listed=[(one, guide.item(one.item_id)) for one in guide.listed(asker, LISTED)],
            next=here(),
            may_change=may_change(),
            accounts=guide.accounts,
            **told,
        )

    return why


def _card(guide: Guide, item_id: str) -> str:
    explanation = guide.explain(visitor().user_id, item_id, CHOICES[0], current(), context=STRANGER)
    return render_template(
        "storefront/why_part.html",
        explanation=explanation,
        bill=guide.ledger(explanation),
        next=own(request.args.get("next", "")) or url_for("pages.why", item_id=item_id),
        may_change=may_change(),
        **_beside(guide, explanation),
    )


def _beside(guide: Guide, explanation: Explanation) -> dict[str, Any]:
    """What is said beside an explanation: where the item stands, its receipt, what can be asked."""
    proof = guide.proof(explanation)
    return {
        "standing": standing(explanation),
        "proof": proof,
        "steer": steering(guide, explanation, proof.things if proof else ()),
    }
