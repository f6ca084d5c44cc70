"""A trained guide ↔ a folder of plain, hashed files; a shop's workspace with its generations.

    SHOP/
      kgrec.toml          what it is: format, source, version of the layout
      secret.key          from which user IRIs are made; readable by its owner only
      tables/             the dataset as it was read
      corrections/        NAME.nt, what each source of corrections says of items
      graph/CURRENT       → gen-0003/{manifest.json, store/, arrays/}
      models/CURRENT      → gen-0002/{manifest.json, model.json, weights.safetensors, *.npy}

A generation is filled beside its place, renamed into it, and made current by one rename; it never changes.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from kgrec.domain import Dataset, KnowledgeGraph, Recommender
from kgrec.errors import BadBundle, BadInput, NotReady
from kgrec.explain.wording.speech import Speech, speech
from kgrec.folders import new_folder
from kgrec.graph.arrays import load_arrays, save_arrays
from kgrec.graph.vocabulary import DEFAULT_BASE, Namer
from kgrec.models import model_named
from kgrec.sources import tables

VERSION = 1
"""Version of the layout; a folder of a later one is refused."""

KEPT = 3
"""Generations kept: the current one and two to go back to."""


@dataclass(frozen=True)
class Workspace:
    """A shop's folder."""

    folder: FilePath
    name: str
    namer: Namer
    speech: Speech = Speech()  # what explanations may name
    bundled: bool = False  # whether it is the demo shop that travels with the package

    @property
    def tables(self) -> FilePath:
        return self.folder / "tables"

    @property
    def graphs(self) -> FilePath:
        return self.folder / "graph"

    @property
    def models(self) -> FilePath:
        return self.folder / "models"

    @property
    def corrections(self) -> FilePath:
        return self.folder / "corrections"


def create_workspace(folder: FilePath, dataset: Dataset, *, settings: dict[str, str]) -> Workspace:
    """A new workspace with the tables of a dataset; the folder must not exist or be empty."""
    with new_folder(folder) as fresh:
        lines = ["[shop]", f"version = {VERSION}", f"name = {json.dumps(folder.resolve().name)}"]
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in settings.items()]
        lines += ["", "[graph]", f"base = {json.dumps(DEFAULT_BASE)}"]
        (fresh / "kgrec.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        key = fresh / "secret.key"
        key.touch(mode=0o600)
        key.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
        tables.save(dataset, fresh / "tables")
    return open_workspace(folder)


def open_workspace(folder: FilePath) -> Workspace:
    """The workspace in a folder; a sentence about what to do if there is none."""
    file = folder / "kgrec.toml"
    if not file.is_file():
        raise NotReady(
            f"{folder} is no kgrec workspace (no kgrec.toml); make one with: kgrec init {folder} …"
        )
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
        shop, graph = settings["shop"], settings["graph"]
        version, name, base = int(shop["version"]), str(shop["name"]), str(graph["base"])
        key = bytes.fromhex((folder / "secret.key").read_text(encoding="ascii").strip())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError, OSError) as error:
        raise BadBundle(f"{file}: not readable as a workspace ({error}); restore it or init again") from None
    _check_version(folder, version)
    bundled = shop.get("format") == "demo" and shop.get("source") == "demo"
    return Workspace(folder, name, Namer(base, key), speech(settings.get("explain", {}), str(file)), bundled)


def _check_version(folder: FilePath, version: int) -> None:
    if version > VERSION:
        raise BadBundle(
            f"{folder} was written by a newer kgrec (layout {version}, this reads {VERSION}); upgrade kgrec"
        )


def load_tables(workspace: Workspace) -> Dataset:
    """The dataset of a workspace."""
    return tables.load(workspace.tables)


# Generations


@contextmanager
def new_generation(parent: FilePath, about: dict[str, Any]) -> Iterator[FilePath]:
    """A folder to fill; it becomes the current generation of `parent` when all went well."""
    parent.mkdir(parents=True, exist_ok=True)
    taken = [int(path.name[4:]) for path in parent.glob("gen-*") if path.name[4:].isdigit()]
    name = f"gen-{max(taken, default=0) + 1:04d}"
    with new_folder(parent / name) as fresh:
        yield fresh
        write_manifest(fresh, about)
    pointer = parent / ".CURRENT.new"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(name)
    pointer.replace(parent / "CURRENT")
    for number in sorted(taken)[: max(0, len(taken) + 1 - KEPT)]:
        shutil.rmtree(parent / f"gen-{number:04d}", ignore_errors=True)


def current(parent: FilePath, what: str, command: str) -> FilePath:
    """The current generation; NotReady names the command that makes one."""
    pointer = parent / "CURRENT"
    if not pointer.exists():
        raise NotReady(f"{parent.parent} has no {what} yet; make one with: kgrec {command} {parent.parent}")
    return pointer.resolve()


# Manifests


def write_manifest(folder: FilePath, about: dict[str, Any]) -> None:
    """manifest.json with the hash of every file, except those of the store, which checks itself."""
    hashes = {str(path.relative_to(folder)): _hash(path) for path in _files(folder)}
    content = {"kgrec": VERSION, **about, "files": hashes}
    (folder / "manifest.json").write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8")


def read_manifest(folder: FilePath) -> dict[str, Any]:
    """The manifest of a folder, after all its files have been compared with it."""
    try:
        content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        version, hashes = int(content["kgrec"]), dict(content["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadBundle(f"{folder}/manifest.json cannot be read ({error}); build or train again") from None
    _check_version(folder, version)
    found = {str(path.relative_to(folder)) for path in _files(folder)}
    for name in sorted(found ^ set(hashes)):
        state = "is missing" if name in hashes else "does not belong there"
        raise BadBundle(f"{folder}/{name} {state}; the folder was changed after it was saved")
    for name, expected in hashes.items():
        if _hash(folder / name) != expected:
            raise BadBundle(f"{folder}/{name} was changed after it was saved; build or train again")
    return dict(content)


def _files(folder: FilePath) -> list[FilePath]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    return sorted(path for path in found if path.relative_to(folder).parts[0] != "store")


def _hash(path: FilePath) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Graphs and models


def load_graph(generation: FilePath) -> KnowledgeGraph:
    """The arrays of a graph generation, memory-mapped."""
    read_manifest(generation)
    return load_arrays(generation / "arrays")


def load_model(generation: FilePath, graph: KnowledgeGraph) -> Recommender:
    """The model of a generation, for the graph it was trained on."""
    manifest = read_manifest(generation)
    if manifest.get("graph_version") != graph.version:
        raise NotReady(f"{generation}: the model was trained on another graph; run kgrec train again")
    return model_named(str(manifest.get("model"))).load(generation, graph)


def save_bundle(folder: FilePath, dataset: Dataset, graph: KnowledgeGraph, model: Recommender) -> None:
    """One folder with tables, graph and model, to take elsewhere."""
    if folder.exists():
        raise BadInput(f"{folder} is already there; name a new folder")
    with new_folder(folder) as fresh:
        tables.save(dataset, fresh / "tables")
        save_arrays(graph, fresh / "arrays")
        (fresh / "model").mkdir()
        model.save(fresh / "model")
        write_manifest(fresh, {"kind": "bundle", "model": model.name, "graph_version": graph.version})


def load_bundle(folder: FilePath) -> tuple[Dataset, KnowledgeGraph, Recommender]:
    """What `save_bundle` wrote, every file checked against its hash."""
    manifest = read_manifest(folder)
    graph = load_arrays(folder / "arrays")
    if manifest.get("graph_version") != graph.version:
        raise BadBundle(f"{folder}: the graph is not the one of the manifest; save the bundle again")
    model = model_named(str(manifest.get("model"))).load(folder / "model", graph)
    return tables.load(folder / "tables"), graph, model
