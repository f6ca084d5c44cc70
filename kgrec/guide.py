"""Online: the questions that can be asked of a shop — who, what, why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pandas as pd

from kgrec import storage
from kgrec.domain import (
    CHOICES,
    EVENT_RELATIONS,
    EVENTS,
    NEVER,
    REJECTIONS,
    Dataset,
    Explanation,
    IntArray,
    KnowledgeGraph,
    Recommendation,
    Recommender,
    Wish,
)
from kgrec.errors import BadInput, UnknownName
from kgrec.evaluation.ranking import seen
from kgrec.explain.asker import Asker
from kgrec.explain.decompose import explain
from kgrec.explain.steer import steering
from kgrec.graph import query as sparql
from kgrec.graph import store as rdf

MOST = 1000
"""The longest list of recommendations, and of paths in an explanation."""


@dataclass(frozen=True)
class SessionEvent:
    """One thing a visitor did just now."""

    item_id: str
    event: str


@dataclass(frozen=True)
class ItemSummary:
    """What a card shows of an item."""

    item_id: str
    title: str
    title_zh: str
    image: str
    price: float | None
    currency: str
    brand: str
    category: str


@dataclass(frozen=True)
class UserSummary:
    """What a list shows of a user."""

    user_id: str
    label: str
    segments: dict[str, str]
    interactions: int


@dataclass(frozen=True)
class HistoryEntry:
    """One thing a user did."""

    item: ItemSummary
    event: str
    time: int | None  # Unix seconds


class Guide:
    """A shop that can be asked: its dataset, its graph, and a model of it."""

    def __init__(
        self,
        dataset: Dataset,
        graph: KnowledgeGraph,
        model: Recommender,
        *,
        name: str = "shop",
        open_store: Callable[[], Any] | None = None,
    ) -> None:
        self.dataset = dataset
        self.graph = graph
        self.model = model
        self.name = name
        self._open_store = open_store or (lambda: rdf.load_memory(graph, dataset))

    def __repr__(self) -> str:
        return f"<Guide {self.name}: {self.dataset!r}, {self.model_name}>"

    @property
    def graph_version(self) -> str:
        return self.graph.version

    @cached_property
    def model_name(self) -> str:
        """The model and a hash of the first user's scores: changes with every training."""
        scores = self.model.score(self.graph, np.arange(min(1, len(self.graph.users))))
        digest = hashlib.sha256(np.ascontiguousarray(scores).tobytes())
        return f"{self.model.name}@{digest.hexdigest()[:8]}"

    def ready(self) -> dict[str, str]:
        """What answers are made from."""
        return {"shop": self.name, "model": self.model_name, "graph_version": self.graph_version}

    # Recommendations

    def recommend(self, user_ids: Sequence[str], k: int = 10, filter_seen: bool = True) -> pd.DataFrame:
        """The k best items of each user: columns user_id, item_id, score, rank."""
        if isinstance(user_ids, str):
            raise BadInput(f"recommend takes a list of user ids; write recommend([{user_ids!r}])")
        rows = [
            (user_id, found.item_id, found.score, found.rank)
            for user_id in user_ids
            for found in self.recommend_for(user_id, k=k, filter_seen=filter_seen)
        ]
        return pd.DataFrame(rows, columns=["user_id", "item_id", "score", "rank"])

    def recommend_for(
        self,
        user_id: str | None = None,
        session: Sequence[SessionEvent] = (),
        k: int = 10,
        exclude: Sequence[str] = (),
        filter_seen: bool = True,
        wishes: Sequence[Wish] = (),
    ) -> list[Recommendation]:
        """The k best items of one user, or of a visitor known by a session."""
        if not 1 <= k <= MOST:
            raise BadInput(f"k is {k}; ask for 1 to {MOST} items")
        asker = self.asker(user_id, session, wishes)
        left_out = [asker.taken] if filter_seen else []
        left_out.append(np.array([self.dataset.items.row(item_id) for item_id in exclude], np.int64))
        return self._listed(replace(asker, taken=np.concatenate(left_out)), k)

    def _listed(self, asker: Asker, k: int) -> list[Recommendation]:
        titles = self.dataset.item_table["title"]
        return [
            Recommendation(
                item_id=str(self.dataset.items.ids[item_row]),
                title=str(titles.iloc[item_row]),
                score=float(asker.scores[item_row]),
                rank=rank,
            )
            for rank, item_row in enumerate(asker.best(k), start=1)
        ]

    def similar_items(self, item_id: str, k: int = 10) -> list[Recommendation]:
        """What a visitor who has chosen this one item would be recommended."""
        return self.recommend_for(session=[SessionEvent(item_id, "buy")], k=k, exclude=[item_id])

    # Explanations

    @property
    def explains(self) -> bool:
        """Whether the model can say why."""
        return self.model.exact

    def explain(
        self, user_id: str, item_id: str, paths: int = 3, lang: str = "en", wishes: Sequence[Wish] = ()
    ) -> Explanation:
        """Why an item has its score for a user: the largest paths and the exact rest."""
        return self.explain_all([item_id], user_id, paths=paths, lang=lang, wishes=wishes)[0]

    def explain_session(
        self, session: Sequence[SessionEvent], item_id: str, paths: int = 3, lang: str = "en"
    ) -> Explanation:
        """The same for a visitor known by a session."""
        return self.explain_all([item_id], session=session, paths=paths, lang=lang)[0]

    def explain_all(
        self,
        item_ids: Sequence[str],
        user_id: str | None = None,
        session: Sequence[SessionEvent] = (),
        paths: int = 3,
        lang: str = "en",
        wishes: Sequence[Wish] = (),
        receipts: bool = True,
    ) -> list[Explanation]:
        """Why some items have their scores, in a fraction of the time of asking one by one."""
        if not 0 <= paths <= MOST:
            raise BadInput(f"paths is {paths}; ask for 0 to {MOST}")
        if not self.explains:
            raise BadInput(
                f"{self.model.name} cannot give reasons: no paths add up to its scores; "
                "train a model that can, such as path or item-knn"
            )
        asker = self.asker(user_id, session, wishes)
        item_rows = self.dataset.items.rows(item_ids)
        graphs = [asker.graph] if asker.graph is self.graph else [asker.graph, self.graph]
        return [
            explain(
                asker,
                int(item_row),
                reasons,
                graphs=graphs,
                names=(user_id or "visitor", item_id),
                lang=lang,
                model=self.model_name,
                wishes=wishes,
                proof=receipts,
            )
            for item_id, item_row, reasons in zip(
                item_ids, item_rows, asker.reasons(item_rows, paths), strict=True
            )
        ]

    def asker(
        self,
        user_id: str | None = None,
        session: Sequence[SessionEvent] = (),
        wishes: Sequence[Wish] = (),
    ) -> Asker:
        """Who asks, for the questions of `kgrec.explain`."""
        graph, user_row = self._asked(user_id, session)
        return Asker(self.model, graph, user_row, self._taken(graph, user_row), steering(self.graph, wishes))

    # The graph

    @cached_property
    def store(self) -> Any:
        """The RDF store of the graph; opened when first needed."""
        return self._open_store()

    def query(self, text: str, limit: int = 10_000) -> sparql.QueryResult:
        """The answer to a read-only SPARQL query over all named graphs."""
        return sparql.run(self.store, text, limit=limit)

    # What pages show

    def user_count(self) -> int:
        return len(self.dataset.users)

    def item_count(self) -> int:
        return len(self.dataset.items)

    def users(self, query: str = "", limit: int = 50, offset: int = 0) -> list[UserSummary]:
        """Users whose id or segments contain a text, in the order of the source."""
        wanted = query.strip().casefold()
        found = np.arange(len(self.dataset.users))
        if wanted:
            found = np.array([row for row in found if wanted in self._user_texts[row]], dtype=np.int64)
        return [self._user(int(row)) for row in found[offset : offset + limit]]

    def user(self, user_id: str) -> UserSummary:
        """What a list shows of one user."""
        return self._user(self.dataset.users.row(user_id))

    def _user(self, row: int) -> UserSummary:
        table = self.dataset.user_table
        return UserSummary(
            user_id=str(self.dataset.users.ids[row]),
            label=str(self.dataset.users.ids[row]),
            segments={str(name): str(table[name].iloc[row]) for name in table if table[name].iloc[row]},
            interactions=int(self._event_counts[row]),
        )

    def history(self, user_id: str, limit: int = 50) -> list[HistoryEntry]:
        """What a user did, latest first."""
        user_row = self.dataset.users.row(user_id)
        known = self.dataset.interactions
        rows = np.flatnonzero(known.user == user_row)[::-1][:limit]
        timed = known.clock == "seconds"
        return [
            HistoryEntry(
                self.item(str(self.dataset.items.ids[known.item[row]])),
                EVENTS[int(known.event[row])],
                int(known.time[row]) if timed and known.time[row] != NEVER else None,
            )
            for row in rows
        ]

    def item(self, item_id: str) -> ItemSummary:
        """What a card shows of an item."""
        row = self.dataset.items.row(item_id)
        table = self.dataset.item_table

        def text(name: str) -> str:
            return str(table[name].iloc[row]) if name in table else ""

        price = float(table["price"].iloc[row]) if "price" in table else float("nan")
        return ItemSummary(
            item_id=item_id,
            title=text("title") or item_id,
            title_zh=text("title_zh"),
            image=text("image"),
            price=price if np.isfinite(price) else None,
            currency=text("currency"),
            brand=self._fact(row, "has_brand"),
            category=self._fact(row, "has_category"),
        )

    def _fact(self, item_row: int, relation: str) -> str:
        facts = self.dataset.facts
        first, last = np.searchsorted(self._facts_by_item[0], [item_row, item_row + 1])
        rows = self._facts_by_item[1][first:last]
        values = facts.value[rows[facts.relation[rows] == relation]]
        return str(values[0]) if len(values) else ""

    @cached_property
    def _facts_by_item(self) -> tuple[IntArray, IntArray]:
        order = np.argsort(self.dataset.facts.item, kind="stable")
        return self.dataset.facts.item[order], order

    @cached_property
    def _user_texts(self) -> list[str]:
        columns = [self.dataset.user_table[name].astype(str) for name in self.dataset.user_table]
        return [
            " ".join(parts).casefold()
            for parts in zip(map(str, self.dataset.users.ids), *columns, strict=True)
        ]

    @cached_property
    def _event_counts(self) -> IntArray:
        return np.bincount(self.dataset.interactions.user, minlength=len(self.dataset.users))

    # Inside

    def _asked(self, user_id: str | None, session: Sequence[SessionEvent]) -> tuple[KnowledgeGraph, int]:
        """The graph to score on and the row of who is asking."""
        if (user_id is None) == (not session):
            raise BadInput("say who asks: a user_id or a session with at least one event, not both")
        if user_id is not None:
            return self.graph, self.dataset.users.row(user_id)
        for event in session:
            if event.event not in EVENTS:
                raise UnknownName("event", event.event, EVENTS)
        items = self.dataset.items.rows(event.item_id for event in session)
        events = np.array([EVENTS.index(event.event) for event in session], dtype=np.int64)
        return self.graph.visitor(items, events), len(self.graph.users)

    def _taken(self, graph: KnowledgeGraph, user_row: int) -> IntArray:
        """Item rows that a user, or a visitor in their session, has chosen or rejected."""
        if user_row < len(self.graph.users):
            start, items = self._seen
            return items[start[user_row] : start[user_row + 1]]
        done = [EVENT_RELATIONS[EVENTS.index(event)] for event in (*CHOICES, *REJECTIONS)]
        rows = np.isin(graph.relation, [graph.relation_row(name) for name in done])
        taken: IntArray = graph.item_row_of[graph.tail[rows]]
        return taken

    @cached_property
    def _seen(self) -> tuple[IntArray, IntArray]:
        return seen(self.dataset.interactions, len(self.dataset.users))

    def save(self, folder: str | FilePath) -> None:
        """Write tables, graph and model as one folder of plain, hashed files."""
        storage.save_bundle(FilePath(folder), self.dataset, self.graph, self.model)


def open_guide(folder: str | FilePath) -> Guide:
    """The guide of a workspace or of a saved bundle."""
    path = FilePath(folder)
    if (path / "manifest.json").is_file():
        return Guide(*storage.load_bundle(path), name=path.name)
    workspace = storage.open_workspace(path)
    generation = storage.current(workspace.graphs, "graph", "build")
    graph = storage.load_graph(generation)
    model = storage.load_model(storage.current(workspace.models, "model", "train"), graph)
    return Guide(
        storage.load_tables(workspace),
        graph,
        model,
        name=workspace.name,
        open_store=lambda: rdf.open_store(generation / "store"),
    )
