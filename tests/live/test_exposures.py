"""What was shown is kept without keeping anybody waiting, and of nobody who has not agreed to it."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kgrec.errors import BadInput, BadLog, UnknownName, Unreachable
from kgrec.live.database import Database
from kgrec.live.engines import Address
from kgrec.live.erasure import Erasures
from kgrec.live.events import EventLog
from kgrec.live.exposures import (
    DAY,
    Exposure,
    ExposureBook,
    ExposureSettings,
    ExposureWriter,
    Response,
    Shown,
)
from kgrec.live.people import People
from kgrec.live.terms import Terms
from kgrec.live.told import Event

NOW = 1_800_000_000
ONE = Exposure(
    "r1", "ana", NOW, "path@1", "abc", "x", "control", "user",
    (Shown("soap", "bought · bought⁻¹ · bought"), Shown('a "b",\n', "popular"), Shown("balm")),
)  # fmt: skip


@pytest.fixture
def database(address: Address):
    opened = Database(address, clock=lambda: float(NOW), patience=30.0)
    yield opened
    opened.close()


def all_of(book: ExposureBook) -> list[Exposure]:
    return list(book.since(0))


def test_what_is_kept_is_what_was_shown(database: Database) -> None:
    People(database).consents("ana", {"research": True})
    book = ExposureBook(database)
    visitor = replace(
        ONE, request_id="r2", user_id=None, experiment=None, arm=None, way="visitor", time=NOW + 1
    )
    book.keep([ONE, visitor])
    assert all_of(book) == [ONE, visitor]
    assert list(book.since(NOW + 1)) == [visitor]


def test_who_does_not_agree_to_research_is_nobody_and_in_no_arm(database: Database) -> None:
    people, book = People(database), ExposureBook(database)
    people.consents("no", {"research": False})
    people.consents("yes", {"research": True})
    book.keep([replace(ONE, user_id=user) for user in ("yes", "no", "never asked")])
    assert [(one.user_id, one.arm) for one in all_of(book)] == [
        ("yes", "control"),
        (None, None),
        (None, None),
    ]


def test_where_the_shop_asks_nobody_only_who_refuses_is_nobody(address: Address) -> None:
    database = Database(address, terms=Terms(research=True), patience=30.0)
    People(database).consents("no", {"research": False})
    book = ExposureBook(database)
    book.keep([replace(ONE, user_id=user) for user in ("no", "never asked")])
    assert [one.user_id for one in all_of(book)] == [None, "never asked"]
    database.close()


def test_what_still_waits_when_a_user_is_erased_is_nobodys(address: Address) -> None:
    database = Database(address, terms=Terms(research=True), clock=lambda: float(NOW), patience=30.0)
    erasures = Erasures(database, b"k" * 32)
    book = ExposureBook(database, erasures.person)
    erasures.begin("ana")
    book.keep([ONE, replace(ONE, time=NOW + 60)])  # the second of who came back as a stranger
    assert [one.user_id for one in all_of(book)] == [None, "ana"]
    database.close()


def test_retention_deletes_what_is_older(database: Database) -> None:
    book = ExposureBook(database)
    assert book.forget_before(NOW) == 0
    book.keep([replace(ONE, time=NOW - age * DAY) for age in (0, 10, 20)])
    assert book.forget_before(NOW - 15 * DAY) == 1
    assert [one.time for one in all_of(book)] == [NOW, NOW - 10 * DAY]


def test_what_was_done_is_read_without_the_users_who_do_not_agree(database: Database) -> None:
    People(database).consents("ana", {"research": True})
    events = [
        Event("1", "ana", "soap", "buy", NOW),
        Event("2", "bob", "soap", "view", NOW, request_id="r1"),
        Event("3", "bob", "balm", "buy", NOW),  # of nobody, from nowhere: it says nothing of a list
        Event("4", "ana", "soap", "rate", NOW, 5.0),
        Event("5", "ana", "soap", "cart", NOW - 100),
    ]
    EventLog(database).append(events)
    assert list(ExposureBook(database).responses(NOW - 50)) == [
        Response(None, "ana", "soap", "buy", NOW),
        Response("r1", None, "soap", "view", NOW),
    ]


def test_a_row_that_cannot_be_read_is_said_to_be_damaged(database: Database) -> None:
    book = ExposureBook(database)
    book.keep([ONE])
    with database.connection() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE kgrec_exposure SET items = 'x'")
    with pytest.raises(BadLog, match="cannot be read"):
        all_of(book)


# The writer


class Kept(list[Exposure]):
    """A book in memory, whose writing may be held up or go wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = threading.Event(), threading.Event()
        self.go.set()
        self.error: Exception | None = None

    def keep(self, exposures: Sequence[Exposure]) -> None:
        self.begun.set()
        assert self.go.wait(30)
        if self.error is not None:
            raise self.error
        self.extend(exposures)


def test_all_that_was_taken_is_written_in_order() -> None:
    kept = Kept()
    writer = ExposureWriter(kept.keep, every=0.01)
    told = [replace(ONE, request_id=f"r{n}") for n in range(1234)]
    assert all(writer.put(one) for one in told)
    writer.close(30)
    assert kept == told and writer.dropped == 0


def test_nobody_waits_for_a_database_that_hangs_and_what_has_no_room_is_counted() -> None:
    kept = Kept()
    kept.go.clear()
    writer = ExposureWriter(kept.keep, waiting=10, every=0.01)
    writer.put(ONE)
    assert kept.begun.wait(30)  # and now it hangs
    assert [writer.put(ONE) for _ in range(12)] == [True] * 10 + [False] * 2
    assert writer.dropped == 2
    kept.go.set()
    writer.close(30)
    assert len(kept) == 11 and writer.dropped == 2


def test_what_cannot_be_written_is_let_go_and_told_until_it_can() -> None:
    kept = Kept()
    writer = ExposureWriter(kept.keep, every=0.01)
    kept.error = Unreachable("the database does not answer now", 1.0, "at db.internal:5432")
    writer.put(ONE)
    writer.flush(30)
    assert (writer.dropped, writer.trouble) == (1, "the database does not answer now")
    kept.error = None
    writer.put(ONE)
    writer.flush(30)
    assert (writer.dropped, writer.trouble, len(kept)) == (1, "", 1)
    writer.close(30)


def test_an_error_that_nobody_foresaw_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    kept = Kept()
    writer = ExposureWriter(kept.keep, every=0.01)
    kept.error = RuntimeError("surprise")
    writer.put(ONE)
    writer.flush(30)
    assert (writer.dropped, writer.trouble) == (1, "RuntimeError")
    kept.error = None
    writer.put(ONE)
    writer.close(30)
    assert len(kept) == 1 and "ana" not in caplog.text


def test_old_ones_are_forgotten_while_it_runs() -> None:
    forgotten: list[int] = []
    writer = ExposureWriter(
        Kept().keep,
        lambda before: forgotten.append(before) or 0,
        days=7,
        every=0.01,
        clock=lambda: float(NOW),
    )
    writer.put(ONE)
    writer.flush(30)
    writer.close(30)
    assert forgotten == [NOW - 7 * DAY]


def test_each_process_writes_its_own(tmp_path: Path) -> None:
    def keep(exposures: Sequence[Exposure]) -> None:
        (tmp_path / f"{os.getpid()}").write_text("\n".join(one.request_id for one in exposures))

    writer = ExposureWriter(keep, every=0.01)
    child = os.fork()
    if child == 0:
        try:
            writer.put(replace(ONE, request_id="child"))
            writer.close(10)
        finally:
            os._exit(0)
    writer.put(replace(ONE, request_id="parent"))
    writer.close(10)
    os.waitpid(child, 0)
    written = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert written == {str(os.getpid()): "parent", str(child): "child"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("keep = 1", "keep is 1"),
        ("days = 0", "days is 0"),
        ("days = true", "days is True"),
        ("days = 1.5", "days is 1.5"),
    ],
)
def test_settings_that_make_no_sense_are_told(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "kgrec.toml"
    file.write_text(f"[exposures]\n{text}\n")
    with pytest.raises(BadInput, match=told):
        ExposureSettings.read(file)
    file.write_text("[exposures]\nkept = true\n")
    with pytest.raises(UnknownName):
        ExposureSettings.read(file)


def test_what_is_older_than_exposures_are_kept_is_not_there_though_it_was_not_deleted(
    database: Database,
) -> None:
    ExposureBook(database).keep([replace(ONE, time=NOW - 2 * 86_400), replace(ONE, time=NOW - 3600)])
    assert [one.time for one in ExposureBook(database, days=1).since(0)] == [NOW - 3600]
    assert len(list(ExposureBook(database).since(0))) == 2
