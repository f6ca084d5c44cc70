"""Reads the KGAT layout: a folder with train.txt and test.txt in, a Dataset with its own test part out."""

from __future__ import annotations

from pathlib import Path as FilePath

import numpy as np
import pandas as pd

from kgrec.domain import EVENTS, Dataset, IdMap, Interactions, ObjectArray
from kgrec.errors import BadInput
from kgrec.sources import catalogue as catalogues
from kgrec.sources import files, people
from kgrec.sources.findings import Findings, OnInvalid
from kgrec.sources.keyed import read_catalogue
from kgrec.sources.mapping import ShopMapping
from kgrec.sources.sequences import Sequences, read_sequences

_PARTS = {"train": "interactions", "test": "held out"}
"""File → what it holds."""


def read(
    path: FilePath,
    catalogue: FilePath | None = None,
    *,
    on_invalid: OnInvalid = "raise",
    mapping: ShopMapping | None = None,
) -> Dataset:
    """A dataset from a folder with train.txt and, if present, test.txt, lines of a user and their items in no order.

    Ids are the numbers of the files; a line without items tells nothing. `catalogue` is a table keyed by item_id.
    """
    path = FilePath(path)
    files.check_folder(path)
    findings = Findings(on_invalid, mapping or ShopMapping())
    parts = {name: _part(path, name, findings) for name in _PARTS}
    train, test = parts["train"], parts["test"]
    if train is None:
        present = ", ".join(sorted(file.name for file in path.iterdir())[:10]) or "nothing"
        raise BadInput(f"{path}: there is no train.txt[.gz] in it; found {present}")
    told = [part for part in (train, test) if part is not None]
    users = IdMap("user", _numbers([part.user_ids for part in told]))
    item_ids = _numbers([part.item_ids for part in told])
    items = IdMap("item", item_ids)
    table, facts = pd.DataFrame(catalogues.no_literals(len(items))), catalogues.no_facts()
    lines = np.zeros(0, np.int64)
    if catalogue is not None:
        said = read_catalogue(catalogue, "item_id", findings)
        strangers = sum(name not in items for name in said.item_ids)
        if strangers:
            findings.note(
                f"{FilePath(catalogue).name}: {strangers:,} rows are of no item in the folder; left out"
            )
        table, facts, lines = catalogues.merged(said, item_ids)
    return Dataset(
        users=users,
        items=items,
        interactions=_interactions(train, users, items),
        item_table=table,
        user_table=pd.DataFrame(index=pd.RangeIndex(len(users))),
        facts=facts,
        reviews=people.no_reviews(),
        held_out=None if test is None else _interactions(test, users, items),
        report=findings.report(),
        idiom=findings.idiom(),
        item_lines=lines,
    )


def _part(folder: FilePath, name: str, findings: Findings) -> Sequences | None:
    path = files.find(folder, f"{name}.txt")
    if path is None:
        return None
    findings.role(_PARTS[name], path.name)
    return read_sequences(path, findings, may_be_empty=True)


def _numbers(columns: list[ObjectArray]) -> ObjectArray:
    """All ids in the order of their numbers."""
    names = pd.unique(np.concatenate(columns))
    return np.array(sorted(names, key=lambda name: (int(name), name)), dtype=object)


def _interactions(part: Sequences, users: IdMap, items: IdMap) -> Interactions:
    n = len(part.user)
    return Interactions(
        user=users.rows(part.user_ids)[part.user],
        item=items.rows(part.item_ids),
        event=np.full(n, EVENTS.index("buy"), dtype=np.int64),
        weight=np.ones(n, dtype=np.float32),
        time=np.zeros(n, dtype=np.int64),
        line=part.line,
        clock="none",
    )
