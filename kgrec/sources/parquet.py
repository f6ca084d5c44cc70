"""Reads Parquet: a folder of Parquet tables, or one of them, in; a Dataset out."""

from __future__ import annotations

from pathlib import Path as FilePath

import pyarrow as pa
import pyarrow.parquet as pq

from kgrec.domain import Dataset
from kgrec.errors import BadInput
from kgrec.sources import files
from kgrec.sources.findings import Findings, OnInvalid
from kgrec.sources.frames import Tables, from_arrow
from kgrec.sources.mapping import ShopMapping
from kgrec.sources.rdf import assembled
from kgrec.sources.table import Table, numbered
from kgrec.sources.things import is_rdf

MAX_ROWS = 200_000_000


def read(
    path: FilePath,
    catalogue: FilePath | None = None,
    *,
    on_invalid: OnInvalid = "raise",
    mapping: ShopMapping | None = None,
) -> Dataset:
    """A dataset from a folder of tables, or from one file of interactions.

    The folder holds `interactions.parquet` and, if present, `items`, `users` and `reviews`; `catalogue` is an
    items table that lies elsewhere, or RDF.
    """
    path = FilePath(path)
    findings = Findings(on_invalid, mapping or ShopMapping())
    found = {"interactions": path}
    if path.is_dir():
        files.check_folder(path)
        roles = ("interactions", "items", "users", "reviews")
        paths = {role: path / f"{role}.parquet" for role in roles}
        found = {role: file for role, file in paths.items() if file.is_file()}
        if "interactions" not in found:
            present = ", ".join(sorted(file.name for file in path.iterdir())[:10]) or "nothing"
            raise BadInput(f"{path}: there is no interactions.parquet in it; found {present}")
    if catalogue is not None and not is_rdf(FilePath(catalogue)):
        found["items"] = FilePath(catalogue)
    tables = Tables(**{role: read_table(file) for role, file in found.items()})
    return assembled(tables, catalogue, findings)


def read_table(path: FilePath) -> Table:
    """One Parquet file as a table whose rows are counted from 1."""
    files.check_file(path)
    try:
        with pq.ParquetFile(path) as file:
            about = file.metadata
            sizes = (about.row_group(group).total_byte_size for group in range(about.num_row_groups))
            if about.num_rows > MAX_ROWS or sum(sizes) > files.MAX_BYTES:
                raise BadInput(f"{path.name} says it has {about.num_rows:,} rows, too many to read; split it")
            table = file.read()
            table.validate(full=True)
    except (pa.ArrowException, OSError) as trouble:
        reason = str(trouble).splitlines()[0][:200] if str(trouble) else type(trouble).__name__
        raise BadInput(f"{path.name} is no readable Parquet file ({reason}); make or copy it again") from None
    return numbered(path.name, from_arrow(table))
