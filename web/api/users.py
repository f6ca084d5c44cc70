"""/users/{id}: what is known of a user and what they allow, told and asked by the shop's own programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.typing import ResponseReturnValue

from kgrec.errors import UnknownName
from kgrec.guide import Guide
from kgrec.live.terms import Purpose

from .paging import part
from .schemas import ConsentRequest, FactsQuery, ForgetQuery, UserAttributes


def put(guide: Guide, user_id: str, asked: UserAttributes) -> ResponseReturnValue:
    """All that is to be said of a user; what the tables say besides counts no more."""
    columns = [str(column) for column in guide.dataset.user_table.columns]
    return _described(user_id, guide.registry.people.describe(user_id, asked.root, others=columns))


def patch(guide: Guide, user_id: str, asked: UserAttributes) -> ResponseReturnValue:
    """Some of what there is to say of a user; null takes an attribute away."""
    people = guide.registry.people
    if user_id not in guide.dataset.users and not people.is_known(user_id):
        raise UnknownName("user", user_id)
    return _described(user_id, people.describe(user_id, asked.root))


def _described(user_id: str, kept: dict[str, str | None]) -> dict[str, Any]:
    return {"user_id": user_id, "attributes": {name: value for name, value in kept.items() if value}}


def delete(guide: Guide, user_id: str, query: ForgetQuery) -> ResponseReturnValue:
    """Forget a user: at once they are a stranger; the receipt tells when tables and graphs are done, too."""
    receipt = guide.forget(user_id, query.reason)
    return receipt, 202, {"Location": f"/api/v1/erasures/{receipt['person']}"}


def erasure(guide: Guide, person: str) -> ResponseReturnValue:
    """The receipt of somebody who was forgotten."""
    return guide.registry.erasures.receipt(person)


def consent(guide: Guide, user_id: str) -> ResponseReturnValue:
    """What a user allows."""
    return {"user_id": user_id, **asdict(guide.registry.people.consent(user_id))}


def put_consent(guide: Guide, user_id: str, asked: ConsentRequest) -> ResponseReturnValue:
    """Keep what a user says to some purposes."""
    given: dict[Purpose, bool | None] = {
        "recommend": asked.recommend,
        "research": asked.research,
        "marketing": asked.marketing,
    }
    said = {purpose: answer for purpose, answer in given.items() if answer is not None}
    return {"user_id": user_id, **asdict(guide.registry.people.consents(user_id, said))}


def facts(guide: Guide, user_id: str, query: FactsQuery) -> ResponseReturnValue:
    """What is known of a user and used."""
    known = guide.facts(user_id, query.lang)
    shown = [asdict(fact) for fact in known[query.offset : query.offset + query.limit]]
    body = {"user_id": user_id, "total": len(known), "facts": shown}
    return part(body, limit=query.limit, offset=query.offset, total=len(known))


def hide_fact(guide: Guide, user_id: str, fact: str) -> ResponseReturnValue:
    """Never use a fact of a user again."""
    return {"user_id": user_id, "hidden": fact, "deleted": guide.hide_fact(user_id, fact)}
