"""A shop's rules.toml ↔ its rules: read strictly, read again when the file changes; a broken file changes nothing."""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from pathlib import Path as FilePath
from threading import Lock
from typing import Any

from kgrec.domain import ID_FAULTS, plain
from kgrec.errors import BadInput, UnknownName
from kgrec.rules import DEEDS, About, Audience, Quota, Rule, RuleSet

FILE = "rules.toml"
MOST_RULES = 500
MOST_BYTES = 1_000_000
MOST_NAMED = 10_000  # items or labels in one list
MOST_FACTOR = 100.0
MOST_PLACES = 1000  # the longest list
LONGEST_NAME, LONGEST_REASON, LONGEST_LABEL = 80, 200, 500  # characters
LANGUAGES = ("en", "zh")

_COMMON = ("name", "do", "from", "until", "audience", "reason")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "boost": ("items", "factor", "quota"),
    "bury": ("items", "factor", "quota"),
    "pin": ("items", "place"),
    "exclude": ("items",),
    "complement": ("of", "offer", "factor", "quota"),
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Vocabulary:
    """What a shop's rules may speak of: relations between items and what they have, columns of the users table."""

    attributes: Collection[str] = ()  # "has_brand"
    columns: Collection[str] = ()  # "age_band"

    def relation(self, name: str) -> str | None:
        """The relation that a field names, with or without "has_"; None if there is none."""
        return next((one for one in (name, f"has_{name}") if one in self.attributes), None)


class RuleFile:
    """The rules of a workspace, as they stand in its file now; safe to ask from several threads.

    A file that becomes faulty leaves the last good rules in force, and `state` says what is wrong with it.
    """

    def __init__(self, path: FilePath, words: Callable[[], Vocabulary]) -> None:
        self._path, self._words = path, words
        self._lock = Lock()
        self._seen: object = None  # the state of the file that was read last
        self._rules = RuleSet(where=path.name)
        self._fault = ""

    def __call__(self) -> RuleSet:
        """The rules in force; the same object until they change."""
        seen = _signature(self._path)
        if seen != self._seen:
            with self._lock:
                self._read(seen)
        return self._rules

    def state(self) -> str:
        """ "ready", or what is wrong with the file."""
        self()
        return self._fault or "ready"

    def _read(self, seen: object) -> None:
        if seen == self._seen:  # another thread was faster
            return
        try:
            self._rules = read_rules(self._path, self._words())
            self._fault = ""
        except (BadInput, UnknownName) as error:
            self._fault = str(error)
            _log.warning("%s", error)
        self._seen = seen


def _signature(path: FilePath) -> object:
    try:
        found = path.stat()
    except OSError as error:
        return error.errno
    return found.st_mtime_ns, found.st_size, found.st_ino


def read_rules(path: FilePath, words: Vocabulary) -> RuleSet:
    """The rules of a file, none if it is not there; BadInput or UnknownName say which is wrong and how to mend it."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return RuleSet(where=path.name)
    except OSError as error:
        raise BadInput(
            f"{path.name}: cannot be read ({error.strerror}); let it be read, or remove it"
        ) from None
    return rules_of(content, path.name, words)


def rules_of(content: bytes, where: str, words: Vocabulary) -> RuleSet:
    """The same from what a file holds; `where` is its name in messages."""
    rules: dict[str, Rule] = {}
    for number, table in enumerate(_tables(content, where), start=1):
        _add(_Reader(where, number, table, words).rule(), rules, where)
    return RuleSet(tuple(rules.values()), where)


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with a file of rules."""

    text: str
    line: int | None  # of the file, 1 is the first; None where it cannot be told
    rule: str = ""  # the name of the rule; "" where it is about the whole file, or the rule has none


@dataclass(frozen=True)
class Checked:
    """The rules of a file that can be read, where they begin, and all that is wrong with the others."""

    rules: RuleSet
    lines: Mapping[str, int | None]  # by the name of a rule
    faults: tuple[Fault, ...]


def checked(content: bytes, where: str, words: Vocabulary) -> Checked:
    """What a file holds, whether or not all of it can be read."""
    try:
        tables = _tables(content, where)
    except (BadInput, UnknownName) as error:
        return Checked(RuleSet(where=where), {}, (Fault(str(error), _line_in(str(error))),))
    rules: dict[str, Rule] = {}
    lines: dict[str, int | None] = {}
    faults = []
    for number, (table, line) in enumerate(zip(tables, _lines(content, len(tables)), strict=True), start=1):
        name = table.get("name")
        try:
            rule = _Reader(where, number, table, words).rule()
            _add(rule, rules, where)
            lines[rule.name] = line
        except (BadInput, UnknownName) as error:
            faults.append(Fault(str(error), line, name if isinstance(name, str) else ""))
    return Checked(RuleSet(tuple(rules.values()), where), lines, tuple(faults))


_HEADER = re.compile(r"\s*\[\[\s*(?:rule|\"rule\"|'rule')\s*\]\]")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


def _lines(content: bytes, n: int) -> list[int | None]:
    """The line on which each of n rules begins; None where they are not written with a header each."""
    text = content.decode("utf-8-sig").splitlines()
    found = [number for number, line in enumerate(text, start=1) if _HEADER.match(line)]
    return list(found) if len(found) == n else [None] * n


def _line_in(message: str) -> int | None:
    found = _AT_LINE.search(message)
    return int(found[1]) if found else None


def _tables(content: bytes, where: str) -> list[dict[str, Any]]:
    """The tables of a file, not looked into."""
    if len(content) > MOST_BYTES:
        raise BadInput(f"{where}: is longer than {MOST_BYTES:,} bytes; name categories in place of items")
    try:
        given = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadInput(f"{where}: is not UTF-8; save it as UTF-8") from None
    except ValueError as error:
        raise BadInput(f"{where}: is no TOML ({error}); correct it there") from None
    except RecursionError:
        raise BadInput(f"{where}: is nested too deep; a rule is a flat table, [[rule]]") from None
    for name in given:
        if name != "rule":
            raise UnknownName(f"table of {where}", name[:LONGEST_NAME], ["rule"])
    tables = given.get("rule", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadInput(f"{where}: rule is to be a list of tables; begin each rule with [[rule]]")
    if len(tables) > MOST_RULES:
        raise BadInput(f"{where}: has {len(tables):,} rules, at most {MOST_RULES} can be; take old ones out")
    return tables


def _add(rule: Rule, rules: dict[str, Rule], where: str) -> None:
    if rule.name in rules:
        raise BadInput(f"{where}: two rules are named {rule.name!r}; rename one of them")
    rules[rule.name] = rule


class _Reader:
    """Reads one table; every fault names the rule."""

    def __init__(self, where: str, number: int, table: Mapping[str, Any], words: Vocabulary) -> None:
        self._table, self._words = table, words
        self._place = f"{where}: rule {number}"
        self._place = f"{where}: rule {self._text('name', table.get('name'), LONGEST_NAME)!r}"

    def rule(self) -> Rule:
        table = self._table
        do = table.get("do")
        if do not in DEEDS:
            raise UnknownName(f"deed, as do of {self._place},", str(do)[:LONGEST_NAME], DEEDS)
        known = (*_COMMON, *_FIELDS[do])
        rest = {name: value for name, value in table.items() if name not in known}
        if do == "complement":
            for name in rest:
                raise UnknownName(f"field of a complement in {self._place}", name[:LONGEST_NAME], known)
            about = self._about(table.get("of"), "of")
            offer = self._about(table.get("offer"), "offer")
        else:
            named = {"items": table["items"]} if "items" in table else {}
            about, offer = self._about({**named, **rest}, "", known), None
        first, last = (self._day(name) for name in ("from", "until"))
        if first is not None and last is not None and last < first:
            raise self._wrong(f"ends on {last}, before it begins on {first}", "exchange from and until")
        quota = self._quota(table.get("quota", {}))
        return Rule(
            name=table["name"],
            do=do,
            about=about,
            offer=offer,
            factor=self._factor(do, quota),
            place=self._pinned(about) if do == "pin" else 0,
            first=first,
            last=last,
            quota=quota,
            audience=self._audience(table.get("audience", {})),
            reason=self._reason(table.get("reason", {})),
        )

    def _wrong(self, what: str, remedy: str) -> BadInput:
        return BadInput(f"{self._place}: {what}; {remedy}")

    def _text(self, name: str, value: Any, most: int) -> str:
        if not isinstance(value, str) or not value:
            raise self._wrong(
                f"{name} is no text" if value is not None else f"has no {name}", f'write {name} = "…"'
            )
        if len(value) > most:
            raise self._wrong(f"{name} is longer than {most} characters", "shorten it")
        if plain(value) != value:
            raise self._wrong(
                f"{name} holds characters that cannot be seen, or blanks at an end",
                "type it anew in plain letters",
            )
        return value

    def _about(self, value: Any, field: str, known: Collection[str] = ("items",)) -> About:
        """Which items; `field` is where it is said, "" for the rule itself, whose other fields are `known`."""
        if not isinstance(value, dict) or not value:
            example = '{ category = "Lamps" }'
            what = f"{field} is no table" if value else f"does not say {'what it is ' + (field or 'about')}"
            raise self._wrong(
                what, f"write {field} = {example}" if field else 'add category = "…" or items = […]'
            )
        items: tuple[str, ...] = ()
        having = []
        for name, said in value.items():
            labels = self._list(f"{field}.{name}" if field else name, said, ids=name == "items")
            if name == "items":
                items = labels
                continue
            relation = self._words.relation(name)
            if relation is None:
                short = [one.removeprefix("has_") for one in self._words.attributes]
                raise UnknownName(
                    f"field or attribute of items in {self._place}", name[:LONGEST_NAME], [*known, *short]
                )
            having.append((relation, labels))
        return About(items, tuple(having))

    def _list(self, name: str, value: Any, *, ids: bool = False) -> tuple[str, ...]:
        listed = value if isinstance(value, list) else [value]
        if not listed or len(listed) > MOST_NAMED:
            raise self._wrong(f"{name} has {len(listed):,} entries", f"name 1 to {MOST_NAMED:,}")
        return tuple(dict.fromkeys((self._id if ids else self._label)(name, one) for one in listed))

    def _label(self, name: str, value: Any) -> str:
        return self._text(name, value, LONGEST_LABEL)

    def _id(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise self._wrong(
                f"{name} holds {value!r:.40}, which is no text", 'put ids into quotes: items = ["i1"]'
            )
        for faulty, what, remedy in ID_FAULTS:
            if faulty(value):
                raise self._wrong(f"an id of {name} {what}", remedy)
        return value

    def _number(self, name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise self._wrong(f"{name} is {value!r:.40}", "write a number, such as 1.5")
        return float(value)

    def _whole(self, name: str, value: Any, least: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST_PLACES:
            raise self._wrong(
                f"{name} is {value!r:.40}", f"write a whole number from {least} to {MOST_PLACES:,}"
            )
        return value

    def _factor(self, do: str, quota: Quota) -> float:
        if "factor" not in _FIELDS[do]:
            return 1.0
        if "factor" not in self._table:
            if do == "complement" or quota != Quota():
                return 1.0
            raise self._wrong("has no factor", f"write factor = {1.5 if do == 'boost' else 0.5}")
        factor = self._number("factor", self._table["factor"])
        if do == "bury" and not 0 < factor < 1:
            raise self._wrong(
                f"factor is {factor:g}, a bury is above 0 and below 1",
                'use do = "exclude" or "boost" otherwise',
            )
        if do == "boost" and not 1 < factor <= MOST_FACTOR:
            raise self._wrong(
                f"factor is {factor:g}, a boost is above 1, to {MOST_FACTOR:g}", 'use do = "bury" below 1'
            )
        if do == "complement" and not 0 < factor <= MOST_FACTOR:
            raise self._wrong(f"factor is {factor:g}", f"a complement is above 0, to {MOST_FACTOR:g}")
        return factor

    def _pinned(self, about: About) -> int:
        if len(about.items) != 1 or about.having:
            raise self._wrong("a pin is about one item", 'write items = ["…"] with one id and no attribute')
        return self._whole("place", self._table.get("place"), 1)

    def _day(self, name: str) -> date | None:
        value = self._table.get(name)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self._wrong(
                f"{name} is {str(value)!r:.40}", f"write a day without quotes: {name} = 2026-01-31"
            )
        return value

    def _quota(self, value: Any) -> Quota:
        if not isinstance(value, dict) or ("quota" in self._table and not value):
            raise self._wrong("quota is no table", "write quota = { at_most = 3 }")
        for name in value:
            if name not in ("at_least", "at_most"):
                raise UnknownName(
                    f"field of quota in {self._place}", name[:LONGEST_NAME], ["at_least", "at_most"]
                )
        least = self._whole("quota.at_least", value["at_least"], 1) if "at_least" in value else 0
        most = self._whole("quota.at_most", value["at_most"], 1) if "at_most" in value else None
        if most is not None and least > most:
            raise self._wrong(f"quota asks for at least {least} and at most {most}", "exchange them")
        return Quota(least, most)

    def _audience(self, value: Any) -> Audience:
        if not isinstance(value, dict) or ("audience" in self._table and not value):
            raise self._wrong("audience is no table", "write audience = { new = true }")
        new, bought, segments = None, None, []
        for name, said in value.items():
            if name == "new":
                if not isinstance(said, bool):
                    raise self._wrong(f"audience.new is {said!r:.40}", "write true or false")
                new = said
            elif name == "bought":
                bought = self._about(said, "audience.bought")
            elif name in self._words.columns:
                segments.append((name, self._list(f"audience.{name}", said)))
            else:
                known = ["new", "bought", *self._words.columns]
                raise UnknownName(f"field of audience in {self._place}", name[:LONGEST_NAME], known)
        return Audience(tuple(segments), new, bought)

    def _reason(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or ("reason" in self._table and not value):
            raise self._wrong("reason is no table", 'write reason = { en = "On offer this summer" }')
        for lang in value:
            if lang not in LANGUAGES:
                raise UnknownName(f"language of reason in {self._place}", lang[:LONGEST_NAME], LANGUAGES)
        return {lang: self._text(f"reason.{lang}", said, LONGEST_REASON) for lang, said in value.items()}
