"""Understands an items table: its rows in, literals to show and facts for the graph out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kgrec.domain import Datatype, Facts, IntArray, ObjectArray, Property
from kgrec.sources import keys
from kgrec.sources.columns import Chosen, settled
from kgrec.sources.findings import Findings
from kgrec.sources.labels import MAX_LABEL_CHARACTERS, clean, clean_column, clean_prose, tell_altered
from kgrec.sources.mapping import Column
from kgrec.sources.names import snake
from kgrec.sources.table import Table
from kgrec.sources.values import boolean, dates, number, split

RELATION_OF_KIND = {
    "brand": "has_brand",
    "category": "has_category",
    "colour": "has_colour",
    "material": "has_material",
}
LEVELS = " > "
"""Between the names of a category path, broadest first."""

LITERALS = ("title", "title_zh", "description", "price", "currency", "image")
"""Columns every item table has, in this order; other literals follow."""

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
    columns: Mapping[str, str]  # kind → the first column that became it
    lines: IntArray  # of the items table


def understood(table: Table, findings: Findings, *, chosen: Chosen | None = None) -> Catalogue:
    """The items of a table; `chosen` is what some of its columns mean (header → meaning)."""
    findings.role("items", table.name)
    columns = settled(table, "items", findings, required=("item_id",), chosen=chosen)
    of_kind: dict[str, list[str]] = {}
    for header, column in columns.items():
        of_kind.setdefault(column.kind, []).append(header)
    id_column = of_kind["item_id"][0]
    table = keys.checked(table, id_column, "item", findings)
    table = keys.unique(table, id_column, "item", findings)
    facts = FactRows()
    for kind in (*RELATION_OF_KIND, "link", "attribute"):
        for header in of_kind.get(kind, ()):
            _add_facts(table, header, columns[header], table.text(id_column), facts, findings)
    literals = _literals(table, columns, findings)
    first = {kind: headers[0] for kind, headers in of_kind.items()}
    return Catalogue(table.text(id_column), pd.DataFrame(literals), facts.facts(), first, table.lines)


# Facts


def _add_facts(
    table: Table, header: str, column: Column, item_ids: ObjectArray, facts: FactRows, findings: Findings
) -> None:
    if column.kind == "link":
        if not column.relation:  # told in the store, not walked by paths
            return
        relation = column.relation
        _tell_bad_links(table, header, column, item_ids, findings)
    else:
        relation = RELATION_OF_KIND.get(column.kind, "has_attribute")
        tell_altered(table.text(header), table.name, header, findings)
    name = clean(column.name or header) or "column"
    for item_row, text in enumerate(table.text(header)):
        for part in split(text, column.separator):
            if column.kind == "link":
                value = part if keys.could_be(part) and part != item_ids[item_row] else ""
            elif column.kind == "attribute":
                value = clean(f"{name}: {clean(part)}")
            else:
                value = _label(part, column.levels or LEVELS)
            if value:
                facts.add(item_row, relation, value, int(table.lines[item_row]))


def _tell_bad_links(
    table: Table, header: str, column: Column, item_ids: ObjectArray, findings: Findings
) -> None:
    parts = [split(text, column.separator) for text in table.text(header)]
    no_id = np.array([not all(map(keys.could_be, some)) for some in parts], dtype=bool)
    itself = np.array([own in some for own, some in zip(item_ids, parts, strict=True)], dtype=bool)
    remedy = "write the id of another item"
    findings.unusable(table, header, no_id, "no id of an item", remedy)
    findings.unusable(table, header, itself, "the item itself", remedy)


def _label(part: str, levels: str) -> str:
    """A label, or a path of labels broadest first, with one way of writing the path."""
    names = (clean(name) for name in split(part, levels))
    return LEVELS.join(name for name in names if name)


# Literals


def no_literals(rows: int) -> dict[str, pd.Series]:
    """The literals of items nothing is said about."""
    nothing = {name: pd.Series([""] * rows, dtype=object) for name in LITERALS}
    nothing["price"] = pd.Series(np.full(rows, np.nan), dtype=np.float64)
    return nothing


def _literals(table: Table, columns: Mapping[str, Column], findings: Findings) -> dict[str, pd.Series]:
    literals = no_literals(len(table))
    titles = title_columns(columns)
    for header, column in columns.items():
        if header in titles:
            _take_title(table, header, titles[header], column.lang, literals, findings)
        elif column.kind in _FIXED:
            literals[column.kind] = _FIXED[column.kind](table, header, column, findings)
            if column.kind == "description" and column.lang:
                findings.properties["description"] = Property("schema:description", lang=column.lang)
        elif column.kind in _READERS or (column.kind == "link" and not column.relation):
            _take_literal(table, header, column, literals, findings)
    constant = next((column.currency for column in columns.values() if column.currency), "")
    if constant and not any(column.kind == "currency" for column in columns.values()):
        literals["currency"] = pd.Series(np.where(literals["price"].isna(), "", constant), dtype=object)
    return literals


def title_columns(columns: Mapping[str, Column]) -> dict[str, str]:
    """Header → the column of the items table that its titles go to: `title`, `title_zh`, or one of their own.

    What has titles in one language only has them in `title`, whichever that is.
    """
    titles = {header: column.lang or "en" for header, column in columns.items() if column.kind == "title"}
    main = next((header for header, lang in titles.items() if lang == "en"), None)
    main = (
        main
        or next((header for header, lang in titles.items() if lang != "zh"), None)
        or next(iter(titles), None)
    )
    return {
        header: "title" if header == main else "title_zh" if lang == "zh" else f"title_{lang.lower()}"
        for header, lang in titles.items()
    }


def _take_title(
    table: Table, header: str, name: str, lang: str, literals: dict[str, pd.Series], findings: Findings
) -> None:
    literals[name] = pd.Series(clean_column(table.text(header), table.name, header, findings), dtype=object)
    usual = {"title": "en", "title_zh": "zh"}.get(name)
    if (lang or "en") != usual:
        findings.properties[name] = Property("schema:name", lang=lang)


def _descriptions(table: Table, header: str, column: Column, findings: Findings) -> pd.Series:
    return pd.Series([clean_prose(text) for text in table.text(header)], dtype=object)


def _currencies(table: Table, header: str, column: Column, findings: Findings) -> pd.Series:
    return pd.Series(clean_column(table.text(header), table.name, header, findings), dtype=object)


def _prices(table: Table, header: str, column: Column, findings: Findings) -> pd.Series:
    texts = pd.Series(table.text(header), dtype=object).str.strip()
    bare = texts.str.replace(r"^[^\d.\-]{0,4}|\s?(?:[€£¥￥$₹₩元]|[A-Z]{3}|zł|kr)$", "", regex=True)
    if column.decimal == ",":
        bare = bare.str.replace(r"\.(?=\d{3}\b)", "", regex=True).str.replace(",", ".", n=1)
    else:
        bare = bare.str.replace(r",(?=\d{3}\b)", "", regex=True)
    prices = pd.to_numeric(bare, errors="coerce").astype(np.float64)
    prices = prices.where(np.isfinite(prices) & (prices >= 0))
    unread = (prices.isna() & (texts != "")).to_numpy()
    findings.unusable(table, header, unread, "no price", "write a number not below zero, such as 12.50")
    return prices


def _images(table: Table, header: str, column: Column, findings: Findings) -> pd.Series:
    addresses = [clean(text, most=2_000) for text in table.text(header)]
    safe = ["" if _OTHER_SCHEME.match(address) else address for address in addresses]
    refused = np.array([before != after for before, after in zip(addresses, safe, strict=True)], dtype=bool)
    reason = "neither a path nor an http address"
    findings.unusable(
        table, header, refused, reason, "write the name of a file or an address that begins with https://"
    )
    return pd.Series(safe, dtype=object)


_FIXED: Mapping[str, Callable[[Table, str, Column, Findings], pd.Series]] = {
    "description": _descriptions,
    "price": _prices,
    "currency": _currencies,
    "image": _images,
}
"""Kinds of column that every items table has a place for."""


# Literals of the shop's own


def _take_literal(
    table: Table, header: str, column: Column, literals: dict[str, pd.Series], findings: Findings
) -> None:
    """One more literal of the items, in the lexical form of its type, and how it is told."""
    name = clean(column.name or header) or "column"
    literal = snake(name)
    while literal in literals or literal == "item_id":
        literal += "_2"
    others = {told.label for told in findings.properties.values()}
    while not column.name and name in others:  # two headers that differ in blanks only
        name += " 2"
    datatype, read = _READERS.get(column.kind, ("item", _links))
    values = read(table, header, column, findings)
    unread = np.array([value is None for value in values], dtype=bool)
    remedy = f"correct it, or say in mapping.toml that {name} is something else"
    reason = f"no amount in {column.unit}" if column.unit else _NOT.get(column.kind, "")
    findings.unusable(table, header, unread, reason, remedy)
    literals[literal] = pd.Series([value or "" for value in values], dtype=object)
    findings.properties[literal] = Property(column.iri, datatype, column.lang, name, column.unit)


_NOT = {
    "integer": "no whole number",
    "decimal": "no number",
    "boolean": "neither yes nor no",
    "date": "no date",
    "datetime": "no date with a time",
}
"""Kind of column → what a cell of it is that cannot be read."""

Values = Sequence[str | None]
_Reader = Callable[[Table, str, Column, Findings], Values]


def _numbers(table: Table, header: str, column: Column, findings: Findings) -> Values:
    read = number(column.decimal, column.unit, whole=column.kind == "integer")
    return [read(text) if text.strip() else "" for text in table.text(header)]


def _booleans(table: Table, header: str, column: Column, findings: Findings) -> Values:
    return [boolean(text) if text.strip() else "" for text in table.text(header)]


def _dates(table: Table, header: str, column: Column, findings: Findings) -> Values:
    return dates(table.text(header), column.format, with_time=column.kind == "datetime")


def _texts(table: Table, header: str, column: Column, findings: Findings) -> Values:
    """Texts of one line, or of several if one is too long for a label; a line each where a cell holds several."""
    texts = table.text(header)
    if column.separator:
        return ["\n".join(dict.fromkeys(map(clean, split(text, column.separator)))) for text in texts]
    if max(map(len, texts), default=0) > MAX_LABEL_CHARACTERS:
        return [clean_prose(text).replace("\n", " ") for text in texts]
    return list(clean_column(texts, table.name, header, findings))


def _links(table: Table, header: str, column: Column, findings: Findings) -> Values:
    return ["\n".join(filter(keys.could_be, split(text, column.separator))) for text in table.text(header)]


_READERS: Mapping[str, tuple[Datatype, _Reader]] = {
    "integer": ("integer", _numbers),
    "decimal": ("decimal", _numbers),
    "boolean": ("boolean", _booleans),
    "date": ("date", _dates),
    "datetime": ("dateTime", _dates),
    "text": ("string", _texts),
}
"""Kinds of column that become literals of the shop's own → XSD type and how cells are read."""


def merged(catalogue: Catalogue, item_ids: ObjectArray) -> tuple[pd.DataFrame, Facts, IntArray]:
    """The catalogue's literals, facts and lines in the rows of `item_ids`, which may know more items or fewer."""
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
    lines = np.zeros(len(item_ids), np.int64)
    lines[rows[kept]] = catalogue.lines[kept]
    return table, moved(catalogue.facts, rows), lines


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
