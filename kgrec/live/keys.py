"""The keys of programs that may ask a shop more than anybody may: one SQLite file a shop, and no key in it.

A key is told once, when it is made. What is kept is its SHA-256, which is enough for a key of 256 random bits
(NIST SP 800-63B, 5.1.2.2: a slow hash is for secrets of fewer than 112 bits).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path as FilePath
from typing import Literal, get_args

from kgrec.errors import BadBundle, BadInput, NoKey, NotAllowed, UnknownName
from kgrec.live.sqlite_file import transaction

Role = Literal["read", "events", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""What a key is for: asking the graph, telling events, everything."""

GRACE = timedelta(days=1)
"""How long a key that was rotated is still good, so that whoever uses it has time to take the new one."""

_TABLE = """
CREATE TABLE IF NOT EXISTS key (
    key_id TEXT PRIMARY KEY, hash TEXT NOT NULL, role TEXT NOT NULL, since TEXT NOT NULL, until TEXT, per_minute INTEGER
)
"""
_LATER = {"until": "TEXT", "per_minute": "INTEGER"}
"""Columns that a ring made by an older kgrec lacks."""

_CLOSED = "CREATE TABLE IF NOT EXISTS closed (visit TEXT PRIMARY KEY, until TEXT NOT NULL)"

_KEY = re.compile(r"kgrec_([0-9a-f]{8})_([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True)
class KeptKey:
    """What is known of a key."""

    key_id: str
    role: Role
    since: str  # ISO 8601, UTC
    until: str | None = None  # from then on it opens nothing; None: good until it is revoked
    per_minute: int | None = None  # requests; None: as many as the shop allows any key

    def good(self, now: datetime) -> bool:
        """Whether its time has not run out."""
        return self.until is None or now < datetime.fromisoformat(self.until)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Held:
    """What a ring holds."""

    keys: tuple[tuple[KeptKey, str], ...] = ()  # each with its hash
    closed: frozenset[str] = frozenset()  # visits that were ended before their time


class KeyRing:
    """The keys of a shop, and the visits made with them that were ended."""

    def __init__(self, file: FilePath, *, clock: Callable[[], datetime] = _now) -> None:
        self._file, self._clock = file, clock
        self._read: tuple[bytes, _Held] | None = None  # a stamp of the file, and what it held

    def create(
        self, role: Role, *, lasts: timedelta | None = None, per_minute: int | None = None
    ) -> tuple[str, KeptKey]:
        """A new key, which is told here and nowhere else, and what is kept of it.

        BadInput for one that would never be good, or could never ask.
        """
        if role not in ROLES:
            raise UnknownName("role", role, ROLES)
        if lasts is not None and lasts <= timedelta():
            raise BadInput("a key has to last for some time; leave that out for one without an end")
        if per_minute is not None and per_minute < 1:
            raise BadInput("a key has to be good for one request a minute at least; revoke it to close it")
        now = self._clock()
        until = None if lasts is None else _iso(now + lasts)
        kept = KeptKey(secrets.token_hex(4), role, _iso(now), until, per_minute)
        secret = secrets.token_urlsafe(32)
        self._file.touch(mode=0o600)
        with transaction(self._file, _TABLE, "keys") as ring:
            _complete(ring)
            ring.execute(
                "INSERT INTO key (key_id, hash, role, since, until, per_minute) VALUES (?, ?, ?, ?, ?, ?)",
                (kept.key_id, _hash(secret), kept.role, kept.since, kept.until, kept.per_minute),
            )
        return f"kgrec_{kept.key_id}_{secret}", kept

    def rotate(
        self, key_id: str, *, grace: timedelta = GRACE, lasts: timedelta | None = None
    ) -> tuple[str, KeptKey, KeptKey]:
        """A new key for what one is for, and both as they are kept: the old one is good for `grace` and no longer.

        The new one lasts as long as the old one did, unless something else is said.
        """
        old = next((key for key in self.kept() if key.key_id == key_id), None)
        if old is None:
            raise UnknownName("key", key_id, [key.key_id for key in self.kept()])
        now = self._clock()
        if not old.good(now):
            raise BadInput(f"key {key_id} ended {old.until}; make another one with: kgrec key SHOP create")
        if lasts is None and old.until is not None:
            lasts = datetime.fromisoformat(old.until) - datetime.fromisoformat(old.since)
        until = _iso(now + max(grace, timedelta()))
        if old.until is not None:
            until = min(until, old.until)  # both of one form, in UTC
        key, kept = self.create(old.role, lasts=lasts, per_minute=old.per_minute)
        with transaction(self._file, _TABLE, "keys") as ring:
            _complete(ring)
            ring.execute("UPDATE key SET until = ? WHERE key_id = ?", (until, key_id))
        return key, kept, replace(old, until=until)

    def kept(self) -> list[KeptKey]:
        """All keys, oldest first."""
        return [key for key, _ in self._held().keys]

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
            for key, kept in self._held().keys
            if hmac.compare_digest(key.key_id, key_id) & hmac.compare_digest(kept, hashed)
        ]
        if not matching:
            raise NoKey("nobody has this key; it may have been revoked")
        if not matching[0].good(self._clock()):
            raise NoKey(f"this key ended {matching[0].until}; ask for another one")
        return matching[0]

    def still_good(self, key_id: str) -> KeptKey | None:
        """The key of an id that was known before; None if it was revoked or has ended since."""
        now = self._clock()
        return next((key for key in self.kept() if key.key_id == key_id and key.good(now)), None)

    def close(self, visit: str, until: datetime) -> None:
        """End a visit that a key was shown for, in all processes: whoever kept a copy of its cookie is out, too.

        `until` is when it would have ended by itself; later it need not be remembered.
        """
        with transaction(self._file, _CLOSED, "keys") as ring:
            ring.execute("DELETE FROM closed WHERE until < ?", (_iso(self._clock()),))
            ring.execute("INSERT OR REPLACE INTO closed (visit, until) VALUES (?, ?)", (visit, _iso(until)))

    def closed(self, visit: str) -> bool:
        """Whether a visit was ended before its time."""
        return visit in self._held().closed

    def allow(self, key: KeptKey | None, role: Role) -> KeptKey:
        """The key, if it is good for a role; NotAllowed or NoKey says what is needed instead."""
        if key is None and not self._held().keys:
            raise NotAllowed(
                f"this is closed while the shop has no key; make one with: kgrec key SHOP create --role {role}"
            )
        if key is None:
            raise NoKey(f"this needs a key of role {role}; send it as Authorization: Bearer KEY")
        if key.role not in (role, "admin"):
            raise NotAllowed(f"this needs a key of role {role}, and {key.key_id} is one of role {key.role}")
        return key

    def _held(self) -> _Held:
        if not self._file.exists():
            return _Held()  # asking makes no file
        before, last = self._stamp(), self._read
        if last is not None and before and last[0] == before:
            return last[1]
        with transaction(self._file, _TABLE, "keys") as ring:
            there = _columns(ring)  # an older ring may be one that we may not write
            later = ", ".join(name if name in there else f"NULL AS {name}" for name in _LATER)
            rows = list(
                ring.execute(f"SELECT key_id, role, since, {later}, hash FROM key ORDER BY since, rowid")
            )
            visits = list(ring.execute("SELECT visit FROM closed")) if _columns(ring, "closed") else []
        for row in rows:
            self._check(*row[:4])
        keys = tuple((KeptKey(*row[:-1]), str(row[-1])) for row in rows)
        found = _Held(keys, frozenset(str(visit) for (visit,) in visits))
        if before == self._stamp():
            self._read = before, found
        return found

    def _check(self, key_id: str, role: str, since: str, until: str | None) -> None:
        if role not in ROLES:
            raise BadBundle(
                f"{self._file}: key {key_id} has the role {role!r}, which nobody knows; revoke it"
            )
        try:
            for moment in (since, until or since):
                datetime.fromisoformat(moment)
        except (TypeError, ValueError):
            raise BadBundle(f"{self._file}: key {key_id} has no readable dates; revoke it") from None

    def _stamp(self) -> bytes:
        """What is another after every change: SQLite counts them in the head of its file; nothing if it does not.

        https://www.sqlite.org/fileformat.html, 1.3.7. With a log beside the file (WAL) the count stands still.
        """
        try:
            with self._file.open("rb") as file:
                head, inode = file.read(100), os.fstat(file.fileno()).st_ino
        except OSError:
            return b""
        in_file = len(head) == 100 and head[18:20] == b"\x01\x01"
        return head[24:28] + str(inode).encode() if in_file else b""


def _complete(ring: sqlite3.Connection) -> None:
    """Give a ring made by an older kgrec the columns it lacks."""
    for name in _LATER.keys() - _columns(ring):
        ring.execute(f"ALTER TABLE key ADD COLUMN {name} {_LATER[name]}")


def _columns(ring: sqlite3.Connection, table: str = "key") -> set[str]:
    return {str(row[1]) for row in ring.execute(f"PRAGMA table_info({table})")}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def secret_for(key: bytes, purpose: str) -> bytes:
    """What a shop's key is for one purpose alone, so that what is known of one tells nothing of another."""
    return hmac.digest(key, f"kgrec {purpose}".encode(), "sha256")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
