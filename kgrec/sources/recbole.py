"""Reads RecBole's atomic files: a folder of NAME.inter and what lies beside it in, a Dataset out."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path as FilePath

import numpy as np
import pandas as pd

from kgrec.domain import Dataset, Facts, IdMap
from kgrec.errors import BadInput
from kgrec.sources import catalogue as catalogues
from kgrec.sources import csv, files, keys, parquet
from kgrec.sources.columns import Meanings, recognised
from kgrec.sources.findings import NOT_USED, Findings, OnInvalid
from kgrec.sources.frames import Tables, assemble
from kgrec.sources.labels import clean
from kgrec.sources.mapping import ShopMapping
from kgrec.sources.names import plain
from kgrec.sources.presets import preset
from kgrec.sources.table import Table, check_headers

_TYPES = ("token", "token_seq", "float", "float_seq")
_PROSE = re.compile(r"(title|name)$", re.IGNORECASE)  # typed token_seq too, yet one text and not a set
_ALSO = {
    "title": re.compile(r"title$", re.IGNORECASE),
    "category": re.compile(r"^(class|genres?)$", re.IGNORECASE),
}
"""What a column may also be called in these files when none has a usual name for the meaning."""

_TRIPLE: Meanings = {
    "head_id": ("head_id", "head"),
    "relation_id": ("relation_id", "relation"),
    "tail_id": ("tail_id", "tail"),
}
_LINK: Meanings = {"item_id": preset().headers("items", "item_id"), "entity_id": ("entity_id", "entity")}

MIN_USERS_A_VALUE = 5
"""Users a value must have on average for a column to make segments: fewer tell little, and who they are."""
_OLDEST = 120


def read(
    path: FilePath,
    catalogue: FilePath | None = None,
    *,
    on_invalid: OnInvalid = "raise",
    mapping: ShopMapping | None = None,
) -> Dataset:
    """A dataset from a folder with NAME.inter and, if present, NAME.user, NAME.item, and NAME.kg with NAME.link.

    Fields are typed as in `user_id:token` (Zhao et al., RecBole, 2021). `catalogue` is a table in the place of
    NAME.item. What the triples of NAME.kg say of linked items becomes attributes.
    """
    path = FilePath(path)
    files.check_folder(path)
    findings = Findings(on_invalid, mapping or ShopMapping())
    name = _name(path)
    found = {
        ending: files.find(path, f"{name}.{ending}") for ending in ("inter", "user", "item", "kg", "link")
    }
    if (found["kg"] is None) != (found["link"] is None):
        raise BadInput(
            f"{path}: {name}.kg and {name}.link need each other; add the missing one or take both away"
        )
    tables = {ending: _read_typed(file, findings) for ending, file in found.items() if file is not None}
    if catalogue is not None:
        tables["item"] = _read_catalogue(FilePath(catalogue), findings)
    users, items = tables.get("user"), tables.get("item")
    parts = Tables(tables["inter"], items=items, users=None if users is None else _grouping(users, findings))
    dataset = assemble(parts, findings, chosen=None if items is None else _also(items))
    if "kg" in tables:
        facts = _facts(tables["kg"], tables["link"], dataset.items, findings)
        dataset = replace(dataset, facts=catalogues.joined(dataset.facts, facts))
    return replace(dataset, report=findings.report())


def _name(folder: FilePath) -> str:
    found = [file.name for file in folder.iterdir() if files.stem(file).endswith(".inter")]
    if len(found) != 1:
        listed = ", ".join(sorted(found)) or "none"
        raise BadInput(f"{folder}: needs exactly one NAME.inter[.gz]; found {listed}")
    return files.stem(folder / found[0]).removesuffix(".inter")


def _read_typed(path: FilePath, findings: Findings) -> Table:
    """A file's table with the types taken off its headers, the parts of a token_seq separated as elsewhere."""
    table = csv.read_table(path, findings, tabs_only=True)
    names: list[str] = []
    for position, header in enumerate(table.headers):
        name, _, kind = header.rpartition(":")
        if kind not in _TYPES or not name:
            known = ", ".join(_TYPES)
            raise BadInput(
                f"{path.name}, line 1: {header[:80]!r} has no type; write NAME:TYPE, TYPE one of {known}"
            )
        names.append(name)
        if kind == "token_seq" and not _PROSE.search(name):
            cells = table.frame.iloc[:, position]
            table.frame.isetitem(position, [" | ".join(cell.split()) for cell in cells])
    named = replace(table, frame=table.frame.set_axis(pd.Index(names, dtype=object), axis=1))
    check_headers(named)
    return named


def _read_catalogue(path: FilePath, findings: Findings) -> Table:
    return parquet.read_table(path) if path.name.endswith(".parquet") else csv.read_table(path, findings)


def _also(items: Table) -> dict[str, str]:
    """Column → meaning for columns of items known by the names of these files only."""
    chosen: dict[str, str] = {}
    for meaning, pattern in _ALSO.items():
        usual = set(map(plain, preset().headers("items", meaning)))
        column = next((header for header in items.headers if pattern.search(header)), None)
        if column is not None and not usual & set(map(plain, items.headers)):
            chosen[column] = meaning
    return chosen


def _grouping(users: Table, findings: Findings) -> Table:
    """The users without columns that tell them apart rather than group them, their ages in bands."""
    frame = users.frame.copy()
    ids = set(map(plain, preset().headers("users", "user_id")))
    for column in users.headers:
        if plain(column) in ids:
            continue
        if plain(column) == "age":
            frame[column] = _age_bands(users, column, findings)
        filled = frame[column][frame[column].str.strip() != ""]
        if len(filled) < MIN_USERS_A_VALUE * filled.nunique():
            each = len(filled) / filled.nunique()
            findings.note(
                f"{users.name}: {column} makes no segments, a value has {each:.1f} users on average "
                f"and {MIN_USERS_A_VALUE} are needed"
            )
            findings.taken(users.name, column, NOT_USED)
            frame = frame.drop(columns=column)
    return replace(users, frame=frame)


def _age_bands(users: Table, column: str, findings: Findings) -> pd.Series:
    """Ages as bands of ten years; a column that holds anything but numbers stays as it is."""
    texts = users.frame[column].str.strip()
    age = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64)
    if (np.isnan(age) & (texts != "")).any():
        return users.frame[column]
    known = (age >= 0) & (age <= _OLDEST)
    low = np.where(known, age, 0).astype(np.int64) // 10 * 10
    findings.note(f"{users.name}: {column} put into bands of ten years")
    if unknown := int(((texts != "") & ~known).sum()):
        findings.note(f"{users.name}: {unknown:,} values of {column} are no age and were left out")
    bands = [f"{first}-{first + 9}" if told else "" for first, told in zip(low, known, strict=True)]
    return pd.Series(bands, dtype=object, index=texts.index)


def _facts(kg: Table, link: Table, items: IdMap, findings: Findings) -> Facts:
    """What the triples say of items: heads "have" relation and tail, tails are the relation "of" a head."""
    triples, linked = _triples(kg, findings), _linked(link, items, findings)
    from_head = triples.merge(linked, left_on="head", right_on="entity").rename(columns={"tail": "other"})
    from_tail = triples.merge(linked, left_on="tail", right_on="entity").rename(columns={"head": "other"})
    mirrored = _mirrored(from_head, from_tail)
    if mirrored:
        listed = ", ".join(sorted(mirrored))
        findings.note(
            f"{kg.name}: {listed} say of their tails what other relations say of heads; not told twice"
        )
    from_tail = from_tail[~from_tail["relation"].isin(mirrored)]
    elsewhere = int((~triples["head"].isin(linked["entity"]) & ~triples["tail"].isin(linked["entity"])).sum())
    if elsewhere:
        findings.note(f"{kg.name}: {elsewhere:,} of {len(triples):,} triples touch no item and were left out")
    has = from_head["relation"] + ": " + from_head["other"]
    is_of = "is " + from_tail["relation"] + " of " + from_tail["other"]
    values, uniques = pd.factorize(pd.concat([has, is_of]))
    labels = np.array([clean(str(text)) for text in uniques], dtype=object)
    findings.note(
        f"{kg.name}: its {triples['relation'].nunique():,} relations are none of the graph's; "
        f"{len(values):,} facts became attributes that name relation and entity"
    )
    return Facts(
        item=pd.concat([from_head["item"], from_tail["item"]]).to_numpy(dtype=np.int64),
        relation=np.full(len(values), "has_attribute", dtype=object),
        value=labels[values],
        line=np.zeros(len(values), dtype=np.int64),  # a fact's line is one of the table of items
    )


def _triples(kg: Table, findings: Findings) -> pd.DataFrame:
    findings.role("knowledge graph", kg.name)
    columns = recognised(kg, _TRIPLE, findings)
    for meaning in _TRIPLE:
        kg = keys.checked(kg, columns[meaning], meaning.removesuffix("_id"), findings)
    texts = {meaning.removesuffix("_id"): kg.text(column) for meaning, column in columns.items()}
    return pd.DataFrame(texts, dtype=object).drop_duplicates(ignore_index=True)


def _linked(link: Table, items: IdMap, findings: Findings) -> pd.DataFrame:
    """The entity of each linked item's row."""
    findings.role("links to the knowledge graph", link.name)
    columns = recognised(link, _LINK, findings)
    for meaning in _LINK:
        link = keys.checked(link, columns[meaning], meaning.removesuffix("_id"), findings)
    item_ids = link.text(columns["item_id"])
    known = np.array([item_id in items for item_id in item_ids], dtype=bool)
    if not known.all():
        findings.note(
            f"{link.name}: {int((~known).sum()):,} links are of items that nothing else names; left out"
        )
    entity = pd.Series(link.text(columns["entity_id"])[known], dtype=object)
    return pd.DataFrame({"entity": entity, "item": items.rows(item_ids[known])}).drop_duplicates()


def _mirrored(from_head: pd.DataFrame, from_tail: pd.DataFrame) -> set[str]:
    """Relations whose every pair of tail and head one other tells the other way round: graphs hold both."""
    both = from_tail.merge(from_head, on=["item", "other"], suffixes=("", "_back"))
    told = both.groupby(["relation", "relation_back"]).size().groupby("relation").max()
    needed = from_tail.groupby("relation").size()
    return set(told.index[told == needed[told.index]])
