"""/users/{id}: what is known of a user and what they allow, told and asked by the shop's own programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from kgrec.domain import ID_FAULTS
from kgrec.errors import BadInput, UnknownName
from kgrec.guide import Guide
from kgrec.live.keys import Role
from kgrec.live.terms import Purpose

from ..security import sent_key
from .schemas import LANGUAGES, ConsentRequest


def put(guide: Guide, user_id: str, said: dict[str, str | None]) -> ResponseReturnValue:
    """All that is to be said of a user; what the tables say besides counts no more."""
    _allow(guide, user_id, "admin")
    columns = [str(column) for column in guide.dataset.user_table.columns]
    return _described(user_id, guide.registry.people.describe(user_id, said, others=columns))


def patch(guide: Guide, user_id: str, said: dict[str, str | None]) -> ResponseReturnValue:
    """Some of what there is to say of a user; null takes an attribute away."""
    _allow(guide, user_id, "admin")
    people = guide.registry.people
    if user_id not in guide.dataset.users and not people.is_known(user_id):
        raise UnknownName("user", user_id)
    return _described(user_id, people.describe(user_id, said))


def _described(user_id: str, kept: dict[str, str | None]) -> dict[str, Any]:
    return {"user_id": user_id, "attributes": {name: value for name, value in kept.items() if value}}


def delete(guide: Guide, user_id: str) -> ResponseReturnValue:
    """Forget a user: at once they are a stranger; the receipt tells when tables and graphs are done, too."""
    _allow(guide, user_id, "admin")
    receipt = guide.forget(user_id, request.args.get("reason", ""))
    return receipt, 202, {"Location": f"/api/v1/erasures/{receipt['person']}"}


def erasure(guide: Guide, person: str) -> ResponseReturnValue:
    """The receipt of somebody who was forgotten."""
    guide.registry.allow(sent_key(), "admin")
    return guide.registry.erasures.receipt(person)


def consent(guide: Guide, user_id: str) -> ResponseReturnValue:
    """What a user allows."""
    _allow(guide, user_id, "events")
    return {"user_id": user_id, **asdict(guide.registry.people.consent(user_id))}


def put_consent(guide: Guide, user_id: str, asked: ConsentRequest) -> ResponseReturnValue:
    """Keep what a user says to some purposes."""
    _allow(guide, user_id, "events")
    given: dict[Purpose, bool | None] = {
        "recommend": asked.recommend,
        "research": asked.research,
        "marketing": asked.marketing,
    }
    said = {purpose: answer for purpose, answer in given.items() if answer is not None}
    return {"user_id": user_id, **asdict(guide.registry.people.consents(user_id, said))}


def facts(guide: Guide, user_id: str) -> ResponseReturnValue:
    """All that is known of a user and used."""
    _allow(guide, user_id, "admin")
    lang = request.args.get("lang", "en")
    if lang not in LANGUAGES:
        raise UnprocessableEntity(f"lang: write one of {', '.join(LANGUAGES)}")
    return {"user_id": user_id, "facts": [asdict(fact) for fact in guide.facts(user_id, lang)]}


def hide_fact(guide: Guide, user_id: str, fact: str) -> ResponseReturnValue:
    """Never use a fact of a user again."""
    _allow(guide, user_id, "admin")
    return {"user_id": user_id, "hidden": fact, "deleted": guide.hide_fact(user_id, fact)}


def _allow(guide: Guide, user_id: str, role: Role) -> None:
    """Whether the key may; and the id of an address as strict as one in a body."""
    guide.registry.allow(sent_key(), role)
    for is_so, what, remedy in ID_FAULTS:
        if is_so(user_id):
            raise BadInput(f"user_id {what}; {remedy}")
    g.user_id = user_id  # by another name, for the line of this request in the log
