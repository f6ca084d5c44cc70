"""Signed tokens that let a browser ask for one user for a while, made by a program that has a key.

A token says whom it is for, which key it was made with and until when; none is kept. It opens nothing that its key does
not open, nothing about anybody else, and ends at once when its key is revoked.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from kgrec.errors import BadInput, NoKey, NotAllowed
from kgrec.live.keys import KeptKey, KeyRing, Role

USUAL, LONGEST = 900, 3600  # seconds
PREFIX = "kgrec_token_"
"""What tells a token from a key."""

_MOST_CHARACTERS = 4096
_SALT = b"kgrec token for a user"


@dataclass(frozen=True)
class Bearer:
    """Whom a token is for, and what the key that made it is for."""

    user_id: str
    role: Role


class Tokens:
    """Makes the tokens of a shop, and knows them again."""

    def __init__(self, secret: bytes, keys: KeyRing, *, clock: Callable[[], float] = time.time) -> None:
        self._keys, self._clock = keys, clock
        signed_with = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._signed = URLSafeSerializer(secret, salt=_SALT, signer_kwargs=signed_with)

    def create(self, key: KeptKey, user_id: str, seconds: int = USUAL) -> tuple[str, int]:
        """A token for a user, and until when it is good (Unix seconds); BadInput for one that would last too long."""
        if not 1 <= seconds <= LONGEST:
            raise BadInput(f"seconds is {seconds}; a token lasts from 1 to {LONGEST}")
        until = math.floor(self._clock()) + seconds
        return PREFIX + str(self._signed.dumps([user_id, key.key_id, until])), until

    def known(self, text: str) -> Bearer:
        """Whom a token is for; NoKey if it is none, has ended, or was made with a key that has."""
        match self._read(text):
            case [str(user_id), str(key_id), int(until)]:
                key = self._keys.still_good(key_id)
                if self._clock() < until and key is not None:
                    return Bearer(user_id, key.role)
        raise NoKey("this token is none or has ended; ask the shop for another one")

    def _read(self, text: str) -> object:
        if not is_token(text) or len(text) > _MOST_CHARACTERS:
            return None
        try:
            return self._signed.loads(text.removeprefix(PREFIX))
        except BadData:
            return None


def is_token(text: str | None) -> bool:
    """Whether a text is meant to be a token, good or not."""
    return text is not None and text.startswith(PREFIX)


def allow_bearer(bearer: Bearer, role: Role, user_id: str | None) -> None:
    """NotAllowed unless the token is for that user, if one is named, and its key for that role."""
    if user_id is not None and bearer.user_id != user_id:
        raise NotAllowed("this token is for another user; ask for the one it was made for")
    if bearer.role not in (role, "admin"):
        raise NotAllowed(
            f"this needs a token made with a key of role {role}, and this one was made with {bearer.role}"
        )
