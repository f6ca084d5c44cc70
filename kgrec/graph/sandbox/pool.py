"""Questions → answers by worker processes that are started ahead, watched, ended at the deadline and replaced."""

from __future__ import annotations

import atexit
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import BinaryIO, cast

from kgrec.errors import BadQuery, Busy, KgrecError, NotReady, SlowQuery
from kgrec.graph.sandbox.wire import LENGTH, LONGEST_HEAD, Head, Question, head, packed, write_frame

STARTING = 30.0
"""Seconds that a worker has to get ready; on an idle machine it takes 0.2."""

_START = """
import os, sys
getattr(os, "nice", int)(int(sys.argv[1]))  # first of all, so that the server has the processor before its workers
from kgrec.graph.sandbox.worker import main
main()
"""

_OWN_FAULT = {"SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGXCPU", "SIGALRM"}
"""Signals by which a query, not the machine, ends a worker: too deep, too much memory, too long."""


@dataclass(frozen=True)
class Answer:
    """What a worker told: its head, the bytes in the form that was asked for, and the store it asked."""

    head: Head
    body: bytes
    store: FilePath


class Pool:
    """Workers of one store, or of the store that takes its place. Threads share it; a forked process needs its own."""

    def __init__(
        self,
        store: Callable[[], FilePath],
        *,
        workers: int,
        queue: int,
        memory: int,
        deadline: float,
        niceness: int = 10,
    ) -> None:
        """`store` tells the folder that is current, `memory` the bytes a query may take, `deadline` its seconds."""
        self._store, self._memory, self._deadline, self._niceness = store, memory, deadline, niceness
        self._most, self._queue = workers, queue
        self._changed = threading.Condition()
        self._idle: deque[_Worker] = deque()
        self._alive: set[_Worker] = set()
        self._waiting = 0
        self._closed = False
        self._trouble: KgrecError | None = None
        self.killed = 0  # questions that were stopped, or ended the process that answered them
        # A thread of its own starts the workers: the kernel ends them when the thread that started them ends.
        self._starter = threading.Thread(target=self._keep_full, name="kgrec-sandbox", daemon=True)
        self._starter.start()
        atexit.register(self.close)

    def ask(
        self,
        asked: Question,
        seconds: float | None = None,
        begin: Callable[[], None] = lambda: None,
    ) -> Answer:
        """The answer within so many seconds, at most the pool's deadline; `begin` is called when they begin.

        BadQuery if it is refused or takes too much, SlowQuery at the deadline, Busy if others wait already.
        """
        seconds = min(seconds or self._deadline, self._deadline)
        with self._borrowed() as worker:
            begin()
            answer = worker.ask(asked, seconds)
        if answer.head.status == "refused":
            raise BadQuery(answer.head.message)
        return answer

    def close(self) -> None:
        """End all workers."""
        with self._changed:
            self._closed = True
            alive, self._alive = self._alive, set()
            self._idle.clear()
            self._changed.notify_all()
        for worker in alive:
            worker.end()
        if self._starter is not threading.current_thread():
            self._starter.join(STARTING)
        atexit.unregister(self.close)

    @property
    def pids(self) -> set[int]:
        """The processes that are alive."""
        with self._changed:
            return {worker.pid for worker in self._alive}

    @contextmanager
    def _borrowed(self) -> Iterator[_Worker]:
        """A worker of the current store for one question; it comes back only if it is as good as new."""
        worker = self._next()
        good = False
        try:
            yield worker
            good = True
        finally:
            if not good:
                worker.end()
            with self._changed:
                self.killed += not good
                if good and not self._closed:
                    self._idle.append(worker)
                else:
                    self._alive.discard(worker)
                self._changed.notify_all()

    def _next(self) -> _Worker:
        until = time.monotonic() + STARTING
        with self._changed:
            if self._waiting >= self._queue and not self._idle:
                raise Busy("too many queries are waiting already; ask again in a moment", 1.0)
            self._waiting += 1
            self._trouble = None
            self._changed.notify_all()
            try:
                while True:
                    if self._closed:
                        raise NotReady("the server is stopping; ask again when it is back")
                    while self._idle:
                        worker = self._idle.popleft()
                        if worker.store == self._store() and worker.alive():
                            return worker
                        self._alive.discard(worker)  # of an older store, or dead
                        worker.end()
                        self._changed.notify_all()
                    if self._trouble is not None:
                        raise self._trouble
                    if not self._changed.wait(until - time.monotonic()):
                        raise Busy("no query could be begun in time; ask again in a moment", 2.0)
            finally:
                self._waiting -= 1

    def _tell(self, trouble: KgrecError) -> None:
        """Let those who wait for a worker know that none could be started; the next question is another try."""
        with self._changed:
            self._trouble = trouble
            self._changed.notify_all()

    def _keep_full(self) -> None:
        """Start workers until there are enough, then wait until there are not."""
        while True:
            with self._changed:
                while not self._closed and (len(self._alive) >= self._most or self._trouble is not None):
                    self._changed.wait()
                if self._closed:
                    return
            try:
                worker = _Worker(self._store(), self._memory, self._deadline, self._niceness)
            except KgrecError as trouble:
                self._tell(trouble)
                continue
            except OSError as error:
                self._tell(NotReady(f"no process for queries can be started ({error})"))
                continue
            with self._changed:
                if self._closed:
                    worker.end()
                    return
                self._alive.add(worker)
                self._idle.append(worker)
                self._changed.notify_all()


class _Worker:
    """One process and its two pipes."""

    def __init__(self, store: FilePath, memory: int, deadline: float, niceness: int) -> None:
        """Started and ready; NotReady if it cannot be."""
        self.store = store
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, str(niceness)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what the engine prints when a query kills it
            env=_environment(),
            start_new_session=True,  # Ctrl+C is for the server
        )
        self._in, self._out = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        start = {"store": str(store), "memory": memory, "parent": os.getpid(), "seconds": deadline + 1}
        try:
            write_frame(self._in, json.dumps(start).encode())
            ready = head(self._frame(time.monotonic() + STARTING, LONGEST_HEAD))
        except (OSError, ValueError, _TooSlow) as error:
            self.end()
            raise NotReady(f"no process for queries could be started at {store} ({error})") from None
        if ready.status != "ready":
            self.end()
            raise NotReady(f"the graph store at {store} cannot be asked ({ready.message})")
        self.walls = ready.message

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, asked: Question, seconds: float) -> Answer:
        """One question; after any error the worker is to be ended."""
        until = time.monotonic() + seconds
        try:
            write_frame(self._in, packed(asked))
            told = head(self._frame(until, LONGEST_HEAD))
            body = self._frame(until, asked.size)
        except _TooSlow:
            raise SlowQuery(f"the query was stopped after {seconds:g} seconds; ask for less") from None
        except OSError:
            raise self._died() from None
        except (ValueError, RecursionError) as error:
            raise Busy(
                f"a process for queries told nonsense ({error}) and was replaced; ask again", 1.0
            ) from None
        return Answer(told, body, self.store)

    def end(self) -> None:
        """Kill it; nothing of it is left."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._in, self._out):
            with _broken_is_fine():
                pipe.close()

    def _died(self) -> KgrecError:
        self._process.kill()
        code = self._process.wait()
        name = signal.Signals(-code).name if code < 0 else f"code {code}"
        if name in _OWN_FAULT:
            return BadQuery(f"the query needs more memory or depth than one is given ({name}); ask for less")
        return Busy(f"the process for this query ended ({name}) and was replaced; ask again", 1.0)

    def _frame(self, until: float, most: int) -> bytes:
        """The next frame of the worker; BrokenPipeError if it ended, ValueError if the frame is too long."""
        length = int.from_bytes(self._read(LENGTH, until), "big")
        if length > most:
            raise ValueError(f"{length:,} bytes where {most:,} are the most")
        return self._read(length, until)

    def _read(self, length: int, until: float) -> bytes:
        parts = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            while len(parts) < length:
                left = until - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise _TooSlow("it took too long")
                some = os.read(self._out.fileno(), min(length - len(parts), 1 << 16))
                if not some:
                    raise BrokenPipeError("it ended")
                parts += some
        return bytes(parts)


class _TooSlow(Exception):
    pass


@contextmanager
def _broken_is_fine() -> Iterator[None]:
    """Closing a pipe writes what is left in it, to a process that is gone."""
    try:
        yield
    except BrokenPipeError:
        return


def _environment() -> dict[str, str]:
    """What a worker learns of this process: where its modules are, and nothing that could be secret."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    modules = os.pathsep.join(path or str(FilePath.cwd()) for path in sys.path)
    return {**kept, "PYTHONPATH": modules, "MALLOC_ARENA_MAX": "2"}
