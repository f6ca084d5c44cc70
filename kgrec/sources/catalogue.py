"""Understands an items table: its rows in, literals to show and facts for the graph out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kgrec.domain import Facts, IntArray, ObjectArray
from kgrec.sources import keys
from kgrec.sources.columns import ITEM_COLUMNS, recognise, snake
from kgrec.sources.findings import Findings
from kgrec.sources.labels import clean, clean_column, clean_prose, parts
from kgrec.sources.table import Table

RELATION_OF_COLUMN = {
    "brand": "has_brand",
    "category": "has_category",
    "colour": "has_colour",
    "material": "has_material",
    "compatible_with": "compatible_with",
}
LITERALS = ("title", "title_zh", "description", "price", "currency", "image")
"""Columns every item table has, in this order; other literals follow."""

MAX_ATTRIBUTE_VALUES = 1_000
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.\-]*:", re.IGNORECASE)


@dataclass
class FactRows:
    """Facts as they are collected, each (item, relation, value) once."""

    rows: dict[tuple[int, str, str], int] = field(default_factory=dict)  # fact → line

    def add(self, item_row: int, relation: str, value: str, line: int) -> None:
        """One fact, unless it is known."""
        self.rows.setdefault((item_row, relation, value), line)

    def facts(self) -> Facts:
        """All of them, in the order they came."""
        item, relation, value = zip(*self.rows, strict=True) if self.rows else ((), (), ())
        return Facts(
            item=np.array(item, dtype=np.int64),
            relation=np.array(relation, dtype=object),
            value=np.array(value, dtype=object),
            line=np.array(list(self.rows.values()), dtype=np.int64),
        )


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What an items table says, in its own order."""

    item_ids: ObjectArray
    literals: pd.DataFrame
    facts: Facts
    columns: Mapping[str, str]  # meaning → column


def understood(
    table: Table,
    findings: Findings,
    *,
    chosen: Mapping[str, str] | None = None,
    plain_literals: Sequence[str] = (),
) -> Catalogue:
    """The items of a table; `plain_literals` are kept as they are."""
    findings.role("items", table.name)
    columns = recognise(
        table, ITEM_COLUMNS, findings, required=("item_id",), chosen=chosen, others_unused=False
    )
    table = keys.checked(table, columns["item_id"], "item", findings)
    table = keys.unique(table, columns["item_id"], "item", findings)
    facts = FactRows()
    for meaning, relation in RELATION_OF_COLUMN.items():
        if meaning in columns:
            _add_facts(table, columns[meaning], relation, table.text(columns["item_id"]), facts)
    literals = _literals(table, columns, findings)
    for column in table.headers:
        if column not in columns.values():
            as_literal = column in plain_literals
            _take_other(table, column, literals, facts, findings, as_literal=as_literal)
    return Catalogue(table.text(columns["item_id"]), pd.DataFrame(literals), facts.facts(), columns)


def _add_facts(table: Table, column: str, relation: str, item_ids: ObjectArray, facts: FactRows) -> None:
    for item_row, text in enumerate(table.text(column)):
        for part in parts(text):
            if relation != "compatible_with":
                value = _label(part)
            else:
                value = part if keys.could_be(part) and part != item_ids[item_row] else ""
            if value:
                facts.add(item_row, relation, value, int(table.lines[item_row]))


def _label(part: str) -> str:
    """A label, or a path of labels broadest first, with one way of writing the path."""
    names = (clean(name) for name in re.split(r"\s+>\s+", part))
    return " > ".join(name for name in names if name)


def no_literals(rows: int) -> dict[str, pd.Series]:
    """The literals of items nothing is said about."""
    nothing = {name: pd.Series([""] * rows, dtype=object) for name in LITERALS}
    nothing["price"] = pd.Series(np.full(rows, np.nan), dtype=np.float64)
    return nothing


def _literals(table: Table, columns: Mapping[str, str], findings: Findings) -> dict[str, pd.Series]:
    literals = no_literals(len(table))
    for meaning in ("title", "title_zh", "currency"):
        if meaning in columns:
            texts = clean_column(table.text(columns[meaning]), table.name, columns[meaning], findings)
            literals[meaning] = pd.Series(texts, dtype=object)
    if "description" in columns:
        prose = [clean_prose(text) for text in table.text(columns["description"])]
        literals["description"] = pd.Series(prose, dtype=object)
    if "price" in columns:
        literals["price"] = _prices(table, columns["price"], findings)
    if "image" in columns:
        literals["image"] = _images(table, columns["image"], findings)
    return literals


def _prices(table: Table, column: str, findings: Findings) -> pd.Series:
    texts = pd.Series(table.text(column), dtype=object).str.strip()
    bare = texts.str.replace(r"^[^\d.\-]{0,4}|,(?=\d{3}\b)", "", regex=True)
    prices = pd.to_numeric(bare, errors="coerce").astype(np.float64)
    prices = prices.where(np.isfinite(prices) & (prices >= 0))
    unread = int((prices.isna() & (texts != "")).sum())
    if unread:
        findings.note(f"{table.name}: {unread:,} values of {column} are no price and were left out")
    return prices


def _images(table: Table, column: str, findings: Findings) -> pd.Series:
    addresses = [clean(text, most=2_000) for text in table.text(column)]
    safe = ["" if _OTHER_SCHEME.match(address) else address for address in addresses]
    refused = sum(before != after for before, after in zip(addresses, safe, strict=True))
    if refused:
        findings.note(
            f"{table.name}: {refused:,} values of {column} are neither paths nor http addresses; left out"
        )
    return pd.Series(safe, dtype=object)


def _take_other(
    table: Table,
    column: str,
    literals: dict[str, pd.Series],
    facts: FactRows,
    findings: Findings,
    *,
    as_literal: bool,
) -> None:
    """A column nobody knows: an attribute if items share its values, else one more literal."""
    texts = table.text(column)
    name = clean(column) or "column"
    if not as_literal and groups(texts):
        for item_row, text in enumerate(texts):
            for part in parts(text):
                value = clean(f"{name}: {clean(part)}")
                facts.add(item_row, "has_attribute", value, int(table.lines[item_row]))
        findings.taken(table.name, column, "attribute")
        findings.note(f"{table.name}: column {name} is not one of the usual ones; taken for an attribute")
        return
    literal = snake(name)
    while literal in literals or literal == "item_id":
        literal += "_2"
    literals[literal] = pd.Series(clean_column(texts, table.name, name, findings), dtype=object)
    findings.taken(table.name, column, "literal")
    if not as_literal:
        findings.note(f"{table.name}: column {name} is not one of the usual ones; kept as text of the item")


def groups(texts: ObjectArray) -> bool:
    """Whether a column puts rows into groups: text, few values, shared by two rows or more on average."""
    filled = [text for text in texts if text.strip()]
    distinct = {part for text in set(filled) for part in parts(text)}
    if not 2 <= len(distinct) <= MAX_ATTRIBUTE_VALUES or 2 * len(set(filled)) > len(filled):
        return False
    return bool(pd.to_numeric(pd.Series(list(distinct), dtype=object), errors="coerce").isna().any())


def merged(catalogue: Catalogue, item_ids: ObjectArray) -> tuple[pd.DataFrame, Facts]:
    """The catalogue's literals and facts in the rows of `item_ids`, which may know more items or fewer."""
    row_of = {name: row for row, name in enumerate(item_ids)}
    rows = np.array([row_of.get(name, -1) for name in catalogue.item_ids], dtype=np.int64)
    kept = np.flatnonzero(rows >= 0)
    table = pd.DataFrame(no_literals(len(item_ids)))
    for name in catalogue.literals.columns:
        column = catalogue.literals[name].to_numpy()
        target = (
            table[name].to_numpy(copy=True) if name in table else np.full(len(item_ids), "", dtype=object)
        )
        target[rows[kept]] = column[kept]
        table[name] = pd.Series(target, dtype=np.float64 if name == "price" else object)
    return table, moved(catalogue.facts, rows)


def moved(facts: Facts, rows: IntArray) -> Facts:
    """The same facts with item rows sent through `rows`, without those of items sent to −1."""
    item = rows[facts.item]
    kept = item >= 0
    return Facts(item[kept], facts.relation[kept], facts.value[kept], facts.line[kept])


def joined(*tables: Facts) -> Facts:
    """Several tables of facts as one."""
    return Facts(
        item=np.concatenate([facts.item for facts in tables]).astype(np.int64),
        relation=np.concatenate([facts.relation for facts in tables]).astype(object),
        value=np.concatenate([facts.value for facts in tables]).astype(object),
        line=np.concatenate([facts.line for facts in tables]).astype(np.int64),
    )


def no_facts() -> Facts:
    """A catalogue's silence."""
    return FactRows().facts()
