"""Opens the files of a source: a path in; decoded lines or JSON, or one sentence for what is wrong, out."""

from __future__ import annotations

import gzip
import io
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import IO, Any

import pyarrow as pa

from kgrec.errors import BadInput

COMPRESSED = ("", ".gz", ".zst")
"""Endings that may follow a file's own, read as they are."""

MAX_BYTES = 4 * 2**30
"""What a file may unpack to: a small archive can hold a very large one."""

MAX_LINE_BYTES = 16 * 2**20
"""What one line may hold; anything longer is no table."""


def check_folder(path: FilePath) -> None:
    """BadInput unless the path is a folder."""
    if not path.exists():
        raise BadInput(f"{path}: there is no such folder; check the path")
    if not path.is_dir():
        raise BadInput(f"{path} is a file; give the folder that holds the tables")
    if not os.access(path, os.R_OK | os.X_OK):
        raise BadInput(f"{path}: no permission to read it; change its permissions")


def check_file(path: FilePath) -> None:
    """BadInput unless the path is an ordinary file."""
    if not path.exists():
        raise BadInput(f"{path}: there is no such file or folder; check the path")
    if not path.is_file():
        raise BadInput(f"{path} is not an ordinary file; give the path of a table")


def find(folder: FilePath, *names: str) -> FilePath | None:
    """The file of that name in the folder, plain or compressed; BadInput if there are several."""
    found = [folder / f"{name}{ending}" for name in names for ending in COMPRESSED]
    found = [path for path in found if path.is_file()]
    if len(found) > 1:
        listed = ", ".join(path.name for path in found)
        raise BadInput(f"{folder}: {listed} would all be read as the same table; keep one of them")
    return found[0] if found else None


def stem(path: FilePath) -> str:
    """The file's name without the ending of its compression: "items.csv.gz" is "items.csv"."""
    return path.name.removesuffix(".gz").removesuffix(".zst")


@contextmanager
def opened(path: FilePath) -> Iterator[IO[bytes]]:
    """The unpacked bytes of a file; trouble while reading them becomes BadInput."""
    check_file(path)
    try:
        with _unpacked(path) as stream:
            yield stream
    except (OSError, EOFError, zlib.error) as trouble:
        if isinstance(trouble, PermissionError):
            raise BadInput(f"{path}: no permission to read it; change its permissions") from None
        raise BadInput(f"{path} is damaged or cut short ({trouble}); make or copy it again") from None


def _unpacked(path: FilePath) -> IO[bytes]:
    if path.name.endswith(".gz"):
        return io.BufferedReader(gzip.open(path), 2**18)
    if path.name.endswith(".zst"):
        return io.BufferedReader(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"), 2**18)
    return path.open("rb")


def lines(path: FilePath) -> Iterator[str]:
    """The lines of a UTF-8 text file with their ends, a byte order mark left out."""
    read_bytes = 0
    with opened(path) as stream:
        for number, raw in enumerate(iter(lambda: stream.readline(MAX_LINE_BYTES + 1), b""), start=1):
            read_bytes += len(raw)
            _check_size(path, number, len(raw), read_bytes)
            yield _decoded(path, number, raw)


def _check_size(path: FilePath, number: int, line_bytes: int, read_bytes: int) -> None:
    if line_bytes > MAX_LINE_BYTES:
        raise BadInput(
            f"{path.name}, line {number}: longer than {MAX_LINE_BYTES:,} bytes; this is not a table"
        )
    if read_bytes > MAX_BYTES:
        raise BadInput(
            f"{path.name} holds more than {MAX_BYTES:,} bytes unpacked; split it into smaller files"
        )


def _decoded(path: FilePath, number: int, raw: bytes) -> str:
    if number == 1:
        raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as trouble:
        byte = raw[trouble.start]
        raise BadInput(
            f"{path.name}, line {number}: byte 0x{byte:02x} is not UTF-8; save the file in UTF-8"
        ) from None


def read_json(path: FilePath) -> Any:
    """What a JSON file holds."""
    text = "".join(lines(path))
    try:
        return json.loads(text)
    except json.JSONDecodeError as trouble:
        where = f"{path.name}, line {trouble.lineno}, column {trouble.colno}"
        raise BadInput(f"{where}: not JSON ({trouble.msg}); make or copy the file again") from None
    except (ValueError, RecursionError):
        raise BadInput(f"{path.name}: not JSON that can be read (too deep, or a number too long)") from None
