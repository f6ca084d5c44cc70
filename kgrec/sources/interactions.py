"""Understands an interactions table: checked rows in, arrays of who did what when out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from kgrec.domain import EVENTS, BoolArray, Clock, FloatArray, IntArray, Interactions, ObjectArray
from kgrec.errors import BadInput
from kgrec.sources import keys
from kgrec.sources.columns import Chosen, settled
from kgrec.sources.findings import Findings
from kgrec.sources.mapping import UNUSED
from kgrec.sources.names import plain
from kgrec.sources.table import Table
from kgrec.sources.times import unix_seconds

_BUY, _RATE, _RETURN = EVENTS.index("buy"), EVENTS.index("rate"), EVENTS.index("return")
_KEPT_OUT = keys.KEPT_OUT


def understood(
    table: Table,
    findings: Findings,
    *,
    chosen: Chosen | None = None,
    known_items: ObjectArray | None = None,
) -> tuple[Table, Clock]:
    """The valid rows, oldest first, and what their time counts.

    The columns are user_id, item_id, event (position in EVENTS), weight and time; `known_items` are the
    catalogue's ids, if there is a catalogue.
    """
    findings.role("interactions", table.name)
    became = settled(table, "interactions", findings, required=("user_id", "item_id"), chosen=chosen)
    columns = {column.kind: header for header, column in became.items() if column.kind != UNUSED}
    table = keys.checked(table, columns["user_id"], "user", findings)
    table = keys.checked(table, columns["item_id"], "item", findings)
    if known_items is not None:
        table = keys.in_catalogue(table, columns["item_id"], known_items, findings)
    table, event = _with_events(table, columns, findings)
    table, event, weight = _with_weights(table, columns, event, findings)
    table, time, kept = _with_times(table, columns, findings)
    frame = pd.DataFrame(
        {
            "user_id": pd.Series(table.text(columns["user_id"]), dtype=object),
            "item_id": pd.Series(table.text(columns["item_id"]), dtype=object),
            "event": event[kept],
            "weight": weight[kept],
            "time": time,
        }
    )
    table = replace(table, frame=frame)
    if "datetime" in columns:
        table = _without_duplicates(table, findings)
        table = table.select(np.argsort(table.frame["time"].to_numpy(), kind="stable"))
    else:
        findings.note(f"{table.name}: no column of times, so the order of interactions is not known")
    if not len(table):
        raise BadInput(f"{table.name}: no valid row is left; correct the rows or the catalogue")
    return table, "seconds" if "datetime" in columns else "none"


def as_interactions(table: Table, clock: Clock, user_rows: IntArray, item_rows: IntArray) -> Interactions:
    """The understood rows as arrays."""
    frame = table.frame
    return Interactions(
        user=user_rows,
        item=item_rows,
        event=frame["event"].to_numpy(dtype=np.int64),
        weight=frame["weight"].to_numpy(dtype=np.float32),
        time=frame["time"].to_numpy(dtype=np.int64),
        line=table.lines,
        clock=clock,
    )


def _with_events(table: Table, columns: Mapping[str, str], findings: Findings) -> tuple[Table, IntArray]:
    if "event" not in columns:
        event = _RATE if "rating" in columns else _BUY
        findings.note(f"{table.name}: no column of events, so every row is taken for {EVENTS[event]!r}")
        return table, np.full(len(table), event, dtype=np.int64)
    codes, names = pd.factorize(table.text(columns["event"]))
    became = [_event(str(name), findings) for name in names]
    unused = np.array([event == UNUSED for event in became], dtype=bool)[codes]
    if unused.any():
        findings.drop(table.name, "the mapping leaves the event out", table.lines[unused])
        table, codes = table.select(~unused), codes[~unused]
    known = np.array([EVENTS.index(event) if event in EVENTS else -1 for event in became], dtype=np.int64)
    said: IntArray = known[codes]
    valid = findings.valid(
        table,
        said < 0,
        "the event is not known",
        f"write one of {', '.join(EVENTS)}, or say what it is under [interactions.events] of a mapping",
        detail=lambda row: f": {str(names[codes[row]])[:80]!r}",
    )
    rows = Counter(codes.tolist())
    _tell_events(
        {str(names[code]): became[code] for code, _ in rows.most_common(_EVENTS_TOLD)}, names, rows, findings
    )
    return valid, said[said >= 0]


_EVENTS_TOLD = 100


def _event(name: str, findings: Findings) -> str:
    """What a name of an event means: by the mapping, else by the usual names; "" if nobody knows."""
    said = findings.mapping.events.get(name)
    return findings.preset.events.get(plain(name), "") if said is None else said


def _tell_events(
    became: Mapping[str, str], names: ObjectArray, rows: Mapping[int, int], findings: Findings
) -> None:
    count = {str(names[code]): n for code, n in rows.items()}
    known = {name: event for name, event in became.items() if event}
    findings.events({**known, **findings.mapping.events}, {name: f"{count[name]:,} rows" for name in known})


def _with_weights(
    table: Table, columns: Mapping[str, str], event: IntArray, findings: Findings
) -> tuple[Table, IntArray, FloatArray]:
    preferred = ("weight", "rating") if "event" in columns else ("rating", "weight")
    column = next((columns[meaning] for meaning in preferred if meaning in columns), None)
    if column is None:
        return table, event, np.ones(len(table), dtype=np.float32)
    weight, unreadable = _numbers(table, column, event)
    weight = np.where(event == _RETURN, np.abs(weight), weight)
    with np.errstate(over="ignore"):  # too large for the type is as bad as infinite
        amount = weight.astype(np.float32)
    bad = unreadable | ~np.isfinite(amount) | (amount <= 0)
    valid = findings.valid(
        table,
        bad,
        f"{column} is not a number above 0",
        f"correct it (what came back is a row with event=return), {_KEPT_OUT}",
        detail=lambda row: f": {str(table.frame[column].iloc[row])[:80]!r}",
    )
    return valid, event[~bad], amount[~bad]


def _numbers(table: Table, column: str, event: IntArray) -> tuple[npt.NDArray[np.float64], BoolArray]:
    """The column as numbers, 1 where a row that is no rating leaves it empty; and which are no number."""
    cells = table.frame[column]
    if pd.api.types.is_numeric_dtype(cells.dtype):
        numbers = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers, np.isnan(numbers)
    texts = pd.Series(table.text(column), dtype=object).str.strip()
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64)
    is_float = np.array(
        [isinstance(cell, float) for cell in cells], dtype=bool
    )  # NaN said on purpose, not absent
    absent = (texts == "").to_numpy(dtype=bool) & (event != _RATE) & ~is_float
    numbers = np.where(absent, 1.0, numbers)
    return numbers, np.isnan(numbers)


def _with_times(
    table: Table, columns: Mapping[str, str], findings: Findings
) -> tuple[Table, IntArray, BoolArray]:
    """The table without rows whose time cannot be read, the times, and which rows are left."""
    if "datetime" not in columns:
        return table, np.zeros(len(table), dtype=np.int64), np.ones(len(table), dtype=bool)
    column = columns["datetime"]
    time, bad = unix_seconds(table, column)
    valid = findings.valid(
        table,
        bad,
        f"{column} is not a date",
        f"write it as 2024-01-31T18:30:00 or in Unix seconds, {_KEPT_OUT}",
        detail=lambda row: f": {str(table.frame[column].iloc[row])[:80]!r}",
    )
    return valid, time[~bad], ~bad


def _without_duplicates(table: Table, findings: Findings) -> Table:
    what = ["user_id", "item_id", "event", "time"]

    def first_place(row: int) -> str:
        same = (table.frame[what] == table.frame[what].iloc[row]).all(axis=1).to_numpy()
        return f" {table.unit} {int(table.lines[np.argmax(same)])}"

    return findings.valid(
        table,
        table.frame.duplicated(what).to_numpy(),
        "the same user, item, event and time as an earlier row",
        f"remove it, {_KEPT_OUT}",
        detail=lambda row: "," + first_place(row),
    )
