"""`kgrec doctor SHOP` finds what is wrong with a shop, and says what to do; `kgrec bench` measures one."""

import json
import os
import shutil
import time

import pytest
from toy import parity_shop

from kgrec import pipeline, storage
from kgrec.checkup import checkup, worst
from kgrec.live.events import EventLog
from kgrec.live.keys import KeyRing
from kgrec.live.told import Event


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A workspace with two graphs, a model of the last, a key and an event."""
    folder = tmp_path_factory.mktemp("shops") / "parity"
    workspace = storage.create_workspace(folder, parity_shop(), settings={})
    pipeline.build(workspace)
    pipeline.build(workspace)
    pipeline.train(workspace, model_name="item-knn")
    KeyRing(folder / "keys.sqlite").create("events")
    with (folder / "kgrec.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[api]\nusers = "key"\n')
    log = EventLog.of(folder)
    log.append([Event("e1", "u0", "i0", "view", int(time.time()))])
    log.database.close()
    return folder


@pytest.fixture
def shop(served, tmp_path):
    return shutil.copytree(served, tmp_path / "shop", symlinks=True)


def found(shop, check, **more):
    return next(one for one in checkup(shop, **more) if one.check == check)


def test_a_shop_in_order(run, shop):
    code, out, _ = run("doctor", shop)
    told = json.loads(out)
    assert code == 0 and told["state"] == "ok"
    assert {"graph", "model", "fit", "store", "database", "keys", "disk", "clock"} <= {
        one["check"] for one in told["checks"]
    }
    assert all(one["remedy"] == "" for one in told["checks"])


def test_looking_changes_nothing(shop):
    def files():
        return {
            path: path.read_bytes()
            for path in shop.rglob("*")
            if path.is_file() and "sqlite" not in path.name
        }

    before, events = files(), EventLog.of(shop).counts().last_number
    checkup(shop)
    assert files() == before and EventLog.of(shop).counts().last_number == events


def test_no_shop_is_one_error_with_its_remedy(run, tmp_path):
    code, out, _ = run("doctor", tmp_path / "nothing", "--format", "text")
    assert code == 2
    assert out.startswith("error   workspace:") and "kgrec init" in out and len(out.splitlines()) == 1


def corrupt_model(shop):
    file = next((shop / "models" / "CURRENT").glob("*.np*"))
    file.write_bytes(file.read_bytes()[:-1] + b"?")


def corrupt_earlier_graph(shop):
    (shop / "graph" / "gen-0001" / "manifest.json").write_text("{")


def corrupt_database(shop):
    (shop / "events.sqlite-wal").unlink(missing_ok=True)
    with (shop / "events.sqlite").open("r+b") as file:
        file.seek(0)
        file.write(b"no database at all")


def lose_tables(shop):
    (shop / "tables" / "interactions.parquet").unlink()


def lose_store(shop):
    shutil.rmtree(shop / "graph" / "CURRENT" / "store")


def build_without_training(shop):
    manifest = shop / "graph" / "CURRENT" / "manifest.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "graph_version": "another"}))


@pytest.mark.parametrize(
    ("harm", "check", "grade"),
    [
        (corrupt_model, "model", "error"),
        (corrupt_earlier_graph, "earlier graph", "warning"),
        (corrupt_database, "database", "error"),
        (lose_tables, "tables", "error"),
        (lose_store, "store", "error"),
        (build_without_training, "fit", "error"),
        (lambda shop: (shop / "secret.key").chmod(0o644), "secret.key", "error"),
        (lambda shop: (shop / "keys.sqlite").unlink(), "keys", "warning"),
        (lambda shop: (shop / "models" / "CURRENT").unlink(), "model", "error"),
    ],
)
def test_each_harm_is_found_with_what_to_do(run, shop, harm, check, grade):
    harm(shop)
    bad = found(shop, check)
    assert bad.grade == grade and bad.remedy
    assert run("doctor", shop)[0] == (2 if grade == "error" else 0)


def test_a_clock_behind_the_log_is_found(shop):
    assert found(shop, "clock", clock=lambda: time.time() - 7200).grade == "error"
    assert found(shop, "clock").grade == "ok"


def test_little_room_is_found(shop, monkeypatch):
    usage = shutil.disk_usage(shop)
    for free, grade in ((1 << 20, "error"), (65 << 20, "ok")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
        assert found(shop, "disk").grade == grade


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_found(shop):
    shop.chmod(0o500)
    try:
        assert found(shop, "folder").grade == "warning"
    finally:
        shop.chmod(0o700)


@pytest.mark.parametrize(
    ("setting", "where"),
    [('users = "open"', "of the API"), ('users = "key"\n[storefront]\ntry_as = true', "at /try")],
)
def test_a_shop_that_tells_anybody_about_its_users_is_warned(shop, setting, where):
    assert found(shop, "openings").grade == "ok"
    file = shop / "kgrec.toml"
    file.write_text(file.read_text().replace('users = "key"', setting))
    told = found(shop, "openings")
    assert told.grade == "warning" and where in told.found and str(file) in told.remedy


def test_the_worst_grade_is_the_whole_s(shop):
    findings = checkup(shop)
    assert worst(findings) == "ok" and worst([]) == "ok"


def test_bench_measures_each_question_and_prints_nothing_else(run, shop):
    before = {path for path in shop.rglob("*") if "sqlite" not in path.name}
    code, out, _ = run("bench", shop, "--seconds", "0.4", "--users", 5)
    assert code == 0
    told = json.loads(out)
    for question in ("recommend", "explain"):
        measured = told[question]
        assert measured["asked"] > 0 and 0 < measured["p50_ms"] <= measured["p99_ms"]
        assert measured["per_second"] > 0
    assert told["shop"]["items"] == 24 and told["asked_for"] == {"k": 10, "paths": 3, "users": 5, "seed": 0}
    assert {path for path in shop.rglob("*") if "sqlite" not in path.name} == before


def test_bench_of_a_model_without_reasons_has_no_figure_for_them(run, shop, monkeypatch):
    monkeypatch.setattr("kgrec.guide.Guide.explains", False)
    told = json.loads(run("bench", shop, "--seconds", "0.2", "--users", 3)[1])
    assert told["recommend"]["asked"] > 0 and told["explain"] is None


def test_bench_refuses_nonsense(run, shop):
    for words in (["--seconds", "-1"], ["--users", "0"], ["--seed", "x"]):
        code, out, err = run("bench", shop, *words)
        assert code == 2 and not out and len(err.splitlines()) == 1
