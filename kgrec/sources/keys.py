"""Checks ids: a column of ids in, the same ids with rows left out that can be no key out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kgrec.domain import ID_FAULTS, IntArray, ObjectArray
from kgrec.sources.findings import Findings
from kgrec.sources.table import Table

KEPT_OUT = "or leave such rows out with --on-invalid drop"
"""What can be done about rows that make no sense, as the command says it; in Python it is on_invalid="drop"."""


def checked(table: Table, column: str, kind: str, findings: Findings) -> Table:
    """The table without rows whose id is empty, too long, or no text."""
    codes, names = pd.factorize(table.text(column))
    for fault, reason, remedy in ID_FAULTS:
        bad_names = np.fromiter((fault(name) for name in names), dtype=bool, count=len(names))
        if bad_names.any():
            bad = bad_names[codes]
            kept = findings.valid(table, bad, f"the {kind} id {reason}", remedy)
            table, codes = kept, codes[~bad]
    return table


def could_be(name: str) -> bool:
    """Whether a text could be an id."""
    return not any(fault(name) for fault, *_ in ID_FAULTS)


def in_catalogue(
    table: Table,
    column: str,
    known: ObjectArray,
    findings: Findings,
    *,
    reason: str = "the item is not in the catalogue",
) -> Table:
    """The table without rows of items that the catalogue lacks."""
    item_ids = table.text(column)
    return findings.valid(
        table,
        ~pd.Series(item_ids, dtype=object).isin(known).to_numpy(),
        reason,
        f"add it there {KEPT_OUT}",
        detail=lambda row: f": {str(item_ids[row])!r}",
    )


def unique(table: Table, column: str, kind: str, findings: Findings) -> Table:
    """The table without rows whose id an earlier row has."""
    names = table.text(column)
    return findings.valid(
        table,
        pd.Series(names, dtype=object).duplicated().to_numpy(),
        f"the {kind} id is that of an earlier row",
        "keep one row of each",
        detail=lambda row: (
            f", {table.unit} {int(table.lines[np.argmax(names == names[row])])}: {names[row]!r}"
        ),
    )


def rows_of(known: ObjectArray, seen: ObjectArray) -> tuple[ObjectArray, IntArray]:
    """All ids, the known ones first and the others as first seen; and the row of each that was seen."""
    codes, uniques = pd.factorize(np.concatenate([known, seen]))
    return np.asarray(uniques, dtype=object), codes[len(known) :].astype(np.int64)
