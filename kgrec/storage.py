"""A trained guide ↔ a folder of plain, hashed files; a shop's workspace with its generations.

    SHOP/
      kgrec.toml          what it is: format, source, version of the layout
      mapping.toml        what each column of the source becomes; whoever edits it has the source read again
      secret.key          from which user IRIs are made; readable by its owner only
      tables/             the dataset as it was read
      corrections/        NAME.nt, what each source of corrections says of items
      graph/CURRENT       → gen-0003/{manifest.json, store/, people/, arrays/}, tables/ if they were read again,
                            grown/ if the database told more, reviews/ if there are any
      events.sqlite       what users did, and what was said of items and users since; or all that in PostgreSQL
      models/CURRENT      → gen-0002/{manifest.json, model.json, weights.safetensors, *.npy}

`store` holds the public named graphs; `people` those and what users did, and only the shop itself opens it.
How a generation is made and kept is told in kgrec/generations.py.
"""

from __future__ import annotations

import json
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path as FilePath

from kgrec.domain import Dataset, KnowledgeGraph, Recommender
from kgrec.errors import BadBundle, BadInput, NotReady
from kgrec.explain.wording.speech import Speech, speech
from kgrec.folders import new_folder
from kgrec.generations import check_version, read_manifest, write_manifest
from kgrec.generations import current as current
from kgrec.generations import new_generation as new_generation
from kgrec.graph.arrays import load_arrays, save_arrays
from kgrec.graph.publish import Place
from kgrec.graph.remote import Server, server
from kgrec.graph.vocabulary import DEFAULT_BASE, Namer
from kgrec.models import model_named
from kgrec.sources import tables
from kgrec.understand import mentions
from kgrec.understand.mentions import Mentions, no_mentions

GROWN = "grown"
"""The folder of a generation that holds the tables with what the database told, if it told anything."""

REVIEWS = "reviews"
"""The folder of a generation, or of a bundle, that holds what reviews speak of; one of before has none."""

VERSION = 1
"""Version of a workspace's layout; a folder of a later one is refused."""


@dataclass(frozen=True)
class Workspace:
    """A shop's folder."""

    folder: FilePath
    name: str
    namer: Namer
    speech: Speech = Speech()  # what explanations may name
    server: Server | None = None  # where its graph is sent to
    bundled: bool = False  # whether it is the demo shop that travels with the package

    @property
    def tables(self) -> FilePath:
        """The tables of the current graph: of the source, with what the database told until then."""
        return self.tables_of(self.graphs / "CURRENT")

    def tables_of(self, generation: FilePath) -> FilePath:
        """The tables that a generation of the graph was built from."""
        for name in (GROWN, "tables"):
            if (generation / name).is_dir():
                return generation / name
        return self.first_tables

    @property
    def source_tables(self) -> FilePath:
        """What was read from the source, when it was read last."""
        read_again = self.graphs / "CURRENT" / "tables"
        return read_again if read_again.is_dir() else self.first_tables

    @property
    def first_tables(self) -> FilePath:
        return self.folder / "tables"

    @property
    def mapping(self) -> FilePath:
        return self.folder / "mapping.toml"

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
        if dataset.report.mapping:
            (fresh / "mapping.toml").write_text(dataset.report.mapping, encoding="utf-8")
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
    check_version(folder, version, VERSION)
    bundled = shop.get("format") == "demo" and shop.get("source") == "demo"
    said = speech(settings.get("explain", {}), str(file))
    return Workspace(folder, name, Namer(base, key), said, server(graph, str(file)), bundled)


def place(workspace: Workspace) -> Place | None:
    """Where the graph of a workspace is on its SPARQL server, if it has one."""
    if workspace.server is None:
        return None
    return Place(workspace.server, workspace.namer.base, workspace.name)


def load_tables(workspace: Workspace, generation: FilePath | None = None) -> Dataset:
    """The dataset of a workspace, of its current graph or of another generation."""
    return tables.load(workspace.tables if generation is None else workspace.tables_of(generation))


def load_source(workspace: Workspace) -> Dataset:
    """The dataset as it was read from the source, without what the database told since."""
    return tables.load(workspace.source_tables)


def source_item_ids(workspace: Workspace) -> list[str]:
    """The ids of the items that the source had."""
    return tables.item_ids(workspace.source_tables)


def load_mentions(generation: FilePath, dataset: Dataset) -> Mentions:
    """What the reviews of a generation's dataset speak of; BadBundle if that is not readable, or of other reviews."""
    place = generation / REVIEWS
    return mentions.load(place, review_texts(dataset)) if place.is_dir() else no_mentions()


def review_texts(dataset: Dataset) -> list[str]:
    """The texts of a dataset's reviews (N,)."""
    return [str(text) for text in dataset.reviews["text"]] if len(dataset.reviews) else []


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


def save_bundle(
    folder: FilePath,
    dataset: Dataset,
    graph: KnowledgeGraph,
    model: Recommender,
    spoken_of: Mentions | None = None,
) -> None:
    """One folder with tables, graph and model, and what reviews speak of, to take elsewhere."""
    if folder.exists():
        raise BadInput(f"{folder} is already there; name a new folder")
    with new_folder(folder) as fresh:
        tables.save(dataset, fresh / "tables")
        save_arrays(graph, fresh / "arrays")
        (fresh / "model").mkdir()
        model.save(fresh / "model")
        if spoken_of is not None and len(dataset.reviews):
            mentions.save(spoken_of, fresh / REVIEWS, texts=review_texts(dataset))
        write_manifest(fresh, {"kind": "bundle", "model": model.name, "graph_version": graph.version})


def load_bundle(folder: FilePath) -> tuple[Dataset, KnowledgeGraph, Recommender]:
    """What `save_bundle` wrote, every file checked against its hash."""
    manifest = read_manifest(folder)
    graph = load_arrays(folder / "arrays")
    if manifest.get("graph_version") != graph.version:
        raise BadBundle(f"{folder}: the graph is not the one of the manifest; save the bundle again")
    model = model_named(str(manifest.get("model"))).load(folder / "model", graph)
    return tables.load(folder / "tables"), graph, model
