"""RDF files in, what they say of each thing out: its values, its name, its id, its place among broader things."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path as FilePath
from urllib.parse import quote, unquote

from kgrec import rdf
from kgrec.domain import EVENT_RELATIONS, EVENTS
from kgrec.errors import BadGraph, BadInput
from kgrec.rdf import Text
from kgrec.resources import ontology_folder
from kgrec.sources import files

Term = str | Text

KG = "https://w3id.org/kgrec/ontology#"
SCHEMA = "https://schema.org/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCTERMS = "http://purl.org/dc/terms/"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = RDF + "type"

NAMES = (SCHEMA + "name", RDFS + "label", SKOS + "prefLabel", DCTERMS + "title")
IDENTIFIERS = tuple(
    SCHEMA + name
    for name in ("identifier", "sku", "productID", "gtin", "gtin13", "gtin14", "gtin12", "gtin8")
)
"""What ids are taken from, the first that is told; else the IRI."""

LEVELS = " > "
MOST_LEVELS = 64
MOST_TRIPLES = 20_000_000
_DERIVED = ("content", "sequence", "together", "popularity")
_BASE = "https://shop.example/"
_OTHER_SCHEMA = "http://schema.org/"


@dataclass(frozen=True)
class Ontology:
    """What the ontology says of relations, by IRI."""

    kinds: Mapping[str, str]  # relation → "event", "link", …
    inverses: Mapping[str, str]  # inverse with a name → its relation
    events: Mapping[str, str]  # local name of a class of actions or of a relation → event


@cache
def ontology() -> Ontology:
    """The bundled ontology."""
    kinds, inverses, also = {}, {}, defaultdict(list)
    content = (ontology_folder() / "kgrec.ttl").read_bytes()
    for subject, predicate, thing in rdf.triples(content, "ttl", "kgrec.ttl"):
        if predicate == KG + "relationKind" and isinstance(thing, Text):
            kinds[subject] = thing.value
        elif predicate == OWL + "inverseOf" and isinstance(thing, str):
            inverses[subject] = thing
        elif predicate == RDFS + "seeAlso" and isinstance(thing, str):
            also[subject].append(local(thing))
    events = {"OrderAction": "buy"}
    for event, relation in zip(EVENTS, EVENT_RELATIONS, strict=True):
        events[relation] = event
        events |= {name: event for name in also[KG + relation] if name.endswith("Action")}
    return Ontology(kinds, inverses, events)


@dataclass
class Things:
    """What files say. A thing is an IRI, or "_:…" with the number of its file."""

    name: str  # what the report calls the files
    said: dict[str, list[Term]] = field(
        default_factory=dict
    )  # thing → predicate, object, predicate, object …
    of_class: dict[str, dict[str, None]] = field(default_factory=dict)  # class → things, the first told first
    events: dict[tuple[str, str, str], None] = field(default_factory=dict)  # user, relation, item
    segments: dict[tuple[str, str], None] = field(default_factory=dict)  # user, segment
    derived: Counter[str] = field(default_factory=Counter)  # relation → edges, which are left out
    _labels: dict[str, str] = field(default_factory=dict)
    _paths: dict[str, str] = field(default_factory=dict)

    def values(self, thing: Term, *predicates: str) -> list[Term]:
        """What is said of a thing under the first of these that says something; each once."""
        said = self.said.get(thing) if isinstance(thing, str) else None
        if said is None:
            return []
        for predicate in predicates:
            found = [said[n + 1] for n in range(0, len(said), 2) if said[n] == predicate]
            if found:
                return list(dict.fromkeys(found))
        return []

    def described(self, things: Iterable[str]) -> dict[str, list[Term]]:
        """Predicate → values, of things that are one and the same."""
        found: dict[str, dict[Term, None]] = {}
        for thing in things:
            said = self.said[thing]
            for n in range(0, len(said), 2):
                found.setdefault(str(said[n]), {})[said[n + 1]] = None
        return {predicate: list(values) for predicate, values in found.items()}

    def types(self, thing: Term) -> list[str]:
        """The classes of a thing."""
        return [one for one in self.values(thing, TYPE) if isinstance(one, str)]

    def text(self, thing: Term, *predicates: str) -> str:
        """The first value under these that can be said in a line, "" if there is none."""
        return next(filter(None, map(self.told, self.values(thing, *predicates))), "")

    def told(self, value: Term) -> str:
        """A value as text: a literal, a thing's name, a quantity with its unit; "" for a thing that has none."""
        if isinstance(value, Text):
            return lexical(value)
        if label := self.label(value):
            return label
        if amount := self.text(value, SCHEMA + "value"):
            unit = self.text(value, SCHEMA + "unitText", SCHEMA + "unitCode", SCHEMA + "currency")
            return f"{amount} {unit}".strip()
        if value.startswith(SCHEMA):
            return local(value)
        return "" if rdf.nameless(value) else value

    def label(self, thing: str) -> str:
        """A thing's name, in English if it has several; "" if it has none."""
        if thing not in self._labels:
            names = (self.values(thing, predicate) for predicate in NAMES)
            self._labels[thing] = next(filter(None, map(in_english, names)), "")
        return self._labels[thing]

    def named(self, value: Term) -> str:
        """What items can share, by name; of an IRI without one what it ends in."""
        if isinstance(value, Text) or self.label(value) or rdf.nameless(value):
            return self.told(value)
        return local(value)

    def path(self, value: Term) -> str:
        """A category from the broadest one down, "Skin > Face"; BadGraph if it is broader than itself."""
        if isinstance(value, Text):
            return value.value
        climbed: list[str] = []
        at: str | None = value
        while at is not None and at not in self._paths:
            if at in climbed:
                raise BadGraph(
                    f"{self.name}: category {self.named(at)} is broader than itself; take out a skos:broader"
                )
            climbed.append(at)
            if len(climbed) > MOST_LEVELS:
                raise self._deep(value)
            at = next((one for one in self.values(at, SKOS + "broader") if isinstance(one, str)), None)
        for thing in reversed(climbed):
            name = self.named(thing).replace(LEVELS, " / ").strip()
            above = self._paths[at] if at is not None else ""
            if above.count(LEVELS) >= MOST_LEVELS:
                raise self._deep(value)
            self._paths[thing] = LEVELS.join(filter(None, (above, name)))
            at = thing
        return self._paths[value]

    def _deep(self, category: str) -> BadGraph:
        name = self.named(category)
        return BadGraph(f"{self.name}: category {name} is more than {MOST_LEVELS} levels deep; take some out")

    def id_of(self, thing: Term) -> str:
        """The id that a thing goes by, else its IRI; "" if it has neither. A text is an id."""
        if isinstance(thing, Text):
            return thing.value
        for predicate in IDENTIFIERS:
            for value in self.values(thing, predicate):
                found = self.text(value, SCHEMA + "value") if isinstance(value, str) else value.value
                if found.strip():
                    return found
        return "" if rdf.nameless(thing) else thing


def local(iri: str) -> str:
    """The last part of an IRI, readable."""
    parts = [part for part in re.split(r"[/#]", iri) if part]
    return unquote(parts[-1]) if parts else iri


def lexical(text: Text) -> str:
    """A literal's text; a number of floating point without its exponent."""
    if text.datatype in (XSD + "double", XSD + "float"):
        try:
            number = Decimal(text.value)
        except InvalidOperation:
            return text.value
        if number.is_finite() and abs(number.adjusted()) < 30:
            return f"{number.normalize():f}"
    return text.value


def language_of(text: Text) -> str:
    """The language of a text as titles know it: without its region for English and Chinese."""
    first = text.lang.split("-")[0].lower()
    return first if first in ("en", "zh") else text.lang


def in_english(values: Sequence[Term]) -> str:
    """The text among some values that is English, else in no language, else the first."""
    texts = [value for value in values if isinstance(value, Text) and value.value.strip()]
    order = {"en": 0, "": 1}
    best = min(texts, key=lambda text: order.get(language_of(text), 2), default=None)
    return "" if best is None else lexical(best).strip()


# Reading


def is_rdf(path: FilePath) -> bool:
    """Whether a file's ending says that it is RDF."""
    return _ending(path) in rdf.FORMATS


def _ending(path: FilePath) -> str:
    return files.stem(path).rpartition(".")[2].lower()


def found_in(path: FilePath) -> list[FilePath]:
    """The RDF files of a folder, by name, or the one file; BadInput if there is none."""
    if path.is_dir():
        files.check_folder(path)
        found = sorted(file for file in path.iterdir() if file.is_file() and is_rdf(file))
    else:
        files.check_file(path)
        found = [path] if is_rdf(path) else []
    if not found:
        endings = ", ".join(f".{name}" for name in rdf.FORMATS)
        where = "no file in it" if path.is_dir() else "its ending"
        raise BadInput(
            f"{path}: {where} says that it is RDF; end files in {endings} (.gz and .zst may follow)"
        )
    return found


def read(paths: Sequence[FilePath], name: str) -> Things:
    """All that some files say, edges of derived relations left out as they come."""
    things = Things(name)
    known: dict[str, str] = {}
    n = 0
    for number, path in enumerate(paths):
        for subject, predicate, value in _of_file(path, number, known):
            n += 1
            if n > MOST_TRIPLES:
                raise BadInput(
                    f"{name} has more than {MOST_TRIPLES:,} triples; leave out what tells no items"
                )
            _keep(things, subject, predicate, value)
    return things


def _of_file(path: FilePath, number: int, known: dict[str, str]) -> Iterator[tuple[str, str, Term]]:
    """Triples with blank nodes told apart by file, schema.org in one spelling, and each name in memory once."""

    def one(thing: str) -> str:
        kept = known.get(thing)
        if kept is None:
            kept = f"_:{number}.{thing[2:]}" if thing.startswith("_:") else thing
            if kept.startswith(_OTHER_SCHEMA):
                kept = SCHEMA + kept.removeprefix(_OTHER_SCHEMA)
            known[thing] = kept
        return kept

    with files.opened(path) as stream:
        base = _BASE + quote(files.stem(path))
        for subject, predicate, value in rdf.triples(
            stream, _ending(path), path.name, base=base, lenient=True
        ):
            yield one(subject), one(predicate), one(value) if isinstance(value, str) else value
    for thing in [thing for thing in known if thing.startswith("_:")]:
        del known[thing]


def _keep(things: Things, subject: str, predicate: str, value: Term) -> None:
    relations = ontology()
    if predicate in relations.inverses and isinstance(value, str):
        subject, predicate, value = value, relations.inverses[predicate], subject
    kind = relations.kinds.get(predicate)
    if kind in _DERIVED:
        things.derived[local(predicate)] += 1
    elif kind == "event" and isinstance(value, str):
        things.events[subject, local(predicate), value] = None
    elif kind == "segment" and isinstance(value, str):
        things.segments[subject, value] = None
    else:
        things.said.setdefault(subject, []).extend((predicate, value))
        if predicate == TYPE and isinstance(value, str):
            things.of_class.setdefault(value, {})[subject] = None
