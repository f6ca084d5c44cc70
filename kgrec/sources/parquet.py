"""Reads Parquet: a folder of Parquet tables, or one of them, in; a Dataset out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath

import pyarrow as pa
import pyarrow.compute as pc
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
BATCH = 65_536  # rows that are unpacked at once


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
            leaves = [file.schema.column(position) for position in range(len(file.schema))]
            texts = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
        # Texts stay in their dictionaries until it is known how much they are: one long text a million times is little.
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            table = pa.Table.from_batches(_bounded(path, file), file.schema_arrow)
            table.validate(full=True)
    except (pa.ArrowException, OSError) as trouble:
        reason = str(trouble).splitlines()[0][:200] if str(trouble) else type(trouble).__name__
        raise BadInput(f"{path.name} is no readable Parquet file ({reason}); make or copy it again") from None
    return numbered(path.name, from_arrow(_plain(table)))


def _bounded(path: FilePath, file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """The rows of a file, a few at a time; BadInput as soon as they are more than a file may hold."""
    size = 0
    for batch in file.iter_batches(batch_size=BATCH):
        size += sum(_bytes(column) for column in batch.columns)
        if size > files.MAX_BYTES:
            raise BadInput(
                f"{path.name} holds more than {files.MAX_BYTES:,} bytes unpacked; split it into smaller files"
            )
        yield batch


def _bytes(column: pa.Array) -> int:
    """What a column takes, each text as often as it occurs."""
    if pa.types.is_dictionary(column.type):
        lengths = pc.binary_length(column.dictionary) if _is_text(column.type.value_type) else None
        each = 8 * len(column) if lengths is None else pc.sum(lengths.take(column.indices)).as_py()
        return int(each or 0) + 4 * len(column)
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return int(_bytes(column.flatten())) + 8 * len(column)
    if pa.types.is_struct(column.type):
        return sum(_bytes(part) for part in column.flatten())
    return int(column.nbytes)


def _is_text(kind: pa.DataType) -> bool:
    of = pa.types
    return bool(
        of.is_string(kind) or of.is_large_string(kind) or of.is_binary(kind) or of.is_large_binary(kind)
    )


def _plain(table: pa.Table) -> pa.Table:
    """The table with texts where dictionaries are."""
    for position, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            chunks = [chunk.dictionary_decode() for chunk in table.column(position).chunks]
            column = pa.chunked_array(chunks, type=field.type.value_type)
            table = table.set_column(position, field.name, column)
    return table
