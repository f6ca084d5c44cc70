"""Where programs say what items a shop has; closed while no key of role admin may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kgrec.errors import Busy
from kgrec.live.items import ItemBook, What
from kgrec.live.keys import KeyRing

MOST_ATTRIBUTES = 100  # of one item


class Inventory:
    """The items of a shop, as programs change them."""

    def __init__(
        self,
        book: ItemBook,
        keys: KeyRing,
        check: Callable[[str, What, Mapping[str, Any]], None],
        seen: Callable[[int], bool],
    ) -> None:
        """`check` raises what is wrong with a change; `seen` waits a moment until one is in the recommendations of this
        process, and says whether it is.
        """
        self._book, self._keys, self._check, self._seen = book, keys, check, seen

    def allow(self, key: str | None) -> None:
        """NoKey or NotAllowed unless it is a key of role admin."""
        self._keys.allow(None if key is None else self._keys.known(key), "admin")

    def change(
        self, item_id: str, what: What, attributes: Mapping[str, Any], *, after: int | None = None
    ) -> bool:
        """Keep what is said of an item; whether it can be seen in recommendations already when this returns.

        BadInput or UnknownName for what no item can be; Changed if `after` is not its last change any more.
        """
        self._check(item_id, what, attributes)
        return self._seen(self._book.write(item_id, what, attributes, after=after))

    def settled(self, item_id: str) -> int:
        """The number of an item's last change (0: none), once this process answers with it; Busy if that takes long."""
        number = self._book.last_number(item_id)
        if number and not self._seen(number):
            raise Busy("what was said of this item last is not in the answers yet; ask again", 1.0)
        return number

    def has(self, item_id: str, in_tables: bool) -> bool:
        """Whether an item is there: in the tables or told since, and not withdrawn after that."""
        last = self._book.last(item_id)
        return in_tables if last is None else last != "withdraw"
