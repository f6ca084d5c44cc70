"""A knowledge graph ↔ a folder of plain files: numbers as .npy, texts as Parquet, the rest as JSON."""

from __future__ import annotations

import json
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from kgrec.domain import IdMap, KnowledgeGraph, ObjectArray
from kgrec.errors import BadBundle, UnknownName
from kgrec.folders import new_folder
from kgrec.graph.vocabulary import ONTOLOGY, relation_named

FORMAT = 1
_OF_EDGES = ("head", "relation", "tail", "weight", "support", "time", "source", "line")
_OF_ROWS = ("users", "items")
_MANIFEST = "graph.json"
_BROKEN = (OSError, EOFError, ValueError, pa.ArrowException)


def save_arrays(graph: KnowledgeGraph, folder: FilePath) -> None:
    """Write a graph into a new folder."""
    manifest = {
        "format": FORMAT,
        "ontology": ONTOLOGY,
        "version": graph.version,
        "clock": graph.clock,
        "relations": [relation.name for relation in graph.relations],
        "sources": list(graph.sources),
        "languages": list(graph.labels),
        "entities": len(graph.iris),
        "edges": len(graph.head),
    }
    texts = {"iri": graph.iris, "kind": graph.kinds}
    texts |= {f"label_{lang}": names for lang, names in graph.labels.items()}
    with new_folder(folder) as beside:
        for name in (*_OF_EDGES, *_OF_ROWS):
            np.save(beside / f"{name}.npy", getattr(graph, name), allow_pickle=False)
        _write_texts(beside / "entities.parquet", texts)
        _write_texts(beside / "user_ids.parquet", {"id": graph.user_ids.ids})
        _write_texts(beside / "item_ids.parquet", {"id": graph.item_ids.ids})
        (beside / _MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2), "utf-8")


def load_arrays(folder: FilePath, *, mmap: bool = True) -> KnowledgeGraph:
    """Read a graph back; with `mmap` the numbers stay on disk until needed, and processes share them."""
    manifest = _manifest(folder)
    try:
        arrays = {name: _numbers(folder / f"{name}.npy", mmap=mmap) for name in (*_OF_EDGES, *_OF_ROWS)}
        texts = _read_texts(folder / "entities.parquet")
        user_ids, item_ids = (_read_texts(folder / f"{who}_ids.parquet")["id"] for who in ("user", "item"))
        graph = KnowledgeGraph(
            iris=texts["iri"],
            kinds=texts["kind"],
            labels={lang: texts[f"label_{lang}"] for lang in manifest["languages"]},
            relations=tuple(relation_named(name) for name in manifest["relations"]),
            sources=tuple(manifest["sources"]),
            user_ids=IdMap("user", user_ids),
            item_ids=IdMap("item", item_ids),
            clock=manifest["clock"],
            **arrays,
        )
    except (*_BROKEN, KeyError, TypeError, UnknownName) as error:
        raise BadBundle(f"{folder} cannot be read as a graph ({error}); build it again") from error
    lengths = {name: len(arrays[name]) for name in _OF_EDGES}
    if set(lengths.values()) != {manifest["edges"]} or len(graph.iris) != manifest["entities"]:
        raise BadBundle(f"{folder} is incomplete: its files do not fit together; build it again")
    if len(graph.users) != len(user_ids) or len(graph.items) != len(item_ids):
        raise BadBundle(f"{folder} is incomplete: ids and rows do not fit together; build it again")
    wrong = _unsound(graph)
    if wrong:
        raise BadBundle(f"{folder} is no graph: {wrong}; build it again")
    return graph


def _unsound(graph: KnowledgeGraph) -> str:
    """What in the numbers of a graph makes no sense, "" if nothing does.

    Rows that point nowhere would have compiled code read memory that is not theirs.
    """
    bounds = {
        "head": len(graph.iris),
        "tail": len(graph.iris),
        "users": len(graph.iris),
        "items": len(graph.iris),
        "relation": len(graph.relations),
        "source": len(graph.sources),
    }
    for name, bound in bounds.items():
        rows = getattr(graph, name)
        if len(rows) and not (rows.min() >= 0 and rows.max() < bound):
            return f"{name} points to something that is not there"
    if (np.diff(graph.relation) < 0).any():
        return "its edges are not sorted by relation"
    if not (np.isfinite(graph.weight).all() and (graph.weight >= 0).all()):
        return "a weight is no number, or below 0"
    return ""


def _manifest(folder: FilePath) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadBundle(
            f"{folder} holds no graph: {_MANIFEST} is missing or broken; build it again"
        ) from error
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise BadBundle(f"{folder}: graph format {found!r}, this version reads {FORMAT}; build it again")
    keys = {
        "clock": str,
        "relations": list,
        "sources": list,
        "languages": list,
        "entities": int,
        "edges": int,
    }
    wrong = [key for key, kind in keys.items() if not isinstance(manifest.get(key), kind)]
    if wrong:
        raise BadBundle(
            f"{folder / _MANIFEST}: {', '.join(wrong)} missing or of another type; build it again"
        )
    return dict(manifest)


def _numbers(path: FilePath, *, mmap: bool) -> npt.NDArray[Any]:
    array: npt.NDArray[Any]
    if mmap:
        array = np.lib.format.open_memmap(path, mode="r").view(np.ndarray)  # slicing a memmap itself is slow
    else:
        with path.open("rb") as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
    expected = np.float32 if path.stem == "weight" else np.int64
    if array.dtype != expected or array.ndim != 1:
        raise ValueError(f"{path.name} is no row of {np.dtype(expected)} numbers")
    return array


def _write_texts(path: FilePath, columns: dict[str, ObjectArray]) -> None:
    table = pa.table({name: pa.array(texts, pa.large_string()) for name, texts in columns.items()})
    pq.write_table(table, path, compression="zstd")


def _read_texts(path: FilePath) -> dict[str, ObjectArray]:
    table = pq.read_table(path)
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}
