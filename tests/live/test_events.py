"""The event log: what was acknowledged is there, once, whatever happens; the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgrec.domain import EVENTS, NEVER, Dataset
from kgrec.errors import BadInput, BadLog, DiskFull, UnknownName, Unreachable
from kgrec.live.database import Database
from kgrec.live.engines import Address
from kgrec.live.events import EventLog
from kgrec.live.told import Event, as_interactions
from tests.graph.servers import free_port
from tests.live.killed import SIZE, batch
from tests.live.postgres import PASSWORD, Postgres

ROOT = Path(__file__).parents[2]
SOAP = Event("e1", "ana", "soap", "buy", 1_700_000_000, 2.0, "r1")


def in_its_database(address: Address, sql: str) -> Any:
    """What somebody else does there, or sees."""
    engine = address.engine()
    try:
        with engine.begin() as connection:
            done = connection.exec_driver_sql(sql)
            return done.scalar_one() if done.returns_rows else None
    finally:
        engine.dispose()


def told_of(log: EventLog, user_id: str, **bounds: int) -> list[Event]:
    return [logged.event for logged in log.of_user(user_id, **bounds)]


def everything(log: EventLog) -> list[Event]:
    return [logged.event for logged in log.after()]


# Writing


def test_what_was_told_comes_back_as_it_was(log: EventLog) -> None:
    told = [
        SOAP,
        Event("e2", "ana", "balm", "rate", 0, 0.1),
        Event("e3", "'; DROP TABLE kgrec_event; --", "=cmd()", "view", 1, None, "x" * 512),
        Event("𝕖" * 512, "玫瑰 🌹", "\u202eabc\n", "return", 2, 1e-30),
    ]
    done = log.append(told)
    assert (done.accepted, done.duplicates, done.conflicts) == (4, 0, ())
    assert everything(log) == told


def test_the_same_event_again_is_a_duplicate_and_other_content_a_conflict(log: EventLog) -> None:
    log.append([SOAP])
    other = replace(SOAP, value=None)
    done = log.append([replace(SOAP, event_id="e2"), SOAP, other, replace(SOAP, event_id="e2"), other])
    assert (done.accepted, done.duplicates, done.conflicts) == (1, 2, (2, 4))
    assert everything(log) == [SOAP, replace(SOAP, event_id="e2")]
    third = replace(SOAP, event_id="e3")
    assert log.append([third, third]).duplicates == 1


def test_an_id_is_another_in_another_case_or_composition(log: EventLog) -> None:
    told = [replace(SOAP, event_id=name) for name in ("é", "e\u0301", "É", "e ", " e", "e")]
    assert log.append(told).accepted == len(told)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 8), st.sampled_from(["soap", "balm"]), st.integers(0, 3)), max_size=6
        ),
        max_size=6,
    )
)
def test_the_first_content_of_an_id_stays_whatever_is_sent_later(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, str, int]]]
) -> None:
    log = EventLog(Database(Address(file=tmp_path_factory.mktemp("log") / "events.sqlite"), patience=30.0))
    first: dict[str, Event] = {}
    for told in batches:
        events = [Event(f"e{n}", "ana", item_id, "view", time) for n, item_id, time in told]
        before = len(first)
        expected = [first.setdefault(event.event_id, event) == event for event in events]
        done = log.append(events)
        assert done.conflicts == tuple(np.flatnonzero(np.logical_not(expected)))
        assert (done.accepted, done.duplicates) == (
            len(first) - before,
            sum(expected) - len(first) + before,
        )
    assert everything(log) == list(first.values())
    log.database.close()


def test_many_writers_write_each_event_once_and_numbers_have_no_gap(open_log, address: Address) -> None:
    logs = [open_log(address, patience=60.0) for _ in range(4)]
    batches = [
        [Event(f"e{n}", "ana", "soap", "view", n) for n in range(start, start + 40)]
        for start in range(0, 200, 10)
    ]

    def write(log: EventLog, told: list[Event]) -> int:
        while True:
            try:
                return log.append(told).accepted
            except Unreachable:  # others write; told again, as its sender would
                continue

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(write, logs[n % 4], told) for n, told in enumerate(batches)]
        accepted = sum(job.result() for job in jobs)
    found = list(logs[0].after())
    assert accepted == len(found) == 230
    assert [one.number for one in found] == list(range(1, 231))
    assert {one.event.event_id for one in found} == {f"e{n}" for n in range(230)}


def test_a_file_is_its_owners_alone_and_asking_makes_none(open_log, tmp_path: Path) -> None:
    log = open_log(Address(file=tmp_path / "events.sqlite"), patience=30.0)
    assert log.of_user("ana") == [] and everything(log) == [] and log.counts().users == 0
    log.database.check()
    assert list(tmp_path.iterdir()) == []
    before = os.umask(0)
    try:
        log.append([SOAP])
    finally:
        os.umask(before)
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("events.sqlite", "events.sqlite-wal", "events.sqlite-shm"), 0o600)
    with sqlite3.connect(tmp_path / "events.sqlite") as reader:
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    reader.close()


# Reading


def test_a_users_events_come_oldest_first_from_a_moment_on_and_the_latest_if_there_are_many(
    log: EventLog,
) -> None:
    told = [Event(f"e{n}", "ana" if n % 2 else "ben", f"i{n}", "view", 100 - n // 4) for n in range(40)]
    log.append(told)
    of_ana = sorted((event for event in told if event.user_id == "ana"), key=lambda event: event.time)
    assert told_of(log, "ana") == of_ana
    assert told_of(log, "ana", since=97) == [event for event in of_ana if event.time >= 97]
    assert told_of(log, "ana", most=3) == of_ana[-3:]
    assert log.of_user("ana", since=101) == log.of_user("nobody") == []


def test_a_users_events_are_found_by_the_index_and_need_no_sorting(open_log, tmp_path: Path) -> None:
    log = open_log(Address(file=tmp_path / "events.sqlite"), patience=30.0)
    log.append([SOAP])
    with sqlite3.connect(tmp_path / "events.sqlite") as reader:
        plan = reader.execute(
            "EXPLAIN QUERY PLAN SELECT item_id FROM kgrec_event WHERE user_id = 'ana' AND time >= 0"
            " ORDER BY time DESC, number DESC LIMIT 10"
        ).fetchall()
    reader.close()
    assert len(plan) == 1 and "USING INDEX kgrec_event_of_user" in plan[0][3]


def test_a_cursor_goes_on_where_it_was(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append([replace(SOAP, event_id=f"e{n}") for n in range(5)])
    first = list(log.after())
    log.append([replace(SOAP, event_id=f"f{n}") for n in range(3)])
    assert [one.event.event_id for one in log.after(first[-1].number)] == ["f0", "f1", "f2"]
    assert list(log.after(8)) == []


def test_counts_are_by_kind_in_their_order(log: EventLog) -> None:
    kinds = ["buy", "view", "view", "dislike"]
    log.append([Event(f"e{n}", f"u{n % 2}", f"i{n % 3}", kind, n) for n, kind in enumerate(kinds)])
    counts = log.counts()
    assert list(counts.events.items()) == [("view", 2), ("buy", 1), ("dislike", 1)]
    assert (counts.users, counts.items, counts.last_number) == (2, 3, 4)


def test_events_become_interactions_in_the_rows_of_a_dataset_and_strangers_are_set_aside() -> None:
    shop = Dataset.from_frames(
        pd.DataFrame({"user_id": ["ana", "ben"], "item_id": ["soap", "balm"], "datetime": [1, 2]})
    )
    late, early = (
        replace(SOAP, time=9, event="dislike"),
        replace(SOAP, event_id="e2", item_id="balm", time=5, value=None),
    )
    strangers = [replace(SOAP, user_id="eve"), replace(SOAP, item_id="new")]
    found, aside = as_interactions([late, *strangers, early], shop)
    assert aside == strangers and found.clock == "seconds"
    assert found.time.tolist() == [5, 9] and found.weight.tolist() == [1.0, 2.0]
    assert [str(shop.items.ids[row]) for row in found.item] == ["balm", "soap"]
    assert [EVENTS[event] for event in found.event] == ["buy", "dislike"]
    assert not len(as_interactions([], shop)[0]) and NEVER not in found.time


# Faults


def test_a_clock_that_goes_back_leaves_receipts_and_cursors_in_order(open_log, address: Address) -> None:
    times = chain([1000, 400, 700, 1001], repeat(5))
    log = open_log(address, clock=lambda: float(next(times)), patience=30.0)
    for n in range(5):
        log.append([replace(SOAP, event_id=f"e{n}")])
    found = list(log.after())
    assert [one.received for one in found] == [1000, 1000, 1000, 1001, 1001]
    assert [one.event.event_id for one in found] == [f"e{n}" for n in range(5)]


def test_a_log_of_a_newer_kgrec_is_refused_and_left_alone(open_log, address: Address) -> None:
    log = open_log(address, patience=30.0)
    log.append([SOAP])
    in_its_database(address, "UPDATE kgrec_log SET version = 7")
    fresh = open_log(address, patience=30.0)
    for ask in (
        lambda: fresh.append([replace(SOAP, event_id="e2")]),
        lambda: fresh.of_user("ana"),
        fresh.counts,
    ):
        with pytest.raises(BadLog, match="has version 7 and this kgrec knows 2; install a newer kgrec"):
            ask()
    with pytest.raises(BadLog):  # and by one that was open before
        log.append([replace(SOAP, event_id="e2")])


def test_whoever_is_killed_again_and_again_loses_nothing_that_was_acknowledged(
    open_log, address: Address
) -> None:
    where = str(address.file or (address.url and address.url.port))
    done = subprocess.run(
        [sys.executable, "-m", "tests.live.killed", "100" if address.file else "50", "7", where],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    log = open_log(address, patience=30.0)
    log.database.check()
    sizes = Counter(event.request_id for event in everything(log))
    assert set(sizes.values()) == {SIZE}, "a batch is there in part"
    assert set(told["acknowledged"]) <= set(sizes)
    assert told["acknowledged"] and told["under_way"] > 10, "too few were killed while they wrote"
    again = log.append(batch(told["acknowledged"][0]))
    assert (again.accepted, again.duplicates) == (0, SIZE)


@dataclass
class Disk:
    """A place for a log that can be full, or not be written to."""

    folder: Path
    fill: Callable[[], None]
    clear: Callable[[], None]


def _mounted(folder: Path) -> bool:
    if os.geteuid() or shutil.which("mount") is None:
        return False
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True
    )
    return done.returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of three megabytes where one can be mounted, else a limit of what a file may hold."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if _mounted(folder):
        ballast = folder / "ballast"
        try:
            yield Disk(folder, lambda: None, lambda: ballast.unlink(missing_ok=True))
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield Disk(
        folder,
        lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1])),
        lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before),
    )
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_loses_nothing_and_room_makes_it_work_again(open_log, small_disk: Disk) -> None:
    log = open_log(Address(file=small_disk.folder / "events.sqlite"), patience=30.0)
    log.append(batch("first"))
    (small_disk.folder / "ballast").write_bytes(bytes(1_200_000))
    small_disk.fill()
    acknowledged = ["first"]
    with pytest.raises((DiskFull, BadLog)) as full:
        for n in range(200):
            log.append(batch(f"b{n}"))
            acknowledged.append(f"b{n}")
    if os.path.ismount(small_disk.folder):
        assert isinstance(full.value, DiskFull) and "make room" in str(full.value)
        with pytest.raises(DiskFull):
            log.database.try_out()
    assert Counter(event.request_id for event in everything(log)) == dict.fromkeys(acknowledged, SIZE)
    small_disk.clear()
    assert log.append(batch("after")).accepted == SIZE
    log.database.check()
    sizes = Counter(event.request_id for event in everything(log))
    assert sizes == dict.fromkeys([*acknowledged, "after"], SIZE)


def test_a_log_that_may_not_be_written_says_so_in_one_line(
    open_log, small_disk: Disk, tmp_path: Path
) -> None:
    log = open_log(Address(file=small_disk.folder / "events.sqlite"), patience=30.0)
    log.append([SOAP])
    log.database.close()
    if os.path.ismount(small_disk.folder):
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk.folder)], check=True)
    elif os.geteuid():
        (small_disk.folder / "events.sqlite").chmod(0o400)
        small_disk.folder.chmod(0o500)
    else:
        pytest.skip("root may write everywhere, and nothing can be mounted here")
    try:
        with pytest.raises(BadLog, match="cannot be read or written; give kgrec access") as refused:
            log.append([replace(SOAP, event_id="e2")])
        assert "\n" not in str(refused.value) and str(tmp_path) not in refused.value.bare
    finally:
        small_disk.folder.chmod(0o700) if not os.path.ismount(small_disk.folder) else None


@pytest.mark.parametrize("start", [0, 40, 4096, 3 * 4096])
def test_a_damaged_file_is_one_line(open_log, tmp_path: Path, start: int) -> None:
    file = tmp_path / "events.sqlite"
    log = open_log(Address(file=file), patience=30.0)
    for n in range(20):
        log.append(batch(f"b{n}"))
    log.database.close()
    content = bytearray(file.read_bytes())
    content[start : start + 3000] = b"\xa5" * 3000
    file.write_bytes(content)
    with pytest.raises(BadLog, match="is damaged; restore it from a copy") as damaged:
        log.database.check()
        log.append(batch("b0"))
    assert "\n" not in str(damaged.value) and str(tmp_path) not in damaged.value.bare


def test_a_file_put_in_its_place_is_what_is_written_from_then_on(open_log, tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    log = open_log(Address(file=file), patience=30.0)
    log.append([SOAP])
    for name in ("events.sqlite", "events.sqlite-wal", "events.sqlite-shm"):
        (tmp_path / name).rename(tmp_path / f"away-{name}")
    log.append([replace(SOAP, event_id="e2")])
    assert everything(log) == [replace(SOAP, event_id="e2")]
    assert everything(open_log(Address(file=tmp_path / "away-events.sqlite"))) == [SOAP]


@contextmanager
def held(address: Address) -> Iterator[None]:
    """Somebody else writes, and takes their time."""
    engine = address.engine()
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM kgrec_log FOR UPDATE" if address.url else "BEGIN IMMEDIATE")
        yield
        connection.rollback()
    engine.dispose()


def test_a_held_lock_keeps_nobody_waiting_for_ever_and_threads_do_not_pile_up(
    open_log, address: Address
) -> None:
    writers = {thread for thread in threading.enumerate() if thread.name == "kgrec-writer"}  # of other tests
    patient = open_log(address, patience=30.0)
    patient.append([SOAP])
    patient.database.close()
    log = open_log(address, patience=1.0)

    def refused(n: int) -> str:
        with pytest.raises(Unreachable) as busy:
            log.append([replace(SOAP, event_id=f"n{n}")])
        assert busy.value.seconds > 0
        return str(busy.value)

    with held(address), ThreadPoolExecutor(30) as pool:
        told = list(pool.map(refused, range(30)))  # all of them come back while the lock is held
        assert sum("others wait" in reason for reason in told) > 10
        own = [
            thread
            for thread in threading.enumerate()
            if thread.name == "kgrec-writer" and thread not in writers
        ]
        assert len(own) == 1
        assert [event.event_id for event in told_of(patient, "ana")] == ["e1"]  # who reads does not wait
    assert patient.append([replace(SOAP, event_id="e2")]).accepted == 1
    assert {"e1", "e2"} <= {event.event_id for event in everything(patient)}


# PostgreSQL alone


def test_a_server_that_was_restarted_is_found_again(open_log, postgres: Postgres) -> None:
    log = open_log(postgres.address, patience=30.0)
    log.append([SOAP])
    postgres.stop()
    with pytest.raises(Unreachable, match="does not answer now; try the same again later"):
        log.append([replace(SOAP, event_id="e2")])
    with pytest.raises(Unreachable):
        log.of_user("ana")
    postgres.start()
    assert log.append([replace(SOAP, event_id="e2")]).accepted == 1
    assert [event.event_id for event in everything(log)] == ["e1", "e2"]


def test_a_wrong_password_is_one_line_without_it(open_log, postgres: Postgres) -> None:
    log = open_log(replace(postgres.address, password="secret-but-wrong"), patience=30.0)
    with pytest.raises((BadLog, Unreachable), match="password authentication failed") as refused:
        log.append([SOAP])
    assert "secret-but-wrong" not in str(refused.value) and "\n" not in str(refused.value)
    assert PASSWORD not in repr(postgres.address)


def test_a_server_that_would_answer_before_it_has_written_is_told_not_to(
    open_log, postgres: Postgres
) -> None:
    with postgres.connect() as other:
        other.execute("ALTER ROLE kgrec SET synchronous_commit = off")
    try:
        assert in_its_database(postgres.address, "SHOW synchronous_commit") == "on"
    finally:
        with postgres.connect() as other:
            other.execute("ALTER ROLE kgrec RESET synchronous_commit")


def test_where_nobody_listens_is_unreachable(open_log, tmp_path: Path) -> None:
    log = open_log(at(tmp_path, f'url = "postgresql://kgrec@127.0.0.1:{free_port()}/shop"'), patience=30.0)
    with pytest.raises(
        Unreachable, match=r"the shop's database \(PostgreSQL, shop\) does not answer now"
    ) as refused:
        log.append([SOAP])
    assert "127.0.0.1" not in refused.value.bare


# Where it is


def at(folder: Path, setting: str, **environment: str) -> Address:
    (folder / "kgrec.toml").write_text(f"[events]\n{setting}\n", encoding="utf-8")
    return Address.of(folder, environment)


def test_a_workspace_has_a_file_unless_its_settings_name_a_server(tmp_path: Path) -> None:
    assert at(tmp_path, "").file == tmp_path / "events.sqlite"
    address = at(tmp_path, 'url = "postgresql+psycopg://kgrec@db/shop"', KGREC_EVENTS_PASSWORD="p")
    assert (address.file, address.password) == (None, "p") and address.url is not None
    assert address.url.host == "db" and address.url.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("url = 5", "is no address"),
        ('url = "nonsense"', "is no address"),
        ('url = "mysql://db/shop"', "leave it out for SQLite"),
        ('url = "postgresql://db"', "postgresql\\+psycopg://USER@HOST/DATABASE"),
        ('url = "postgresql://kgrec:hush@db/shop"', "KGREC_EVENTS_PASSWORD"),
        ('url = "postgresql://kgrec@db/shop?password=hush"', "KGREC_EVENTS_PASSWORD"),
        ('url = "postgresql://kgrec@db/shop?options=-csynchronous_commit=off"', "cannot set options"),
    ],
)
def test_a_wrong_address_is_one_line_that_says_what_to_write(tmp_path: Path, setting: str, told: str) -> None:
    with pytest.raises(BadInput, match=told) as wrong:
        at(tmp_path, setting)
    assert "hush" not in str(wrong.value) and "kgrec.toml" in str(wrong.value)


def test_a_misspelt_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"no setting of \[events\] named 'ulr'; did you mean url"):
        at(tmp_path, 'ulr = "x"')


def test_events_are_counted_by_minute_and_by_day(open_log: Callable[..., EventLog], address: Address) -> None:
    now = 1_800_000_000
    log = open_log(address, clock=lambda: float(now), patience=30.0)
    assert log.per_minute(now, 3) == [0, 0, 0]
    assert log.per_day(now, 2) == {event: [0, 0] for event in EVENTS}
    done = [("buy", 0), ("buy", 86_400), ("view", 86_400), ("view", 3 * 86_400), ("cart", -86_400)]
    log.append([Event(f"e{n}", "ana", "x", kind, now - ago) for n, (kind, ago) in enumerate(done)])
    assert log.per_minute(now, 3) == [0, 0, 5]
    assert log.per_minute(now + 60, 3) == [0, 5, 0]
    assert log.per_minute(now + 600, 3) == [0, 0, 0]
    counts = log.per_day(now, 2)
    assert (counts["buy"], counts["view"], counts["cart"]) == ([1, 1], [1, 0], [0, 0])
