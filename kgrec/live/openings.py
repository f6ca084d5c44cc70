"""What of the API is open to whom: the [api] table of kgrec.toml."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path as FilePath
from typing import Literal, Self, get_args
from urllib.parse import urlsplit

from kgrec.errors import BadInput
from kgrec.settings import section

Users = Literal["open", "key"]

MOST_ORIGINS = 100
_ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:.]+\](:[0-9]{1,5})?", re.ASCII)
_USUAL_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Openings:
    """Who may ask from where."""

    origins: tuple[str, ...] = ()  # pages of these may ask from a browser; of no others
    users: Users | None = None  # who may ask about a user by id; None: anybody, unless there are origins

    @property
    def users_closed(self) -> bool:
        """Whether a question that names a user needs a key, or a token for that user."""
        return bool(self.origins) if self.users is None else self.users == "key"

    @classmethod
    def read(cls, file: FilePath) -> Self:
        """Those that a workspace's kgrec.toml sets; BadInput or UnknownName say what is wrong."""
        given = section(file, "api", [one.name for one in fields(cls)])
        users = given.get("users")
        if users is not None and users not in get_args(Users):
            raise BadInput(f'{file}: [api] users is {users!r}; write "open" or "key"')
        origins = given.get("origins", [])
        if not isinstance(origins, list) or len(origins) > MOST_ORIGINS:
            raise BadInput(
                f"{file}: [api] origins is to be a list of at most {MOST_ORIGINS} addresses of sites; "
                'write ["https://shop.example"]'
            )
        for origin in origins:
            fault = _fault(origin)
            if fault:
                raise BadInput(f"{file}: [api] origins: {origin!r} {fault}")
        return cls(tuple(dict.fromkeys(origins)), users)


def _fault(origin: object) -> str:
    """What is wrong with an origin, "" if nothing is: it has to be what browsers send, to the letter."""
    if not isinstance(origin, str):
        return 'is no text; write "https://shop.example"'
    if origin in ("*", "null"):
        return "would open the API to every page; name the sites"
    if not _ORIGIN.fullmatch(origin):
        return "is no origin; write scheme, host in small letters and port alone: https://shop.example"
    parts = urlsplit(origin)
    try:
        port = parts.port
    except ValueError:
        return "has a port that cannot be"
    if port is not None and port == _USUAL_PORT[parts.scheme]:
        return f"has the usual port, which browsers leave out; write {parts.scheme}://{parts.hostname}"
    return ""
