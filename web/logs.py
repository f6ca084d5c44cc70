"""What a server writes down: a line a request, in JSON or for a person, and errors; no id of a user, no forged line."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from flask import g, has_request_context, request
from pydantic_core import from_json
from werkzeug.exceptions import HTTPException

Form = Literal["json", "text"]
LEVELS = ("debug", "info", "warning", "error")

REQUESTS = logging.getLogger("kgrec.requests")
"""Where the line of each request is written."""

FIELDS = "kgrec_fields"
"""The attribute of a record that holds the fields of its line."""

_CUT = ("Error handling request", "Invalid request from ip")
"""What gunicorn says of requests that never came to be; the rest of its words is the client's, or about it."""


def settings(form: Form, level: str) -> dict[str, Any]:
    """The settings of `logging.config.dictConfig` by which everything of a process goes to standard error."""
    handler = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "lines"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": JsonLines if form == "json" else TextLines}},
        "filters": {"discreet": {"()": Discreet}},
        "handlers": {"lines": {**handler, "filters": ["discreet"]}},
        "root": {"level": "WARNING", "handlers": ["lines"]},
        "loggers": {
            "kgrec": {"level": level.upper()},
            "web": {"level": level.upper()},
            # Otherwise it tells of every worker that it starts.
            "gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True},
        },
    }


class Discreet(logging.Filter):
    """Calls the users that a request is about by their names in logs, wherever a line or a traceback has their ids."""

    def filter(self, record: logging.LogRecord) -> bool:
        if hasattr(record, FIELDS):  # a line of our own making
            return True
        if record.name.startswith("gunicorn"):
            self._cut(record)
        called = g.get("called") if has_request_context() else None
        if called is not None:
            self._rename(record, {user_id: f"user:{called(user_id)}" for user_id in people()})
        return True

    @staticmethod
    def _cut(record: logging.LogRecord) -> None:
        for beginning in _CUT:
            if str(record.msg).startswith(beginning):
                record.msg, record.args = beginning, ()

    @staticmethod
    def _rename(record: logging.LogRecord, names: Mapping[str, str]) -> None:
        if not names:
            return
        record.msg, record.args = renamed(record.getMessage(), names), ()
        if record.exc_info:
            told = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_text = renamed(told, names)  # which is what formatters write if it is there


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A text with other names for some ids, however they are written in it."""
    forms = {form: name for user_id, name in names.items() for form in _written(user_id)}
    longest_first = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return re.sub(rf"(?<![0-9A-Za-z])(?:{longest_first})(?![0-9A-Za-z])", lambda found: forms[found[0]], text)


def _written(name: str) -> set[str]:
    return {name, repr(name)[1:-1], json.dumps(name)[1:-1], quote(name, errors="replace")}


def people() -> set[str]:
    """The ids of users that this request is about, as far as it says so."""
    found: set[object] = {(request.view_args or {}).get("user_id"), g.get("user_id")}
    found |= {request.args.get(name) for name in ("user_id", "q")}
    try:
        sent = from_json(request.get_data()) if request.is_json else None
    except (ValueError, OSError, HTTPException):
        sent = None  # not JSON, too long, or cut off: nobody has read an id from it
    for one in sent if isinstance(sent, list) else [sent]:
        if isinstance(one, dict):
            found.add(one.get("user_id"))
    return {one for one in found if isinstance(one, str) and one}


class JsonLines(logging.Formatter):
    """A record as one JSON object on one line, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({"time": _time(record), "level": record.levelname.lower(), **_fields(record)})


class TextLines(logging.Formatter):
    """A record for a person; further lines of it are indented, so that none can be taken for another record."""

    def format(self, record: logging.LogRecord) -> str:
        fields = _fields(record)
        if hasattr(record, FIELDS):
            said = " ".join(str(fields.pop(name)) for name in ("method", "route", "status"))
            said += f" {fields.pop('ms')} ms "
            said += " ".join(f"{name}={value}" for name, value in fields.items() if value is not None)
        else:
            said = "\n".join(str(fields[name]) for name in ("message", "traceback") if fields.get(name))
        shown = "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in said)
        return f"{_time(record)} {record.levelname:7} {record.name}: " + shown.replace("\n", "\n    ")


def _time(record: logging.LogRecord) -> str:
    """The moment in UTC, to the millisecond."""
    seconds, milliseconds = divmod(int(record.created * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{milliseconds:03}Z"


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    told: dict[str, Any] | None = getattr(record, FIELDS, None)
    if told is not None:
        return dict(told)
    found: dict[str, Any] = {"logger": record.name, "message": record.getMessage()}
    if record.exc_info or record.exc_text:
        if not record.exc_text and record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        found["traceback"] = record.exc_text
    if has_request_context() and g.get("request_id"):
        found["request_id"] = g.request_id
    return found
