"""One thread writes for many; one that hangs keeps nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from kgrec.errors import Unreachable
from kgrec.live.writer import Writer


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """What hangs until it is set."""
    until = threading.Event()
    yield until
    until.set()


def test_what_the_work_returns_or_raises_comes_back(hanging: threading.Event) -> None:
    writer = Writer("the log", seconds=30, waiting=2)
    assert writer.do(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        writer.do(lambda: 1 // 0)
    with pytest.raises(TimeoutError, match="of its own"):

        def late() -> None:
            raise TimeoutError("of its own")

        writer.do(late)
    writer.close()
    assert writer.do(lambda: 8) == 8  # begins again
    writer.close()


def test_what_waited_in_vain_is_never_done_and_too_many_do_not_wait_at_all(hanging: threading.Event) -> None:
    writer = Writer("the log", seconds=0.05, waiting=2)
    done: list[str] = []
    with pytest.raises(Unreachable, match=r"the log did not answer in 0\.05 seconds"):
        writer.do(hanging.wait)
    for name in ("first", "second"):
        with pytest.raises(Unreachable, match="did not answer"):
            writer.do(lambda name=name: done.append(name))
    with pytest.raises(Unreachable, match="2 others wait for the log; try the same again later"):
        writer.do(lambda: done.append("third"))
    hanging.set()
    writer.close()
    assert done == []


def test_one_thing_is_done_at_a_time() -> None:
    writer = Writer("the log", seconds=30, waiting=20)
    busy = threading.Lock()

    def alone() -> bool:
        if not busy.acquire(blocking=False):
            return False
        threading.Event().wait(0.001)
        busy.release()
        return True

    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(writer.do(alone))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert found == [True] * 12
