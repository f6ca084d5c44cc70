"""Who has used how much: seconds of work and numbers of requests a client may have, which come back with time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kgrec.errors import Busy, NotReady, OverBudget, UnknownName

MOST_CLIENTS = 10_000
"""Clients that are remembered; the one that has been quiet longest is forgotten first."""


@dataclass
class _Account:
    left: float  # seconds
    counted: float  # when
    at_once: int = 0


class Meter:
    """Measures from its start, which may never come."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began: float | None = None

    def start(self) -> None:
        self._began = self._clock()

    def stop(self) -> None:
        """Take nothing into account that was measured so far."""
        self._began = None

    def seconds(self) -> float:
        return 0.0 if self._began is None else self._clock() - self._began


class Budget:
    """Accounts of clients, by any name; in this process, and gone with it."""

    def __init__(
        self,
        *,
        per_minute: float,
        at_once: int,
        least: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Seconds a minute, at most so many questions at once, and what an error costs at least."""
        self._per_minute, self._at_once, self._least, self._clock = per_minute, at_once, least, clock
        self._accounts: OrderedDict[str, _Account] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def spent_by(self, client: str) -> Iterator[Meter]:
        """Do something on a client's account; OverBudget if there is nothing left on it, or it does enough already.

        What is done counts from the meter's start. An error costs `least` or more, unless the client is not to blame or
        has asked for what is not there.
        """
        account = self._taken(client)
        meter = Meter(self._clock)
        cost = self._least
        try:
            yield meter
            cost = 0.0
        except (Busy, NotReady, UnknownName):
            cost = 0.0
            raise
        finally:
            with self._lock:
                account.at_once -= 1
                account.left -= max(cost, meter.seconds())

    def _taken(self, client: str) -> _Account:
        with self._lock:
            now = self._clock()
            account = self._accounts.setdefault(client, _Account(self._per_minute, now))
            self._accounts.move_to_end(client)
            back = (now - account.counted) * self._per_minute / 60
            account.left, account.counted = min(self._per_minute, account.left + back), now
            self._forget()
            if account.at_once >= self._at_once:
                raise OverBudget(f"{self._at_once} of your queries are running; wait for one of them", 1.0)
            if account.left <= 0:
                wait = 60 * (1 - account.left) / self._per_minute
                raise OverBudget(
                    f"your {self._per_minute:g} seconds a minute are used up; ask again in {wait:.0f} seconds",
                    wait,
                )
            account.at_once += 1
            return account

    def _forget(self) -> None:
        while len(self._accounts) > MOST_CLIENTS:
            client = next((name for name, one in self._accounts.items() if not one.at_once), None)
            if client is None:
                return
            del self._accounts[client]


class Rate:
    """Requests of clients, by any name; in this process, and gone with it.

    A bucket that holds a minute's worth and fills evenly: after a pause a client may ask as often at once.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # client → requests left, and when
        self._lock = threading.Lock()

    def spend(self, client: str, per_minute: int) -> None:
        """One request on a client's account; OverBudget, and nothing spent, if there is none left on it."""
        with self._lock:
            now = self._clock()
            left, counted = self._left.pop(client, (float(per_minute), now))
            left = min(per_minute, left + (now - counted) * per_minute / 60)
            self._left[client] = (left - 1 if left >= 1 else left), now
            if len(self._left) > MOST_CLIENTS:
                self._left.popitem(last=False)
        if left < 1:
            wait = 60 * (1 - left) / per_minute
            raise OverBudget(
                f"your {per_minute:,} requests a minute are used up; ask again in {max(1, round(wait))} s",
                wait,
            )
