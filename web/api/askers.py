"""Who may ask what: with a key, with a token for one user, or with nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from kgrec.guide import Guide
from kgrec.live.keys import KeptKey, Role
from kgrec.live.tokens import allow_bearer, is_token

from ..limits import openings
from ..security import sent_key


@dataclass(frozen=True)
class Door:
    """What opens an operation."""

    role: Role | Literal["any"]  # of the key
    opens: Callable[[Guide], object]  # NoKey or NotAllowed for whoever may not
    tokens: bool = False  # whether a token will do


def allow_about(guide: Guide, user_id: str | None) -> None:
    """NoKey or NotAllowed unless whoever sent this may ask about a user; anybody may ask for a visitor.

    A token is held to its user even where anybody may ask about anybody.
    """
    sent = sent_key()
    if is_token(sent) or (user_id is not None and openings().users_closed):
        guide.registry.allow_about(sent, "read", user_id)


def told_by(guide: Guide) -> str | None:
    """The user who may tell their own events by the token that was sent; None for a key, which may tell of all."""
    sent = sent_key()
    bearer = guide.registry.bearer(sent) if is_token(sent) else None
    if bearer is None:
        guide.intake.allow(sent)
        return None
    allow_bearer(bearer, "events", None)
    return bearer.user_id


def keyholder(guide: Guide) -> KeptKey:
    """Any key that is good."""
    keys, sent = guide.registry.keys, sent_key()
    known = None if sent is None else keys.known(sent)
    return keys.allow(known, "read" if known is None else known.role)


OF_USERS = Door("admin", lambda guide: guide.registry.allow(sent_key(), "admin"))
OF_CONSENT = Door("events", lambda guide: guide.registry.allow(sent_key(), "events"))
OF_ITEMS = Door("admin", lambda guide: guide.inventory.allow(sent_key()))
OF_EVENTS = Door("events", told_by, tokens=True)
OF_TOKENS = Door("any", keyholder)
OF_QUERIES = Door(
    "read", lambda guide: None
)  # the endpoint looks at the key itself, and at what it has spent
