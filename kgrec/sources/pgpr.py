"""Reads the PGPR layout: a folder of entities, links and labels in, a Dataset with its own test part out."""

from __future__ import annotations

from pathlib import Path as FilePath

import numpy as np
import pandas as pd

from kgrec.domain import EVENTS, Dataset, Facts, IdMap, IntArray, Interactions, ObjectArray
from kgrec.errors import BadInput
from kgrec.sources import catalogue as catalogues
from kgrec.sources import files, people
from kgrec.sources.findings import Findings, OnInvalid
from kgrec.sources.keyed import read_catalogue
from kgrec.sources.labels import clean
from kgrec.sources.mapping import ShopMapping
from kgrec.sources.sequences import is_number, read_sequences

_RELATIONS = {"brand_p_b": ("has_brand", "brand"), "category_p_c": ("has_category", "category")}
"""File of attribute edges → relation, file of its entities."""

UNLISTED = "asin:"
"""What marks a linked product that is not in the catalogue, lest it be mistaken for an item's number."""


def read(
    path: FilePath,
    catalogue: FilePath | None = None,
    *,
    on_invalid: OnInvalid = "raise",
    mapping: ShopMapping | None = None,
) -> Dataset:
    """A dataset from a folder with product.txt, users.txt, X_p_y.txt and, if present, train_ and test_labels.

    Ids are line numbers from 0. `catalogue` is a table keyed by pgpr_id or item_id that adds titles; brands
    and categories are the folder's own.
    """
    path = FilePath(path)
    files.check_folder(path)
    findings = Findings(on_invalid, mapping or ShopMapping())
    asins = _entities(path, "product")
    users = IdMap("user", map(str, range(len(_entities(path, "users")))))
    items = IdMap("item", map(str, range(len(asins))))
    facts = [_facts(path, file, asins, findings) for file in _edge_files(path)]
    train = _labels(path, "train_labels", users, items, findings)
    if train is None:
        findings.note("train_labels: not there, so nothing is known of what users did")
    test = _labels(path, "test_labels", users, items, findings)
    table = _item_table(items, asins, catalogue, findings)
    for role, name in (("items", "product.txt"), ("users", "users.txt")):
        file = files.find(path, name)
        findings.role(role, name if file is None else file.name)
    return Dataset(
        users=users,
        items=items,
        interactions=_no_interactions() if train is None else train,
        item_table=table,
        user_table=pd.DataFrame(index=pd.RangeIndex(len(users))),
        facts=catalogues.joined(catalogues.no_facts(), *facts),
        reviews=people.no_reviews(),
        held_out=test,
        report=findings.report(),
        idiom=findings.idiom(),
    )


def _entities(folder: FilePath, name: str) -> ObjectArray:
    """The lines of an entity file; the position of a line is the entity's number."""
    path = files.find(folder, f"{name}.txt")
    if path is None:
        present = ", ".join(sorted(file.name for file in folder.iterdir())[:10]) or "nothing"
        raise BadInput(f"{folder}: there is no {name}.txt in it; found {present}")
    names = [clean(line) for line in files.lines(path)]
    if not names:
        raise BadInput(f"{path.name} has no rows; write one {name} a line")
    return np.array(names, dtype=object)


def _edge_files(folder: FilePath) -> list[FilePath]:
    return sorted(
        file for file in folder.iterdir() if "_p_" in file.name and files.stem(file).endswith(".txt")
    )


def _facts(folder: FilePath, file: FilePath, asins: ObjectArray, findings: Findings) -> Facts:
    name = files.stem(file).removesuffix(".txt")
    if name in _RELATIONS:
        relation, entity = _RELATIONS[name]
        values = _entities(folder, entity)
    elif name.endswith("_p_p"):
        relation = name.removesuffix("_p_p")
        values = _linked(_entities(folder, "related_product"), asins)
    else:
        findings.note(f"{file.name}: not read, its relation is not known")
        return catalogues.no_facts()
    findings.role(relation, file.name)
    item, tail = _edges(file, len(asins), len(values))
    codes, _ = pd.factorize(values)  # two numbers may have one name
    _, first = np.unique(item * np.int64(len(values)) + codes[tail], return_index=True)
    kept = np.sort(first)
    named = values[tail[kept]] != ""
    if not named.all():
        findings.note(
            f"{file.name}: {int((~named).sum()):,} edges lead to something without a name; left out"
        )
    kept = kept[named]
    return Facts(
        item=item[kept],
        relation=np.full(len(kept), relation, dtype=object),
        value=values[tail[kept]],
        line=item[kept] + 1,
    )


def _linked(related: ObjectArray, asins: ObjectArray) -> ObjectArray:
    """Item ids of linked products, or their ASIN, marked, where the catalogue does not have them."""
    id_of_asin = {asin: str(row) for row, asin in enumerate(asins)}
    return np.array([id_of_asin.get(asin, UNLISTED + asin) for asin in related], dtype=object)


def _edges(file: FilePath, heads: int, tails: int) -> tuple[IntArray, IntArray]:
    """The edges of a file whose line i (from 0) holds the tails of product i."""
    parts: list[IntArray] = []
    for number, text in enumerate(files.lines(file), start=1):
        words = text.split()
        wrong = next((word for word in words if not is_number(word) or int(word) >= tails), None)
        if wrong is not None:
            raise BadInput(
                f"{file.name}, line {number}: {wrong[:80]!r} is no number from 0 to {tails - 1}; correct it"
            )
        parts.append(np.array(words, dtype=np.int64))
    if len(parts) != heads:
        raise BadInput(f"{file.name} has {len(parts):,} lines, product has {heads:,}; it needs one a product")
    counts = np.array([len(part) for part in parts], dtype=np.int64)
    return np.repeat(np.arange(heads, dtype=np.int64), counts), np.concatenate(parts)


def _labels(
    folder: FilePath, name: str, users: IdMap, items: IdMap, findings: Findings
) -> Interactions | None:
    path = files.find(folder, f"{name}.txt")
    if path is None:
        return None
    sequences = read_sequences(path, findings, may_be_empty=True)
    findings.role("interactions" if name == "train_labels" else "held out", path.name)
    user = np.array([int(user_id) for user_id in sequences.user_ids], dtype=np.int64)[sequences.user]
    item = np.array([int(item_id) for item_id in sequences.item_ids], dtype=np.int64)
    for kind, rows, known in (("user", user, users), ("item", item, items)):
        strange = np.flatnonzero(rows >= len(known))
        if len(strange):
            where = f"{path.name}, line {int(sequences.line[strange[0]])}"
            raise BadInput(
                f"{where}: there is no {kind} {int(rows[strange[0]])}; numbers go from 0 to {len(known) - 1}"
            )
    return Interactions(
        user=user,
        item=item,
        event=np.full(len(user), EVENTS.index("buy"), dtype=np.int64),
        weight=np.ones(len(user), dtype=np.float32),
        time=np.zeros(len(user), dtype=np.int64),
        line=sequences.line,
        clock="none",
    )


def _no_interactions() -> Interactions:
    nothing = np.zeros(0, dtype=np.int64)
    return Interactions(nothing, nothing, nothing, nothing.astype(np.float32), nothing, nothing, clock="none")


def _item_table(
    items: IdMap, asins: ObjectArray, catalogue: FilePath | None, findings: Findings
) -> pd.DataFrame:
    table = pd.DataFrame(catalogues.no_literals(len(items)))
    if catalogue is not None:
        said = read_catalogue(catalogue, "pgpr_id", findings, only=("title",))
        findings.role("catalogue", FilePath(catalogue).name)
        strangers = sum(name not in items for name in said.item_ids)
        if strangers:
            findings.note(
                f"{FilePath(catalogue).name}: {strangers:,} rows are of no product in the folder; left out"
            )
        titles, *_ = catalogues.merged(said, items.ids)
        table["title"] = titles["title"]
        findings.note(f"{FilePath(catalogue).name}: gives titles; brands and categories are the folder's own")
    table["asin"] = pd.Series(asins, dtype=object)
    return table
