"""The ontology file → relations and kinds of entity; a shop's ids and labels → IRIs."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal
from urllib.parse import quote

import pyoxigraph as ox

from kgrec.domain import EVENT_RELATIONS, Relation, RelationKind
from kgrec.errors import BadInput, UnknownName
from kgrec.graph.namespaces import DCTERMS as DCTERMS
from kgrec.graph.namespaces import KG as KG
from kgrec.graph.namespaces import ONTOLOGY as ONTOLOGY
from kgrec.graph.namespaces import OWL as OWL
from kgrec.graph.namespaces import PREFIXES as PREFIXES
from kgrec.graph.namespaces import PROV as PROV
from kgrec.graph.namespaces import RDF as RDF
from kgrec.graph.namespaces import RDFS as RDFS
from kgrec.graph.namespaces import SCHEMA as SCHEMA
from kgrec.graph.namespaces import SKOS as SKOS
from kgrec.graph.namespaces import VOID as VOID
from kgrec.graph.namespaces import XSD as XSD
from kgrec.rdf import CONTEXT as CONTEXT
from kgrec.resources import ontology_folder

CATEGORY_SEPARATOR = " > "
LANGUAGES = ("en", "zh")
DEFAULT_BASE = "https://shop.example/"

_LONGEST = 300  # characters of one part of an IRI before it is shortened to a hash


def snake(local_name: str) -> str:
    """hasBrand → has_brand, UnlistedItem → unlisted_item."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", local_name).lower()


def camel(name: str) -> str:
    """has_brand → hasBrand."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


@cache
def relations() -> tuple[Relation, ...]:
    """All relations of the ontology: those of events first, in the order of `EVENTS`, then as in the file."""
    described = terms()
    names = [iri for iri, properties in described.items() if KG + "relationKind" in properties]
    first = {name: place for place, name in enumerate(EVENT_RELATIONS)}
    names.sort(
        key=lambda iri: first.get(snake(iri.removeprefix(KG)), len(first))
    )  # stable: else as in the file
    return tuple(_relation(iri, described[iri]) for iri in names)


def relation_named(name: str) -> Relation:
    """One relation by its Python name; UnknownName with the nearest if there is none."""
    for relation in relations():
        if relation.name == name:
            return relation
    raise UnknownName("relation", name, [relation.name for relation in relations()])


@cache
def inverses() -> Mapping[str, str]:
    """IRIs of the inverses that have a name of their own → those of their relations; no inverse is stored."""
    return {
        iri: said[OWL + "inverseOf"][0].value for iri, said in terms().items() if OWL + "inverseOf" in said
    }


def tail_kind(name: str) -> str:
    """The kind of entity at the object's end of a relation, as its range in the ontology says first."""
    return kind_of_class(ends_of(relation_named(name).iri, "range")[0])


Side = Literal["domain", "range"]


def ends_of(property_iri: str, side: Side) -> tuple[str, ...]:
    """The classes at one end of a property: those that may be there, else the one that must."""
    said = terms()[property_iri]
    classes = said.get(f"{SCHEMA}{side}Includes") or said.get(RDFS + side, [])
    return tuple(one.value for one in classes)


def kind_of_class(iri: str) -> str:
    """The entity kind that a class stands for: kg:Brand → brand, skos:Concept → category."""
    return "category" if iri == SKOS + "Concept" else snake(iri.removeprefix(KG))


def class_of_kind(kind: str) -> str:
    """The class of an entity kind."""
    if kind == "category":
        return SKOS + "Concept"
    name = camel(kind)
    return KG + name[:1].upper() + name[1:]


@cache
def kinds() -> tuple[str, ...]:
    """All kinds of entity that the ontology knows."""
    classes = [iri for iri, said in terms().items() if iri.startswith(KG) and is_a(said, OWL + "Class")]
    return (*(kind_of_class(iri) for iri in classes), "category")


@dataclass(frozen=True)
class Namer:
    """Mints a shop's IRIs: different ids get different ones, and a user's tells nothing without the key."""

    base: str = DEFAULT_BASE
    key: bytes = b"kgrec"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"https?://[A-Za-z0-9._~:\[\]-]+/(?:[A-Za-z0-9._~/-]*/)?", self.base):
            raise BadInput(f"base {self.base!r} is no http(s) address ending in '/'; try {DEFAULT_BASE!r}")
        if not self.key:
            raise BadInput("the key that hides user ids is empty; give it some random bytes")

    def item(self, item_id: str) -> str:
        return f"{self.base}id/item/{_part(item_id)}"

    def user(self, user_id: str) -> str:
        digest = hmac.digest(self.key, user_id.encode("utf-8", "surrogatepass"), "sha256")
        return f"{self.base}id/user/{digest.hex()[:24]}"

    def entity(self, kind: str, label: str) -> str:
        """The IRI of a brand, colour, …; a category is told by its whole path, "Skin > Face"."""
        parts = label.split(CATEGORY_SEPARATOR) if kind == "category" else [label]
        return f"{self.base}id/{_part(kind.replace('_', '-'))}/{'/'.join(map(_part, parts))}"

    def segment(self, column: str, value: str) -> str:
        return f"{self.base}id/segment/{_part(column)}/{_part(value)}"

    def everyone(self) -> str:
        return f"{self.base}id/everyone"

    def term(self, name: str) -> str:
        """The IRI of a property of the shop's own: what its catalogue calls a column."""
        return f"{self.base}term/{_part(name)}"

    def graph(self, *names: str) -> str:
        """The IRI of a named graph: graph("derived", "similar_text")."""
        return f"{self.base}graph/{'/'.join(map(_part, names))}"


def _part(text: str) -> str:
    """Any text as one part of an IRI's path, in ASCII."""
    encoded = quote(text, safe="", errors="surrogatepass")
    if encoded in (".", ".."):  # browsers would walk up the path
        return encoded.replace(".", "%2E")
    if len(encoded) <= _LONGEST:
        return encoded
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return (
        f"{encoded[:60].rsplit('%', 1)[0]}!{digest}"  # quote leaves no "!", so nothing else looks like this
    )


Properties = Mapping[str, list[ox.Literal | ox.NamedNode | ox.BlankNode]]
"""What the ontology says of one thing: property → values, both in the order of the file."""


@cache
def terms() -> Mapping[str, Properties]:
    """All that the ontology file speaks of, by IRI (lists by their blank nodes), in the order of the file."""
    found: dict[str, dict[str, list[ox.Literal | ox.NamedNode | ox.BlankNode]]] = {}
    with (ontology_folder() / "kgrec.ttl").open("rb") as file:
        for triple in ox.parse(file, format=ox.RdfFormat.TURTLE):
            said = found.setdefault(triple.subject.value, {})
            said.setdefault(triple.predicate.value, []).append(triple.object)
    return found


def is_a(said: Properties, type_iri: str) -> bool:
    """Whether the ontology gives a thing this type, among others."""
    return any(one.value == type_iri for one in said.get(RDF + "type", []))


def _relation(iri: str, properties: Properties) -> Relation:
    return Relation(
        name=snake(iri.removeprefix(KG)),
        iri=iri,
        kind=RelationKind(properties[KG + "relationKind"][0].value),
        symmetric=properties[KG + "symmetric"][0].value == "true",
        label=by_language(properties[RDFS + "label"]),
        inverse_label=by_language(properties[KG + "inverseLabel"]),
        phrase=by_language(properties[KG + "phrase"]),
        inverse_phrase=by_language(properties[KG + "inversePhrase"]),
    )


def by_language(values: Iterable[ox.Literal | ox.NamedNode | ox.BlankNode]) -> dict[str, str]:
    """The texts among some values, by language."""
    return {str(value.language): value.value for value in values if isinstance(value, ox.Literal)}
