"""A shop's configuration and its graph → what sentences may name.

What a shop knows of its users may be something that nobody wants to read of themselves on a screen. Columns of the
users table whose name says so are not named unless the configuration allows it, nor is what the configuration lists
of the catalogue, nor an item that has it: those paths are told as "popular with shoppers like you".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

import numpy as np

from kgrec.domain import BoolArray, IntArray, KnowledgeGraph, RelationKind
from kgrec.errors import BadInput, UnknownName
from kgrec.explain.wording.own import Words

_SENSITIVE_WORDS = re.compile(
    "age(s|d|band|group|range|bracket|class)?|genders?|sex(es)?|birth(day|date|year)?|born|dob|yob|"
    "religio(n|us)|faith|belief|church|ethnic(ity)?|race|racial|tribe|caste|skin|nationality|national|"
    "citizen(ship)?|immigra(tion|nt)|health|medical|diagnosis|disease|illness|condition|"
    "disab(ility|led)|handicap(ped)?|pregnan(t|cy)|genetic|biometric|income|salary|wage|wealth|debt|credit|"
    "marital|marri(ed|age)|divorced|spouse|orientation|sexual(ity)?|lgbt|trans|politic(s|al)|party|vote|union|"
    "criminal|conviction"
)
_SENSITIVE_CHARACTERS = re.compile(
    "性别|性別|年龄|年齡|年纪|岁|出生|生日|宗教|信仰|民族|种族|種族|族裔|国籍|國籍|籍贯|健康|疾病|病史|残疾|残障|"
    "孕|基因|收入|工资|薪|财富|负债|信用|婚|配偶|取向|政治|党派|工会|犯罪"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


FEWEST = 5
"""Fewer customers are never counted out, whatever a shop allows."""


@dataclass(frozen=True)
class Speech:
    """What a shop allows sentences to say, from `[explain]` in kgrec.toml; without it, the strictest."""

    may_name: tuple[str, ...] = ()  # columns of the users table that are named although they sound sensitive
    unspoken: tuple[str, ...] = ()  # "has_category: Sexual wellness": what items have and no sentence names
    least_people: int = FEWEST  # fewer customers, or times, than this are not counted out


def speech(settings: object, where: str) -> Speech:
    """The settings of `[explain]`; BadInput names what is wrong with them and `where` they stand."""
    if not isinstance(settings, Mapping):
        raise BadInput(f"{where}: explain is {settings!r}; it must be a table, [explain]")
    for name, value in settings.items():
        if name not in Speech.__dataclass_fields__:
            known = list(Speech.__dataclass_fields__)
            raise UnknownName(f"setting of [explain] in {where}", name, known)
        if name == "least_people":
            if not isinstance(value, int) or isinstance(value, bool) or value < FEWEST:
                raise BadInput(
                    f"{where}: least_people is {value!r}; it must be a whole number from {FEWEST}, "
                    "as fewer customers could be told apart"
                )
        elif not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise BadInput(f'{where}: {name} is {value!r}; it must be a list of texts, such as ["age_band"]')
    return Speech(
        tuple(settings.get("may_name", ())),
        tuple(settings.get("unspoken", ())),
        settings.get("least_people", Speech.least_people),
    )


@dataclass(frozen=True, eq=False)
class Voice:
    """A shop's `Speech` found in its graph."""

    unspoken: BoolArray = field(default_factory=lambda: np.zeros(0, bool))  # (V,) entities not to be named
    least_people: int = FEWEST
    words: Words = field(default_factory=dict)  # of its own, by language

    @cached_property
    def discreet(self) -> bool:
        """Whether anything is not to be named."""
        return bool(self.unspoken.any())

    def may_name(self, entity_row: int) -> bool:
        """Whether a sentence may name an entity; those of a visitor lie beyond the shop's own and may be."""
        return not (0 <= entity_row < len(self.unspoken) and self.unspoken[entity_row])


def voice(graph: KnowledgeGraph, spoken: Speech, words: Words | None = None) -> Voice:
    """Which entities of a graph are not to be named: sensitive segments, what is listed, and items that have it.

    `words` are the shop's own.
    """
    unspoken = np.zeros(len(graph.iris), bool)
    allowed = {_plain_name(column) for column in spoken.may_name}
    for row in np.flatnonzero(graph.kinds == "segment"):
        column, _ = segment(str(graph.iris[row]))
        unspoken[row] = _plain_name(column) not in allowed and sensitive(column)
    for listed in spoken.unspoken:
        relation, entities = _listed(graph, listed)
        unspoken[entities] = True
        where = graph.edges_of(relation)
        unspoken[graph.head[where][np.isin(graph.tail[where], entities)]] = True
    return Voice(unspoken, spoken.least_people, words or {})


def groups_as_one(graph: KnowledgeGraph, spoken: Voice) -> IntArray:
    """Entity row → the row that stands for it (V,): of groups that are not to be named, the first of their column
    stands for all, as nothing that may be said tells them apart.
    """
    stands = np.arange(len(graph.iris))
    first: dict[str, int] = {}
    for row in graph.segments.tolist():
        if not spoken.may_name(row):
            stands[row] = first.setdefault(segment(str(graph.iris[row]))[0], row)
    return stands


def segment(iri: str) -> tuple[str, str]:
    """The column and the value of a segment; ("", "") if its IRI does not tell."""
    parts = iri.rsplit("/", 3)
    if len(parts) < 4 or parts[1] != "segment" or "!" in parts[2]:
        return "", ""
    return unquote(parts[2]), "" if "!" in parts[3] else unquote(parts[3])


def sensitive(column: str) -> bool:
    """Whether a column's name says that it is nobody's business; one without a name is not to be told either."""
    words = re.findall(r"[a-z]+", _CAMEL.sub(" ", column).casefold())
    return (
        not column
        or bool(_SENSITIVE_CHARACTERS.search(column))
        or any(_SENSITIVE_WORDS.fullmatch(word) for word in words)
    )


def _plain_name(column: str) -> str:
    return column.strip().casefold()


def _listed(graph: KnowledgeGraph, listed: str) -> tuple[str, list[int]]:
    """The relation and the entity rows that "has_category: Sexual wellness" means."""
    relation, colon, label = (part.strip() for part in listed.partition(":"))
    attributes = graph.names(RelationKind.ATTRIBUTE)
    if not (colon and label):
        raise BadInput(f"unspoken {listed!r} names nothing; write it like 'has_category: Sexual wellness'")
    if relation not in attributes:
        raise UnknownName(f"relation between items and what they share, as in unspoken {listed!r},", relation,
                          attributes)  # fmt: skip
    ends = np.unique(graph.tail[graph.edges_of(relation)])
    called = {lang: [str(names[row]).casefold() for row in ends] for lang, names in graph.labels.items()}
    found = [
        int(row)
        for n, row in enumerate(ends)
        if any(names[n] == label.casefold() for names in called.values())
    ]
    if not found:
        raise UnknownName(
            f"end of {relation}, as in unspoken {listed!r},", label, [graph.label(row) for row in ends]
        )
    return relation, found
