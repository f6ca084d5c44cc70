"""An open shop: what answers are made from, the rules in force, and the doors to all that is kept beside it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from copy import copy
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kgrec.domain import Dataset, FloatArray, KnowledgeGraph, Recommender
from kgrec.endpoint import Endpoint
from kgrec.errors import NotReady
from kgrec.explain.rules import RulesOn
from kgrec.explain.wording.speech import Speech
from kgrec.graph import query as sparql
from kgrec.graph import store as rdf
from kgrec.live.wishes import WishBook
from kgrec.rules import Always, RuleSet, RuleSource
from kgrec.search import Catalogue
from kgrec.shelf import Shelf
from kgrec.understand.mentions import Mentions, no_mentions

if TYPE_CHECKING:
    from kgrec.live.intake import Intake
    from kgrec.live.inventory import Inventory
    from kgrec.live.living import Living
    from kgrec.live.registry import Registry


class OpenShop(Shelf):
    """A dataset, its graph, a model of it, and whatever of a workspace stands open beside them."""

    def __init__(
        self,
        dataset: Dataset,
        graph: KnowledgeGraph,
        model: Recommender,
        *,
        name: str = "shop",
        open_store: Callable[[], Any] | None = None,
        wishes: WishBook | None = None,
        speech: Speech | None = None,
        endpoint: Endpoint | None = None,
        intake: Intake | None = None,
        living: Living | None = None,
        inventory: Inventory | None = None,
        registry: Registry | None = None,
        rules: RuleSource | None = None,
        clock: Callable[[], float] = time.time,
        popular_now: Callable[[], FloatArray | None] | None = None,
        newest: Callable[[], Mapping[str, int]] | None = None,
        catalogue_before: Catalogue | None = None,
        mentions: Callable[[], Mentions] = no_mentions,
    ) -> None:
        """`catalogue_before` is one of mostly the same items, so that another is made in less time.

        `mentions` finds what reviews speak of; it is asked when somebody first wants to know.
        """
        super().__init__(dataset, mentions)
        self.graph = graph
        self.model = model
        self.name = name
        self._wishes = wishes or WishBook()
        self._speech = speech or Speech()
        self._endpoint = endpoint
        self._intake = intake
        self._living = living
        self._inventory = inventory
        self._registry = registry
        self._rules, self._clock = rules, clock
        self._found: RulesOn | None = None  # the rules that were in force when somebody last asked
        self._popular_now = popular_now or (lambda: None)
        self._newest = newest or (lambda: {})
        self._catalogue_before = catalogue_before
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
        """What answers are made from, and whether events can be written if they can be told here."""
        made_from = {"shop": self.name, "model": self.model_name, "graph_version": self.graph_version}
        if self._intake is not None:
            made_from["events"] = self._intake.state()
        if self._endpoint is not None:
            made_from["store"] = self._endpoint.state()
        if self._rules is not None:
            made_from["rules"] = self.rules_state()
        return made_from

    # What the shop's experts want

    def rules(self) -> RulesOn | None:
        """The rules in force now, found in the graph; None if there are none."""
        given = None if self._rules is None else self._rules()
        if given is None or not given.rules:
            return None
        found = self._found
        if found is None or found.rules is not given:
            found = self._found = RulesOn(given, self.graph, self.model)
        return found

    def under(self, rules: RuleSet | None, day: date | None = None) -> Self:
        """The same guide under other rules or none, and on another day."""
        other = copy(self)
        other._rules, other._found = None if rules is None else Always(rules), None
        if day is not None:
            moment = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
            other._clock = lambda: moment
        return other

    def rules_state(self) -> str:
        """ "ready", or what is wrong with the rules."""
        state = "ready" if self._rules is None else self._rules.state()
        found = self.rules()
        if state != "ready" or found is None or not found.faults:
            return state
        others = len(found.faults) - 1
        return found.faults[0] + (f" (and {others:,} more such)" if others else "")

    def today(self) -> date:
        """The day by the guide's clock, in UTC: the one that rules go by."""
        return datetime.fromtimestamp(self._clock(), UTC).date()

    # The graph

    @cached_property
    def store(self) -> Any:
        """The RDF store of the graph; opened when first needed."""
        return self._open_store()

    def query(self, text: str, limit: int = 10_000) -> sparql.QueryResult:
        """The answer to a read-only SPARQL query over all named graphs."""
        return sparql.run(self.store, text, limit=limit)

    @property
    def endpoint(self) -> Endpoint:
        """Where anybody's questions to the graph are answered, within walls."""
        if self._endpoint is None:
            raise NotReady(f"{self.name} has no graph store that could be asked; serve a workspace")
        return self._endpoint

    @property
    def queries_killed(self) -> int:
        """How many of anybody's questions to the graph were stopped in this process."""
        return 0 if self._endpoint is None else self._endpoint.killed

    # What is told here

    @property
    def takes_events(self) -> bool:
        """Whether what users do can be told here."""
        return self._intake is not None

    @property
    def intake(self) -> Intake:
        """Where programs tell what users do."""
        if self._intake is None:
            raise NotReady(f"{self.name} has no event log; serve a workspace")
        return self._intake

    @property
    def inventory(self) -> Inventory:
        """Where programs say what items there are."""
        if self._inventory is None:
            raise NotReady(f"{self.name} takes no changes of items; serve a workspace")
        return self._inventory

    @property
    def keeps_users(self) -> bool:
        """Whether anything about users is kept here."""
        return self._registry is not None

    @property
    def registry(self) -> Registry:
        """Where it is said what holds for users."""
        if self._registry is None:
            raise NotReady(f"{self.name} keeps nothing about users; serve a workspace")
        return self._registry
