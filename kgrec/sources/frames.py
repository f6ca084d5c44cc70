"""Makes the dataset: tables from frames or files in, one checked Dataset out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from kgrec.domain import Dataset, IdMap, ObjectArray
from kgrec.errors import BadInput
from kgrec.sources import catalogue, interactions, keys, people, presets
from kgrec.sources import mapping as mappings
from kgrec.sources.columns import Chosen, check_chosen
from kgrec.sources.findings import Findings, OnInvalid
from kgrec.sources.mapping import ShopMapping
from kgrec.sources.table import Table, numbered


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of one source, not yet understood."""

    interactions: Table
    items: Table | None = None
    users: Table | None = None
    reviews: Table | None = None

    def present(self) -> list[Table]:
        """Those that there are."""
        return [
            table for table in (self.interactions, self.items, self.users, self.reviews) if table is not None
        ]


def from_frames(
    interactions: Any,
    items: Any = None,
    users: Any = None,
    reviews: Any = None,
    columns: Mapping[str, str] | None = None,
    on_invalid: OnInvalid = "raise",
    mapping: ShopMapping | str | FilePath | None = None,
) -> Dataset:
    """A dataset from pandas, Polars or Arrow frames.

    Usual column names are recognised; `columns` maps others, as in {"my column": "user_id"}. `mapping` is the path of
    a mapping.toml, or the name of a preset such as "news". What was made of every column is in
    `dataset.report.mapping`, as the text of such a file.
    A row that makes no sense is an error that names it, or with on_invalid="drop" a line of `dataset.report`.
    """
    findings = Findings(on_invalid, _mapping(mapping))
    given = {"interactions": interactions, "items": items, "users": users, "reviews": reviews}
    tables = {
        role: numbered(role, as_pandas(role, frame)) for role, frame in given.items() if frame is not None
    }
    if "interactions" not in tables:
        raise BadInput("interactions: there is no table; give a frame with user_id and item_id")
    return assemble(Tables(**tables), findings, chosen=columns)


def _mapping(given: ShopMapping | str | FilePath | None) -> ShopMapping:
    if isinstance(given, ShopMapping):
        return given
    if isinstance(given, str) and given in presets.names():
        return ShopMapping(preset=given)
    return ShopMapping() if given is None else mappings.read(FilePath(given))


def as_pandas(role: str, frame: Any) -> pd.DataFrame:
    """Any of the frames we accept as a pandas one."""
    if isinstance(frame, pd.DataFrame):
        return frame
    if type(frame).__name__ == "LazyFrame":
        frame = frame.collect()
    if hasattr(frame, "__arrow_c_stream__") or hasattr(frame, "__arrow_c_array__"):
        return from_arrow(pa.table(frame))
    raise BadInput(f"{role}: a {type(frame).__name__} is no frame; give a pandas, Polars or Arrow table")


def from_arrow(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as pandas with nothing lost: whole numbers stay whole, and null is not NaN."""
    columns = {}
    for position in range(table.num_columns):
        column = table.column(position)
        is_number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
        if column.null_count and is_number:
            columns[position] = pd.Series(column.to_pylist(), dtype=object)
        else:
            columns[position] = column.to_pandas().reset_index(drop=True)
    frame = pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))
    frame.columns = pd.Index(table.column_names, dtype=object)
    return frame


def assemble(tables: Tables, findings: Findings, *, chosen: Chosen | None = None) -> Dataset:
    """The dataset that these tables make up, or BadInput for the first thing wrong with them."""
    chosen = chosen or {}
    check_chosen(chosen, tables.present())
    known_items: ObjectArray | None = None
    if tables.items is not None:
        said = catalogue.understood(tables.items, findings, chosen=chosen)
        known_items = said.item_ids
    known_users: ObjectArray = np.array([], dtype=object)
    segments = pd.DataFrame(index=pd.RangeIndex(0))
    if tables.users is not None:
        known_users, segments = people.understood_users(tables.users, findings, chosen=chosen)
    table, clock = interactions.understood(
        tables.interactions, findings, chosen=chosen, known_items=known_items
    )
    # First seen means in the file, not in time.
    in_file_order = table.frame.iloc[np.argsort(table.lines, kind="stable")]
    user_ids, _ = keys.rows_of(known_users, in_file_order["user_id"].to_numpy(dtype=object))
    nothing: ObjectArray = np.array([], dtype=object)
    items_first = known_items if known_items is not None else nothing
    item_ids, _ = keys.rows_of(items_first, in_file_order["item_id"].to_numpy(dtype=object))
    _, user_rows = keys.rows_of(user_ids, table.frame["user_id"].to_numpy(dtype=object))
    _, item_rows = keys.rows_of(item_ids, table.frame["item_id"].to_numpy(dtype=object))
    reviews = people.no_reviews()
    if tables.reviews is not None:
        reviews = people.understood_reviews(tables.reviews, findings, chosen=chosen, known_items=item_ids)
    item_table, facts = pd.DataFrame(catalogue.no_literals(len(item_ids))), catalogue.no_facts()
    lines = np.zeros(0, np.int64)
    if tables.items is not None:
        item_table, facts, lines = said.literals, said.facts, said.lines
    return Dataset(
        users=IdMap("user", user_ids),
        items=IdMap("item", item_ids),
        interactions=interactions.as_interactions(table, clock, user_rows, item_rows),
        item_table=item_table,
        user_table=people.in_rows(segments, len(user_ids)),
        facts=facts,
        reviews=reviews,
        report=findings.report(),
        idiom=findings.idiom(),
        item_lines=lines,
    )
