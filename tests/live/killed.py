"""Kills a process that writes events, again and again: python -m tests.live.killed ROUNDS SEED (FILE | PORT).

Each round forks a writer of batches and ends it with SIGKILL at a random moment. Prints as JSON which batches were
acknowledged, and how many were under way when their writer died.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from itertools import count
from pathlib import Path

from sqlalchemy import URL

from kgrec.live.database import Database
from kgrec.live.engines import Address
from kgrec.live.events import EventLog
from kgrec.live.told import Event
from tests.live.postgres import PASSWORD

SIZE = 100


def batch(name: str) -> list[Event]:
    """A batch whose events say which one they belong to."""
    return [Event(f"{name}-{n}", f"u{n % 7}", f"i{n}", "view", n, None, name) for n in range(SIZE)]


def write(address: Address, round_number: int, told: int) -> None:
    """Write batches for ever, and tell of each when it begins and when it is acknowledged."""
    log = EventLog(Database(address, patience=30))
    for number in count():
        name = f"{round_number}.{number}"
        os.write(told, f"- {name}\n".encode())
        log.append(batch(name))
        os.write(told, f"+ {name}\n".encode())


def killed(address: Address, round_number: int, seconds: float) -> list[str]:
    """What a writer told that was killed so long after its first word, or every other time after its first batch."""
    hears, tells = os.pipe()
    writer = os.fork()
    if writer == 0:
        os.close(hears)
        write(address, round_number, tells)
    os.close(tells)
    with os.fdopen(hears, "rb") as said:
        first = [said.readline() for _ in range(1 + round_number % 2)]
        time.sleep(seconds)
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        return [line.decode().strip() for line in (*first, *said.readlines())]


def main() -> None:
    rounds, seed, where = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    url = URL.create(
        "postgresql+psycopg", "kgrec", None, "127.0.0.1", int(where) if where.isdigit() else 0, "postgres"
    )
    address = Address(url=url, password=PASSWORD) if where.isdigit() else Address(file=Path(where))
    moments = random.Random(seed)
    acknowledged, under_way = [], 0
    for round_number in range(rounds):
        told = killed(address, round_number, moments.uniform(0, 0.04))
        acknowledged += [word[2:] for word in told if word.startswith("+ ")]
        under_way += told[-1].startswith("- ")
    sys.stdout.write(json.dumps({"acknowledged": acknowledged, "under_way": under_way}))


if __name__ == "__main__":
    main()
