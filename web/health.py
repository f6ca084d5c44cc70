"""Whether a server can answer, and with what less than usual: /healthz and /readyz."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app
from flask.typing import ResponseReturnValue

from kgrec.errors import KgrecError

FINE = ("ready", "closed")
"""What a part says of itself when nothing is wrong with it."""

PARTS = ("events", "exposures", "graph", "model", "rules", "store")
"""What may be out of order while recommendations go on."""

_SAY_SO = ("events", "exposures", "rules", "store")
"""Those of them that say of themselves how they are."""

_FOLDERS = re.compile(r"(?<![\w.])/(?:[^\s/:;,()']+/)+")


def healthz() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


def readyz(state: Callable[[], Mapping[str, Any]]) -> ResponseReturnValue:
    """What answers are made from, and which parts are out of order; 503 while no answer can be made.

    `state` is what the shop says of itself; where its folders are is not for everybody.
    """
    try:
        told = dict(state())
    except KgrecError as error:
        current_app.logger.error("not ready: %s", error)
        return {"status": "not ready", "reason": _brief(getattr(error, "bare", error)), "degraded": []}, 503
    parts = degraded(told)
    told |= {name: _brief(value) for name, value in told.items() if isinstance(value, str)}
    return {"status": "degraded" if parts else "ready", **told, "degraded": parts}


def degraded(told: Mapping[str, Any]) -> list[dict[str, str]]:
    """The parts that are out of order, each with the reason, from what a shop says of itself."""
    found = {one["part"]: _brief(one["reason"]) for one in told.get("degraded", ())}
    for part in _SAY_SO:
        if part in told and told[part] not in FINE:
            found.setdefault(part, _brief(told[part]))
    return [{"part": part, "reason": reason} for part, reason in found.items()]


def _brief(reason: object) -> str:
    return _FOLDERS.sub("", str(reason))
