"""A workspace → how long its graph takes to load, beside pyoxigraph's own bulk loader on the same triples, as JSON.

    python benchmarks/store.py SHOP [--times 3] [--folder /tmp]

Each load runs in a process of its own, so that its peak memory is its own; ours and theirs take turns, so that a busy
machine is as busy for both. Ours is `kgrec.graph.store.write`: from arrays and tables in memory to both stores on disk,
`store` and `people`, flushed. Theirs is `Store.bulk_load` of the same quads from an N-Quads file, which is written
beforehand.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from kgrec import storage
from kgrec.graph import store
from kgrec.graph.triples import named_graphs


def ours(shop: Path, folder: Path) -> Callable[[], object]:
    """Our way, ready to begin."""
    workspace = storage.open_workspace(shop)
    dataset = storage.load_tables(workspace)
    graph = storage.load_graph(storage.current(workspace.graphs, "graph", "build"))
    return lambda: store.write(graph, dataset, folder)


def theirs(file: Path, folder: Path) -> Callable[[], object]:
    """The loader that pyoxigraph brings, ready to begin."""

    def load() -> None:
        opened = ox.Store(str(folder))
        opened.bulk_load(path=str(file), format=ox.RdfFormat.N_QUADS, lenient=True)
        opened.flush()

    return load


def write_quads(shop: Path, file: Path) -> int:
    """All quads of a shop but their provenance as one file; returns how many lines it has."""
    workspace = storage.open_workspace(shop)
    graph = storage.load_graph(storage.current(workspace.graphs, "graph", "build"))
    graphs = named_graphs(graph, storage.load_tables(workspace))
    with file.open("wb") as out:
        for named in graphs:
            out.writelines(named.quads())
    return sum(sum(named.triples) for named in graphs)


def child(how: str, source: Path, folder: Path) -> None:
    """One load in this process, measured."""
    run = {"ours": ours, "theirs": theirs}[how](source, folder)
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    before = used.ru_utime + used.ru_stime
    run()
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds, processor = time.perf_counter() - began, used.ru_utime + used.ru_stime - before
    print(json.dumps({"seconds": seconds, "processor": processor, "peak_mb": used.ru_maxrss // 1024}))


def measured(how: str, source: Path, folder: Path) -> dict[str, float]:
    words = [sys.executable, __file__, str(source), "--child", how, "--folder", str(folder)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def on_disk(folder: Path) -> dict[str, float]:
    """Megabytes of the public store, of what `people` adds on disk, and the share of the public files in both."""
    public, people = (
        {path.stat().st_ino: path.stat().st_size for path in (folder / name).glob("*.sst")}
        for name in (store.PUBLIC, store.PEOPLE)
    )
    both = sum(size for file, size in public.items() if file in people)
    own = sum(size for file, size in people.items() if file not in public)
    return {
        "public_mb": round(sum(public.values()) / 1e6, 1),
        "people_adds_mb": round(own / 1e6, 1),
        "shared": round(both / max(1, sum(public.values())), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("shop", type=Path)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--child", choices=["ours", "theirs"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child, given.shop, given.folder)
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        place = Path(name)
        triples = write_quads(given.shop, place / "all.nq")
        taken: dict[str, list[dict[str, float]]] = {"ours": [], "theirs": []}
        for turn in range(given.times):
            (place / f"ours{turn}").mkdir()
            taken["ours"].append(measured("ours", given.shop, place / f"ours{turn}"))
            taken["theirs"].append(measured("theirs", place / "all.nq", place / f"theirs{turn}"))
        disk = on_disk(place / "ours0")
    answer: dict[str, object] = {"triples": triples, "times": given.times, **disk}
    for how, found in taken.items():
        answer[how] = {key: round(statistics.median(one[key] for one in found), 1) for key in found[0]}
    for key in ("seconds", "processor"):
        ratios = [a[key] / b[key] for a, b in zip(taken["ours"], taken["theirs"], strict=True)]
        answer[f"{key}_ratio"] = round(statistics.median(ratios), 2)
    print(json.dumps(answer, indent=1))


if __name__ == "__main__":
    main()
