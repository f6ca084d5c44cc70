"""`kgrec outcomes`: figures of what was shown, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
import time

import pytest

from kgrec.live.database import Database
from kgrec.live.events import EventLog
from kgrec.live.exposures import DAY, Exposure, ExposureBook, Shown
from kgrec.live.people import People
from kgrec.live.told import Event
from kgrec.storage import create_workspace
from tests.web.conftest import hostile_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outcomes") / "shop"
    create_workspace(folder, hostile_shop(), settings={})
    database = Database.of(folder)
    now = int(time.time())
    people, users = People(database), [f"u{n}" for n in range(20)]
    for user_id in users:
        people.consents(user_id, {"research": True})
    shown = (Shown("soap", "bought · has_brand · has_brand⁻¹"), Shown("balm", "popular"))
    ExposureBook(database).keep(
        [
            Exposure(
                f"r{n}", user_id, now - age, "path@1", "g", "x", ("control", "new")[n % 2], "user", shown
            )
            for age in (3600, 40 * DAY)
            for n, user_id in enumerate(users)
        ]
    )
    EventLog(database).append(
        [Event(f"e{n}", user_id, "soap", "buy", now) for n, user_id in enumerate(users) if n % 4 == 1]
        + [Event("v", "u0", "balm", "view", now)]
    )
    database.close()
    return folder


def test_json_holds_counts_and_intervals(run, shop):
    code, out, _ = run("outcomes", shop, "--format", "json", "-k", "1")
    told = json.loads(out)
    (all_of_it,) = told["groups"]
    assert code == 0 and (told["since_days"], told["window_days"], told["k"]) == (30, 7, 1)
    assert (all_of_it["lists"], all_of_it["users"], all_of_it["impressions"], all_of_it["few"]) == (
        20,
        20,
        40,
        True,
    )
    assert (all_of_it["conversion"]["n"], all_of_it["conversion"]["of"]) == (5, 40)
    assert (all_of_it["click_through"]["n"], all_of_it["precision@1"]["of"]) == (1, 20)
    assert all_of_it["recall@1"] == {
        "value": 1.0,
        "n": 5,
        "of": 5,
        "interval": pytest.approx([0.5655, 1.0], abs=1e-4),
    }
    assert "differences" not in told


def test_arms_are_compared(run, shop):
    code, out, _ = run("outcomes", shop, "--by", "arm", "--format", "json")
    told = json.loads(out)
    bought = {one["group"]: one["users_bought"]["n"] for one in told["groups"]}
    assert code == 0 and bought == {"x: control": 0, "x: new": 5}
    difference = next(one for one in told["differences"] if one["figure"] == "users_bought")
    assert difference["arms"] == ["x: control", "x: new"]
    assert difference["difference"] == 0.5 and difference["p_value"] < 0.05
    table = run("outcomes", shop, "--by", "arm")[1]
    assert "x: new less x: control, users bought: +50.00 points" in table and "(few)" in table


def test_csv_has_a_line_a_group(run, shop):
    code, out, _ = run("outcomes", shop, "--by", "explanation", "--since", "60", "--format", "csv")
    popular, brand = sorted(csv.DictReader(io.StringIO(out)), key=lambda row: float(row["conversion"]))
    assert code == 0 and popular["group"] == "popular" and float(brand["conversion n"]) == 5
    assert float(brand["impressions"]) == 40 and "recall@10 low" in brand


def test_a_shop_where_nothing_was_shown_says_so_and_makes_no_file(run, tmp_path):
    create_workspace(tmp_path / "shop", hostile_shop(), settings={})
    assert "nothing was shown" in run("outcomes", tmp_path / "shop")[1]
    assert json.loads(run("outcomes", tmp_path / "shop", "--format", "json")[1])["groups"] == []
    assert not (tmp_path / "shop" / "events.sqlite").exists()


@pytest.mark.parametrize("words", [("--since", "0"), ("--window", "-1"), ("--by", "user"), ("-k", "0")])
def test_mistakes_are_one_line(run, shop, words):
    code, out, err = run("outcomes", shop, *words)
    assert code == 2 and out == "" and len(err.splitlines()) == 1
