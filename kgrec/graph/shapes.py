"""A store → where its graph is not as the SHACL shapes of the ontology want it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Literal, cast

import pyoxigraph as ox
import pyshacl
import rdflib
from rdflib.namespace import SH

from kgrec.graph.query import library, run
from kgrec.graph.results import Term, iri_of
from kgrec.graph.vocabulary import RDF, RDFS, class_of_kind
from kgrec.resources import ontology_folder

Severity = Literal["violation", "warning", "info"]

SAMPLE = 2_000
"""Items that are checked at most; a bigger catalogue is checked at evenly spaced places."""

_OBJECTS = 200  # edges of one relation that are looked at for one item

_TYPE = ox.NamedNode(RDF + "type")
_LABEL = ox.NamedNode(RDFS + "label")
_REMEDY = rdflib.URIRef("https://w3id.org/kgrec/shapes#remedy")


@dataclass(frozen=True)
class Problem:
    """One thing that breaks a shape."""

    severity: Severity
    subject: str  # IRI
    label: str  # what a person reads for it
    path: str  # IRI of the property; "" where the thing itself is wrong
    value: str  # what was found there, "" if nothing was or it is the subject itself
    message_en: str
    message_zh: str
    remedy_en: str  # what to do
    remedy_zh: str


@dataclass(frozen=True)
class ShapesReport:
    """All problems found, the gravest first, and how much of the catalogue was looked at."""

    problems: tuple[Problem, ...]
    checked: int  # items
    total: int  # items

    @property
    def sampled(self) -> bool:
        """Whether only a part of the items was checked."""
        return self.checked < self.total

    @property
    def ok(self) -> bool:
        """Whether there is no violation; warnings and information may be there."""
        return all(problem.severity != "violation" for problem in self.problems)


def check(store: ox.Store, *, sample: int | None = SAMPLE) -> ShapesReport:
    """The problems of a store's catalogue and events; of many items, a sample that is the same each time, or all."""
    item_class = ox.NamedNode(class_of_kind("item"))
    items = sorted({iri_of(quad.subject) for quad in store.quads_for_pattern(None, _TYPE, item_class)})
    size = len(items) if sample is None else min(len(items), max(1, sample))
    chosen = [items[place * len(items) // size] for place in range(size)]
    data = rdflib.Graph()
    lines = ox.serialize(_slice(store, chosen), format=ox.RdfFormat.N_TRIPLES) or b""
    data.parse(data=lines, format="nt")
    _, results, _ = pyshacl.validate(data, shacl_graph=_shapes(), do_owl_imports=False)
    # One value may break a shape in several ways that are told in the same words.
    found = sorted(set(_problems(cast(rdflib.Graph, results), store)), key=_gravity)
    return ShapesReport(tuple(found), len(chosen), len(items))


@cache
def _shapes() -> rdflib.Graph:
    return rdflib.Graph().parse(ontology_folder() / "shapes.ttl", format="turtle")


def _paths() -> set[str]:
    """The properties that the shapes look at."""
    return {str(path) for path in _shapes().objects(None, SH.path)}


def _slice(store: ox.Store, items: Iterable[str]) -> Iterator[ox.Triple]:
    """What is said of some items and of the types of what they are joined to, and all misplaced events."""
    looked_at = [ox.NamedNode(path) for path in sorted(_paths())]
    ends: set[Term] = set()
    for item in items:
        node = ox.NamedNode(item)
        yield ox.Triple(node, _TYPE, ox.NamedNode(class_of_kind("item")))
        for path in looked_at:
            for quad in islice(store.quads_for_pattern(node, path, None), _OBJECTS):
                yield quad.triple
                ends.add(quad.object)
    # A search for misplaced events costs less than a sample of all, and misses none.
    for user, event, item_of_event in run(store, library()["events-out-of-place"]).rows:
        yield ox.Triple(*cast(tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode], (user, event, item_of_event)))
        ends.update(cast(set[Term], {user, item_of_event}))
    for end in sorted((end for end in ends if isinstance(end, ox.NamedNode)), key=str):
        for quad in store.quads_for_pattern(end, _TYPE, None):
            yield quad.triple


def _problems(results: rdflib.Graph, store: ox.Store) -> Iterator[Problem]:
    for result in results.subjects(rdflib.RDF.type, SH.ValidationResult):
        subject = str(results.value(result, SH.focusNode))
        messages = {
            m.language: str(m) for m in results.objects(result, SH.resultMessage) if hasattr(m, "language")
        }
        severity = str(results.value(result, SH.resultSeverity)).rsplit("#", 1)[-1].lower()
        shape, value = results.value(result, SH.sourceShape), results.value(result, SH.value)
        remedies = {
            r.language: str(r) for r in _shapes().objects(shape, _REMEDY) if isinstance(r, rdflib.Literal)
        }
        yield Problem(
            severity=cast(Severity, severity),
            subject=subject,
            label=_label(store, subject),
            path=str(results.value(result, SH.resultPath) or ""),
            value="" if str(value) == subject else _told(store, value),
            message_en=messages.get("en", ""),
            message_zh=messages.get("zh", ""),
            remedy_en=remedies.get("en", ""),
            remedy_zh=remedies.get("zh", ""),
        )


def _told(store: ox.Store, value: object) -> str:
    """What was found as a person reads it: the label of a thing that has one, else what it is."""
    found = _labels(store, value) if isinstance(value, rdflib.URIRef) else {}
    return found.get("en") or next(iter(found.values()), str(value or ""))


def _label(store: ox.Store, iri: str) -> str:
    found = _labels(store, iri)
    return found.get("en") or next(iter(found.values()), iri.rsplit("/", 1)[-1])


def _labels(store: ox.Store, iri: str) -> dict[str | None, str]:
    try:
        labels = store.quads_for_pattern(ox.NamedNode(iri), _LABEL, None)
    except ValueError:  # a literal or a blank node stands where an entity should
        return {None: iri}
    return {quad.object.language: quad.object.value for quad in labels if isinstance(quad.object, ox.Literal)}


def _gravity(problem: Problem) -> tuple[int, str, str, str]:
    return (
        ("violation", "warning", "info").index(problem.severity),
        problem.path,
        problem.subject,
        problem.value,
    )
