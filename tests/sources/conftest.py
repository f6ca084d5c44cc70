"""Small shops on disk, and the real files beside the project where they are present."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path as FilePath

import pytest

_REPOSITORY = FilePath(__file__).resolve().parents[2]

INTERACTIONS = (
    "user_id,item_id,event,value,datetime\nana,rose,buy,1,2024-01-02T10:00:00\nben,mask,view,,2024-01-01\n"
)


@pytest.fixture
def shop(tmp_path: FilePath) -> Callable[..., FilePath]:
    """Writes files into a folder, text or bytes by name, and returns the folder."""

    def write(**texts: str | bytes) -> FilePath:
        folder = tmp_path / "shop"
        folder.mkdir(exist_ok=True)
        for name, text in ({"interactions": INTERACTIONS} | texts).items():
            content = text if isinstance(text, bytes) else text.encode()
            (folder / f"{name}.csv").write_bytes(content)
        return folder

    return write


@pytest.fixture
def shared() -> Callable[[str], FilePath]:
    """The path of a real data set, or a skip that names the folder that is missing."""
    root = FilePath(os.environ.get("KGREC_SHARED_DATA", _REPOSITORY.parent / "shared" / "data"))

    def folder(name: str) -> FilePath:
        if not (root / name).is_dir():
            pytest.skip(
                f"needs the data folder {root / name}; set KGREC_SHARED_DATA to the folder that holds {name}"
            )
        return root / name

    return folder
