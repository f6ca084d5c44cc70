"""A workspace → the guide that answers for it now: the newest graph and model that fit, with what was told since.

Guides never change. When a graph, a model or an item has changed, another guide is made beside the one that answers,
and takes its place when it is ready.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import numpy as np

from kgrec import restocking, storage
from kgrec.domain import Dataset, FloatArray, KnowledgeGraph, RelationKind
from kgrec.endpoint import Endpoint
from kgrec.errors import BadInput, KgrecError
from kgrec.graph import store as rdf
from kgrec.guide import Guide
from kgrec.live.rules import FILE as RULES
from kgrec.live.rules import RuleFile, Vocabulary
from kgrec.parts import Parts, Trouble, best_parts, current_parts
from kgrec.restocking import Stock

if TYPE_CHECKING:
    from kgrec.live.items import ItemChange, What
    from kgrec.live.living import Living
    from kgrec.live.recent import Recent

LOOK_EVERY = 0.2  # seconds between two looks at what has changed
LONGEST_WAIT = 5.0  # seconds that somebody who changed an item waits to see it

_log = logging.getLogger("kgrec.serving")


def open_shop(folder: str | FilePath) -> Guide | Served:
    """A workspace or a saved bundle, to be served: of a workspace whatever can be read."""
    path = FilePath(folder)
    return open_guide(path) if (path / "manifest.json").is_file() else Served(path)


def open_guide(folder: str | FilePath) -> Guide:
    """The guide of a workspace, with all that its database was told, or of a saved bundle."""
    path = FilePath(folder)
    if (path / "manifest.json").is_file():
        dataset, graph, model = storage.load_bundle(path)
        spoken_of = storage.load_mentions(path, dataset)
        return Guide(dataset, graph, model, name=path.name, mentions=lambda: spoken_of)
    return Served(path, current_parts).as_opened


def rule_words(dataset: Dataset, graph: KnowledgeGraph) -> Vocabulary:
    """What the rules of a shop may speak of."""
    attributes = [one.name for one in graph.relations if one.kind == RelationKind.ATTRIBUTE]
    return Vocabulary(attributes, [str(column) for column in dataset.user_table.columns])


class Served:
    """The guide of a workspace as it is now.

    Whoever has a guide in hand keeps it: a request is answered from one.
    """

    def __init__(self, folder: FilePath, parts_of: Callable[[storage.Workspace], Parts] = best_parts) -> None:
        # The database's library is needed to take events, not to recommend from memory.
        from kgrec.live.database import Database
        from kgrec.live.events import EventLog
        from kgrec.live.intake import Intake
        from kgrec.live.inventory import Inventory
        from kgrec.live.items import ItemBook
        from kgrec.live.keys import KeyRing
        from kgrec.live.newest import Newest
        from kgrec.live.recent import Recent
        from kgrec.live.registry import Registry
        from kgrec.live.wish_table import WishTable

        self.workspace = storage.open_workspace(folder)
        self.database = Database.of(folder)
        self.keys = KeyRing(folder / "keys.sqlite")
        self.items = ItemBook(self.database)
        self._parts_of = parts_of
        self._endpoint = Endpoint(self.workspace)
        log = EventLog(self.database)
        self._intake = Intake(log, self.keys)
        self._recent = Recent(log)
        self._newest = Newest(self.database, lambda: storage.source_item_ids(self.workspace))
        self._wishes = WishTable(self.database, old=folder / "wishes.sqlite")
        self.registry = Registry.of(folder, self.database, self.workspace.namer.key, self.keys)
        self._inventory = Inventory(self.items, self.keys, self._check, self.changed)
        self._rules = RuleFile(folder / RULES, self._words_of_rules)
        self._changing = threading.Lock()
        self._watching = threading.Lock()
        self._opened_by, self._watched_by = (
            os.getpid(),
            0,
        )  # the process whose thread looks for what has changed
        self._behind: Trouble | None = None
        self._seen = self._pointers()
        parts = parts_of(self.workspace)
        self._now = self._made(parts, parts.changes_until)
        try:
            self._catch_up()
        except KgrecError as error:
            if parts_of is current_parts:
                raise
            self._report(error)

    @property
    def guide(self) -> Guide:
        """The one that answers now."""
        self._watch()
        return self._now.guide

    def secret(self, purpose: str) -> bytes:
        """A key that only this shop has, another one for each purpose."""
        from kgrec.live.keys import secret_for

        return secret_for(self.workspace.namer.key, purpose)

    @property
    def as_opened(self) -> Guide:
        """The one that answers as of the last look, without beginning to look."""
        return self._now.guide

    def troubles(self) -> tuple[Trouble, ...]:
        """What is not as it should be."""
        found = [*self._now.troubles, *([self._behind] if self._behind else [])]
        if self._now.living.trouble:
            reason = f"{self._now.living.trouble}; everybody gets what all choose"
            found.append(Trouble("users", reason))
        return tuple(found)

    def generations(self) -> dict[str, tuple[str, float]]:
        """Name of the graph and of the model that answer, and when each was made (Unix seconds)."""
        places = {"graph": self._now.parts.graph_at, "model": self._now.parts.model_at}
        return {
            kind: (place.name, (place / "manifest.json").stat().st_mtime)
            for kind, place in places.items()
            if place is not None
        }

    def item_count(self) -> int:
        """How many items the catalogue has now."""
        return len(self._now.parts.stock.dataset.items)

    def _check(self, item_id: str, what: What, attributes: Mapping[str, Any]) -> None:
        """BadInput or UnknownName for a change that cannot be."""
        restocking.check(self._now.parts.stock.dataset, restocking.ItemChange(item_id, what, attributes))

    def changed(self, number: int) -> bool:
        """Wait until a change of an item, by its number, is in the guide; whether it is."""
        until = time.monotonic() + LONGEST_WAIT
        while self._now.changes_until < number and time.monotonic() < until:
            if self._changing.acquire(timeout=0.05):
                self._changing.release()
                self._catch_up()
        return self._now.changes_until >= number

    # What has changed

    def _watch(self) -> None:
        """See to it that this process has a thread that looks: a server forks after it has opened the shop.

        A process that takes the place of another first takes over what that one knew.
        """
        if self._watched_by == os.getpid():
            return
        with self._watching:
            if self._watched_by == os.getpid():
                return
            self._changing = threading.Lock()
            if self._opened_by != os.getpid():
                self._look_once()
            self._watched_by = os.getpid()
            threading.Thread(target=self._look, name="kgrec-watch", daemon=True).start()

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_EVERY)
            self._look_once()

    def _look_once(self) -> None:
        try:
            self.look()
        except KgrecError as error:
            self._report(error)
        except Exception as error:  # a defect of ours; without this thread nothing new would ever be seen
            _log.exception("looking for what has changed failed")
            self._report(KgrecError(f"looking for what has changed failed ({type(error).__name__})"))

    def look(self) -> None:
        """Take over what has changed since the last look."""
        pointers = self._pointers()
        try:
            if pointers != self._seen:
                self._reopen(pointers)
        finally:  # what was said of items does not wait for what cannot be opened
            self._catch_up()
        self._behind = None

    def _reopen(self, pointers: tuple[str, ...]) -> None:
        with self._changing:
            parts = self._parts_of(self.workspace)
            now = self._now.parts
            if (parts.graph_at, parts.model_at) == (now.graph_at, now.model_at):
                self._now = replace(self._now, troubles=parts.troubles)  # a graph that has no model yet
            else:
                # What was said of items since that graph was built is in the guide before anybody sees it.
                changes, until = self._said_since(parts.changes_until)
                self._now = self._warm(self._made(_restocked(parts, changes), until, self._now.guide))
                _log.info("answering from %s", self._now.guide)
                self._ready_for_changes()
            self._seen = pointers

    def _catch_up(self) -> None:
        """Put what was said of items since into another guide, and that in the place of this one."""
        state = self.database.state()
        if state is None or state.last_change == self._now.changes_until:
            return
        with self._changing:
            now = self._now
            changes, until = self._said_since(now.changes_until)
            if changes:
                self._now = self._warm(self._made(_restocked(now.parts, changes), until, now.guide))
            else:
                self._now = replace(now, changes_until=until)

    def _said_since(self, number: int) -> tuple[list[ItemChange], int]:
        """What was said of items after a change, and the number of the last change of anything."""
        state = self.database.state()
        changes = [] if state is None else list(self.items.after(number))
        last = number if state is None else max(number, state.last_change)
        return changes, max([last, *(change.number for change in changes)])

    def _report(self, error: KgrecError) -> None:
        """What has changed cannot be taken over; what was good last goes on."""
        reason = str(getattr(error, "bare", error))
        if self._behind is None or self._behind.reason != reason:
            _log.error("the newest state cannot be taken over: %s", error)
        self._behind = Trouble("guide", reason)

    def _pointers(self) -> tuple[str, ...]:
        """Which generations are current."""
        return tuple(
            str(pointer.readlink()) if pointer.is_symlink() else ""
            for pointer in (self.workspace.graphs / "CURRENT", self.workspace.models / "CURRENT")
        )

    def _words_of_rules(self) -> Vocabulary:
        """What rules may speak of; a broken file leaves the last good rules, whichever guide answers."""
        return rule_words(self._now.parts.stock.dataset, self._now.parts.stock.graph)

    def _made(self, parts: Parts, changes_until: int, before: Guide | None = None) -> _Now:
        """A guide of some parts; `before` is one of mostly the same items."""
        from kgrec.live.living import Living

        graph_at, workspace = parts.graph_at, self.workspace
        living = Living(
            self.database,
            events_until=parts.events_until,
            changes_until=parts.changes_until,
            key=workspace.namer.key,
        )
        guide = Guide(
            parts.stock.dataset,
            parts.stock.graph,
            parts.stock.model,
            name=workspace.name,
            open_store=None if graph_at is None else lambda: rdf.open_store(graph_at / rdf.PEOPLE),
            wishes=self._wishes,
            speech=workspace.speech,
            endpoint=self._endpoint,
            intake=self._intake,
            inventory=self._inventory,
            living=living,
            registry=self.registry,
            rules=self._rules,
            popular_now=_season(parts.stock, self._recent),
            newest=self._newest,
            catalogue_before=None if before is None else before.catalogue,
            mentions=lambda: parts.mentions,
        )
        return _Now(guide, living, parts, parts.troubles, changes_until)

    def _warm(self, now: _Now) -> _Now:
        """Ask the guide what it will be asked, so that nobody waits for what it works out once."""
        _ask(now.guide, users=1)
        return now

    def warm(self) -> None:
        """The same before a server forks: its processes share what was worked out by then."""
        _ask(
            self._now.guide, users=20
        )  # not by `guide`, which begins a thread: threads do not survive a fork
        self._ready_for_changes()

    def _ready_for_changes(self) -> None:
        """Make what the first change of an item would have to wait for."""
        stock = self._now.parts.stock.warm()
        self._now = replace(self._now, parts=replace(self._now.parts, stock=stock))


def _ask(guide: Guide, users: int) -> None:
    """Ask for a few users from all over the table."""
    assert guide.catalogue  # searches need it
    ids = guide.dataset.users.ids
    for user_id in map(str, ids[:: max(1, len(ids) // users)][:users]):
        best = [one.item_id for one in guide.recommend_for(user_id)]
        if guide.explains and best:
            guide.explain_all(best, user_id)


def _season(stock: Stock, recent: Recent) -> Callable[[], FloatArray | None]:
    """What is popular now, for who is not known."""
    from kgrec.live.recent import Season

    nobody = np.zeros(0, np.int64)
    usual = stock.model.prior(stock.graph.visitor(nobody, nobody), len(stock.graph.users))
    total = float(usual.sum(dtype=np.float64))
    if not total > 0:
        return lambda: None
    return Season(recent, stock.dataset.items, (usual / total).astype(np.float32)).shares


def _restocked(parts: Parts, changes: Sequence[ItemChange]) -> Parts:
    """The same with what was said of items; what cannot be taken is told."""
    stock = parts.stock
    if not changes:
        return parts
    try:
        stock = stock.with_items(changes)
        wrong = stock.refused
    except BadInput as error:
        wrong = (str(error),)
    if not wrong:
        return replace(parts, stock=stock)
    more = f" (and {len(wrong) - 1:,} more)" if len(wrong) > 1 else ""
    told = Trouble("items", f"what was said of items is not in recommendations: {wrong[0]}{more}")
    others = tuple(one for one in parts.troubles if one.part != told.part)
    return replace(parts, stock=stock, troubles=(*others, told))


@dataclass(frozen=True, eq=False)
class _Now:
    guide: Guide
    living: Living
    parts: Parts
    troubles: tuple[Trouble, ...]
    changes_until: int
