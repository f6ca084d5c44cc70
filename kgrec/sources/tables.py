"""Keeps a dataset: a Dataset in, a folder of Parquet files and report.json out, and back unchanged."""

from __future__ import annotations

import errno
import json
from dataclasses import asdict
from pathlib import Path as FilePath
from typing import Any, cast, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from kgrec.domain import (
    EVENTS,
    Clock,
    Dataset,
    Dropped,
    Facts,
    Idiom,
    IdMap,
    Interactions,
    LeftOut,
    ObjectArray,
    Property,
    ValidationReport,
)
from kgrec.errors import BadBundle, DiskFull

VERSION = 1
"""Of the layout; a folder of another version is refused."""

_INTERACTIONS = ("user", "item", "event", "weight", "time", "line")
_FACTS = ("item", "relation", "value", "line")


def save(dataset: Dataset, folder: FilePath) -> None:
    """Writes the dataset into a folder, which is made if need be; whoever asks renames it into place."""
    folder = FilePath(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "users.parquet", _identified("user_id", dataset.users, dataset.user_table))
        _write(folder / "items.parquet", _identified("item_id", dataset.items, dataset.item_table))
        _write(folder / "interactions.parquet", _columns(dataset.interactions, _INTERACTIONS))
        _write(folder / "facts.parquet", _columns(dataset.facts, _FACTS))
        if len(dataset.item_lines):
            _write(folder / "item_lines.parquet", pa.table({"line": dataset.item_lines}))
        _write(folder / "reviews.parquet", _of_frame(dataset.reviews))
        if dataset.held_out is not None:
            _write(folder / "held_out.parquet", _columns(dataset.held_out, _INTERACTIONS))
        clocks = {"interactions": dataset.interactions.clock}
        if dataset.held_out is not None:
            clocks["held_out"] = dataset.held_out.clock
        content = {
            "version": VERSION,
            "clocks": clocks,
            **asdict(dataset.report),
            "idiom": asdict(dataset.idiom),
        }
        text = json.dumps(content, ensure_ascii=True, indent=1)
        (folder / "report.json").write_text(text + "\n", encoding="ascii")
    except OSError as trouble:
        if trouble.errno == errno.ENOSPC:
            raise DiskFull(f"{folder}: no room to write the tables; make room and try again") from None
        raise


def load(folder: FilePath) -> Dataset:
    """The dataset of a folder that `save` wrote; BadBundle if the folder is incomplete or altered."""
    folder = FilePath(folder)
    try:
        return _loaded(folder)
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError, RecursionError) as trouble:
        reason = str(trouble).splitlines()[0][:200] if str(trouble) else type(trouble).__name__
        raise BadBundle(
            f"{folder}: not a complete folder of tables ({reason}); import the data again"
        ) from None


def item_ids(folder: FilePath) -> list[str]:
    """The ids of the items of a folder that `save` wrote; BadBundle if they cannot be read."""
    try:
        column = pq.read_table(folder / "items.parquet", columns=["item_id"])["item_id"]
    except (OSError, pa.ArrowException, KeyError) as trouble:
        raise BadBundle(f"{folder}: the items cannot be read ({trouble}); import the data again") from None
    return [str(item_id) for item_id in column.to_pylist()]


def _loaded(folder: FilePath) -> Dataset:
    content = json.loads((folder / "report.json").read_text(encoding="ascii"))
    if content["version"] != VERSION:
        raise BadBundle(
            f"{folder}: its tables have version {content['version']}, not {VERSION}; import the data again"
        )
    clocks: dict[str, Clock] = content["clocks"]
    users, user_table = _with_ids(_read(folder / "users.parquet"), "user_id", "user")
    items, item_table = _with_ids(_read(folder / "items.parquet"), "item_id", "item")
    held_out = None
    if "held_out" in clocks:
        held_out = _interactions(_read(folder / "held_out.parquet"), clocks["held_out"])
    facts = _read(folder / "facts.parquet")
    lines = np.zeros(0, np.int64)
    if (folder / "item_lines.parquet").exists():
        lines = _array(_read(folder / "item_lines.parquet"), "line")
    return _sound(
        Dataset(
            users=users,
            items=items,
            interactions=_interactions(_read(folder / "interactions.parquet"), clocks["interactions"]),
            item_table=item_table,
            user_table=user_table,
            facts=Facts(**{name: _array(facts, name) for name in _FACTS}),
            reviews=_frame(_read(folder / "reviews.parquet")),
            held_out=held_out,
            report=_report(content),
            idiom=_idiom(content),
            item_lines=lines,
        )
    )


def _sound(dataset: Dataset) -> Dataset:
    """A dataset, if its rows are of users and items that are there; ValueError if they are not."""
    for part in (dataset.interactions, dataset.held_out):
        if part is None:
            continue
        bounds = {"user": len(dataset.users), "item": len(dataset.items), "event": len(EVENTS)}
        for name, bound in bounds.items():
            _demand_rows(name, getattr(part, name), bound, len(part))
        if not (np.isfinite(part.weight).all() and (part.weight > 0).all()):
            raise ValueError("a weight of an interaction is no number above 0")
        if part.clock not in get_args(Clock):
            raise ValueError(f"nobody knows the clock {part.clock!r}")
    facts = dataset.facts
    _demand_rows("item of a fact", facts.item, len(dataset.items), len(facts.relation))
    return dataset


def _demand_rows(name: str, rows: npt.NDArray[Any], bound: int, length: int) -> None:
    if rows.shape != (length,) or rows.dtype.kind != "i":
        raise ValueError(f"the column {name} does not fit the others")
    if len(rows) and not (rows.min() >= 0 and rows.max() < bound):
        raise ValueError(f"the {name} of a row is not there")


def _report(content: dict[str, Any]) -> ValidationReport:
    dropped = tuple(Dropped(**_with_lines(row)) for row in content["dropped"])
    notes, mapping = tuple(content["notes"]), content.get("mapping", "")
    left_out = tuple(LeftOut(**_with_lines(cells)) for cells in content.get("left_out", ()))
    return ValidationReport(content["files"], content["columns"], dropped, notes, mapping, left_out)


def _with_lines(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "next_lines": tuple(row.get("next_lines", ()))}  # tables of an older kgrec have none


def _idiom(content: dict[str, Any]) -> Idiom:
    said = content.get("idiom", {})  # tables of an older kgrec have none
    properties = {name: Property(**about) for name, about in said.pop("properties", {}).items()}
    return Idiom(**said, properties=properties)


def _arrow(values: npt.NDArray[Any]) -> pa.Array:
    if values.dtype == object:
        return pa.array(values, type=pa.string())
    return pa.array(values, from_pandas=False)  # NaN stays NaN


def _columns(table: Interactions | Facts, names: tuple[str, ...]) -> pa.Table:
    return pa.table({name: _arrow(getattr(table, name)) for name in names})


def _of_frame(frame: pd.DataFrame) -> pa.Table:
    arrays = {str(name): _arrow(_values(frame[name])) for name in frame.columns}
    return pa.table(arrays)


def _values(column: pd.Series) -> npt.NDArray[Any]:
    is_number = pd.api.types.is_numeric_dtype(column.dtype)
    return cast("npt.NDArray[Any]", column.to_numpy() if is_number else column.to_numpy(dtype=object))


def _identified(name: str, ids: IdMap, frame: pd.DataFrame) -> pa.Table:
    table = _of_frame(frame)
    identified = pa.table({name: pa.array(ids.ids, type=pa.string())})
    for column in table.column_names:
        identified = identified.append_column(column, table.column(column))
    return identified


def _write(path: FilePath, table: pa.Table) -> None:
    pq.write_table(table, path, compression="zstd")


def _read(path: FilePath) -> pa.Table:
    with pq.ParquetFile(path) as file:
        return file.read()


def _array(table: pa.Table, name: str) -> npt.NDArray[Any]:
    column = table.column(name)
    if pa.types.is_string(column.type):
        # Equal texts become one object, as they were.
        texts = column.combine_chunks().dictionary_encode() if len(column) else column
        if not len(column):
            return np.array([], dtype=object)
        values: ObjectArray = np.array(texts.dictionary.to_pylist(), dtype=object)
        return cast("npt.NDArray[Any]", values[texts.indices.to_numpy()])
    return np.array(column.to_numpy())


def _interactions(table: pa.Table, clock: Clock) -> Interactions:
    return Interactions(**{name: _array(table, name) for name in _INTERACTIONS}, clock=clock)


def _frame(table: pa.Table) -> pd.DataFrame:
    columns = {name: _array(table, name) for name in table.column_names}
    series = {name: pd.Series(column, dtype=column.dtype) for name, column in columns.items()}
    return pd.DataFrame(series, index=pd.RangeIndex(table.num_rows))


def _with_ids(table: pa.Table, name: str, kind: str) -> tuple[IdMap, pd.DataFrame]:
    ids = IdMap(kind, _array(table, name))
    return ids, _frame(table.drop_columns([name]))
