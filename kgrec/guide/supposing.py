"""Questions that take scores apart: what if, why not, what it would take, why this rather than that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kgrec.answers import Balance, Contrast, Overview, Supposed, Takes, WhatIf, WhyNot
from kgrec.domain import Accountable, Movable
from kgrec.errors import BadInput
from kgrec.explain.asker import Asker
from kgrec.explain.contrast import contrast
from kgrec.explain.effects import Effects
from kgrec.explain.ledger import adding_up
from kgrec.explain.overview import overview
from kgrec.explain.rivals import why_not
from kgrec.explain.steer import steering
from kgrec.explain.takes import takes
from kgrec.explain.what_if import supposed, what_if
from kgrec.graph.amend import amended
from kgrec.guide.context import NO_CONTEXT, Context, SessionEvent
from kgrec.guide.explaining import Explaining


class Supposing(Explaining):
    """A shop that can be asked how lists and scores would differ, and by what they do."""

    @property
    def accounts(self) -> bool:
        """Whether the model says what each thing known of a user adds, so that scores can be compared part by part."""
        return isinstance(self.model, Accountable)

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

    def differences(self, balance: Balance, digits: int) -> list[str]:
        """What the parts of a balance differ by, and its rest at the end, rounded so that they add up to its total."""
        parts = [part.difference for part in balance.parts]
        return adding_up([*parts, balance.rest], balance.total, digits)

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
