"""A graph and its dataset → an RDF store on disk or in memory, and an old store opened for reading."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BufferedReader, RawIOBase
from pathlib import Path as FilePath
from threading import Lock
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kgrec.domain import Dataset, KnowledgeGraph
from kgrec.errors import BadBundle, DiskFull
from kgrec.folders import is_no_room, new_folder
from kgrec.graph.description import Lines, chain
from kgrec.graph.triples import NamedGraph, base_of, named_graphs, provenance
from kgrec.graph.vocabulary import Namer

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PUBLIC = "store"
"""The folder of a generation with the store that anybody's questions may be put to."""

PEOPLE = "people"
"""The folder of a generation with the same and what users did; no public query opens it."""

_THREADS = 2
_AT_ONCE = 500_000  # triples for a thread; a bulk load holds about 0.4 kB of memory for each that it is given


def write(
    graph: KnowledgeGraph, dataset: Dataset, folder: FilePath, *, generated: datetime | None = None
) -> dict[str, int]:
    """Write a graph as two new Oxigraph stores into a folder; returns triples per named graph.

    `store` holds the public named graphs and not a byte of a user; `people` holds those, in the same files on disk
    by hard links, and the personal ones. `generated` goes into the provenance; left out, equal graphs make equal
    stores.
    """
    graphs = named_graphs(graph, dataset)
    with new_folder(folder / PUBLIC) as public, new_folder(folder / PEOPLE) as people:
        store = ox.Store(str(public))
        _load(store, [named for named in graphs if not named.personal], graph, dataset, generated)
        store.flush()
        people.rmdir()  # a checkpoint makes its own folder
        store.backup(str(people))
        del store  # its lock goes with it
        store = ox.Store(str(people))
        _load(store, [named for named in graphs if named.personal], graph, dataset, generated)
        store.flush()
        del store
    return {named.iri: sum(named.triples) for named in graphs}


def load_memory(graph: KnowledgeGraph, dataset: Dataset, *, generated: datetime | None = None) -> ox.Store:
    """All named graphs, public and personal, in one store in memory."""
    store = ox.Store()
    _load(store, named_graphs(graph, dataset), graph, dataset, generated)
    return store


def open_store(folder: FilePath) -> ox.Store:
    """A store on disk, for reading; many processes may hold it open at once."""
    if not folder.is_dir():
        raise BadBundle(f"there is no graph store at {folder}; build the graph again: kgrec build SHOP")
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
    store: ox.Store,
    graphs: list[NamedGraph],
    graph: KnowledgeGraph,
    dataset: Dataset,
    generated: datetime | None,
) -> None:
    """Load named graphs and what is to be told of where they come from."""
    namer = Namer(base_of(graph))
    time = generated.isoformat() if generated else None
    # Asked last, when the triples of the others are counted.
    told = NamedGraph(namer.graph("provenance"), lambda: provenance(namer, graphs, graph, dataset, time))
    blocks, turn = chain(*(named.quads() for named in [*graphs, told])), Lock()
    with ThreadPoolExecutor(_THREADS) as pool:
        for done in [pool.submit(_load_blocks, store, blocks, turn) for _ in range(_THREADS)]:
            done.result()


def _load_blocks(store: ox.Store, blocks: Lines, turn: Lock) -> None:
    """Load pieces, in turn with other threads: one reads the next piece while another sorts and writes its own."""
    more = True
    while more:
        turn.acquire()
        stream = _Stream(blocks, turn)
        try:
            _load_some(store, stream)
        finally:
            stream.end()
        more = stream.more


def _load_some(store: ox.Store, stream: _Stream) -> None:
    # Lenient: IRIs and literals were checked and escaped when the lines were made; once is enough.
    store.bulk_load(input=BufferedReader(stream), format=ox.RdfFormat.N_QUADS, lenient=True)


class _Stream(RawIOBase):
    """A piece of the blocks of lines as a file to read from; at its end the next one has its turn.

    So neither the text of a graph nor all of its triples are ever in memory as a whole.
    """

    def __init__(self, blocks: Lines, turn: Lock) -> None:
        self.more = True  # whether there may be another piece
        self._blocks = blocks
        self._turn: Lock | None = turn
        self._left = _AT_ONCE
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def end(self) -> None:
        """Let the next one have its turn, if that has not been done."""
        turn, self._turn = self._turn, None
        if turn:
            turn.release()

    def readinto(self, buffer: WriteableBuffer) -> int:
        while not self._rest:
            if self._left <= 0 or not self.more:
                self.end()
                return 0
            block = next(self._blocks, None)
            self.more = block is not None
            self._rest = memoryview(block or b"")
            self._left -= (block or b"").count(b"\n")
        target = memoryview(buffer)
        size = min(len(target), len(self._rest))
        target[:size], self._rest = self._rest[:size], self._rest[size:]
        return size
