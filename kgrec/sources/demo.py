"""Reads the bundled demo shop: its folder, or nothing, in; a Dataset out."""

from __future__ import annotations

from pathlib import Path as FilePath

from kgrec.domain import Dataset
from kgrec.resources import demo_folder
from kgrec.sources import csv
from kgrec.sources.findings import OnInvalid
from kgrec.sources.mapping import ShopMapping


def read(
    path: FilePath | None = None,
    catalogue: FilePath | None = None,
    *,
    on_invalid: OnInvalid = "raise",
    mapping: ShopMapping | None = None,
) -> Dataset:
    """The demo shop from the folder that travels with the package, or from another laid out the same."""
    return csv.read(
        demo_folder() if path is None else FilePath(path), catalogue, on_invalid=on_invalid, mapping=mapping
    )
