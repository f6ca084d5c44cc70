"""Reads a shop's own RDF: files of schema.org, SKOS and kgrec's ontology in, a Dataset out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path as FilePath

from kgrec.domain import Dataset
from kgrec.errors import BadInput
from kgrec.sources import things
from kgrec.sources.findings import Findings, OnInvalid
from kgrec.sources.frames import Tables, assemble
from kgrec.sources.mapping import Column, ShopMapping
from kgrec.sources.names import plain
from kgrec.sources.rdf_events import people_of
from kgrec.sources.rdf_items import Items, items_of
from kgrec.sources.table import Table, check_headers


def read(
    path: FilePath,
    catalogue: FilePath | None = None,
    *,
    on_invalid: OnInvalid = "raise",
    mapping: ShopMapping | None = None,
) -> Dataset:
    """A dataset from an RDF file or a folder of them, which are read as one graph; `catalogue` is one more.

    Items are things of class schema:Product or kg:Item, or of the class that the mapping or its preset names; events
    are actions of schema.org, else edges of kgrec's own relations; reviews are those of schema.org.
    """
    mapping = mapping or ShopMapping()
    paths = [
        file
        for source in (path, catalogue)
        if source is not None
        for file in things.found_in(FilePath(source))
    ]
    told = things.read(paths, FilePath(path).name)
    items = items_of(told, mapping)
    people = people_of(told, items, mapping)
    findings = Findings(on_invalid, mapping)
    table = _checked(told, items, findings)
    if people.interactions is None:
        raise BadInput(
            f"{told.name}: {len(table):,} items and nothing that anybody did, {_found(told)}; give actions of "
            "schema.org (BuyAction …) with agent and object, or interactions from elsewhere: "
            "--format csv --source orders.csv --catalogue products.jsonld"
        )
    usual = findings.preset.events
    unknown = {name: event for name, event in people.events.items() if usual.get(plain(name)) != event}
    findings.mapping = replace(findings.mapping, events={**unknown, **mapping.events})
    for note in people.notes:
        findings.note(note)
    if told.derived:
        edges = ", ".join(f"{name} {n:,}" for name, n in told.derived.items())
        findings.note(f"{told.name}: derived relations were left out, as kgrec derives its own: {edges}")
    chosen: dict[str, str | Column] = {**dict.fromkeys(people.segments, "segment"), **items.chosen}
    tables = Tables(people.interactions, table, people.users, people.reviews)
    return assemble(tables, findings, chosen=chosen)


def assembled(tables: Tables, catalogue: FilePath | None, findings: Findings) -> Dataset:
    """The dataset of tables in another format, with the items that a catalogue tells if it is RDF."""
    if catalogue is None or not things.is_rdf(FilePath(catalogue)):
        return assemble(tables, findings)
    told = things.read(things.found_in(FilePath(catalogue)), FilePath(catalogue).name)
    items = items_of(told, findings.mapping)
    return assemble(replace(tables, items=_checked(told, items, findings)), findings, chosen=items.chosen)


def _checked(told: things.Things, items: Items, findings: Findings) -> Table:
    """The table of the items, with what was found on the way noted; BadInput if there are none."""
    for note in items.notes:
        findings.note(note)
    if items.table is None:
        raise BadInput(
            f"{told.name}: no items, {_found(told)}; items are things of class schema:Product, or of the class that "
            "--preset or [items] class of a mapping names, with an identifier, a sku or an IRI"
        )
    check_headers(items.table)
    if items.item_class and not findings.mapping.item_class:
        findings.mapping = replace(findings.mapping, item_class=items.item_class)
    return items.table


def _found(told: things.Things) -> str:
    """What there is instead, in words."""
    classes = Counter({one: len(some) for one, some in told.of_class.items()})
    if not classes:
        return f"found {len(told.said):,} things and no class of any"
    return "found " + ", ".join(f"{n:,} × {things.local(one)}" for one, n in classes.most_common(5))
