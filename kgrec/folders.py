"""A new folder or file is filled beside its place and renamed into it, or nothing is left behind."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from secrets import token_hex
from tempfile import mkdtemp
from typing import BinaryIO

from kgrec.errors import BadInput, DiskFull

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_NO_ROOM_WORDS = ("No space left", "Disk quota", " requested and ")


@contextmanager
def new_folder(folder: FilePath) -> Iterator[FilePath]:
    """A hidden folder to fill; it becomes `folder` when all went well."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is already there; name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = FilePath(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield beside
        beside.chmod(0o755)  # mkdtemp lets nobody else read
        beside.replace(folder)
    except OSError as error:
        if is_no_room(error):
            raise DiskFull(f"no room left to write {folder}; free some space and try again") from error
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def new_file(file: FilePath) -> Iterator[BinaryIO]:
    """A file to write beside its place, renamed into it when all went well, so that nobody reads half of it."""
    if not file.parent.is_dir():
        raise BadInput(f"{file.parent} is no folder; make it first")
    if file.is_dir():
        raise BadInput(f"{file} is a folder; name a file in it")
    beside = file.with_name(f".{file.name}-{token_hex(4)}")
    try:
        with beside.open("wb") as out:
            yield out
        beside.replace(file)
    except OSError as error:
        if is_no_room(error):
            raise DiskFull(f"no room left to write {file}; free some space and try again") from error
        raise BadInput(f"{file} cannot be written ({error.strerror or error}); name another file") from error
    finally:
        beside.unlink(missing_ok=True)


def new_text(file: FilePath, text: str) -> None:
    """Write a text file beside its place and rename it."""
    with new_file(file) as out:
        out.write(text.encode())


def is_no_room(error: OSError) -> bool:
    """Whether a write failed for lack of room; RocksDB and NumPy say so in words only."""
    return error.errno in _NO_ROOM or any(words in str(error) for words in _NO_ROOM_WORDS)
