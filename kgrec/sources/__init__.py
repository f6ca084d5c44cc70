"""Files and frames in, a checked `kgrec.domain.Dataset` out: one module a format, listed in SOURCES."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as FilePath

from kgrec.domain import Dataset
from kgrec.errors import BadInput, UnknownName
from kgrec.sources import amazon_json, csv, demo, kgat, parquet, pgpr, rdf, recbole, s3rec
from kgrec.sources.findings import OnInvalid
from kgrec.sources.mapping import ShopMapping

__all__ = ["SOURCES", "read"]

SOURCES: dict[str, Callable[..., Dataset]] = {
    "csv": csv.read,
    "parquet": parquet.read,
    "amazon-json": amazon_json.read,
    "s3rec": s3rec.read,
    "pgpr": pgpr.read,
    "kgat": kgat.read,
    "recbole": recbole.read,
    "rdf": rdf.read,
    "demo": demo.read,
}
"""Format → read(path, catalogue=None, *, on_invalid="raise", mapping=None)."""


def read(
    format_name: str,
    path: FilePath | None,
    catalogue: FilePath | None = None,
    on_invalid: OnInvalid = "raise",
    mapping: ShopMapping | None = None,
) -> Dataset:
    """The dataset in a format by name; only "demo" can do without a path. `mapping` says what columns become."""
    if format_name not in SOURCES:
        raise UnknownName("format", format_name, SOURCES)
    if path is None and format_name != "demo":
        raise BadInput(f"format {format_name} needs the path of its files; only demo brings its own")
    return SOURCES[format_name](path, catalogue, on_invalid=on_invalid, mapping=mapping)
