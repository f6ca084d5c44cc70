"""Files and frames in, a checked `kgrec.domain.Dataset` out: one module a format, listed in SOURCES."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as FilePath

from kgrec.domain import Dataset
from kgrec.errors import BadInput, UnknownName
from kgrec.sources import csv, demo, kgat, parquet, pgpr, recbole, s3rec
from kgrec.sources.findings import OnInvalid

__all__ = ["SOURCES", "read"]

SOURCES: dict[str, Callable[..., Dataset]] = {
    "csv": csv.read,
    "parquet": parquet.read,
    "s3rec": s3rec.read,
    "pgpr": pgpr.read,
    "kgat": kgat.read,
    "recbole": recbole.read,
    "demo": demo.read,
}
"""Format → read(path, catalogue=None, *, on_invalid="raise")."""


def read(
    format_name: str,
    path: FilePath | None,
    catalogue: FilePath | None = None,
    on_invalid: OnInvalid = "raise",
) -> Dataset:
    """The dataset in a format by name; only "demo" can do without a path."""
    if format_name not in SOURCES:
        raise UnknownName("format", format_name, SOURCES)
    if path is None and format_name != "demo":
        raise BadInput(f"format {format_name} needs the path of its files; only demo brings its own")
    return SOURCES[format_name](path, catalogue, on_invalid=on_invalid)
