"""A graph and its dataset → an RDF store on disk or in memory, and an old store opened for reading."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from io import BufferedReader, RawIOBase
from itertools import islice
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kgrec.domain import Dataset, KnowledgeGraph
from kgrec.errors import BadBundle, DiskFull
from kgrec.folders import is_no_room, new_folder
from kgrec.graph.description import chain
from kgrec.graph.triples import NamedGraph, base_of, named_graphs, provenance
from kgrec.graph.vocabulary import Namer

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCKS_AT_ONCE = 20  # a bulk load holds about 0.4 kB of memory per triple it is given


def write(
    graph: KnowledgeGraph, dataset: Dataset, folder: FilePath, *, generated: datetime | None = None
) -> dict[str, int]:
    """Write a graph as an Oxigraph store into a new folder; returns triples per named graph.

    `generated` goes into the provenance; left out, equal graphs make equal stores.
    """
    with new_folder(folder) as beside:
        store = ox.Store(str(beside))
        counts = _load(store, graph, dataset, generated)
        store.flush()
        del store  # its lock goes with it
    return counts


def load_memory(graph: KnowledgeGraph, dataset: Dataset, *, generated: datetime | None = None) -> ox.Store:
    """The same store in memory."""
    store = ox.Store()
    _load(store, graph, dataset, generated)
    return store


def open_store(folder: FilePath) -> ox.Store:
    """A store on disk, for reading; many processes may hold it open at once."""
    if not folder.is_dir():
        raise BadBundle(f"there is no graph store at {folder}; build it first")
    try:
        return ox.Store.read_only(str(folder))
    except (OSError, RuntimeError) as error:
        if isinstance(error, OSError) and is_no_room(error):
            raise DiskFull(f"no room left to open {folder}; free some space and try again") from error
        if "lock" in str(error).lower():
            raise BadBundle(
                f"{folder} is being written by another process; try again when it is done"
            ) from error
        raise BadBundle(f"{folder} is not a readable graph store ({error}); build it again") from error


def _load(
    store: ox.Store, graph: KnowledgeGraph, dataset: Dataset, generated: datetime | None
) -> dict[str, int]:
    graphs = named_graphs(graph, dataset)
    for named in graphs:
        _load_one(store, named)
    namer = Namer(base_of(graph))
    time = generated.isoformat() if generated else None
    _load_one(store, NamedGraph(namer.graph("provenance"), lambda: provenance(namer, graphs, dataset, time)))
    return {named.iri: sum(named.triples) for named in graphs}


def _load_one(store: ox.Store, named: NamedGraph) -> None:
    blocks = named.counted()
    for first in blocks:
        # Lenient: IRIs and literals were checked and escaped when the lines were made; once is enough.
        store.bulk_load(
            input=BufferedReader(_Stream(chain(iter([first]), islice(blocks, _BLOCKS_AT_ONCE - 1)))),
            format=ox.RdfFormat.N_TRIPLES,
            to_graph=ox.NamedNode(named.iri),
            lenient=True,
        )


class _Stream(RawIOBase):
    """Blocks of bytes as a file to read from, so that the text of a graph is never in memory as a whole."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        target = memoryview(buffer)
        size = min(len(target), len(self._rest))
        target[:size], self._rest = self._rest[:size], self._rest[size:]
        return size
