"""A key → the studio is open in this browser, for a working day at most and no longer than the key is good."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from kgrec.errors import NoKey, NotAllowed
from kgrec.guide import Guide
from kgrec.live.keys import KeptKey

from ...forms import back, own
from ..languages import gettext
from ..mistakes import told

_KEY = "studio"  # of the cookie: the id of the key, when it was shown, and what that visit is called
LASTS = 12 * 3600  # seconds


def opened_by(guide: Guide) -> KeptKey | None:
    """The key that this browser has shown, if it is still good."""
    match session.get(_KEY):
        case [str(key_id), int(since), str(visit)] if 0 <= time.time() - since < LASTS:
            keys = guide.registry.keys
            return None if keys.closed(visit) else keys.still_good(key_id)
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
            fault = gettext("This key opens nothing here.") if isinstance(error, NoKey) else told(str(error))
            return _page(guide, fault), 403
        session[_KEY] = [key.key_id, int(time.time()), secrets.token_hex(16)]
        return back(url_for("studio.overview"))

    return open_studio


def closing(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """Forget the key in this browser, and let in nobody who has kept a copy of its cookie."""

    def close_studio() -> ResponseReturnValue:
        match session.pop(_KEY, None):
            case [str(), int(since), str(visit)]:
                guide.registry.keys.close(visit, datetime.fromtimestamp(since + LASTS, UTC))
        return redirect(url_for("pages.home"), 303)

    return close_studio


def _page(guide: Guide, fault: str = "") -> str:
    context: dict[str, Any] = {
        "fault": fault,
        "next": own(request.values.get("next", "")) or "",
        "closed": not guide.registry.keys.kept(),
    }
    return render_template("studio/sign_in.html", **context)
