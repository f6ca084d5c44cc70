"""A workspace → the median time of every query of the library, in milliseconds, as JSON on standard output.

    python benchmarks/queries.py SHOP [--times 7]

The values asked for are the shop's first user, first item and what that item has; each query is asked once to
warm up. Questions that cannot be asked of the shop, for want of a brand or a segment, are null.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

from kgrec import storage
from kgrec.domain import KnowledgeGraph
from kgrec.graph import query, store


def values(graph: KnowledgeGraph) -> dict[str, str]:
    """What to ask for, by the name of the parameter."""
    first = {kind: str(graph.iris[graph.kinds == kind][0]) for kind in set(graph.kinds)}
    first["one"], first["other"] = (str(graph.iris[row]) for row in graph.items[:2])
    return first


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("shop", type=Path)
    parser.add_argument("--times", type=int, default=7)
    given = parser.parse_args()
    generation = storage.current(storage.open_workspace(given.shop).graphs, "graph", "build")
    known, opened = values(storage.load_graph(generation)), store.open_store(generation / store.PEOPLE)
    medians: dict[str, float | None] = {}
    for name in query.library():
        asked = query.named(name)
        wanted = {one.name: known[one.name] for one in asked.parameters if one.name in known}
        if any(one.required and one.name not in wanted for one in asked.parameters):
            medians[name] = None
            continue
        taken = []
        for _ in range(given.times + 1):
            began = time.perf_counter()
            query.run(opened, asked.text, parameters=query.bind(asked, wanted))
            taken.append(1000 * (time.perf_counter() - began))
        medians[name] = round(statistics.median(taken[1:]), 1)
    print(json.dumps(medians, indent=1))


if __name__ == "__main__":
    main()
