"""The process that answers queries: a store's folder on its first line in, then questions in and answers out.

It is started by `pool` and imports little: pyoxigraph and the modules about
queries. Whatever a query does to it, the server only sees a pipe that tells something or ends.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path as FilePath

import pyoxigraph as ox

from kgrec.errors import KgrecError
from kgrec.graph import query
from kgrec.graph.results import fitted, term_from_json
from kgrec.graph.sandbox import walls
from kgrec.graph.sandbox.wire import Head, Question, packed, question, read_frame, write_frame

LONGEST_MESSAGE = 2000


def main() -> None:
    """Answer until the server ends the pipe."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    start = json.loads(read_frame(source) or b"{}")
    walls.die_with(int(start["parent"]))
    try:
        folder = FilePath(start["store"])
        size = walls.gauge()
        raised = walls.wall_off(folder)
        store = ox.Store.read_only(str(folder))
        walls.limit_memory(size, int(start["memory"]))
    except (OSError, RuntimeError, ValueError) as error:
        write_frame(out, packed(Head("failed", str(error)[:LONGEST_MESSAGE])))
        return
    write_frame(out, packed(Head("ready", " ".join(raised))))
    while (asked := read_frame(source)) is not None:
        walls.limit_seconds(float(start["seconds"]))
        head, body = answer(store, question(asked))
        walls.limit_seconds(0)
        write_frame(out, packed(head))
        write_frame(out, body)


def answer(store: ox.Store, asked: Question) -> tuple[Head, bytes]:
    """A question → what is said of its answer, and the answer."""
    try:
        found = query.run(
            store,
            asked.text,
            limit=asked.rows,
            size=asked.size,
            parameters={name: term_from_json(term) for name, term in asked.parameters.items()},
            default_graphs=asked.default_graphs,
            named_graphs=asked.named_graphs,
        )
        form = asked.graph_form if found.kind == "graph" else asked.row_form
        if form is None:
            return Head("unacceptable", kind=found.kind), b""
        told, truncated = fitted(found, form, asked.size)
    except KgrecError as error:
        return Head("refused", str(error)[:LONGEST_MESSAGE]), b""
    except MemoryError:
        return Head("refused", "the query needs more memory than one is given; ask for less"), b""
    return Head("answered", kind=found.kind, truncated=truncated), told
