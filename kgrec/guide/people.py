"""What is known of users, and what they decide about it: their history, facts, consent, a copy, being forgotten."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kgrec.domain import EVENT_RELATIONS, EVENTS, IntArray
from kgrec.errors import UnknownName
from kgrec.guide.asking import Asking
from kgrec.guide.context import NO_CONTEXT, STRANGER, Context
from kgrec.live.told import Known
from kgrec.person import Fact, facts, own_edges
from kgrec.shelf import HistoryEntry, UserSummary

if TYPE_CHECKING:
    from kgrec.live.erasure import Receipt


class People(Asking):
    """A shop that tells users what it knows of them, and forgets it."""

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

    def facts(self, user_id: str, lang: str = "en", context: Context = NO_CONTEXT) -> list[Fact]:
        """All that is known of a user and used, latest first; nothing if they do not want that."""
        graph, user_row = self._asked(user_id, (), self._known(user_id), context)
        return facts(own_edges(graph, user_row), lang, self.dataset.idiom.words)

    def personal(self, user_id: str) -> bool:
        """Whether a user gets recommendations of their own: they allow it, and that can be known now."""
        return self._known(user_id).allowed

    def usable_users(self) -> IntArray:
        """The rows of those in the tables who allow recommendations and were not forgotten since (n,)."""
        users = self.dataset.users
        if self._registry is None:
            return np.arange(len(users))
        unasked, others = self._registry.people.otherwise("recommend")
        allowed = np.full(len(users), unasked)
        allowed[users.rows(user_id for user_id in others if user_id in users)] = not unasked
        rows, erasures = np.flatnonzero(allowed), self._registry.erasures
        if not erasures.persons():
            return rows
        forgotten = erasures.known()
        return rows[[not forgotten(str(user_id)) for user_id in users.ids[rows]]]

    # What they decide

    def hide_fact(self, user_id: str, fact: str) -> int:
        """Never use a fact of a user again, by its name; how many events were deleted from the log with it.

        Their recommendations are at once as if it had never been.
        """
        found = next((one for one in self.facts(user_id) if one.fact == fact), None)
        if found is None:
            raise UnknownName("fact", fact)
        relation = next(one.name for one in self.graph.relations if one.iri == found.relation)
        return self.registry.people.hide(user_id, (relation, found.entity), item_id=found.item_id)

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

    def forget(self, user_id: str, reason: str = "") -> Receipt:
        """Forget a user; at once they are a stranger here, and soon they are in no table and no graph.

        UnknownName if nobody has heard of them.
        """
        known = self._known(user_id)
        if not (self._has(user_id, known) or any(self.registry.erasures.rows(user_id).values())):
            raise UnknownName("user", user_id)
        return self.registry.forget(user_id, reason)

    # Inside

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
