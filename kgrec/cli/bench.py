"""`kgrec bench`: how fast a shop answers in one process, on one thread."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kgrec import __version__
from kgrec.cli.output import SHOP, note, print_json

if TYPE_CHECKING:
    from kgrec.guide import Guide

TEN = 10  # items in a list
PATHS = 3  # of each of them


@click.command()
@click.argument("shop", type=SHOP)
@click.option(
    "--seconds", default=10.0, show_default=True, type=click.FloatRange(0.1, 3600), help="For all together."
)
@click.option(
    "--users",
    default=1000,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="How many users are drawn and asked for in turn.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of the draw.")
def command(shop: Path, seconds: float, users: int, seed: int) -> None:
    """Measure how fast SHOP answers: ten items, ten items with three explained paths each, and an event.

    An event is written until it is on disk (beside the shop, in a database of its own) and then its user's list is made
    with it. In this process on one thread; nothing of the shop is changed. Milliseconds by the clock, and of the
    processor alone (`cpu`), which other work on the machine changes less.

    Example: kgrec bench my-shop --seconds 30
    """
    note(f"opening {shop}")
    from kgrec.errors import BadInput
    from kgrec.pipeline import peak_memory
    from kgrec.serving import open_guide

    began = time.perf_counter()
    guide = open_guide(shop)
    opened = time.perf_counter() - began
    if not guide.user_count():
        raise BadInput(f"{shop} has no users that could be asked for; init it with interactions")
    asked = _drawn(guide, users, seed)
    questions: dict[str, Callable[[str], object]] = {
        "recommend": lambda user: guide.recommend_for(user, k=TEN)
    }
    if guide.explains:
        questions["explain"] = lambda user: _explained(guide, user, receipts=False)
        questions["explain_with_receipts"] = lambda user: _explained(guide, user, receipts=True)
    load = os.getloadavg()[0]
    with _telling(guide, seed) as questions["update"]:
        answers = {
            name: _measured(question, asked, seconds / len(questions)) for name, question in questions.items()
        }
    print_json(
        {
            "shop": {
                "items": guide.item_count(),
                "users": guide.user_count(),
                "edges": len(guide.graph.head),
                "model": guide.model_name,
                "graph_version": guide.graph_version,
            },
            "asked_for": {"k": TEN, "paths": PATHS, "users": users, "seed": seed},
            **{name: None for name in ("recommend", "explain", "explain_with_receipts", "update")},
            **answers,
            "open_seconds": round(opened, 2),
            "memory_mb": {"now": _memory_now(), "peak": peak_memory()},
            "versions": {
                "kgrec": __version__,
                "python": platform.python_version(),
                **{name: version(name) for name in ("numpy", "scipy")},
            },
            "machine": {"cores": os.cpu_count(), "load_average_before": round(load, 2)},
        }
    )


@contextmanager
def _telling(guide: Guide, seed: int) -> Iterator[Callable[[str], object]]:
    """Something that tells an event of a user and makes their next list."""
    import numpy as np

    from kgrec.guide import Guide
    from kgrec.live.database import Database
    from kgrec.live.engines import Address
    from kgrec.live.events import EventLog
    from kgrec.live.living import Living
    from kgrec.live.told import Event

    items, random, number = guide.dataset.items.ids, np.random.default_rng(seed), count(1)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Address(file=Path(folder) / "events.sqlite"))
        log = EventLog(database)
        living = Guide(guide.dataset, guide.graph, guide.model, living=Living(database))

        def tell(user_id: str) -> object:
            item_id = str(items[random.integers(len(items))])
            log.append([Event(f"e{next(number)}", user_id, item_id, "view", int(time.time()))])
            return living.recommend_for(user_id, k=TEN)

        try:
            yield tell
        finally:
            database.close()


def _drawn(guide: Guide, users: int, seed: int) -> list[str]:
    import numpy as np

    drawn = np.random.default_rng(seed).integers(guide.user_count(), size=users)
    return [str(guide.dataset.users.ids[row]) for row in drawn]


def _explained(guide: Guide, user_id: str, *, receipts: bool) -> object:
    """A list with its reasons, as the API gives it."""
    asker = guide.asker(user_id)
    found = guide.listed(asker, TEN)
    return guide.told(asker, [one.item_id for one in found], user_id, PATHS, receipts=receipts)


def _measured(question: Callable[[str], object], users: Sequence[str], seconds: float) -> dict[str, Any]:
    """A question asked for one user after the other: milliseconds, and answers a second."""
    import numpy as np

    for user in users[:20]:
        question(user)  # what is worked out once is not charged to the first who ask
    clock: list[float] = []
    cpu: list[float] = []
    began = now = time.perf_counter()
    while now - began < seconds:
        busy = time.thread_time()
        question(users[len(clock) % len(users)])
        before, now = now, time.perf_counter()
        clock.append(now - before)
        cpu.append(time.thread_time() - busy)

    def quantile(took: list[float], percent: int) -> float:
        return round(1000 * float(np.percentile(took, percent)), 3)

    return {
        "asked": len(clock),
        "per_second": round(len(clock) / (now - began), 1),
        "p50_ms": quantile(clock, 50),
        "p99_ms": quantile(clock, 99),
        "cpu_p50_ms": quantile(cpu, 50),
        "cpu_p99_ms": quantile(cpu, 99),
    }


def _memory_now() -> int | None:
    """What this process holds now, in MiB; None where the system does not say."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    lines = status.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024
