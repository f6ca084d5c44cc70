"""Who looks at a page, by a signed cookie: somebody new, somebody who has clicked before, or one of the shop's users.

A new visitor gets an id with the first thing they do, and from then on is a user like any other: what they do is in
the event log, and all that a user may see, take back and forget is theirs to see, take back and forget.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from flask import Flask, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from kgrec.errors import BadInput, NotAllowed, UnknownName
from kgrec.guide import Guide
from kgrec.live.storefront import Storefront

from .security import PUBLIC

PREFIX = "visitor-"
_EXTENSION = "kgrec.storefront"
_USER = "user"  # of the cookie
_LONGEST_VISIT = 180 * 24 * 3600  # seconds
_VISITOR = re.compile(r"visitor-[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page."""

    user_id: str
    kept: bool  # whether a cookie holds that id; else it is one for this request alone
    chosen: bool  # one of the shop's own users, looked at by somebody who chose them

    @property
    def new(self) -> bool:
        """Whether they have done nothing here yet."""
        return not self.kept


class _Cookies(SecureCookieSessionInterface):
    """Session cookies that are sent back over TLS alone where they were set over TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Not with what caches keep for everybody: they would hand one visitor's cookie to all others."""
        return not request.path.startswith(PUBLIC) and super().should_set_cookie(app, session)


def register_visitors(app: Flask, storefront: Storefront, secret: bytes | None) -> None:
    """Know visitors again; without a secret only until the process ends."""
    app.secret_key = secret or secrets.token_bytes(32)
    app.session_interface = _Cookies()
    app.config.update(
        SESSION_COOKIE_NAME="kgrec",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=_LONGEST_VISIT,
    )
    app.extensions[_EXTENSION] = storefront


def storefront() -> Storefront:
    """What is open to anybody in the application that answers now."""
    return cast(Storefront, current_app.extensions[_EXTENSION])


def visitor() -> Visitor:
    """Who looks at the page of this request."""
    if "visitor" not in g:
        kept = _kept()
        user_id = kept or PREFIX + secrets.token_hex(16)
        if kept is not None:
            g.user_id = user_id  # by another name, for the line of this request in the log
        g.visitor = Visitor(user_id, kept=kept is not None, chosen=not is_visitor(user_id))
    return cast(Visitor, g.visitor)


def _kept() -> str | None:
    """The id that the cookie holds; that of a user who was chosen only while choosing one is open."""
    found = session.get(_USER)
    if not isinstance(found, str):
        return None
    return found if is_visitor(found) or storefront().try_as else None


def is_visitor(user_id: str) -> bool:
    """Whether an id is one that a visitor got here, and so theirs alone."""
    return _VISITOR.fullmatch(user_id) is not None


def keep(user_id: str | None = None) -> None:
    """Know this visitor again by a cookie, or somebody by that id in their place."""
    session[_USER] = user_id or visitor().user_id
    session.permanent = True
    g.pop("visitor", None)


def leave() -> None:
    """Be somebody new from now on."""
    session.pop(_USER, None)
    g.pop("visitor", None)


def choose(guide: Guide, user_id: str) -> None:
    """Look at the shop as one of its users; NotAllowed where that is not open to anybody.

    Visitors whom a later build has put into the tables are nobody's to choose.
    """
    if not storefront().try_as:
        raise NotAllowed(
            "looking at the shop as somebody else is closed; the demo shop has it open, another one with "
            "try_as = true in [storefront] of its kgrec.toml"
        )
    if is_visitor(user_id) or user_id not in guide.dataset.users:
        raise UnknownName("user", user_id)
    keep(user_id)


def did(
    guide: Guide, item_id: str, event: str, value: float | None = None, *, shown_by: str | None = None
) -> None:
    """Write down what this visitor did, who is known again from now on; `shown_by` is the request that showed it.

    UnknownName, BadInput, NotReady and those of the event log say why it could not be.
    """
    guide.dataset.items.row(item_id)
    keep()
    record: dict[str, object] = {
        "event_id": f"page-{secrets.token_hex(16)}",
        "user_id": visitor().user_id,
        "item_id": item_id,
        "event": event,
        "datetime": datetime.now(UTC).isoformat(),
    }
    if value is not None:
        record["value"] = value
    if shown_by is not None:
        record["request_id"] = shown_by
    for refused in guide.intake.take([record]).rejected:
        raise BadInput(refused.reason)


def came_by_a_click() -> bool:
    """Whether a person came to this page from another one here; not a program, nor a browser that fetches ahead."""
    if request.method != "GET" or "prefetch" in (
        request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    ):
        return False
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    return (request.referrer or "").startswith(request.host_url)
