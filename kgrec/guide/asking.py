"""Who asks: a user, a visitor or a stranger → all that is known of them at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from kgrec.domain import CHOICES, EVENT_RELATIONS, EVENTS, LOG, REJECTIONS, IntArray, KnowledgeGraph, Wish
from kgrec.errors import BadInput, UnknownName
from kgrec.evaluation.ranking import seen
from kgrec.explain.asker import Asker
from kgrec.explain.steer import steering
from kgrec.explain.wording.speech import segment
from kgrec.graph.triples import base_of
from kgrec.graph.vocabulary import Namer
from kgrec.guide.context import CONTEXT, NO_CONTEXT, Context, SessionEvent
from kgrec.guide.shop import OpenShop
from kgrec.live.told import NEWEST, NOTHING, Known, in_rows
from kgrec.person import own_edges, with_attributes, without_hidden


class Asking(OpenShop):
    """A shop that finds out who asks: the edges they are answered by, what they have already, what they wished for."""

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

    def knows(self, user_id: str) -> bool:
        """Whether there is a user of that id: in the tables, or told since."""
        known = self._known(user_id)
        return self._has(user_id, known) or known.anything

    # What is known now

    def _known(self, user_id: str | None) -> Known:
        """What is known now and was not when the graph was built."""
        if self._living is None:
            return NOTHING
        known = self._living.of(user_id)
        NEWEST.set(known.newest_received or 0)
        return known

    def _has(self, user_id: str, known: Known) -> bool:
        """Whether the tables have a user who was not forgotten since."""
        return user_id in self.dataset.users and not known.erased

    def _unknown(self, user_id: str, known: Known) -> None:
        """An error that names the nearest users; of one who was forgotten it tells nothing."""
        if known.erased:
            raise UnknownName("user", user_id)
        self.dataset.users.row(user_id)

    def _demand_known(self, user_id: str, context: Context) -> None:
        """UnknownName unless there is such a user, or somebody of whom nothing is known will do."""
        if not (context.stranger or self.knows(user_id)):
            self._unknown(user_id, self._known(user_id))

    def _withdrawn(self, known: Known) -> IntArray:
        """Item rows that are not to be recommended to anybody any more."""
        items = self.dataset.items
        return items.rows(item_id for item_id in known.withdrawn if item_id in items)

    def _wishes_of(self, user_id: str | None, known: Known) -> list[Wish]:
        """The wishes of a user about what the graph still holds."""
        if user_id is None or not known.allowed:
            return []
        wishes = self._wishes.of(user_id) if self._living is None else known.wishes
        kept = [(wish.asked, self._entity_rows.get(wish.entity)) for wish in wishes]
        return [Wish(asked, row) for asked, row in kept if row is not None]

    @cached_property
    def _entity_rows(self) -> dict[str, int]:
        return {str(iri): row for row, iri in enumerate(self.graph.iris)}

    @cached_property
    def _namer(self) -> Namer:
        """For all names but those of users."""
        return Namer(base_of(self.graph))

    def _ruled(self, asker: Asker) -> Asker:
        """The same asker under the rules that hold for them now."""
        found = self.rules()
        return asker if found is None else asker.under(found.effects(asker, self.today()))

    # The edges they are answered by

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

    # What they have already

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
    def _seen(self) -> tuple[IntArray, IntArray]:
        return seen(self.dataset.interactions, len(self.dataset.users))
