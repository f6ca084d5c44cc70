"""A workspace's folder and somebody who was forgotten → where anything of them is left.

Bytes are searched in every file, and values where bytes would tell nothing because a file is compressed: in Parquet
files, in graph stores, in tables of SQLite files.
"""

from __future__ import annotations

import mmap
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path as FilePath

import pyarrow as pa
import pyarrow.parquet as pq

from kgrec.errors import BadBundle
from kgrec.generations import STORES
from kgrec.graph import query
from kgrec.graph.store import open_store

SHORTEST = 5
"""Bytes of an id that are searched for as such: shorter ones are in any file of some size by chance."""

_PERSONAL = ("user_id", "id")
"""Columns of Parquet files that hold ids of users; `id` in user_ids.parquet alone."""


@dataclass(frozen=True)
class Wanted:
    """What is searched for."""

    user_id: str
    iri: str  # in the graph

    @property
    def digest(self) -> str:
        """The part of the IRI that is theirs alone."""
        return self.iri.rsplit("/", 1)[-1]

    @property
    def by_bytes(self) -> bool:
        """Whether the id is long enough to be told from what is there by chance."""
        return len(self.user_id.encode("utf-8", "surrogatepass")) >= SHORTEST


@dataclass(frozen=True)
class Found:
    """Where something of somebody is left, and how much was searched."""

    places: tuple[str, ...]  # where a value is their id, or bytes are what the graph called them
    mentions: tuple[str, ...]  # files in which the bytes of the id stand, whatever they mean there
    files: int
    bytes: int
    stores: int


def remains(folder: FilePath, wanted: Wanted) -> Found:
    """Search all files beneath a folder."""
    places: list[str] = []
    mentions: list[str] = []
    files = size = 0
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        name = str(file.relative_to(folder))
        try:
            size += file.stat().st_size
            if _has_bytes(file, wanted.digest.encode()) or _has_value(file, wanted):
                places.append(name)
            if wanted.by_bytes and _has_bytes(file, wanted.user_id.encode("utf-8", "surrogatepass")):
                mentions.append(name)
        except FileNotFoundError:  # a database that somebody closes takes its log along
            continue
        files += 1
    stores = 0
    for store in _stores(folder):
        stores += 1
        if _is_in_store(store, wanted.iri):
            places.append(str(store.relative_to(folder)))
    return Found(tuple(places), tuple(mentions), files, size, stores)


def _has_bytes(file: FilePath, needle: bytes) -> bool:
    with file.open("rb") as opened:
        if not file.stat().st_size:
            return False
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(needle) >= 0


def _has_value(file: FilePath, wanted: Wanted) -> bool:
    if file.suffix == ".parquet":
        return _in_parquet(file, wanted)
    return file.suffix == ".sqlite" and _in_sqlite(file, wanted)


def _in_parquet(file: FilePath, wanted: Wanted) -> bool:
    try:
        with pq.ParquetFile(file) as opened:
            for name, kind in zip(opened.schema_arrow.names, opened.schema_arrow.types, strict=True):
                if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
                    continue
                column = opened.read(columns=[name])[name]
                if name in _PERSONAL and file.name != "item_ids.parquet" and _holds(column, wanted.user_id):
                    return True
                if name == "iri" and _holds(column, wanted.iri):
                    return True
    except (OSError, pa.ArrowException) as error:
        raise BadBundle(f"{file} cannot be searched ({error}); delete it, or restore it") from None
    return False


def _holds(column: pa.ChunkedArray, value: str) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(pc.equal(column, pa.scalar(value, column.type))).as_py())


def _in_sqlite(file: FilePath, wanted: Wanted) -> bool:
    """Whether a row of a table with a column user_id is theirs."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as opened:
            names = [row[0] for row in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return any(_is_in_table(opened, name, wanted.user_id) for name in names)
    except sqlite3.Error as error:
        raise BadBundle(f"{file} cannot be searched ({error}); restore it, or move it away") from None


def _is_in_table(opened: sqlite3.Connection, table: str, user_id: str) -> bool:
    quoted = '"' + table.replace('"', '""') + '"'
    if "user_id" not in [row[1] for row in opened.execute(f"PRAGMA table_info({quoted})")]:
        return False
    rows = opened.execute(f"SELECT 1 FROM {quoted} WHERE user_id = ? LIMIT 1", (user_id,))
    return rows.fetchone() is not None


def _stores(folder: FilePath) -> Iterator[FilePath]:
    for generation in sorted((folder / "graph").glob("gen-*")):
        yield from (generation / name for name in STORES if (generation / name).is_dir())


def _is_in_store(store: FilePath, iri: str) -> bool:
    asked = f"SELECT ?p WHERE {{ {{ <{iri}> ?p ?o }} UNION {{ ?s ?p <{iri}> }} }} LIMIT 1"
    return bool(query.run(open_store(store), asked).rows)
