"""The event log from the command line: counted, checked, and exported to what `kgrec init` reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgrec.live.events import EventLog
from kgrec.live.told import Event
from kgrec.storage import create_workspace, load_tables, open_workspace
from tests.graph.shop import toy_shop


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return create_workspace(tmp_path / "shop", toy_shop(), settings={}).folder


def write(shop: Path, events: list[Event]) -> None:
    log = EventLog.of(shop)
    log.append(events)
    log.database.close()


TOLD = [
    Event("e1", '=1+"1"', "a, b\nc", "buy", 1_700_000_000, 0.1 + 0.2, "r1"),
    Event("e2", "ana", "soap", "view", 1_700_000_001),
    Event("e3", "ana", "soap", "rate", 1_700_000_002, 4.0),
]


def test_an_empty_log_is_counted_and_no_file_is_made(run, shop: Path) -> None:
    code, out, _ = run("events", shop)
    assert code == 0 and json.loads(out)["events"] == 0
    assert not (shop / "events.sqlite").exists()


def test_what_was_told_is_counted_exported_and_read_again_as_interactions(
    run, shop: Path, tmp_path: Path
) -> None:
    write(shop, TOLD)
    code, out, _ = run("events", shop, "--export", tmp_path / "new" / "interactions.csv")
    assert code == 2  # no such folder
    (tmp_path / "new").mkdir()
    code, out, _ = run("events", shop, "--export", tmp_path / "new" / "interactions.csv")
    told = json.loads(out)
    assert code == 0 and told["by_kind"] == {"view": 1, "buy": 1, "rate": 1}
    assert (told["users"], told["items"], told["exported"]["events"]) == (2, 2, 3)
    code, out, err = run("init", tmp_path / "again", "--format", "csv", "--source", tmp_path / "new")
    assert code == 0, err
    found = load_tables(open_workspace(tmp_path / "again"))
    read = found.interactions
    assert [
        (str(found.users.ids[user]), str(found.items.ids[item]), int(time), float(weight))
        for user, item, time, weight in zip(read.user, read.item, read.time, read.weight, strict=True)
    ] == [(one.user_id, one.item_id, one.time, pytest.approx(one.value or 1.0)) for one in TOLD]


def test_only_what_came_after_a_number_is_exported(run, shop: Path, tmp_path: Path) -> None:
    write(shop, TOLD)
    run("events", shop, "--export", tmp_path / "new.csv", "--after", 2)
    lines = (tmp_path / "new.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2 and lines[1].startswith('"ana","soap","rate"')


def test_a_damaged_log_is_one_line(run, shop: Path) -> None:
    write(shop, TOLD)
    (shop / "events.sqlite").write_bytes(b"broken" * 2000)
    code, out, err = run("events", shop)
    assert code == 2 and not out and "restore it from a copy" in err and err.count("\n") == 1


def test_a_wrong_setting_is_one_line(run, shop: Path) -> None:
    with (shop / "kgrec.toml").open("a", encoding="utf-8") as file:
        file.write('\n[events]\nurl = "mysql://db/shop"\n')
    code, _, err = run("events", shop)
    assert code == 2 and "[events] url" in err and err.count("\n") == 1
