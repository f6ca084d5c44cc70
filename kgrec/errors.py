"""What can go wrong and whose turn it is: one hierarchy, each message one line saying what, where, what to do.

* KgrecError          something the person in front of the screen can put right (exit code 2)
  - BadInput          a file, row, column or option makes no sense
  - UnknownName       a user, item, model, format, protocol, query or language nobody has heard of
  - BadGraph          the graph breaks a rule of the ontology
  - BadBundle         a saved model or workspace is incomplete, altered, or of another version
  - BadLog            the log of events is damaged, cannot be written, or is of another version
  - BadQuery          a SPARQL query is malformed, tries to write, or runs past its limits
      LongQuery       its text is longer than one may be
      SlowQuery       it was stopped at its deadline
  - Busy              too much is asked at once; the same may be asked again later
      OverBudget      one client asks for too much
      Unreachable     a database does not answer in time
  - NoKey             a key is needed, and none or an unknown one was given
  - NotAllowed        a key, or nobody, may ask this
  - BadServer         a SPARQL server by URL does not answer, refuses, or answers what nobody understands
  - Changed           somebody else changed it meanwhile; nothing was written
  - NotReady          a step that comes earlier has not been done yet
  - DiskFull          there was no room to write; nothing was changed
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

__all__ = [
    "BadBundle",
    "BadGraph",
    "BadInput",
    "BadLog",
    "BadQuery",
    "BadServer",
    "Busy",
    "Changed",
    "DiskFull",
    "KgrecError",
    "LongQuery",
    "NoKey",
    "NotAllowed",
    "NotReady",
    "OverBudget",
    "SlowQuery",
    "UnknownName",
    "Unreachable",
]


MOST_CANDIDATES = 20_000
"""How many known names are compared with an unknown one."""


class KgrecError(Exception):
    """Something the user can put right; its text is one line for a person."""

    def __str__(self) -> str:
        # Messages quote user data, which may hold newlines or terminal escapes.
        return "".join(c if c.isprintable() else repr(c)[1:-1] for c in super().__str__())


class BadInput(KgrecError):
    """A file, row, column or option makes no sense."""


class UnknownName(KgrecError):
    """A name nobody has heard of, with the nearest known ones."""

    def __init__(self, kind: str, name: object, known: Iterable[str] = ()) -> None:
        super().__init__(f"no {kind} named {str(name)!r}")
        self.kind = kind
        self.name = str(name)
        self._known = known

    @property
    def bare(self) -> str:
        """The message without other names, for readers who are not to learn them."""
        return super().__str__()

    def __str__(self) -> str:
        # Looking for near names among many takes a while, so only when the message is read.
        return self.bare + _hint(self.name, [str(name) for name in islice(self._known, MOST_CANDIDATES)])


COMPARED = 200
LONGEST_COMPARED = 64
"""Comparing takes the product of two lengths for each name, and anybody may ask for names that nobody knows."""


def _hint(name: str, candidates: list[str]) -> str:
    near = get_close_matches(name, _worth_comparing(name, candidates), n=3)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    if 0 < len(candidates) <= 20:
        return f"; known are {', '.join(candidates)}"
    return f"; known are for example {', '.join(candidates[:3])}" if candidates else ""


def _worth_comparing(name: str, candidates: list[str]) -> list[str]:
    """Of many names those that have three characters in a row of this one."""
    if len(name) > LONGEST_COMPARED:
        return []
    found = [other for other in candidates if len(other) <= LONGEST_COMPARED]
    if len(found) > COMPARED:
        pieces = {name[first : first + 3] for first in range(max(1, len(name) - 2))}
        found = [other for other in found if any(piece in other for piece in pieces)]
    return found[:COMPARED]


class BadGraph(KgrecError):
    """The graph breaks a rule of the ontology."""


class BadBundle(KgrecError):
    """A saved model or workspace is incomplete, altered, or of another version."""


class BadLog(KgrecError):
    """The log of events is damaged, cannot be written, or is of another version."""

    def __init__(self, bare: str, reason: str = "") -> None:
        super().__init__(f"{bare} ({reason})" if reason else bare)
        self.bare = bare  # without the database's own words, for readers who are not to learn where it is


class BadQuery(KgrecError):
    """A SPARQL query is malformed, tries to write, or runs past its limits."""


class LongQuery(BadQuery):
    """The text of a query is longer than one may be."""


class SlowQuery(BadQuery):
    """A query was stopped at its deadline."""


class Busy(KgrecError):
    """Too much is asked at once; after `seconds` the same may be asked again."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class OverBudget(Busy):
    """One client asks for too much."""


class Unreachable(Busy):
    """A database does not answer in time; after `seconds` the same may be asked again."""

    def __init__(self, bare: str, seconds: float, reason: str = "") -> None:
        super().__init__(f"{bare} ({reason})" if reason else bare, seconds)
        self.bare = bare  # as that of BadLog


class NoKey(KgrecError):
    """A key is needed, and none or an unknown one was given."""


class NotAllowed(KgrecError):
    """A key, or nobody, may ask this."""


class BadServer(KgrecError):
    """A SPARQL server by URL does not answer, refuses, or answers what nobody understands."""


class Changed(KgrecError):
    """Somebody else changed it meanwhile; nothing was written."""


class NotReady(KgrecError):
    """A step that comes earlier has not been done yet."""


class DiskFull(KgrecError):
    """There was no room to write; nothing was changed."""
