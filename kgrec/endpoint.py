"""Anybody's questions to a shop's public graph → answers, within walls: who may ask, how much, and where it is run.

No query of anybody's is run in the process that asks here; `kgrec.graph.sandbox` has others for it.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache, partial
from pathlib import Path as FilePath

import pyoxigraph as ox

from kgrec import storage
from kgrec.errors import BadInput, KgrecError, NotAllowed
from kgrec.graph import parameters, query
from kgrec.graph.gate import gate
from kgrec.graph.query import NamedQuery
from kgrec.graph.results import shortened, term_as_json
from kgrec.graph.sandbox.pool import Answer, Pool
from kgrec.graph.sandbox.walls import can_wall
from kgrec.graph.sandbox.wire import Question
from kgrec.graph.store import PUBLIC, open_store
from kgrec.live.access import neighbourhood
from kgrec.live.budget import Budget, Meter
from kgrec.live.keys import KeptKey, KeyRing
from kgrec.settings import section

LOOKED_EVERY = 10.0
"""Seconds between two looks at whether the store can be read."""

__all__ = [
    "GRAPHS",
    "ROWS",
    "Answer",
    "Asked",
    "Client",
    "Endpoint",
    "Limits",
    "NamedQuery",
    "Wanted",
    "shortened",
]

ROWS: Mapping[str, str] = {
    "application/sparql-results+json": "json",
    "application/sparql-results+xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
}
"""Media types of SELECT and ASK → forms; those that the standards name come first and are what is answered."""

GRAPHS: Mapping[str, str] = {
    "text/turtle": "ttl",
    "application/n-triples": "nt",
    "application/rdf+xml": "rdf",
    "application/xml": "rdf",
    "text/plain": "nt",
}
"""The same of CONSTRUCT and DESCRIBE."""


@dataclass(frozen=True)
class Limits:
    """What one query, one client and the whole endpoint of a process may take; `[sparql]` of kgrec.toml sets them."""

    seconds: float = 2.0  # a query is stopped after so many
    rows: int = 1000
    bytes: int = 2_000_000  # of an answer
    memory_mb: int = 512  # of a query
    workers: int = 2  # processes, in each process of the server: for queries by name, and as many for others
    queue: int = 4  # queries that may wait for them, of either kind
    seconds_per_minute: float = 60.0  # of a client
    at_once: int = 2  # queries of a client
    seconds_per_error: float = 2.0  # what an error costs at least

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            whole = one.type == "int"
            if (
                isinstance(value, bool)
                or not isinstance(value, int if whole else int | float)
                or not value > 0
            ):
                raise BadInput(
                    f"{one.name} is {value!r}; it is to be {'a whole' if whole else 'a'} number above 0"
                )

    @classmethod
    def read(cls, file: FilePath) -> Limits:
        """Those that a workspace's kgrec.toml sets."""
        given = section(file, "sparql", [one.name for one in fields(cls)])
        try:
            return cls(**given)
        except BadInput as error:
            raise BadInput(f"{file}: [sparql] {error}") from None


@dataclass(frozen=True)
class Client:
    """Who asks: the owner of a key, or whoever is at an address."""

    name: str
    key: KeptKey | None


@dataclass(frozen=True)
class Wanted:
    """In which forms an answer is taken, and how soon."""

    row_form: str | None = "json"
    graph_form: str | None = "ttl"
    seconds: float | None = None


@dataclass(frozen=True)
class Asked:
    """A query of somebody's own, and the graphs it is about if not all."""

    text: str
    default_graphs: Sequence[str] = ()
    named_graphs: Sequence[str] = ()


class Endpoint:
    """The public graph of a workspace, open to questions from outside."""

    def __init__(self, workspace: storage.Workspace, limits: Limits | None = None) -> None:
        self._workspace = workspace
        self.limits = limits or Limits.read(workspace.folder / "kgrec.toml")
        self._keys = KeyRing(workspace.folder / "keys.sqlite")
        self._budget = Budget(
            per_minute=self.limits.seconds_per_minute,
            at_once=self.limits.at_once,
            least=self.limits.seconds_per_error,
        )
        self._lock = threading.Lock()
        self._pools: dict[tuple[int, bool], Pool] = {}
        self._opened: tuple[tuple[int, FilePath], ox.Store] | None = None
        self._looking = threading.Lock()
        self._looked, self._state = -math.inf, "ready"  # monotonic seconds

    def client(self, address: str, key: str | None = None) -> Client:
        """Who asks from an address, with a key if one was sent; NoKey if nobody has that key."""
        if key is not None:
            return self.holder(self._keys.known(key))
        return Client(neighbourhood(address), None)

    def holder(self, key: KeptKey) -> Client:
        """Whoever holds a key that is known already; on one account with the programs that send it."""
        return Client(f"key {key.key_id}", key)

    def ask(self, client: Client, asked: Asked, wanted: Wanted) -> Answer:
        """The answer to a query of somebody's own, which takes a key of role read."""
        self._keys.allow(client.key, "read")
        if not can_wall():
            raise NotAllowed(
                "queries of your own are off: this system cannot wall them in; GET /api/v1/graph/queries lists others"
            )
        with self._budget.spent_by(client.name) as meter:
            gate(asked.text)
            return self._answer(
                wanted,
                meter,
                asked.text,
                default_graphs=tuple(asked.default_graphs),
                named_graphs=tuple(asked.named_graphs),
            )

    def library(self) -> list[NamedQuery]:
        """The named queries."""
        return [query.named(name) for name in query.library()]

    def ask_named(self, client: Client, name: str, values: Mapping[str, str], wanted: Wanted) -> Answer:
        """The answer to a query of the library, with values for its parameters; anybody may ask.

        UnknownName if a value means something that the graph does not have; the nearest names are looked for, which
        takes half a second in a large shop, for whoever has a key.
        """
        with self._budget.spent_by(client.name) as meter:
            asked = query.named(name)
            if asked.personal:
                raise NotAllowed(
                    f"{name} is about people, and they are not in the public graph; use kgrec query"
                )
            namer = self._workspace.namer
            terms = query.bind(asked, values, namer)
            ask = partial(query.run, self._here())
            meter.start()
            parameters.check_known(asked, values, terms, namer, ask, nearest=client.key is not None)
            meter.stop()  # it goes on when a worker does
            told = {variable: term_as_json(term) for variable, term in terms.items()}
            return self._answer(wanted, meter, asked.text, parameters=told)

    def graph_version(self, answer: Answer) -> str:
        """Which graph an answer comes from."""
        return _version(answer.store.parent / "manifest.json")

    def state(self) -> str:
        """Why the graph cannot be asked, or "ready"; it is looked at now and then, and what was seen is told."""
        if self._looking.acquire(blocking=False):
            try:
                if time.monotonic() - self._looked >= LOOKED_EVERY:
                    self._state = self._look()
                    self._looked = time.monotonic()
            finally:
                self._looking.release()
        return self._state

    def _look(self) -> str:
        try:
            store = open_store(self._store())
            if next(store.quads_for_pattern(None, None, None, None), None) is None:
                return "the graph store is empty; build the graph again"
        except KgrecError as error:
            return str(error)
        except (OSError, RuntimeError) as error:
            return f"the graph store cannot be read ({error}); build the graph again"
        return "ready"

    @property
    def killed(self) -> int:
        """How many queries of this process were stopped, or ended the process that answered them."""
        with self._lock:
            return sum(pool.killed for (pid, _), pool in self._pools.items() if pid == os.getpid())

    def close(self) -> None:
        """End the processes; the next question starts others."""
        with self._lock:
            own = [pool for (pid, _), pool in self._pools.items() if pid == os.getpid()]
            self._pools, self._opened = {}, None
        for pool in own:
            pool.close()

    def _answer(
        self,
        wanted: Wanted,
        meter: Meter,
        text: str,
        *,
        parameters: Mapping[str, Mapping[str, str]] | None = None,
        default_graphs: tuple[str, ...] = (),
        named_graphs: tuple[str, ...] = (),
    ) -> Answer:
        asked = Question(
            text,
            wanted.row_form,
            wanted.graph_form,
            self.limits.rows,
            self.limits.bytes,
            parameters or {},
            default_graphs,
            named_graphs,
        )
        return self._pool(by_name=parameters is not None).ask(asked, wanted.seconds, meter.start)

    def _pool(self, *, by_name: bool) -> Pool:
        """The workers of this process for one kind of query, so that no stranger's keeps the library's waiting.

        A server forks after it has opened the shop, and workers have one parent.
        """
        with self._lock:
            whose = (os.getpid(), by_name)
            if whose not in self._pools:
                self._pools[whose] = Pool(
                    self._store,
                    workers=self.limits.workers,
                    queue=self.limits.queue,
                    memory=self.limits.memory_mb << 20,
                    deadline=self.limits.seconds,
                    niceness=15 if by_name else 19,
                )
            return self._pools[whose]

    def _here(self) -> ox.Store:
        """The public store, open in this process for questions of our own."""
        whose = (os.getpid(), self._store())
        with self._lock:
            if self._opened is None or self._opened[0] != whose:
                self._opened = whose, open_store(whose[1])
            return self._opened[1]

    def _store(self) -> FilePath:
        """The public store that is current now."""
        return storage.current(self._workspace.graphs, "graph", "build") / PUBLIC


@lru_cache(maxsize=16)
def _version(manifest: FilePath) -> str:
    """The version of a generation of the graph, which never changes."""
    return str(json.loads(manifest.read_text(encoding="utf-8"))["graph_version"])
