"""A workspace that is served → what of it is in order, what is not, and what to do about it. Nothing is changed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Literal

from kgrec import storage
from kgrec.errors import KgrecError
from kgrec.generations import chain, read_manifest
from kgrec.graph import store
from kgrec.live.openings import Openings
from kgrec.live.storefront import Storefront

if TYPE_CHECKING:
    from kgrec.live.database import Database

Grade = Literal["ok", "warning", "error"]

AHEAD = 60  # seconds that the log may be ahead of the clock: machines agree no better
LEAST_FREE = 64 << 20  # bytes; with less, answers and events are in danger
ROOM = 2.0  # of the next generations, as a multiple of the current ones: one is written beside the other


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    check: str
    grade: Grade
    found: str
    remedy: str = ""  # what to do, where something is to be done


def checkup(folder: FilePath, clock: Callable[[], float] = time.time) -> list[Finding]:
    """All that can be looked at without asking the server: files, database, keys, room and clock.

    Without a workspace that can be read, that is the one finding.
    """
    try:
        workspace = storage.open_workspace(folder)
    except KgrecError as error:
        return [_wrong("workspace", error)]
    return [
        Finding("workspace", "ok", f"{workspace.name}, layout {storage.VERSION}"),
        *_access(workspace),
        _openings(workspace),
        _tried("tables", lambda: repr(storage.load_tables(workspace))),
        *_generations(workspace),
        *_database(workspace, clock),
        _keys(workspace),
        _room(workspace),
    ]


def worst(findings: list[Finding]) -> Grade:
    """The grade of the whole."""
    grades: tuple[Grade, ...] = ("error", "warning")
    return next((grade for grade in grades if any(one.grade == grade for one in findings)), "ok")


def _tried(check: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(check, "ok", look())
    except KgrecError as error:
        return _wrong(check, error)


def _wrong(check: str, error: KgrecError, grade: Grade = "error") -> Finding:
    """An error of ours says what is wrong and, after the last semicolon, what to do."""
    found, _, remedy = str(error).rpartition("; ")
    return Finding(check, grade, found or remedy, remedy if found else "")


def _access(workspace: storage.Workspace) -> Iterator[Finding]:
    folder, key = workspace.folder, workspace.folder / "secret.key"
    others = key.stat().st_mode & 0o077
    yield Finding(
        "secret.key",
        "error" if others else "ok",
        "others than its owner may read it" if others else "only its owner may read it",
        f"chmod 600 {key}" if others else "",
    )
    writable = os.access(folder, os.W_OK | os.X_OK)
    yield Finding(
        "folder",
        "ok" if writable else "warning",
        "may be written"
        if writable
        else "may not be written by this user, so it can be asked but not told anything",
        "" if writable else f"run this as the user that serves it, or give it {folder}",
    )


def _openings(workspace: storage.Workspace) -> Finding:
    """Who may ask about a user by id; made-up users are nobody's secret."""
    settings = workspace.folder / "kgrec.toml"
    try:
        openings = Openings.read(settings)
        others = Storefront.read(settings, bundled=workspace.bundled)
    except KgrecError as error:
        return _wrong("openings", error)
    if workspace.bundled or (openings.users_closed and not others.try_as):
        return Finding("openings", "ok", "what is known of a user is told to whoever may know it")
    where = "at /try" if others.try_as else "of the API"
    remedy = "remove try_as from [storefront]" if others.try_as else 'write users = "key" in [api]'
    return Finding(
        "openings",
        "warning",
        f"whoever reaches the server may ask {where} what is recommended to a user, and why",
        f"{remedy} of {settings} before strangers can reach it",
    )


def _generations(workspace: storage.Workspace) -> Iterator[Finding]:
    """The current graph and model, each file against its hash, and those that could be gone back to."""
    found = {}
    for kind, parent, command in (("graph", workspace.graphs, "build"), ("model", workspace.models, "train")):
        try:
            now = storage.current(parent, kind, command)
            manifest = read_manifest(now)
        except KgrecError as error:
            yield _wrong(kind, error)
            continue
        found[kind] = manifest
        yield Finding(kind, "ok", f"{now.name}, {len(manifest['files'])} files as they were written")
        yield from _earlier(kind, parent)
        if kind == "graph":
            yield _tried("store", lambda now=now: _stores(now))  # type: ignore[misc]
    if len(found) == 2:
        yield _fit(workspace, found)


def _earlier(kind: str, parent: FilePath) -> Iterator[Finding]:
    try:
        for generation in chain(parent)[1:]:
            read_manifest(generation)
            yield Finding(f"earlier {kind}", "ok", f"{generation.name} could be gone back to")
    except KgrecError as error:
        yield _wrong(f"earlier {kind}", error, "warning")


def _stores(generation: FilePath) -> str:
    for name in (store.PUBLIC, store.PEOPLE):
        store.open_store(generation / name)
    return f"{generation.name} can be asked"


def _fit(workspace: storage.Workspace, found: Mapping[str, Mapping[str, object]]) -> Finding:
    graph, model = (str(found[kind].get("graph_version")) for kind in ("graph", "model"))
    if graph != model:
        return Finding(
            "fit",
            "error",
            f"the model is of graph {model}, the current graph is {graph}",
            f"run: kgrec train {workspace.folder}",
        )
    return Finding("fit", "ok", f"the model is of graph {graph}")


def _database(workspace: storage.Workspace, clock: Callable[[], float]) -> Iterator[Finding]:
    # The database's library is loaded only where a database is looked at.
    from kgrec.live.database import Database

    try:
        database = Database.of(workspace.folder)
    except KgrecError as error:
        yield _wrong("database", error)
        return
    try:
        if database.file is not None and not database.file.exists():
            yield Finding("database", "ok", "nothing was told yet; its file is made with the first event")
            yield _clock(workspace, 0, clock())
            return
        looked = _tried("database", lambda: _written(database))
        yield looked
        if looked.grade == "ok":
            state = database.state()
            yield _clock(workspace, 0 if state is None else state.last_received, clock())
    finally:
        database.close()


def _written(database: Database) -> str:
    database.check()
    database.try_out()
    return f"{database.name} is whole and can be written"


def _clock(workspace: storage.Workspace, last_received: int, now: float) -> Finding:
    """Whether the clock stands after all that was written."""
    latest = {"the last event was received": float(last_received)}
    for parent in (workspace.graphs, workspace.models):
        if (parent / "CURRENT").exists():
            latest[f"the current {parent.name}/ was written"] = (parent / "CURRENT").stat().st_mtime
    what, moment = max(latest.items(), key=lambda one: one[1])
    if moment > now + AHEAD:
        return Finding(
            "clock",
            "error",
            f"{what} {moment - now:,.0f} seconds from now by this machine's clock",
            "set the clock, or have it set by NTP; events keep their order meanwhile",
        )
    return Finding("clock", "ok", "after all that was written")


def _keys(workspace: storage.Workspace) -> Finding:
    from kgrec.live.keys import KeyRing

    try:
        kept = KeyRing(workspace.folder / "keys.sqlite").kept()
    except KgrecError as error:
        return _wrong("keys", error)
    if not kept:
        remedy = f"run: kgrec key {workspace.folder} create --role events"
        return Finding("keys", "warning", "there are none, so nobody can tell events or change items", remedy)
    roles = sorted({str(key.role) for key in kept})
    return Finding("keys", "ok", f"{len(kept)}, of role {', '.join(roles)}")


def _room(workspace: storage.Workspace) -> Finding:
    free = shutil.disk_usage(workspace.folder).free
    needed = int(ROOM * sum(_size(parent / "CURRENT") for parent in (workspace.graphs, workspace.models)))
    told = f"{free >> 20:,} MB free; the next graph and model take up to {needed >> 20:,} MB"
    if free < LEAST_FREE:
        return Finding("disk", "error", told, "make room at once: events are refused when there is none")
    return Finding(
        "disk", *(("ok", told) if free >= needed else ("warning", told, "make room before you build"))
    )


def _size(folder: FilePath) -> int:
    return sum(path.stat().st_size for path in folder.resolve().rglob("*") if path.is_file())
