"""One thread that writes, one thing after another; those who ask wait for so long, and so many of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Full, Queue
from typing import Any, TypeVar

from kgrec.errors import Unreachable

Done = TypeVar("Done")

_Work = tuple["Future[Any]", Callable[[], Any]]


class Writer:
    """Work of many threads, done by one of this process.

    A database may keep its writer for as long as it likes; nobody else hangs with it.
    """

    def __init__(self, name: str, *, seconds: float, waiting: int) -> None:
        """So many seconds of patience, and so many that wait at once."""
        self._name, self._seconds, self._waiting = name, seconds, waiting
        self._lock = threading.Lock()
        self._queue: Queue[_Work | None] = Queue(waiting)
        self._pid = 0  # nobody's

    def do(self, work: Callable[[], Done]) -> Done:
        """What the work returns or raises; Unreachable if it is not done in time. Then it may still be done later."""
        future: Future[Done] = Future()
        try:
            self._running().put_nowait((future, work))
        except Full:
            raise Unreachable(
                f"{self._waiting} others wait for {self._name}; try the same again later", self._seconds
            ) from None
        try:
            return future.result(self._seconds)
        except TimeoutError:
            if future.done() and not future.cancelled():
                raise
            future.cancel()  # if it has not begun, it never will
            raise Unreachable(
                f"{self._name} did not answer in {self._seconds:g} seconds; try the same again later",
                self._seconds,
            ) from None

    def close(self) -> None:
        """End the thread once it has done what it was asked."""
        with self._lock:
            if self._pid == os.getpid():
                with suppress(Full):  # it hangs; so be it
                    self._queue.put(None, timeout=self._seconds)
                    self._thread.join(self._seconds)
                self._pid = 0

    def _running(self) -> Queue[_Work | None]:
        """The queue of this process's thread: a server forks after it has opened the shop."""
        with self._lock:
            if self._pid != os.getpid():
                self._pid, self._queue = os.getpid(), Queue(self._waiting)
                self._thread = threading.Thread(
                    target=_work, args=(self._queue,), name="kgrec-writer", daemon=True
                )
                self._thread.start()
            return self._queue


def _work(queue: Queue[_Work | None]) -> None:
    while (asked := queue.get()) is not None:
        future, work = asked
        if not future.set_running_or_notify_cancel():
            continue
        try:
            future.set_result(work())
        except BaseException as error:  # told to whoever waits for it
            future.set_exception(error)
        del future, work, asked  # an error holds what it came from
