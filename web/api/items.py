"""/items: what the shop has, to be looked for by anybody and told by the shop's own programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue

from kgrec.domain import ID_FAULTS
from kgrec.errors import BadInput, UnknownName
from kgrec.guide import Guide
from kgrec.live.items import What
from kgrec.search import Facet
from kgrec.shelf import Review

from ..present import moment
from ..watching import watching
from . import conditions
from .paging import part
from .schemas import ItemAttributes, ItemsQuery, ReviewsQuery


def find(guide: Guide, query: ItemsQuery, others: Mapping[str, Sequence[str]]) -> Response:
    """A part of the items that a query is about; all of them without one."""
    try:
        found = guide.search(query.q, query.lang, others, query.order, limit=query.limit, offset=query.offset)
    except UnknownName as error:  # of a facet: the address is fine
        raise BadInput(str(error)) from None
    body = {
        "total": found.total,
        "items": [asdict(item) for item in found.items],
        "facets": [_facet(facet) for facet in found.facets],
        "notes": list(found.notes),
        "read_as": found.read_as,
    }
    return part(body, limit=query.limit, offset=query.offset, total=found.total)


def _facet(facet: Facet) -> dict[str, Any]:
    values = [
        {"value": one.value, "label": one.label, "count": one.count, "chosen": one.chosen}
        for one in facet.values
    ]
    return {"name": facet.name, "label": facet.label, "values": values, "more": facet.more}


def get(guide: Guide, item_id: str) -> dict[str, Any]:
    """An item as it is now; one that was withdrawn is none."""
    found = _record(guide, item_id)
    if found is None:
        raise _unknown(guide, item_id)
    return found


def _unknown(guide: Guide, item_id: str) -> UnknownName:
    return UnknownName("item", item_id, [one for one in guide.dataset.items.ids if one != item_id])


def reviews(guide: Guide, item_id: str, query: ReviewsQuery) -> Response:
    """A part of what was written of an item; of one that was withdrawn nothing."""
    if not guide.offers(item_id):
        raise _unknown(guide, item_id)
    found = guide.reviews(item_id, query.limit, query.offset, query.lang)
    body = {
        "item_id": item_id,
        "total": found.total,
        "rated": found.rated,
        "mean": found.mean,
        "aspects": [asdict(aspect) for aspect in found.aspects],
        "reviews": [_review(review) for review in found.items],
    }
    return part(body, limit=query.limit, offset=query.offset, total=found.total)


def _review(review: Review) -> dict[str, Any]:
    written = None if review.time is None else moment(review.time)
    return {
        "rating": review.rating,
        "text": review.text,
        "lang": review.lang,
        "written": None if written is None else written.isoformat(timespec="seconds"),
        "spoken": [asdict(spoken) for spoken in review.spoken],
    }


def put(guide: Guide, item_id: str, asked: ItemAttributes) -> ResponseReturnValue:
    """All that an item is from now on."""
    return _kept(guide, item_id, "put", asked.root)


def patch(guide: Guide, item_id: str, asked: ItemAttributes) -> ResponseReturnValue:
    """Some of what an item is; null takes an attribute away."""
    _demand(guide, item_id)
    return _kept(guide, item_id, "patch", asked.root)


def delete(guide: Guide, item_id: str) -> ResponseReturnValue:
    """Not to be recommended any more; what users did with it stays."""
    _demand(guide, item_id)
    guide.inventory.change(item_id, "withdraw", {}, after=_unchanged(guide, item_id))
    return "", 204


def _kept(guide: Guide, item_id: str, what: What, said: dict[str, Any]) -> ResponseReturnValue:
    after = _unchanged(guide, item_id)
    try:
        return {"item_id": item_id, "recommendable": guide.inventory.change(item_id, what, said, after=after)}
    except UnknownName as error:  # of an attribute: the address is fine
        raise BadInput(str(error)) from None


def _unchanged(guide: Guide, item_id: str) -> int | None:
    """The number of the change that is to be an item's last, if the request makes a condition and that is met."""
    if not conditions.conditional():
        return None
    after = guide.inventory.settled(item_id)
    watching().renew()
    found = _record(guide, item_id)
    conditions.demand(None if found is None else conditions.tag_of(found))
    return after


def _record(guide: Guide, item_id: str) -> dict[str, Any] | None:
    if not guide.offers(item_id):
        return None
    return {"item_id": item_id, "attributes": guide.record(item_id)}


def _demand(guide: Guide, item_id: str) -> None:
    for is_so, what, remedy in ID_FAULTS:
        if is_so(item_id):
            raise BadInput(f"item_id {what}; {remedy}")
    if not guide.inventory.has(item_id, item_id in guide.dataset.items):
        raise UnknownName("item", item_id)
