"""Reads the S3-Rec layout: a folder of sequences and attributes in, a Dataset ordered in steps out."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pandas as pd

from kgrec.domain import EVENTS, Dataset, Facts, IdMap, Interactions, ObjectArray
from kgrec.errors import BadInput
from kgrec.sources import catalogue as catalogues
from kgrec.sources import files, people
from kgrec.sources.findings import Findings, OnInvalid
from kgrec.sources.keyed import read_catalogue
from kgrec.sources.labels import clean
from kgrec.sources.mapping import ShopMapping
from kgrec.sources.sequences import Sequences, read_sequences

_ATTRIBUTES = "_item2attributes.json"


def read(
    path: FilePath,
    catalogue: FilePath | None = None,
    *,
    on_invalid: OnInvalid = "raise",
    mapping: ShopMapping | None = None,
) -> Dataset:
    """A dataset from a folder with NAME.txt, NAME_item2attributes.json and, if present, attribute_names.json.

    A line of NAME.txt is a user and their items, oldest first. `catalogue` is a table keyed by s3rec_id or
    item_id; if it has brands or categories, they stand in for the numbered attributes.
    """
    path = FilePath(path)
    files.check_folder(path)
    findings = Findings(on_invalid, mapping or ShopMapping())
    attributes_file = _only(path, [file for file in path.iterdir() if files.stem(file).endswith(_ATTRIBUTES)])
    sequences_file = _sequences_file(path, files.stem(attributes_file).removesuffix(_ATTRIBUTES))
    findings.role("interactions", sequences_file.name)
    sequences = read_sequences(sequences_file, findings)
    said = None if catalogue is None else read_catalogue(catalogue, "s3rec_id", findings)
    item_ids = _item_ids(sequences, said)
    items = IdMap("item", item_ids)
    table = pd.DataFrame(catalogues.no_literals(len(items)))
    facts, lines = catalogues.no_facts(), np.zeros(0, np.int64)
    if said is not None:
        table, facts, lines = catalogues.merged(said, item_ids)
    if said is not None and {"brand", "category"} & set(said.columns):
        findings.note(
            f"{attributes_file.name}: not used, the catalogue's brands and categories stand in for it"
        )
    else:
        findings.role("has_attribute", attributes_file.name)
        facts = catalogues.joined(_attributes(path, attributes_file, items), facts)
    return Dataset(
        users=IdMap("user", sequences.user_ids),
        items=items,
        interactions=_interactions(sequences, items),
        item_table=table,
        user_table=pd.DataFrame(index=pd.RangeIndex(len(sequences.user_ids))),
        facts=facts,
        reviews=people.no_reviews(),
        report=findings.report(),
        idiom=findings.idiom(),
        item_lines=lines,
    )


def _only(folder: FilePath, found: list[FilePath]) -> FilePath:
    if len(found) != 1:
        listed = ", ".join(sorted(file.name for file in found)) or "none"
        raise BadInput(f"{folder}: needs exactly one NAME{_ATTRIBUTES}[.gz]; found {listed}")
    return found[0]


def _sequences_file(folder: FilePath, name: str) -> FilePath:
    named = files.find(folder, f"{name}.txt")
    if named is not None:
        return named
    found = [file for file in folder.iterdir() if files.stem(file).endswith(".txt")]
    found = [file for file in found if not file.name.startswith("time_gaps")]
    if len(found) != 1:
        listed = ", ".join(sorted(file.name for file in found)) or "none"
        raise BadInput(f"{folder}: needs exactly one file of sequences, {name}.txt[.gz]; found {listed}")
    return found[0]


def _item_ids(sequences: Sequences, said: catalogues.Catalogue | None) -> ObjectArray:
    names = set(sequences.item_ids)
    if said is not None:
        names.update(said.item_ids)
    # A catalogue may hold ids that are no numbers; they come last.
    order = sorted(names, key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0, name))
    return np.array(order, dtype=object)


def _interactions(sequences: Sequences, items: IdMap) -> Interactions:
    order = np.argsort(sequences.step, kind="stable")
    return Interactions(
        user=sequences.user[order],
        item=items.rows(sequences.item_ids)[order],
        event=np.full(len(order), EVENTS.index("buy"), dtype=np.int64),
        weight=np.ones(len(order), dtype=np.float32),
        time=sequences.step[order],
        line=sequences.line[order],
        clock="steps",
    )


def _attributes(folder: FilePath, file: FilePath, items: IdMap) -> Facts:
    names_file = files.find(folder, "attribute_names.json")
    names = {} if names_file is None else _object(names_file)
    facts = catalogues.FactRows()
    for item_id, attributes in _object(file).items():
        if not isinstance(attributes, list):
            raise BadInput(f"{file.name}: the attributes of item {item_id} are no list; write [1, 2, …]")
        if item_id not in items:
            continue
        for attribute in attributes:
            label = clean(str(names.get(str(attribute), "")))
            facts.add(items.row(item_id), "has_attribute", label or clean(f"attribute {attribute}"), 0)
    return facts.facts()


def _object(file: FilePath) -> dict[str, Any]:
    content = files.read_json(file)
    if not isinstance(content, dict):
        raise BadInput(
            f"{file.name}: holds a {type(content).__name__}; it must be an object with item ids as keys"
        )
    return content
