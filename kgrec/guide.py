"""Online: the questions that can be asked of a shop — who, what, why."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from rich.tree import Tree

from kgrec import browsing, storage
from kgrec.answers import Balance, Contrast, Overview, Supposed, Takes, WhatIf, WhyNot
from kgrec.browsing import Crowd, Shown, Telling
from kgrec.domain import (
    ABOUT_ITEMS,
    CHOICES,
    EVENT_RELATIONS,
    EVENTS,
    LOG,
    REJECTIONS,
    VISITOR,
    Accountable,
    Asked,
    Dataset,
    Explanation,
    FloatArray,
    IntArray,
    KnowledgeGraph,
    Movable,
    Recommendation,
    Recommender,
    Wish,
)
from kgrec.endpoint import Endpoint
from kgrec.errors import BadInput, NotReady, UnknownName
from kgrec.evaluation.ranking import seen
from kgrec.explain.asker import Asker
from kgrec.explain.balance import thing
from kgrec.explain.bars import bars
from kgrec.explain.contrast import contrast
from kgrec.explain.decompose import Manner, explain
from kgrec.explain.effects import Effects
from kgrec.explain.fragment import figure, page
from kgrec.explain.interests import balanced
from kgrec.explain.ledger import Ledger, adding_up, ledger
from kgrec.explain.naming import attribute_named
from kgrec.explain.overview import overview
from kgrec.explain.proof import Proof, proof
from kgrec.explain.provenance import Names, document
from kgrec.explain.rivals import why_not
from kgrec.explain.rules import RulesOn
from kgrec.explain.steer import Steerable, steerable, steering
from kgrec.explain.takes import takes
from kgrec.explain.teller import Listing, Teller
from kgrec.explain.tree import tree
from kgrec.explain.what_if import supposed, what_if
from kgrec.explain.wording import own
from kgrec.explain.wording.audiences import audience_named
from kgrec.explain.wording.speech import Speech, Voice, segment, voice
from kgrec.graph import query as sparql
from kgrec.graph import store as rdf
from kgrec.graph.amend import amended
from kgrec.graph.triples import base_of
from kgrec.graph.vocabulary import PREFIXES, Namer
from kgrec.live.told import NEWEST, NOTHING, Known, in_rows
from kgrec.live.wishes import KeptWish, WishBook
from kgrec.person import Fact, facts, own_edges, with_attributes, without_hidden
from kgrec.rules import Always, RuleSet, RuleSource
from kgrec.search import MOST_SHOWN, Catalogue, Found, Order, Standing
from kgrec.search import Asked as Wanted
from kgrec.search.attributes import Attribute, attributes_of
from kgrec.shelf import HistoryEntry, Shelf, UserSummary
from kgrec.sources.item import told

if TYPE_CHECKING:
    from kgrec.live.erasure import Receipt
    from kgrec.live.intake import Intake
    from kgrec.live.inventory import Inventory
    from kgrec.live.living import Living
    from kgrec.live.registry import Registry

MOST = 1000
"""The longest list of recommendations, and of paths in an explanation."""


CONTEXT = "context"
"""The source of what is said of somebody in a question alone."""


@dataclass(frozen=True)
class Context:
    """What is said of somebody in a question alone, and kept nowhere."""

    segments: Mapping[str, str] = field(default_factory=dict)  # column of the users table → value
    stranger: bool = False  # whether somebody of whom nothing is known will do


NO_CONTEXT = Context()
STRANGER = Context(stranger=True)
"""For pages that anybody may open, whether or not they have done anything yet."""


@dataclass(frozen=True)
class SessionEvent:
    """One thing a visitor did just now."""

    item_id: str
    event: str


class Guide(Shelf):
    """A shop that can be asked: its dataset, its graph, and a model of it."""

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
    ) -> None:
        """`catalogue_before` is one of mostly the same items, so that another is made in less time."""
        super().__init__(dataset)
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
        context: Context = NO_CONTEXT,
        balance: float = 0.0,
    ) -> list[Recommendation]:
        """The k best items of one user, or of a visitor known by a session, a context, or both.

        `balance` is that of `overview`.
        """
        asker = self.asker(user_id, session, wishes, context)
        return self.listed(asker, k, exclude, filter_seen, balance)

    def listed(
        self,
        asker: Asker,
        k: int = 10,
        exclude: Sequence[str] = (),
        filter_seen: bool = True,
        balance: float = 0.0,
    ) -> list[Recommendation]:
        """The k best items of one who asks: what is known of them is looked up once for all that is asked."""
        if not 1 <= k <= MOST:
            raise BadInput(f"k is {k}; ask for 1 to {MOST} items")
        if exclude or not filter_seen:
            left_out = [asker.taken] if filter_seen else []
            left_out.append(np.array([self.dataset.items.row(item_id) for item_id in exclude], np.int64))
            asker = replace(asker, taken=np.concatenate(left_out))
        if not balance:
            return list(self._listing.listed(asker, k))
        if not self.balances:
            raise BadInput(f"{self.model.name} knows no interests that a list could be balanced by")
        rows = balanced(asker, k, balance).item_rows
        return [self._listing.placed(asker, int(row), rank) for rank, row in enumerate(rows, start=1)]

    @property
    def balances(self) -> bool:
        """Whether lists can be balanced by the user's interests."""
        return isinstance(self.model, Accountable)

    @cached_property
    def _listing(self) -> Listing:
        return Listing(self.dataset.items.ids, self.dataset.item_table["title"].to_numpy(dtype=object))

    def similar_items(self, item_id: str, k: int = 10) -> list[Recommendation]:
        """What a visitor who has chosen this one item would be recommended."""
        return self.recommend_for(session=[SessionEvent(item_id, "buy")], k=k, exclude=[item_id])

    # What shoppers look for and look at

    def search(
        self,
        query: str = "",
        lang: str = "en",
        filters: Mapping[str, Sequence[str]] | None = None,
        order: Order = "best",
        limit: int = 24,
        offset: int = 0,
        user_id: str | None = None,
    ) -> Found:
        """The items that words in any language of the shop are about, and what they can be narrowed down by.

        `filters` is facet → values: any of a facet's values, all of the facets. `order` is "best", "price", "-price",
        "new", or "for" with a `user_id`: what leads most to them. Their scores decide between items that are as good,
        and everybody's choices where nobody is named. Whatever stands in a query, it is no error.
        """
        if not 1 <= limit <= MOST_SHOWN or offset < 0:
            raise BadInput(f"limit is {limit} and offset {offset}; ask for 1 to {MOST_SHOWN} items from 0 on")
        asker = None if user_id is None else self.asker(user_id, context=STRANGER)
        worth = self._crowd.chosen if asker is None else asker.scores
        out = self._withdrawn(self._known(None)) if asker is None else asker.shut
        arrived = self._newest()
        hits = self.catalogue.found(
            Wanted(query, lang, filters, order), Standing(np.asarray(worth, np.float32), out, arrived)
        )
        shown = self.dataset.items.ids[hits.rows[offset : offset + limit]]
        return Found(
            items=tuple(self.item(str(item_id)) for item_id in shown),
            total=len(hits.rows),
            facets=hits.facets,
            notes=hits.notes,
            read_as=hits.read_as,
            orders=self.catalogue.orders(
                known=asker is not None and len(asker.own.head) > 0, arrived=bool(arrived)
            ),
        )

    @cached_property
    def catalogue(self) -> Catalogue:
        """The items, made ready to be searched."""
        before, self._catalogue_before = self._catalogue_before, None
        return Catalogue(self.dataset, self.graph, before)

    def attributes(self, item_id: str, lang: str = "en") -> tuple[Attribute, ...]:
        """All that the catalogue says of an item, in words of the shop."""
        row = self.dataset.items.row(item_id)
        return attributes_of(self.catalogue, self.dataset, self.graph, row, lang)

    def _still_told(self, review_rows: IntArray) -> IntArray:
        """Those of some reviews whose writers were not forgotten; none while it is not known who was."""
        if self._registry is None or not len(review_rows):
            return review_rows
        if self._known(None).degraded:
            return review_rows[:0]
        forgotten = self._registry.erasures.known()
        writers = self.dataset.reviews["user_id"].to_numpy()[review_rows]
        return review_rows[[not forgotten(str(user_id)) for user_id in writers]]

    def similar(self, item_id: str, k: int = 10, lang: str = "en") -> tuple[Shown, ...]:
        """What could stand in the place of an item, each with what they have in common.

        A reason is a path of `explain_session` for a visitor who has bought this one item, and adds to that score what
        it adds to this one.
        """
        return browsing.similar(self._beside(item_id, k, lang), self.dataset.items.row(item_id), k)

    def complements(self, item_id: str, k: int = 10, lang: str = "en") -> tuple[Shown, ...]:
        """What goes with an item, or is chosen after it, each with how; nothing where nothing says so."""
        return browsing.complements(self._beside(item_id, k, lang), self.dataset.items.row(item_id), k)

    def _beside(self, item_id: str, k: int, lang: str) -> Telling:
        """What tells what goes with an item: to a visitor who has bought that."""
        self._demand_length(k)
        return self._telling(self.asker(session=[SessionEvent(item_id, "buy")]), None, lang)

    def rows(self, user_id: str | None = None, lang: str = "en", k: int = 8) -> tuple[browsing.Row, ...]:
        """Rows of items for the first page of a shop, each with why it is there.

        An item is in one row only. Somebody of whom nothing is known or may be used gets what everybody chooses.
        """
        self._demand_length(k)
        telling = self._telling(self.asker(user_id, context=STRANGER), user_id, lang)
        items = self.dataset.items
        youngest = self._clock() - browsing.NEW_FOR
        arrived = [
            items.row(item_id)
            for item_id, time in self._newest().items()
            if item_id in items and time >= youngest
        ]
        shop = browsing.Shop(telling.items, self._crowd, self.catalogue.categories, arrived)
        return browsing.rows(telling, shop, k)

    def _telling(self, asker: Asker, user_id: str | None, lang: str) -> Telling:
        ids = self.dataset.items.ids
        return Telling(asker, self._teller(user_id, lang), self.graph, lambda row: self.item(str(ids[row])))

    def _demand_length(self, k: int) -> None:
        if not 1 <= k <= MOST:
            raise BadInput(f"k is {k}; ask for 1 to {MOST} items")

    @property
    def _crowd(self) -> Crowd:
        """What everybody chooses, of late if that is known."""
        now = self._popular_now()
        return Crowd(self._choices_of_all) if now is None else Crowd(now, now=True)

    @cached_property
    def _choices_of_all(self) -> FloatArray:
        """How often each item was chosen; of a shop where nothing was, how often it was looked at (I,)."""
        known = self.dataset.interactions
        chosen = np.isin(known.event, [EVENTS.index(event) for event in CHOICES])
        rejected = np.isin(known.event, [EVENTS.index(event) for event in REJECTIONS])
        counted = known.item[chosen if chosen.any() else ~rejected]
        return np.bincount(counted, minlength=len(self.dataset.items)).astype(np.float32)

    # Explanations

    @property
    def explains(self) -> bool:
        """Whether the model can say why."""
        return self.model.exact

    def explain(
        self,
        user_id: str,
        item_id: str,
        paths: int = 3,
        lang: str = "en",
        wishes: Sequence[Wish] = (),
        audience: str = "shopper",
        today: date | None = None,
        context: Context = NO_CONTEXT,
    ) -> Explanation:
        """Why an item has its score for a user: the largest paths and the exact rest."""
        return self.explain_all(
            [item_id],
            user_id,
            paths=paths,
            lang=lang,
            wishes=wishes,
            audience=audience,
            today=today,
            context=context,
        )[0]

    def explain_session(
        self,
        session: Sequence[SessionEvent],
        item_id: str,
        paths: int = 3,
        lang: str = "en",
        audience: str = "shopper",
        today: date | None = None,
        context: Context = NO_CONTEXT,
    ) -> Explanation:
        """The same for a visitor known by a session, a context, or both."""
        return self.explain_all(
            [item_id],
            session=session,
            paths=paths,
            lang=lang,
            audience=audience,
            today=today,
            context=context,
        )[0]

    def explain_all(
        self,
        item_ids: Sequence[str],
        user_id: str | None = None,
        session: Sequence[SessionEvent] = (),
        paths: int = 3,
        lang: str = "en",
        wishes: Sequence[Wish] = (),
        receipts: bool = True,
        audience: str = "shopper",
        today: date | None = None,
        context: Context = NO_CONTEXT,
    ) -> list[Explanation]:
        """Why some items have their scores, in a fraction of the time of asking one by one.

        `audience` is shopper, merchandiser or engineer; `today` the day on which it is read, so that moments can be
        told by how long ago they were.
        """
        manner = self._manner(paths, lang, audience, today)
        asker = self.asker(user_id, session, wishes, context)
        return self._explained(asker, item_ids, user_id, paths, manner, receipts=receipts)

    def told(
        self,
        asker: Asker,
        item_ids: Sequence[str],
        user_id: str | None = None,
        paths: int = 3,
        lang: str = "en",
        receipts: bool = True,
    ) -> list[Explanation]:
        """The same for one who asks, as `listed` does."""
        return self._explained(asker, item_ids, user_id, paths, self._manner(paths, lang), receipts=receipts)

    def _manner(self, paths: int, lang: str, audience: str = "shopper", today: date | None = None) -> Manner:
        """How it is told; BadInput if so many paths cannot be, or the model has none."""
        if not 0 <= paths <= MOST:
            raise BadInput(f"paths is {paths}; ask for 0 to {MOST}")
        if not self.explains:
            raise BadInput(
                f"{self.model.name} cannot give reasons: no paths add up to its scores; "
                "train a model that can, such as path or item-knn"
            )
        return Manner(lang, audience_named(audience), today, self._voice)

    def _explained(
        self,
        asker: Asker,
        item_ids: Sequence[str],
        user_id: str | None,
        paths: int,
        manner: Manner,
        *,
        receipts: bool = True,
    ) -> list[Explanation]:
        item_rows = self.dataset.items.rows(item_ids)
        graphs = [asker.graph] if asker.graph is self.graph else [asker.graph, self.graph]
        return [
            explain(
                asker,
                int(item_row),
                reasons,
                graphs=graphs,
                names=(user_id or "visitor", item_id),
                manner=manner,
                model=self.model_name,
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
        context: Context = NO_CONTEXT,
    ) -> Asker:
        """Who asks, for the questions of `kgrec.explain`; `wishes` are added to those that are kept."""
        known = self._known(user_id)
        graph, user_row = self._asked(user_id, session, known, context)
        asked_for = (*self._wishes_of(user_id, known), *wishes)
        steered = steering(self.graph, asked_for)
        taken = self._taken(graph, user_row, known)
        found = Asker(
            self.model,
            graph,
            user_row,
            taken,
            steered,
            asked_for,
            whole=self.graph,
            shut=self._withdrawn(known),
            now=self._popular_now(),
        )
        return self._ruled(found)

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

    def under(self, rules: RuleSet | None, day: date | None = None) -> Guide:
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

    def _ruled(self, asker: Asker) -> Asker:
        """The same asker under the rules that hold for them now."""
        found = self.rules()
        return asker if found is None else asker.under(found.effects(asker, self.today()))

    def user(self, user_id: str) -> UserSummary:
        """What a list shows of one user; of one who is in no table yet, too."""
        known = self._known(user_id)
        said = {name: value for name, value in known.attributes.items() if value}
        if self._has(user_id, known):
            summary = super().user(user_id)
            segments = {
                name: value for name, value in summary.segments.items() if name not in known.attributes
            }
            shown = self._unhidden_segments({**segments, **said}, known)
            return replace(summary, segments=shown, interactions=summary.interactions + len(known.events))
        if known.allowed and not known.anything:
            self._unknown(user_id, known)
        return UserSummary(user_id, user_id, self._unhidden_segments(said, known), len(known.events))

    def history(self, user_id: str, limit: int = 50) -> list[HistoryEntry]:
        """What a user did, latest first."""
        known = self._known(user_id)
        events = [one.event for one in known.events if one.event.item_id in self.dataset.items]
        fresh = [
            HistoryEntry(self.item(event.item_id), event.event, event.time) for event in reversed(events)
        ]
        if not self._has(user_id, known):
            if known.allowed and not known.anything:
                self._unknown(user_id, known)
            return fresh[:limit]
        before = super().history(user_id, limit if not known.hidden else len(self.dataset.interactions))
        both = [*fresh, *(entry for entry in before if not self._is_hidden(entry, known))]
        if self.graph.clock == "seconds":
            both.sort(key=lambda entry: -(entry.time or 0))
        return both[:limit]

    def knows(self, user_id: str) -> bool:
        """Whether there is a user of that id: in the tables, or told since."""
        known = self._known(user_id)
        return self._has(user_id, known) or known.anything

    def _demand_known(self, user_id: str, context: Context) -> None:
        """UnknownName unless there is such a user, or somebody of whom nothing is known will do."""
        if not (context.stranger or self.knows(user_id)):
            self._unknown(user_id, self._known(user_id))

    def _has(self, user_id: str, known: Known) -> bool:
        """Whether the tables have a user who was not forgotten since."""
        return user_id in self.dataset.users and not known.erased

    def _unknown(self, user_id: str, known: Known) -> None:
        """An error that names the nearest users; of one who was forgotten it tells nothing."""
        if known.erased:
            raise UnknownName("user", user_id)
        self.dataset.users.row(user_id)

    def _is_hidden(self, entry: HistoryEntry, known: Known) -> bool:
        if not known.hidden:
            return False
        entity = str(self.graph.iris[self.graph.items[self.dataset.items.row(entry.item.item_id)]])
        return (EVENT_RELATIONS[EVENTS.index(entry.event)], entity) in known.hidden

    def _unhidden_segments(self, segments: dict[str, str], known: Known) -> dict[str, str]:
        hidden = {entity for _, entity in known.hidden}
        return {
            name: value for name, value in segments.items() if self._namer.segment(name, value) not in hidden
        }

    @cached_property
    def _namer(self) -> Namer:
        """For all names but those of users."""
        return Namer(base_of(self.graph))

    # What is known of users

    def facts(self, user_id: str, lang: str = "en", context: Context = NO_CONTEXT) -> list[Fact]:
        """All that is known of a user and used, latest first; nothing if they do not want that."""
        graph, user_row = self._asked(user_id, (), self._known(user_id), context)
        return facts(own_edges(graph, user_row), lang, self.dataset.idiom.words)

    def hide_fact(self, user_id: str, fact: str) -> int:
        """Never use a fact of a user again, by its name; how many events were deleted from the log with it.

        Their recommendations are at once as if it had never been.
        """
        found = next((one for one in self.facts(user_id) if one.fact == fact), None)
        if found is None:
            raise UnknownName("fact", fact)
        relation = next(one.name for one in self.graph.relations if one.iri == found.relation)
        return self.registry.people.hide(user_id, (relation, found.entity), item_id=found.item_id)

    def personal(self, user_id: str) -> bool:
        """Whether a user gets recommendations of their own: they allow it, and that can be known now."""
        return self._known(user_id).allowed

    def copy_of_data(self, user_id: str, lang: str = "en") -> dict[str, Any]:
        """All that is kept of a user, used or not, as plain data: a copy for them to take along."""
        known = self._known(user_id)
        in_tables = self._has(user_id, known)
        history = super().history(user_id, len(self.dataset.interactions)) if in_tables else []
        return {
            "user_id": user_id,
            "consent": asdict(self.registry.people.consent(user_id)),
            "used": [asdict(fact) for fact in self.facts(user_id, lang, STRANGER)],
            "tables": {
                "segments": super().user(user_id).segments if in_tables else {},
                "events": [
                    {"item_id": entry.item.item_id, "event": entry.event, "time": entry.time}
                    for entry in history
                ],
            },
            "database": self.registry.erasures.copy(user_id),
        }

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

    def forget(self, user_id: str, reason: str = "") -> Receipt:
        """Forget a user; at once they are a stranger here, and soon they are in no table and no graph.

        UnknownName if nobody has heard of them.
        """
        known = self._known(user_id)
        if not (self._has(user_id, known) or any(self.registry.erasures.rows(user_id).values())):
            raise UnknownName("user", user_id)
        return self.registry.forget(user_id, reason)

    def _known(self, user_id: str | None) -> Known:
        """What is known now and was not when the graph was built."""
        if self._living is None:
            return NOTHING
        known = self._living.of(user_id)
        NEWEST.set(known.newest_received or 0)
        return known

    def _withdrawn(self, known: Known) -> IntArray:
        """Item rows that are not to be recommended to anybody any more."""
        items = self.dataset.items
        return items.rows(item_id for item_id in known.withdrawn if item_id in items)

    # What else can be asked

    def what_if(
        self,
        user_id: str | None = None,
        add: Sequence[str | SessionEvent] = (),
        remove: Sequence[str] = (),
        change: Mapping[str, Mapping[str, str]] | None = None,
        k: int = 10,
        lang: str = "en",
        session: Sequence[SessionEvent] = (),
        context: Context = NO_CONTEXT,
    ) -> WhatIf:
        """The k best items if some events were added or removed, or items had other attributes, and why each moves.

        `add` holds what the user would do now, a purchase unless said otherwise; `remove` items they have done
        something with; `change` is item id → relation → label of a value, or "" for none.
        """
        if isinstance(add, str) or isinstance(remove, str):
            raise BadInput("add and remove take lists of item ids; put the one into brackets")
        if not (add or remove or any((change or {}).values())):
            raise BadInput("say what would be different: something to add, to remove or to change")
        before = self._accounted(user_id, session, k, context)
        events = [SessionEvent(one, "buy") if isinstance(one, str) else one for one in add]
        rows = self._rows_of(events)
        both = {event.item_id for event in events} & set(remove)
        if both:
            raise BadInput(f"{min(both)!r} is both added and removed; say one of them")
        after = supposed(
            before,
            self.dataset.items.rows(dict.fromkeys(remove)),
            [(int(row), event.event) for row, event in zip(rows, events, strict=True)],
        )
        after = self._ruled(after)  # with other events they may be in other audiences
        if change:
            after = self._changed(after, change)
        added = tuple((event.item_id, event.event) for event in events)
        asked = Supposed(added, tuple(remove), change or {})
        return what_if(before, after, asked, k, self._teller(user_id, lang))

    def _changed(self, asker: Asker, change: Mapping[str, Mapping[str, str]]) -> Asker:
        """The same asker of a shop whose items have other attributes."""
        if not isinstance(self.model, Movable):
            raise BadInput(
                f"{self.model.name} cannot say what other attributes would change without learning anew; "
                "train the path model"
            )
        graph = amended(self.graph, change)
        rules = self.rules()
        return replace(
            asker,
            model=self.model.on(graph),
            steering=steering(graph, asker.wishes),
            rules=Effects() if rules is None else rules.over(graph).effects(asker, self.today()),
        )

    def why_not(
        self,
        user_id: str | None,
        item_id: str,
        k: int = 10,
        lang: str = "en",
        session: Sequence[SessionEvent] = (),
        exclude: Sequence[str] = (),
        paths: int = 3,
        context: Context = NO_CONTEXT,
    ) -> WhyNot:
        """By how much an item misses the k best, what blocks it if anything does, and what its rivals have instead."""
        asker = self._accounted(user_id, session, k, context)
        (explanation,) = self._explained(asker, [item_id], user_id, paths, self._manner(paths, lang))
        left_out = self.dataset.items.rows(exclude)
        return why_not(
            asker, self.dataset.items.row(item_id), k, left_out, explanation, self._teller(user_id, lang)
        )

    def takes(
        self,
        user_id: str | None,
        item_id: str,
        k: int = 10,
        lang: str = "en",
        session: Sequence[SessionEvent] = (),
        context: Context = NO_CONTEXT,
    ) -> Takes:
        """What it would take to get one of the k best items out of the list, or another into it."""
        asker = self._accounted(user_id, session, k, context)
        return takes(asker, self.dataset.items.row(item_id), k, self._teller(user_id, lang))

    def contrast(
        self,
        user_id: str | None,
        item_a: str,
        item_b: str,
        lang: str = "en",
        session: Sequence[SessionEvent] = (),
        paths: int = 3,
    ) -> Contrast:
        """Why one item rather than another: the difference of two sums."""
        if item_a == item_b:
            raise BadInput(f"{item_a!r} is compared with itself; name another item")
        asker = self._accounted(user_id, session, 1)
        one, other = self._explained(asker, [item_a, item_b], user_id, paths, self._manner(paths, lang))
        rows = (self.dataset.items.row(item_a), self.dataset.items.row(item_b))
        return contrast(asker, rows, (one, other), self._teller(user_id, lang))

    @property
    def accounts(self) -> bool:
        """Whether the model says what each thing known of a user adds, so that scores can be compared part by part."""
        return isinstance(self.model, Accountable)

    def _accounted(
        self, user_id: str | None, session: Sequence[SessionEvent], k: int, context: Context = NO_CONTEXT
    ) -> Asker:
        """Who asks; BadInput if the model cannot take scores apart."""
        self._demand_length(k)
        if not isinstance(self.model, Accountable):
            raise BadInput(
                f"{self.model.name} does not say what each thing known of a user adds; "
                "train a model that does, such as path or item-knn"
            )
        return self.asker(user_id, session, context=context)

    def way(self, name: str, lang: str = "en") -> str:
        """A way of the answers to these questions ("followed_by → shares_buyers"), in words."""
        return self.teller(lang).verdicts.way(name, self.graph, lang)

    def teller(self, lang: str = "en") -> Teller:
        """What things are called where it is told of the shop as a whole, and what is not to be named."""
        return self._teller(None, lang)

    def usable_users(self) -> IntArray:
        """The rows of those in the tables who allow recommendations and were not forgotten since (n,)."""
        rows, ids = np.arange(len(self.dataset.users)), self.dataset.users.ids
        if self._registry is None:
            return rows
        allowed = set(self._registry.people.consenting("recommend", map(str, ids)))
        forgotten = self._registry.erasures.known()
        usable = (str(user_id) in allowed and not forgotten(str(user_id)) for user_id in ids)
        return np.flatnonzero(np.fromiter(usable, bool, len(ids)))

    def _teller(self, user_id: str | None, lang: str) -> Teller:
        return Teller(
            user_id=user_id or "visitor",
            lang=lang,
            item_ids=self._listing.item_ids,
            titles=self._listing.titles,
            model=self.model_name,
            graph_version=self.graph_version,
            voice=self._voice,
        )

    # What users ask for

    def wish(self, user_id: str, asked: Asked, what: str, context: Context = NO_CONTEXT) -> KeptWish:
        """Keep a wish: "gift" or "never" and an item id, or "less" or "more" and what items have ("brand: Conair").

        It changes the user's scores from now on, and their explanations say so, until it is taken back.
        """
        return self._wishes.add(user_id, asked, self.wished(user_id, asked, what, context))

    def wished(self, user_id: str, asked: Asked, what: str, context: Context = NO_CONTEXT) -> str:
        """The IRI of what a wish would be about; an error says why it cannot be made."""
        if asked in ABOUT_ITEMS:
            row = int(self.graph.items[self.dataset.items.row(what)])
        else:
            row = attribute_named(self.graph, what)
        self._demand_known(user_id, context)
        if asked == "gift" and row not in self.asker(user_id, context=context).own.tail:
            raise BadInput(f"{user_id} has done nothing with {what}, so nothing is concluded from it")
        return str(self.graph.iris[row])

    def steerable(self, item_id: str, lang: str = "en") -> tuple[Steerable, ...]:
        """What an item has of which users can ask less or more; `what` of a wish is its IRI."""
        kinds = {f"has_{one.name}": one.label(lang) for one in self.catalogue.shared}
        return steerable(self.graph, self.dataset.items.row(item_id), kinds, lang)

    def iri(self, item_id: str) -> str:
        """What an item is called in the graph, and by wishes."""
        return str(self.graph.iris[self.graph.items[self.dataset.items.row(item_id)]])

    def item_of(self, iri: str) -> str | None:
        """The id of the item that is called so in the graph; None if it is no item's."""
        return self._items_by_iri.get(iri)

    def called(self, iri: str, lang: str = "en") -> str:
        """What a person calls an entity; the IRI itself if the graph has it no more."""
        row = self._entity_rows.get(iri)
        return iri if row is None else self.graph.label(row, lang)

    def wishes(self, user_id: str, context: Context = NO_CONTEXT) -> list[KeptWish]:
        """What a user has asked for and not taken back, oldest first."""
        kept = self._wishes.of(user_id)
        if not kept:
            self._demand_known(user_id, context)
        return kept

    def take_back(self, user_id: str, number: int) -> None:
        """Undo a wish by its number: scores are again as if it had never been made."""
        self._wishes.take_back(user_id, number)

    def _wishes_of(self, user_id: str | None, known: Known) -> list[Wish]:
        """The wishes of a user about what the graph still holds."""
        if user_id is None or not known.allowed:
            return []
        wishes = self._wishes.of(user_id) if self._living is None else known.wishes
        kept = [(wish.asked, self._entity_rows.get(wish.entity)) for wish in wishes]
        return [Wish(asked, row) for asked, row in kept if row is not None]

    @cached_property
    def _items_by_iri(self) -> dict[str, str]:
        iris = self.graph.iris[self.graph.items]
        return {str(iri): str(item_id) for iri, item_id in zip(iris, self.dataset.items.ids, strict=True)}

    @cached_property
    def _entity_rows(self) -> dict[str, int]:
        return {str(iri): row for row, iri in enumerate(self.graph.iris)}

    def overview(
        self,
        user_id: str | None = None,
        k: int = 10,
        balance: float = 0.0,
        lang: str = "en",
        session: Sequence[SessionEvent] = (),
    ) -> Overview:
        """The k best items as a whole: what they have in common, which of the user's interests each serves.

        `balance` trades score for a list that holds the user's interests in the proportions of their history:
        0 ranks by score alone, 1 by interests alone; where that moved an item is said beside it.
        """
        if not 0 <= balance <= 1:
            raise BadInput(f"balance is {balance}; it goes from 0, by score alone, to 1, by interests alone")
        return overview(self._accounted(user_id, session, k), k, balance, self._teller(user_id, lang))

    def proof(self, explanation: Explanation) -> Proof | None:
        """Its receipt in words, by name of what was left out; None if it has none, or nothing is known to leave out."""
        teller = self._teller(explanation.user_id, explanation.lang)
        relations = {relation.iri: row for row, relation in enumerate(self.graph.relations)}
        starts = {path.hops[0].object: path.hops[0].relation for path in explanation.paths}
        known = [
            thing(relations[relation], self._entity_rows[iri], self.graph, teller)
            for iri, relation in starts.items()
            if iri in self._entity_rows and relation in relations
        ]
        return proof(explanation, known, teller.verdicts)

    # Explanations for the eye

    def ledger(self, explanation: Explanation) -> Ledger:
        """The parts of its score, rounded so that they add up."""
        return ledger(explanation)

    def differences(self, balance: Balance, digits: int) -> list[str]:
        """What the parts of a balance differ by, and its rest at the end, rounded so that they add up to its total."""
        parts = [part.difference for part in balance.parts]
        return adding_up([*parts, balance.rest], balance.total, digits)

    def bars(self, explanation: Explanation, *, label: str) -> Markup:
        """The same as an SVG bar, for a page with the site's style sheet."""
        return bars(ledger(explanation), label=label)

    def drawing(
        self, explanation: Explanation, *, title: str = "", summary: str = "", alone: bool = True
    ) -> Markup:
        """Its paths as an SVG with colours of its own, or, not `alone`, for a page with the site's style sheet."""
        return figure(explanation, title=title, summary=summary, alone=alone)

    def page(self, explanation: Explanation) -> Markup:
        """All of it as one HTML page that needs nothing else."""
        return page(explanation, title=self._title(explanation))

    def tree(self, explanation: Explanation) -> Tree:
        """All of it for a terminal, to be printed by rich."""
        return tree(explanation, title=self._title(explanation))

    def provenance(
        self, explanation: Explanation, *, program: str = "kgrec", generated: datetime | None = None
    ) -> dict[str, Any]:
        """What it was made from, as JSON-LD; users are called as in the graph, by a keyed hash of their id."""
        namer, graph = Namer(base_of(self.graph)), self.graph
        relations = {relation.iri: relation.name for relation in graph.relations}
        names = Names(
            user=self._user_iri(explanation),
            item=str(graph.iris[graph.items[self.dataset.items.row(explanation.item_id)]]),
            prefixes=PREFIXES,
            entity=namer.entity,
            derived=lambda relation: namer.graph("derived", relations[relation]),
            program=program,
        )
        return document(explanation, names, generated=generated)

    def _user_iri(self, explanation: Explanation) -> str:
        if explanation.paths:
            return explanation.paths[0].hops[0].subject
        if explanation.user_id not in self.dataset.users:
            return VISITOR
        return str(self.graph.iris[self.graph.users[self.dataset.users.row(explanation.user_id)]])

    def _title(self, explanation: Explanation) -> str:
        item = self.item(explanation.item_id)
        return item.title_zh if explanation.lang == "zh" and item.title_zh else item.title

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

    # What programs say of items

    def record(self, item_id: str) -> dict[str, Any]:
        """What a program would say of an item to have it as it is: attribute → text, number, or list of texts."""
        return told(self.dataset, item_id)

    def offers(self, item_id: str) -> bool:
        """Whether there is an item of that id that was not withdrawn."""
        return item_id in self.dataset.items and item_id not in self._known(None).withdrawn

    @property
    def inventory(self) -> Inventory:
        """Where programs say what items there are."""
        if self._inventory is None:
            raise NotReady(f"{self.name} takes no changes of items; serve a workspace")
        return self._inventory

    @property
    def queries_killed(self) -> int:
        """How many of anybody's questions to the graph were stopped in this process."""
        return 0 if self._endpoint is None else self._endpoint.killed

    # What users do

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

    # Inside

    def _asked(
        self,
        user_id: str | None,
        session: Sequence[SessionEvent],
        known: Known = NOTHING,
        context: Context = NO_CONTEXT,
    ) -> tuple[KnowledgeGraph, int]:
        """The graph to score on and the row of who is asking."""
        if bool(session) if user_id is not None else not (session or context.segments or context.stranger):
            raise BadInput("say who asks: a user_id or a session with at least one event, not both")
        segments = self._segments_of(context)
        if segments and known.allowed:
            graph, user_row = self._asked_without(user_id, session, known, stranger=True)
            own = own_edges(graph, user_row) if graph is self.graph else graph
            return with_attributes(own, user_row, segments, self._namer, CONTEXT), user_row
        return self._asked_without(user_id, session, known, stranger=context.stranger)

    def _segments_of(self, context: Context) -> dict[str, str | None]:
        """The segments of a context, all known; UnknownName names the nearest."""
        segments: dict[str, str | None] = {}
        for column, value in context.segments.items():
            known = {segment(str(self.graph.iris[row])) for row in self.graph.segments}
            if all(column != one for one, _ in known):
                raise UnknownName("column of users", column, sorted({one for one, _ in known}))
            if (column, value) not in known:
                raise UnknownName(column.replace("_", " "), value, sorted(v for c, v in known if c == column))
            segments[column] = value
        return segments

    def _asked_without(
        self, user_id: str | None, session: Sequence[SessionEvent], known: Known, *, stranger: bool = False
    ) -> tuple[KnowledgeGraph, int]:
        """The same without a context; with `stranger`, a user of whom nothing is known will do."""
        if user_id is None:
            events = np.array([EVENTS.index(event.event) for event in session], dtype=np.int64)
            return self.graph.visitor(self._rows_of(session), events), len(self.graph.users)
        if known.allowed and self._has(user_id, known):
            user_row = self.dataset.users.row(user_id)
            return self._with_fresh(user_row, known), user_row
        user_row = len(self.graph.users)
        if not known.allowed:  # as if nothing were known of them
            nothing = np.zeros(0, np.int64)
            return self.graph.visitor(nothing, nothing), user_row
        fresh = in_rows(known.events, self.dataset.items, 0, "steps", 0)
        if not (stranger or len(fresh) or known.wishes or any(known.attributes.values())):
            self._unknown(user_id, known)
        alone = self.graph.visitor(fresh.item, fresh.event, lines=fresh.line, source=LOG)
        alone = with_attributes(alone, user_row, known.attributes, self._namer)
        return without_hidden(alone, known.hidden_segments), user_row

    def _with_fresh(self, user_row: int, known: Known) -> KnowledgeGraph:
        """The graph, or nothing but a user's own edges with those of events that it does not have yet."""
        if not (known.events or known.hidden or known.attributes):
            return self.graph
        graph = self.graph
        own = with_attributes(own_edges(graph, user_row), user_row, known.attributes, self._namer)
        own = without_hidden(own, known.hidden)
        last = int(own.time.max(initial=0))
        fresh = in_rows(known.events, self.dataset.items, user_row, graph.clock, last)
        return own.with_events(fresh, source=LOG) if len(fresh) else own

    def _rows_of(self, session: Sequence[SessionEvent]) -> IntArray:
        """The item rows of some events, which must be of a known kind."""
        for event in session:
            if event.event not in EVENTS:
                raise UnknownName("event", event.event, EVENTS)
        return self.dataset.items.rows(event.item_id for event in session)

    def _taken(self, graph: KnowledgeGraph, user_row: int, known: Known) -> IntArray:
        """Item rows that a user, or a visitor in their session, has chosen or rejected."""
        before = np.zeros(0, np.int64)
        if user_row < len(self.graph.users):
            start, items = self._seen
            before = items[start[user_row] : start[user_row + 1]]
        if graph is self.graph:
            return before
        done = [EVENT_RELATIONS[EVENTS.index(event)] for event in (*CHOICES, *REJECTIONS)]
        rows = np.isin(graph.relation, [graph.relation_row(name) for name in done])
        if known.hidden:  # what is left of them still counts
            before = np.intersect1d(before, graph.item_row_of[graph.tail])
            if any(self.graph.has_edges(EVENT_RELATIONS[EVENTS.index(event)]) for event in CHOICES):
                before = np.zeros(0, np.int64)
        return np.union1d(before, graph.item_row_of[graph.tail[rows]])

    @cached_property
    def _voice(self) -> Voice:
        """What sentences may name."""
        own.check(self.dataset.idiom.words, "the words of the tables")
        return voice(self.graph, self._speech, self.dataset.idiom.words)

    @cached_property
    def _seen(self) -> tuple[IntArray, IntArray]:
        return seen(self.dataset.interactions, len(self.dataset.users))

    def save(self, folder: str | FilePath) -> None:
        """Write tables, graph and model as one folder of plain, hashed files."""
        storage.save_bundle(FilePath(folder), self.dataset, self.graph, self.model)
