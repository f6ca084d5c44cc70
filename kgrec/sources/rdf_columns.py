"""Values of items by property in, columns of a table with what they become, where that is known, out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from kgrec.domain import ObjectArray
from kgrec.rdf import Text
from kgrec.sources.guess import USUAL_SEPARATOR, guessed
from kgrec.sources.labels import clean
from kgrec.sources.mapping import KINDS, Column, schema_terms
from kgrec.sources.names import plain
from kgrec.sources.presets import Preset
from kgrec.sources.table import Table
from kgrec.sources.things import OWL, SCHEMA, XSD, Term, Things, local

LANG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
"""Languages that a mapping can name."""

Cells = Mapping[int, Sequence[str]]
"""Row → the values of its cell."""

_ANY = "\n"  # parts values that hold the usual separator
_IRI = re.compile(r"https?://[^\s<>\"{}|^`\\\x00-\x20]+")
_DATATYPES = {
    **{f"{XSD}{name}": "integer" for name in ("integer", "int", "long", "short", "nonNegativeInteger")},
    **{f"{XSD}{name}": "decimal" for name in ("decimal", "double", "float")},
    f"{XSD}boolean": "boolean",
    f"{XSD}date": "date",
    f"{XSD}dateTime": "datetime",
}


@dataclass
class Columns:
    """A table of items in the making."""

    things: Things
    find: Callable[[Term], str]  # the id of the item that a value means, "" if it means none
    usual: Preset
    item_ids: ObjectArray
    chosen: dict[str, Column] = field(default_factory=dict)  # header → what it becomes, where that is known
    _columns: dict[str, ObjectArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._columns["item_id"] = self.item_ids

    def add(self, header: str, cells: Cells, column: Column | None) -> None:
        """A column; without `column` its header or its values will tell what it becomes."""
        separator = column.separator if column is not None else ""
        several = column is None and any(len(values) > 1 for values in cells.values())
        if (separator or several) and any("|" in value for values in cells.values() for value in values):
            separator = _ANY
        elif several:
            separator = USUAL_SEPARATOR
        if column is not None:
            self.chosen[header] = replace(column, separator=separator)
        self._columns[header] = _joined(cells, len(self.item_ids), separator)

    def add_attribute(self, name: str, cells: Cells, *, told: bool) -> None:
        """What additional properties of a name say; `told` is whether the graph calls them attributes."""
        header = self._free(name)
        if told:
            named = "" if header == name else name
            self.add(header, cells, Column("attribute", name=named, separator=USUAL_SEPARATOR))
        else:
            self._look(name, header, cells)

    def add_property(self, predicate: str, values: Mapping[int, Sequence[Term]]) -> int:
        """What a property says of the items; returns how many values were left out, being things without a name."""
        own = self._own_name(predicate)
        name = clean(own or local(predicate)) or "column"
        header, iri = self._free(name), "" if own else _iri(predicate)
        named = "" if header == name else name
        terms = [value for some in values.values() for value in some]
        if all(isinstance(value, str) and self.find(value) for value in terms):
            ids = {row: [self.find(value) for value in some] for row, some in values.items()}
            self.add(header, ids, Column("link", name=named, separator=USUAL_SEPARATOR, iri=iri))
            return 0
        told = {row: [self.things.told(value).strip() for value in some] for row, some in values.items()}
        cells = {row: kept for row, some in told.items() if (kept := list(filter(None, some)))}
        if not cells:
            return len(terms)
        column = self._typed(predicate, terms, cells, declared=bool(own))
        if column is not None:
            self.add(header, cells, replace(column, name=named, iri=iri))
        else:
            self._look(name, header, cells, iri)
        return len(terms) - sum(map(len, cells.values()))

    def table(self) -> Table:
        """All columns."""
        frame = pd.DataFrame(dict(enumerate(self._columns.values())))
        frame.columns = pd.Index(list(self._columns), dtype=object)
        lines = np.arange(1, len(self.item_ids) + 1, dtype=np.int64)
        return Table(self.things.name, frame, lines, unit="item")

    def _free(self, name: str) -> str:
        header, n = name, 2
        while header in self._columns:
            header, n = f"{name} {n}", n + 1
        return header

    def _own_name(self, predicate: str) -> str:
        """What a property is called that the files declare, as an export of kgrec does; "" of any other."""
        types = self.things.types(predicate)
        declared = OWL + "DatatypeProperty" in types or OWL + "ObjectProperty" in types
        return self.things.label(predicate) if declared and not predicate.startswith(SCHEMA) else ""

    def _typed(self, predicate: str, terms: Sequence[Term], cells: Cells, *, declared: bool) -> Column | None:
        """What the values' types tell, if they are of one type that is no plain text."""
        kinds = {_DATATYPES.get(term.datatype if isinstance(term, Text) else "", "text") for term in terms}
        several = any(len(some) > 1 for some in cells.values())
        kind = kinds.pop() if len(kinds) == 1 and not several else "text"
        if kind != "text":
            numeric = kind in ("integer", "decimal")
            return Column(kind, unit=self.things.text(predicate, SCHEMA + "unitText") if numeric else "")
        langs = {term.lang for term in terms if isinstance(term, Text)}
        lang = langs.pop() if len(langs) == 1 else ""
        if not (declared or lang):
            return None
        return Column(
            "text", lang=lang if LANG.fullmatch(lang) else "", separator=USUAL_SEPARATOR if several else ""
        )

    def _look(self, name: str, header: str, cells: Cells, iri: str = "") -> None:
        """A column that its header or its values tell, unless it needs a name, an IRI or a separator of its own."""
        self.add(header, cells, None)
        several = [value for some in cells.values() if len(some) > 1 for value in some]
        usual = {plain(one) for each in self.usual.usual["items"] for one in each.headers}
        parted = any("|" in value for value in several)
        if plain(header) in usual and not parted:
            return
        column, _ = guessed(self._columns[header], self.item_ids)
        keys = KINDS["items"][column.kind]
        own = {"name": name if header != name else "", "property": iri, "separator": ""}
        if several and "separator" in keys:
            own["separator"] = _ANY if parted else USUAL_SEPARATOR
        own = {key: value for key, value in own.items() if value and key in keys}
        if own.keys() - {"separator"} or own.get("separator", column.separator) != column.separator:
            own["iri"] = own.pop("property", "")
            self.chosen[header] = replace(column, **own)


def _iri(predicate: str) -> str:
    """A property as a mapping names it; "" of one that it cannot name."""
    if predicate.startswith(SCHEMA):
        name = predicate.removeprefix(SCHEMA)
        return f"schema:{name}" if name in schema_terms()["properties"] else ""
    return predicate if _IRI.fullmatch(predicate) and "kgrec/ontology" not in predicate else ""


def _joined(cells: Cells, length: int, separator: str) -> ObjectArray:
    """Values by row as cells of a column; a line break is a blank in values that line breaks part."""
    column: ObjectArray = np.full(length, "", dtype=object)
    for row, values in cells.items():
        once = list(dict.fromkeys(values))
        if separator == _ANY:
            once = [value.replace(_ANY, " ") for value in once]
        column[row] = separator.join(once) if separator else once[0]
    return column
