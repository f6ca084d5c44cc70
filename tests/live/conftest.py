"""Databases for the event log: a file, and a PostgreSQL server where one can be had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kgrec.live.database import Database
from kgrec.live.engines import Address
from kgrec.live.events import EventLog
from kgrec.live.schema import LOG
from tests.live.postgres import Postgres, programs, running


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with running(found) as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Postgres) -> Postgres:
    """The server, without a log in it."""
    with postgres_server.connect() as connection:
        connection.execute("DROP TABLE IF EXISTS " + ", ".join(LOG.metadata.tables))
    return postgres_server


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    """Where a log may be: each test that takes it runs on both."""
    if request.param == "sqlite":
        return Address(file=tmp_path / "events.sqlite")
    server: Postgres = request.getfixturevalue("postgres")
    return server.address


Open = Callable[..., EventLog]


@pytest.fixture
def open_log() -> Iterator[Open]:
    """Makes logs that are closed after the test."""
    logs: list[EventLog] = []

    def opened(address: Address, **settings: object) -> EventLog:
        logs.append(EventLog(Database(address, **settings)))  # type: ignore[arg-type]
        return logs[-1]

    yield opened
    for log in logs:
        log.database.close()


@pytest.fixture
def log(open_log: Open, address: Address) -> EventLog:
    return open_log(address, patience=30.0)
