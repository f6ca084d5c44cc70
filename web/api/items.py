"""PUT, PATCH and DELETE /items/{id}: what the shop has, told by its own programs."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from kgrec.errors import BadInput, UnknownName
from kgrec.guide import Guide
from kgrec.live.inventory import MOST_ATTRIBUTES
from kgrec.live.items import What

from ..security import sent_key
from .sent import sent_json


def put(guide: Guide, item_id: str) -> ResponseReturnValue:
    """All that an item is from now on."""
    guide.inventory.allow(sent_key())
    return _kept(guide, item_id, "put", _attributes())


def patch(guide: Guide, item_id: str) -> ResponseReturnValue:
    """Some of what an item is; null takes an attribute away."""
    guide.inventory.allow(sent_key())
    said = _attributes()
    _demand(guide, item_id)
    return _kept(guide, item_id, "patch", said)


def delete(guide: Guide, item_id: str) -> ResponseReturnValue:
    """Not to be recommended any more; what users did with it stays."""
    guide.inventory.allow(sent_key())
    _demand(guide, item_id)
    guide.inventory.change(item_id, "withdraw", {})
    return "", 204


def _kept(guide: Guide, item_id: str, what: What, said: dict[str, Any]) -> ResponseReturnValue:
    try:
        return {"item_id": item_id, "recommendable": guide.inventory.change(item_id, what, said)}
    except UnknownName as error:  # of an attribute: the address is fine
        raise BadInput(str(error)) from None


def _demand(guide: Guide, item_id: str) -> None:
    if not guide.inventory.has(item_id, item_id in guide.dataset.items):
        raise UnknownName("item", item_id)


def _attributes() -> dict[str, Any]:
    found = sent_json()
    if not isinstance(found, dict):
        raise UnprocessableEntity("send an object of attributes")
    if len(found) > MOST_ATTRIBUTES:
        raise UnprocessableEntity(f"{len(found)} attributes at once; {MOST_ATTRIBUTES} are the most")
    return found
