"""Reads delimited text: a folder of CSV or TSV tables, or one of them, in; a Dataset out."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path as FilePath

import numpy as np
import pandas as pd

from kgrec.domain import Dataset
from kgrec.errors import BadInput
from kgrec.sources import files
from kgrec.sources.findings import Findings, OnInvalid
from kgrec.sources.frames import Tables
from kgrec.sources.mapping import ShopMapping
from kgrec.sources.rdf import assembled
from kgrec.sources.table import Table, check_headers
from kgrec.sources.things import is_rdf

ENDINGS = (".csv", ".tsv")
DELIMITERS = ",;\t|"


def read(
    path: FilePath,
    catalogue: FilePath | None = None,
    *,
    on_invalid: OnInvalid = "raise",
    mapping: ShopMapping | None = None,
) -> Dataset:
    """A dataset from a folder of tables, or from one file of interactions.

    The folder holds `interactions.csv` and, if present, `items`, `users` and `reviews`. Each may end in .csv
    or .tsv and be compressed with .gz or .zst; `catalogue` is an items table that lies elsewhere, or RDF.
    """
    path = FilePath(path)
    findings = Findings(on_invalid, mapping or ShopMapping())
    if path.is_dir():
        files.check_folder(path)
        found = {role: _table_file(path, role) for role in ("interactions", "items", "users", "reviews")}
        if found["interactions"] is None:
            present = ", ".join(sorted(file.name for file in path.iterdir())[:10]) or "nothing"
            raise BadInput(f"{path}: there is no interactions.csv or interactions.tsv in it; found {present}")
    else:
        found = {"interactions": path}
    if catalogue is not None and not is_rdf(FilePath(catalogue)):
        found["items"] = FilePath(catalogue)
    tables = {role: read_table(file, findings) for role, file in found.items() if file is not None}
    return assembled(Tables(**tables), catalogue, findings)


def _table_file(folder: FilePath, role: str) -> FilePath | None:
    return files.find(folder, *(role + ending for ending in ENDINGS))


@dataclass
class _Rows:
    """Rows of cells as they are collected, with the line each begins on."""

    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    wrong_lines: list[int] = field(default_factory=list)


def read_table(path: FilePath, findings: Findings, *, tabs_only: bool = False) -> Table:
    """One delimited file as a table of text; `tabs_only`: only tabs part cells, and quotes mean nothing."""
    text = files.lines(path)
    header_line = next(text, None)
    if header_line is None or not header_line.strip():
        raise BadInput(f"{path.name} is empty or its first line is; put the column names there")
    delimiter = "\t" if tabs_only else delimiter_of(files.stem(path), header_line)
    reader = csv.reader(
        chain([header_line], text),
        delimiter=delimiter,
        quoting=csv.QUOTE_NONE if tabs_only else csv.QUOTE_MINIMAL,
        strict=True,
    )
    rows = _Rows()
    try:
        headers = [name.strip() for name in next(reader)]
        remedy = "no cell can hold a tab" if tabs_only else "put quotes around cells that hold the delimiter"
        _collect(reader, len(headers), path.name, findings, rows, remedy)
    except csv.Error as trouble:
        remedy = "put quotes around a cell that holds quotes and double those inside"
        if "field limit" in str(trouble):
            remedy = "shorten the cell, or close the quotes that begin it"
        raise BadInput(f"{path.name}, line {reader.line_num}: {trouble}; {remedy}") from None
    if rows.wrong_lines:
        reason = "the number of cells differs from the header's"
        findings.drop(path.name, reason, rows.wrong_lines)
    return _as_table(path.name, headers, rows)


def _collect(
    reader: Iterator[list[str]], width: int, name: str, findings: Findings, rows: _Rows, remedy: str
) -> None:
    line = reader.line_num + 1  # type: ignore[attr-defined]
    for cells in reader:
        if len(cells) == width:
            rows.cells.append(cells)
            rows.lines.append(line)
        elif cells:  # an empty line is no row
            if findings.on_invalid == "raise":
                raise BadInput(
                    f"{name}, line {line}: {len(cells)} cells where the header has {width}; {remedy}"
                )
            rows.wrong_lines.append(line)
        line = reader.line_num + 1  # type: ignore[attr-defined]


def _as_table(name: str, headers: list[str], rows: _Rows) -> Table:
    columns = list(zip(*rows.cells, strict=True)) or [() for _ in headers]
    by_position = {position: pd.Series(cells, dtype=object) for position, cells in enumerate(columns)}
    frame = pd.DataFrame(by_position)
    frame.columns = pd.Index(headers, dtype=object)
    table = Table(name, frame, np.array(rows.lines, dtype=np.int64))
    check_headers(table)
    return table


def delimiter_of(name: str, header_line: str) -> str:
    """Tab for .tsv; else the one of comma, semicolon, tab and bar that the header line has most of."""
    if name.lower().endswith(".tsv"):
        return "\t"
    return max(DELIMITERS, key=header_line.count)
