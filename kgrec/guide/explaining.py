"""Why: one who asks and some items → the paths that their scores are made of, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from kgrec.domain import Explanation, Wish
from kgrec.errors import BadInput
from kgrec.explain.asker import Asker
from kgrec.explain.decompose import Manner, explain
from kgrec.explain.teller import Teller
from kgrec.explain.wording import own
from kgrec.explain.wording.audiences import audience_named
from kgrec.explain.wording.speech import Voice, voice
from kgrec.guide.context import NO_CONTEXT, Context, SessionEvent
from kgrec.guide.recommending import MOST, Recommending


class Explaining(Recommending):
    """A shop that can be asked why an item has its score."""

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
        manner = self._manner(paths, lang, audience, today)
        asker = self.asker(user_id, (), wishes, context)
        return self._explained(asker, [item_id], user_id, paths, manner)[0]

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
        manner = self._manner(paths, lang, audience, today)
        asker = self.asker(None, session, (), context)
        return self._explained(asker, [item_id], None, paths, manner)[0]

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

        `audience` is shopper, staff, merchandiser or engineer; `today` the day on which it is read, so that moments
        can be told by how long ago they were.
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

    def way(self, name: str, lang: str = "en") -> str:
        """A way of the answers to these questions ("followed_by → shares_buyers"), in words."""
        return self.teller(lang).verdicts.way(name, self.graph, lang)

    def teller(self, lang: str = "en") -> Teller:
        """What things are called where it is told of the shop as a whole, and what is not to be named."""
        return replace(self._teller(None, lang), of_all=True)

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

    @cached_property
    def _voice(self) -> Voice:
        """What sentences may name."""
        own.check(self.dataset.idiom.words, "the words of the tables")
        return voice(self.graph, self._speech, self.dataset.idiom.words)
