"""What a program says of one item, by name → its literals and facts, read as a row of the items table is.

Names are those of the shop's own columns, as its mapping has them, and for everybody "title", "brand" and the like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from kgrec.domain import ID_FAULTS, Dataset
from kgrec.errors import BadInput, UnknownName
from kgrec.sources.catalogue import LITERALS, RELATION_OF_KIND, title_columns, understood
from kgrec.sources.columns import of_meaning
from kgrec.sources.findings import Findings
from kgrec.sources.labels import clean
from kgrec.sources.mapping import KINDS, LINKS, UNUSED, Column, parsed
from kgrec.sources.names import snake
from kgrec.sources.table import MAX_CELL_CHARACTERS, Table

SOURCE = "items API"
"""Where what programs say of items comes from."""

MOST_VALUES = 200
"""Values that one attribute may have."""

_BETWEEN = "\x1f"  # the values of a list as one cell; it is taken out of every text
_ID = "\x1fid"  # a header that no name can be
_USUAL = (*LITERALS, *RELATION_OF_KIND, *LINKS)


@dataclass(frozen=True)
class ItemSaid:
    """What was said of an item: nothing is known of what is not named."""

    literals: Mapping[str, Any]  # column of the items table → value
    covered: tuple[tuple[str, str], ...]  # relations spoken of, and what the values in question begin with
    facts: tuple[tuple[str, str], ...]  # relation, value


def read(dataset: Dataset, item_id: str, said: Mapping[str, Any]) -> ItemSaid:
    """What is said, checked; BadInput or UnknownName for an id, a name or a value that no catalogue can have."""
    for fault, reason, remedy in ID_FAULTS:
        if fault(item_id):
            raise BadInput(f"the item id {reason}; {remedy}")
    known, titles = attributes_of(dataset), _titles(dataset.report.mapping)
    columns: dict[str, Column] = {}
    cells: dict[str, str] = {}
    literals: dict[str, Any] = {}
    for name, value in said.items():
        if name not in known:
            raise UnknownName("attribute of items", name, known)
        column = _column(known[name], value)
        cell = _cell(f"item {item_id}: {name}", column, value)
        if column.kind == "title":
            literals[titles.get(name, name)] = clean(cell)
        else:
            columns[name], cells[name] = column, cell
    table = Table(SOURCE, pd.DataFrame([{_ID: item_id, **cells}], dtype=object), np.zeros(1, np.int64))
    findings = Findings()
    found = understood(table, findings, chosen={_ID: Column("item_id"), **columns})
    if findings.left_out:
        bad = findings.left_out[0]
        example = clean(cells[bad.column].replace(_BETWEEN, ", "), most=80)
        raise BadInput(f"item {item_id}: {bad.column}: {example!r} is {bad.reason}; {bad.remedy}")
    named = _literals_named(dataset, columns, list(found.literals.columns))
    literals |= {column: found.literals[read_as].iloc[0] for read_as, column in named.items()}
    return ItemSaid(
        literals=literals,
        covered=tuple(dict.fromkeys(filter(None, map(_covers, columns, columns.values())))),
        facts=tuple(zip(found.facts.relation.tolist(), found.facts.value.tolist(), strict=True)),
    )


def attributes_of(dataset: Dataset) -> dict[str, Column]:
    """What can be said of a shop's items: name → what it becomes."""
    return dict(_attributes(dataset.report.mapping))


@lru_cache(maxsize=8)
def _attributes(mapping: str) -> Mapping[str, Column]:
    usual = {name: of_meaning(name, "items") for name in _USUAL}
    usual |= {relation: usual[kind] for kind, relation in RELATION_OF_KIND.items()}
    known = {name: replace(column, separator="") for name, column in usual.items() if column is not None}
    return known | _own(mapping)


def _own(mapping: str) -> dict[str, Column]:
    columns = parsed(mapping).columns.get("items", {}) if mapping else {}
    return {header: column for header, column in columns.items() if column.kind not in (UNUSED, "item_id")}


@lru_cache(maxsize=8)
def _titles(mapping: str) -> Mapping[str, str]:
    """The shop's own headers of titles → columns of the items table."""
    return title_columns(_own(mapping))


def _column(column: Column, value: Any) -> Column:
    """How a value is read: lists have no need of a separator, numbers none of a decimal mark."""
    if isinstance(value, list | tuple):
        return replace(column, separator=_BETWEEN)
    return column if isinstance(value, str) else replace(column, decimal="")


def _cell(what: str, column: Column, value: Any) -> str:
    """A value as a cell of a table."""
    if isinstance(value, list | tuple):
        if "separator" not in KINDS["items"][column.kind]:
            raise BadInput(f"{what} is a list; it has one value, give that")
        if len(value) > MOST_VALUES:
            raise BadInput(f"{what} has {len(value):,} values; at most {MOST_VALUES} are kept")
        return _BETWEEN.join(_text(what, each) for each in value)
    return "" if value is None else _text(what, value)


def _text(what: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise BadInput(f"{what} is {value!r:.80}; give a text, a number, a list of them, or null")
    text = str(value)
    if len(text) > MAX_CELL_CHARACTERS:
        raise BadInput(f"{what} has {len(text):,} characters; at most {MAX_CELL_CHARACTERS:,} are kept")
    return text.replace(_BETWEEN, "")


def _literals_named(dataset: Dataset, columns: Mapping[str, Column], read: list[str]) -> dict[str, str]:
    """The columns in which what was said was read → those of the shop's items table."""
    fixed = {column.kind: column.kind for column in columns.values() if column.kind in LITERALS}
    if "price" in fixed and any(column.currency for column in columns.values()):
        fixed["currency"] = "currency"
    others = [
        header
        for header, column in columns.items()
        if column.kind not in LITERALS and not _covers(header, column)
    ]
    of_label = {told.label: column for column, told in dataset.idiom.properties.items()}
    own = {}
    for header, read_as in zip(others, [name for name in read if name not in LITERALS], strict=True):
        name = clean(columns[header].name or header)
        own[read_as] = of_label.get(name, snake(name))
    return fixed | own


def _covers(name: str, column: Column) -> tuple[str, str] | None:
    """The relation of a column, and what its values begin with; None for a literal."""
    if column.kind == "link":
        return (column.relation, "") if column.relation else None
    if column.kind == "attribute":
        return "has_attribute", f"{clean(column.name or name)}: "
    return (RELATION_OF_KIND[column.kind], "") if column.kind in RELATION_OF_KIND else None


def told(dataset: Dataset, item_id: str) -> dict[str, Any]:
    """What to say of an item so that it becomes what it is: attribute → text, number, or list of texts.

    What the names of a shop's attributes cannot say, such as a column of a frame that no mapping names, is left out.
    """
    row = dataset.items.row(item_id)
    known, said = attributes_of(dataset), dict[str, Any]()
    for name, column in _names_of_literals(dataset).items():
        value = dataset.item_table[column].iloc[row]
        # A text would be read with the decimal mark of the shop's own tables.
        as_text = isinstance(value, str) and not (value and known[name].decimal)
        if value != "" and value == value:
            said[name] = value if as_text else float(value)
    facts = dataset.facts
    values: dict[str, list[str]] = {}
    names = _names_of_facts(dataset)
    for fact in np.flatnonzero(facts.item == row):
        relation, value = str(facts.relation[fact]), str(facts.value[fact])
        for (of, begins), name in names.items():
            if relation == of and value.startswith(begins):
                values.setdefault(name, []).append(value.removeprefix(begins))
                break
    return said | {name: some[0] if len(some) == 1 else some for name, some in values.items()}


def _names_of_literals(dataset: Dataset) -> dict[str, str]:
    """Attribute → the column of the items table that it fills."""
    columns = [str(column) for column in dataset.item_table.columns]
    titles = {column: header for header, column in _titles(dataset.report.mapping).items()}
    named = {titles.get(column, column): column for column in columns if column in (*LITERALS, *titles)}
    own = {name: column for name, column in _own(dataset.report.mapping).items() if column.kind != "title"}
    of_label = {property.label: column for column, property in dataset.idiom.properties.items()}
    for header, column in own.items():
        if column.kind not in LITERALS and not _covers(header, column):
            name = clean(column.name or header)
            literal = of_label.get(name, snake(name))
            if literal in columns:
                named[header] = literal
    return named


def _names_of_facts(dataset: Dataset) -> dict[tuple[str, str], str]:
    """Relation and what its values begin with → the attribute that says them; the shortest beginning comes last."""
    named: dict[tuple[str, str], str] = {}
    for name, column in attributes_of(dataset).items():
        covered = _covers(name, column)
        if covered is not None:
            named.setdefault(covered, name)
    return dict(sorted(named.items(), key=lambda one: -len(one[0][1])))
