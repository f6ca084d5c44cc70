"""The keys of programs that may ask a shop more than anybody may: one SQLite file a shop, and no key in it.

A key is told once, when it is made. What is kept is its SHA-256, which is enough for a key of 256 random bits
(NIST SP 800-63B, 5.1.2.2: a slow hash is for secrets of fewer than 112 bits).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Literal, get_args

from kgrec.errors import BadBundle, NoKey, NotAllowed, UnknownName
from kgrec.live.database import transaction

Role = Literal["read", "events", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""What a key is for: asking the graph, telling events, everything."""

_TABLE = """
CREATE TABLE IF NOT EXISTS key (
    key_id TEXT PRIMARY KEY, hash TEXT NOT NULL, role TEXT NOT NULL, since TEXT NOT NULL
)
"""
_KEY = re.compile(r"kgrec_([0-9a-f]{8})_([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True)
class KeptKey:
    """What is known of a key."""

    key_id: str
    role: Role
    since: str  # ISO 8601, UTC


class KeyRing:
    """The keys of a shop."""

    def __init__(self, file: FilePath) -> None:
        self._file = file

    def create(self, role: Role) -> tuple[str, KeptKey]:
        """A new key, which is told here and nowhere else, and what is kept of it."""
        if role not in ROLES:
            raise UnknownName("role", role, ROLES)
        self._file.touch(mode=0o600)
        kept = KeptKey(secrets.token_hex(4), role, datetime.now(UTC).isoformat(timespec="seconds"))
        secret = secrets.token_urlsafe(32)
        with transaction(self._file, _TABLE, "keys") as ring:
            ring.execute(
                "INSERT INTO key (key_id, hash, role, since) VALUES (?, ?, ?, ?)",
                (kept.key_id, _hash(secret), kept.role, kept.since),
            )
        return f"kgrec_{kept.key_id}_{secret}", kept

    def kept(self) -> list[KeptKey]:
        """All keys, oldest first."""
        return [key for key, _ in self._all()]

    def revoke(self, key_id: str) -> None:
        """The key is no more, from now on."""
        gone = 0
        if self._file.exists():
            with transaction(self._file, _TABLE, "keys") as ring:
                gone = ring.execute("DELETE FROM key WHERE key_id = ?", (key_id,)).rowcount
        if not gone:
            raise UnknownName("key", key_id, [key.key_id for key in self.kept()])

    def known(self, text: str) -> KeptKey:
        """The key that a text is; NoKey if it is none, in the same time whatever is wrong with it."""
        found = _KEY.fullmatch(text)
        key_id, secret = (found[1], found[2]) if found else ("", "")
        hashed = _hash(secret)
        matching = [
            key
            for key, kept in self._all()
            if hmac.compare_digest(key.key_id, key_id) & hmac.compare_digest(kept, hashed)
        ]
        if not matching:
            raise NoKey("nobody has this key; it may have been revoked")
        return matching[0]

    def allow(self, key: KeptKey | None, role: Role) -> KeptKey:
        """The key, if it is good for a role; NotAllowed or NoKey says what is needed instead."""
        if key is None and not self._all():
            raise NotAllowed(
                f"this is closed while the shop has no key; make one with: kgrec key SHOP create --role {role}"
            )
        if key is None:
            raise NoKey(f"this needs a key of role {role}; send it as Authorization: Bearer KEY")
        if key.role not in (role, "admin"):
            raise NotAllowed(f"this needs a key of role {role}, and {key.key_id} is one of role {key.role}")
        return key

    def _all(self) -> list[tuple[KeptKey, str]]:
        if not self._file.exists():
            return []  # asking makes no file
        with transaction(self._file, _TABLE, "keys") as ring:
            rows = list(ring.execute("SELECT key_id, role, since, hash FROM key ORDER BY since, rowid"))
        for key_id, role, *_ in rows:
            if role not in ROLES:
                raise BadBundle(
                    f"{self._file}: key {key_id} has the role {role!r}, which nobody knows; revoke it"
                )
        return [(KeptKey(*row[:3]), str(row[3])) for row in rows]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
