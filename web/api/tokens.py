"""POST /users/{id}/token: what a browser may hold in the place of a key."""

from __future__ import annotations

from datetime import UTC, datetime

from flask.typing import ResponseReturnValue

from kgrec.errors import NotReady
from kgrec.guide import Guide

from .askers import keyholder
from .schemas import TokenRequest


def create(guide: Guide, user_id: str, asked: TokenRequest) -> ResponseReturnValue:
    """A token for one user, who need not be known yet."""
    if guide.registry.tokens is None:
        raise NotReady(f"{guide.name} makes no tokens; serve a workspace")
    token, until = guide.registry.tokens.create(keyholder(guide), user_id, asked.seconds)
    expires = datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds")
    return {"token": token, "user_id": user_id, "expires": expires}
