"""What users ask for, more of this and never that, and what it is called in the graph."""

from __future__ import annotations

from functools import cached_property

from kgrec.domain import ABOUT_ITEMS, Asked
from kgrec.errors import BadInput
from kgrec.explain.naming import attribute_named
from kgrec.explain.steer import Steerable, steerable
from kgrec.explain.wording import language
from kgrec.guide.context import NO_CONTEXT, Context
from kgrec.guide.storefront import Storefront
from kgrec.live.wishes import KeptWish


class Wishing(Storefront):
    """A shop that keeps the wishes of its users."""

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

    def wishes(self, user_id: str, context: Context = NO_CONTEXT) -> list[KeptWish]:
        """What a user has asked for and not taken back, oldest first."""
        kept = self._wishes.of(user_id)
        if not kept:
            self._demand_known(user_id, context)
        return kept

    def take_back(self, user_id: str, number: int) -> None:
        """Undo a wish by its number: scores are again as if it had never been made."""
        self._wishes.take_back(user_id, number)

    def steerable(self, item_id: str, lang: str = "en") -> tuple[Steerable, ...]:
        """What an item has of which users can ask less or more; `what` of a wish is its IRI."""
        kinds = {f"has_{one.name}": one.label(lang) for one in self.catalogue.shared}
        return steerable(self.graph, self.dataset.items.row(item_id), kinds, lang)

    # Names in the graph

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

    def column_called(self, column: str, lang: str = "en") -> str:
        """What a person calls a column of the users table."""
        return language(lang, self.dataset.idiom.words).column(column)

    @cached_property
    def _items_by_iri(self) -> dict[str, str]:
        iris = self.graph.iris[self.graph.items]
        return {str(iri): str(item_id) for iri, item_id in zip(iris, self.dataset.items.ids, strict=True)}
