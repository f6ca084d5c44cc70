"""Reads the catalogue of a benchmark: a table keyed by its item numbers in, what the table says out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as FilePath

from kgrec.errors import BadInput
from kgrec.sources import catalogue, csv, parquet
from kgrec.sources.findings import Findings
from kgrec.sources.mapping import UNUSED
from kgrec.sources.names import plain
from kgrec.sources.table import Table

_KEYS = ("s3rec_id", "pgpr_id", "item_id")


def read_catalogue(
    path: FilePath, key: str, findings: Findings, *, only: Sequence[str] | None = None
) -> catalogue.Catalogue:
    """The catalogue keyed by the column named `key`, or item_id; rows that leave the key empty are left out.

    Of the usual columns those are taken whose meaning is in `only`, if it is given.
    """
    path = FilePath(path)
    table = parquet.read_table(path) if path.name.endswith(".parquet") else csv.read_table(path, findings)
    column = _column(table, key) or _column(table, "item_id")
    if column is None:
        found = ", ".join(table.headers[:30])
        raise BadInput(f"{table.name}: no column for {key}; found {found}; rename one to {key} or item_id")
    filled = table.text(column) != ""
    if not filled.all():
        findings.note(f"{table.name}: {int((~filled).sum()):,} rows have no {column} and were left out")
        table = table.select(filled)
    other = {usual: usual.column.meaning for usual in findings.preset.usual["items"]}
    unwanted = {
        plain(name)
        for usual, meaning in other.items()
        if meaning == "item_id" or (only is not None and meaning not in only)
        for name in usual.headers
    }
    unwanted |= {plain(name) for name in _KEYS}
    chosen = {name: UNUSED for name in table.headers if plain(name) in unwanted}
    chosen |= {name: "text" for name in table.headers if plain(name) == "asin"}
    return catalogue.understood(table, findings, chosen={**chosen, column: "item_id"})


def _column(table: Table, name: str) -> str | None:
    return next((header for header in table.headers if plain(header) == plain(name)), None)
