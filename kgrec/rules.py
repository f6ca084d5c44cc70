"""Expert rules as data: what a shop wants of its recommendations, told in ids and labels; see docs/rules.md.

`kgrec.live.rules` reads them from a file, `kgrec.explain.rules` finds in a graph what they are about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, get_args

from kgrec.domain import RuleDo

DEEDS: tuple[RuleDo, ...] = get_args(RuleDo)


@dataclass(frozen=True)
class About:
    """Some items: those named, and of every relation those that have one of the labels. All that is said must hold."""

    items: tuple[str, ...] = ()  # ids; () says nothing of them
    having: tuple[tuple[str, tuple[str, ...]], ...] = ()  # relation name, labels: ("has_brand", ("Conair",))


@dataclass(frozen=True)
class Audience:
    """For whom a rule holds; all that is said must hold, and nothing said is everybody."""

    segments: tuple[tuple[str, tuple[str, ...]], ...] = ()  # column of the users table, values
    new: bool | None = None  # nothing is known that they have done, or something is
    bought: About | None = None  # they have chosen one of these


@dataclass(frozen=True)
class Quota:
    """How many items that a rule is about a list holds."""

    at_least: int = 0
    at_most: int | None = None


@dataclass(frozen=True)
class Rule:
    """One rule; what it does is in the words of the file."""

    name: str
    do: RuleDo
    about: About  # of a complement: what users have chosen
    offer: About | None = None  # of a complement: what is offered with it
    factor: float = 1.0  # of a boost or bury on all paths; of a complement how strong its paths are
    place: int = 0  # of a pin, from 1
    first: date | None = None  # days in UTC, both inclusive
    last: date | None = None
    quota: Quota = Quota()
    audience: Audience = Audience()
    reason: Mapping[str, str] = field(default_factory=dict)  # language → what shoppers are told

    def on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, eq=False)
class RuleSet:
    """All rules of a shop, in the order in which they were written."""

    rules: tuple[Rule, ...] = ()
    where: str = "rules.toml"  # the file, as sources of edges and messages name it


class RuleSource(Protocol):
    """Where a guide asks for the rules in force: the same object until they change."""

    def __call__(self) -> RuleSet: ...

    def state(self) -> str:
        """ "ready", or what is wrong with them while the last good ones hold."""
        ...


class Always:
    """Rules that do not change."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules

    def __call__(self) -> RuleSet:
        return self._rules

    def state(self) -> str:
        return "ready"
