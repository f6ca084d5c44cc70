"""A folder of generations: each immutable, beside the last, on disk before it is made current by one rename.

    graph/CURRENT → gen-0003/{manifest.json, …}
    graph/gen-0002, graph/gen-0001      to go back to

A manifest holds the hash of every file, and which generation was current when it was made.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Any

from kgrec.errors import BadBundle, NotReady
from kgrec.folders import new_folder

VERSION = 2
"""Version of what lies in a generation or a bundle; one of a later version is refused."""

KEPT = 3
"""Generations kept: the current one and two to go back to."""

STORES = ("store", "people")
"""Folders that a manifest leaves out: RocksDB keeps checksums of its own, and syncs what it writes."""


@contextmanager
def new_generation(parent: FilePath, about: dict[str, Any], *, wait: float = 60) -> Iterator[FilePath]:
    """A folder to fill; it becomes the current generation of `parent` when all went well.

    `about` goes into the manifest as it is when the folder has been filled. What a killed predecessor left is cleaned
    away first. NotReady if another process still makes one after `wait` seconds.
    """
    parent.mkdir(parents=True, exist_ok=True)
    with alone(parent, wait=wait):
        for left in parent.glob(".gen-*"):
            shutil.rmtree(left, ignore_errors=True)
        taken = [int(path.name[4:]) for path in parent.glob("gen-*") if path.name[4:].isdigit()]
        before = chain(parent)[:1]
        name = f"gen-{max(taken, default=0) + 1:04d}"
        with new_folder(parent / name) as fresh:
            yield fresh
            write_manifest(fresh, {**about, "before": before[0].name if before else None})
            for folder in (fresh, *(path for path in fresh.rglob("*") if path.is_dir())):
                _sync(folder)
        make_current(parent / name)
        kept = chain(parent)[:KEPT]
        for path in parent.glob("gen-*"):
            if path not in kept:
                _delete(path)


@contextmanager
def alone(folder: FilePath, *, wait: float) -> Iterator[None]:
    """Keep others from changing what is current in a folder; a process that dies lets go of it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        give_up = time.monotonic() + wait
        while not _locked(handle):
            if time.monotonic() >= give_up:
                raise NotReady(
                    f"{folder} is being written by another kgrec; run this again when that one is done"
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def make_current(generation: FilePath) -> None:
    """Let CURRENT point to a generation, so that after a loss of power it points to the old or the new one, whole."""
    parent = generation.parent
    pointer = parent / ".CURRENT.new"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(generation.name)
    _sync(parent)  # the generation has its name before anything points to it
    pointer.replace(parent / "CURRENT")
    _sync(parent)


def current(parent: FilePath, what: str, command: str) -> FilePath:
    """The current generation; NotReady names the command that makes one, BadBundle tells of one by a newer kgrec."""
    pointer = parent / "CURRENT"
    if not pointer.exists():
        raise NotReady(f"{parent.parent} has no {what} yet; make one with: kgrec {command} {parent.parent}")
    generation = pointer.resolve()
    about(generation)
    return generation


def chain(parent: FilePath) -> list[FilePath]:
    """The current generation and those that were current before it, as far as they are kept, latest first."""
    pointer = parent / "CURRENT"
    found: list[FilePath] = []
    name = pointer.readlink().name if pointer.is_symlink() else None
    while name and (parent / name / "manifest.json").is_file() and parent / name not in found:
        found.append(parent / name)
        name = about(parent / name).get("before")
    return found


def _delete(generation: FilePath) -> None:
    doomed = generation.with_name(f".{generation.name}-old")  # nobody is to take half of it for a generation
    generation.replace(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _sync(folder: FilePath) -> None:
    """See the files of a folder and its entries onto the disk; those in a store are there already."""
    own = [] if folder.name in STORES else [path for path in folder.iterdir() if path.is_file()]
    for path in (*own, folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# Manifests


def write_manifest(folder: FilePath, told: dict[str, Any]) -> None:
    """manifest.json with the hash of every file, except those of the stores."""
    hashes = {str(path.relative_to(folder)): _hash(path) for path in _files(folder)}
    content = {"kgrec": VERSION, **told, "files": hashes}
    (folder / "manifest.json").write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8")


def about(folder: FilePath) -> dict[str, Any]:
    """The manifest of a folder; its files are not looked at."""
    try:
        content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        version, _ = int(content["kgrec"]), dict(content["files"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise BadBundle(f"{folder}/manifest.json cannot be read ({error}); build or train again") from None
    check_version(folder, version, VERSION)
    return dict(content)


def check_version(folder: FilePath, version: int, known: int) -> None:
    """BadBundle if a folder was written by a newer kgrec."""
    if version > known:
        raise BadBundle(
            f"{folder} was written by a newer kgrec (layout {version}, this reads {known}); upgrade kgrec"
        )


def read_manifest(folder: FilePath) -> dict[str, Any]:
    """The manifest of a folder, after all its files have been compared with it."""
    content = about(folder)
    hashes = content["files"]
    found = {str(path.relative_to(folder)) for path in _files(folder)}
    for name in sorted(found ^ set(hashes)):
        state = "is missing" if name in hashes else "does not belong there"
        raise BadBundle(f"{folder}/{name} {state}; the folder was changed after it was saved")
    for name, expected in hashes.items():
        if _hash(folder / name) != expected:
            raise BadBundle(f"{folder}/{name} was changed after it was saved; build or train again")
    return content


def _files(folder: FilePath) -> list[FilePath]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    return sorted(path for path in found if path.relative_to(folder).parts[0] not in STORES)


def _hash(path: FilePath) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
