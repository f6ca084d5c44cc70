"""What the workers of a server remember together for its metrics: which items were shown when, which events were used.

The memory is shared by processes that are forked after it was made, and gone with them. It holds hashes and times,
no ids.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterable, Sequence

import numpy as np

from kgrec.domain import BoolArray, IntArray, ObjectArray

SLOTS_PER_ITEM = 64  # two items share a slot, and so count as one, in one case of so many at most
FEWEST, MOST = 1 << 16, 1 << 24


class Coverage:
    """When each item was recommended last, to the second."""

    def __init__(self, n_items: int) -> None:
        n_slots = min(MOST, max(FEWEST, 1 << (SLOTS_PER_ITEM * max(1, n_items) - 1).bit_length()))
        self._last = np.frombuffer(mmap.mmap(-1, 4 * n_slots), dtype=np.uint32)
        self._slots: tuple[Sequence[str] | ObjectArray, IntArray] | None = None

    def shown(self, item_ids: Iterable[str], now: float) -> None:
        """Some items were recommended."""
        self._last[[self._slot(item_id) for item_id in item_ids]] = int(now)

    def share(self, catalogue: Sequence[str] | ObjectArray, now: float, seconds: float) -> float:
        """The share of a catalogue that was recommended in the last so many seconds."""
        if not len(catalogue):
            return 0.0
        if self._slots is None or self._slots[0] is not catalogue:
            slots = np.array([self._slot(str(item_id)) for item_id in catalogue], dtype=np.int64)
            self._slots = catalogue, slots
        fresh: BoolArray = self._last[self._slots[1]] > max(0, int(now - seconds))
        return float(fresh.mean())

    def _slot(self, item_id: str) -> int:
        return int.from_bytes(_digest(item_id)[:4]) & (len(self._last) - 1)


class FirstUse:
    """The newest event of each user that was used in a recommendation; of the users that came last."""

    def __init__(self, now: float) -> None:
        """Events that were received before it are nothing new."""
        self._since = int(now)
        self._newest = np.frombuffer(mmap.mmap(-1, 8 * FEWEST), dtype=np.uint64)

    def of(self, user_id: str, received: int) -> bool:
        """Whether no recommendation of the user has used an event received at that moment (Unix seconds) or later."""
        digest = _digest(user_id)
        slot, mark = int.from_bytes(digest[:4]) % len(self._newest), int.from_bytes(digest[4:])
        kept = int(self._newest[slot])
        before = kept & 0xFFFFFFFF if kept >> 32 == mark else 0
        if received <= max(before, self._since):
            return False
        self._newest[slot] = np.uint64(mark << 32 | received)
        return True


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
