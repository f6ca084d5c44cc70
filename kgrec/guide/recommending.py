"""What to recommend: one who asks → the k best items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd

from kgrec.domain import Accountable, Recommendation, Wish
from kgrec.errors import BadInput
from kgrec.explain.asker import Asker
from kgrec.explain.interests import balanced
from kgrec.explain.teller import Listing
from kgrec.guide.asking import Asking
from kgrec.guide.context import NO_CONTEXT, Context, SessionEvent

MOST = 1000
"""The longest list of recommendations, and of paths in an explanation."""


class Recommending(Asking):
    """A shop that can be asked for recommendations."""

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
        self._demand_balance(balance)
        rows = balanced(asker, k, balance).item_rows
        return [self._listing.placed(asker, int(row), rank) for rank, row in enumerate(rows, start=1)]

    def similar_items(self, item_id: str, k: int = 10) -> list[Recommendation]:
        """What a visitor who has chosen this one item would be recommended."""
        return self.recommend_for(session=[SessionEvent(item_id, "buy")], k=k, exclude=[item_id])

    @property
    def balances(self) -> bool:
        """Whether lists can be balanced by the user's interests."""
        return isinstance(self.model, Accountable)

    @cached_property
    def _listing(self) -> Listing:
        return Listing(self.dataset.items.ids, self.dataset.item_table["title"].to_numpy(dtype=object))

    def _demand_balance(self, balance: float) -> None:
        if balance and not self.balances:
            raise BadInput(f"{self.model.name} knows no interests that a list could be balanced by")

    def _demand_length(self, k: int) -> None:
        if not 1 <= k <= MOST:
            raise BadInput(f"k is {k}; ask for 1 to {MOST} items")
