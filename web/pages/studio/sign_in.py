"""A key → the studio is open in this browser, for a working day at most and no longer than the key is good."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from kgrec.errors import NoKey, NotAllowed
from kgrec.guide import Guide
from kgrec.live.keys import KeptKey

from ...forms import back, own
from ..languages import gettext

_KEY = "studio"  # of the cookie: the id of the key, and when it was shown
LASTS = 12 * 3600  # seconds


def opened_by(guide: Guide) -> KeptKey | None:
    """The key that this browser has shown, if it is still good."""
    match session.get(_KEY):
        case [str(key_id), int(since)] if 0 <= time.time() - since < LASTS:
            return guide.registry.keys.still_good(key_id)
    return None


def view(guide: Guide) -> Callable[[], str]:
    """The page that asks for a key, or says that there is none yet."""

    def sign_in() -> str:
        return _page(guide)

    return sign_in


def opening(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """The form of that page."""

    def open_studio() -> ResponseReturnValue:
        keys = guide.registry.keys
        try:
            key = keys.allow(keys.known(request.form.get("key", "").strip()), "read")
        except (NoKey, NotAllowed) as error:
            fault = gettext("This key opens nothing here.") if isinstance(error, NoKey) else str(error)
            return _page(guide, fault), 403
        session[_KEY] = [key.key_id, int(time.time())]
        return back(url_for("studio.overview"))

    return open_studio


def closing(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """Forget the key in this browser."""

    def close_studio() -> ResponseReturnValue:
        session.pop(_KEY, None)
        return redirect(url_for("pages.home"), 303)

    return close_studio


def _page(guide: Guide, fault: str = "") -> str:
    context: dict[str, Any] = {
        "fault": fault,
        "next": own(request.values.get("next", "")) or "",
        "closed": not guide.registry.keys.kept(),
    }
    return render_template("studio/sign_in.html", **context)
