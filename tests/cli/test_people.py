"""What users allow, what is known of them, and forgetting them, on the command line."""

from __future__ import annotations

import json
import shutil

import pytest

from kgrec import storage
from kgrec.live.database import Database
from kgrec.live.events import EventLog
from kgrec.live.told import Event
from tests.test_forgetting import GONE, NOW, template  # noqa: F401


@pytest.fixture
def shop(template, tmp_path):  # noqa: F811
    shutil.copytree(template, tmp_path / "shop", symlinks=True)
    return tmp_path / "shop"


def told(answer):
    code, out, err = answer
    assert code == 0, err
    return json.loads(out)


def test_consent_is_kept_and_changes_the_list(run, shop):
    assert told(run("consent", shop, "u1")) == {
        **{"user_id": "u1", "recommend": True, "research": False, "marketing": False, "asked": []}
    }
    assert not (shop / "events.sqlite").exists()
    assert told(run("consent", shop, "u1", "--recommend", "no"))["asked"] == ["recommend"]
    told(run("consent", shop, "u2", "--recommend", "no"))
    one, other = (told(run("recommend", shop, user, "-k", 5))["items"] for user in ("u1", "u2"))
    assert one == other != told(run("recommend", shop, "u3", "-k", 5))["items"]


def test_facts_are_listed_and_hidden(run, shop):
    facts = told(run("facts", shop, "u1"))["facts"]
    assert any(fact["text"].startswith("You bought") for fact in facts)
    hidden = told(run("facts", shop, "u1", "--hide", facts[0]["fact"]))
    assert facts[0]["fact"] not in [fact["fact"] for fact in hidden["facts"]] and hidden["deleted"] == 0
    code, _, err = run("facts", shop, "u1", "--hide", "nothing")
    assert code == 2 and "no fact named 'nothing'" in err


def test_forgetting_prints_a_receipt_and_can_be_done_once(run, shop):
    receipt = told(run("forget", shop, GONE, "--reason", "asked by mail"))
    assert receipt["complete"] and receipt["search"]["found"] == [] and GONE not in json.dumps(receipt)
    code, _, err = run("forget", shop, GONE)
    assert code == 2 and "no user named" in err
    assert told(run("forget", shop, "--pending")) == {"receipts": []}


@pytest.mark.parametrize(
    "words", [(), ("u1", "--pending"), ("--pending", "--expired"), ("--pending", "--retrain")]
)
def test_what_makes_no_sense_is_refused(run, shop, words):
    code, out, err = run("forget", shop, *words)
    assert code == 2 and not out and err.startswith("kgrec: ")


def test_expired_events_are_deleted_and_exports_hold_those_who_allow_it(run, shop, tmp_path):
    file = shop / "kgrec.toml"
    file.write_text(file.read_text() + "\n[retention]\nevents_days = 3650\n")
    database = Database.of(storage.open_workspace(shop).folder)
    log = EventLog(database)
    log.append([Event("old", "u1", "i1", "view", 1000), Event("new", "u2", "i1", "view", NOW)])
    database.close()
    told(run("consent", shop, "u2", "--research", "yes"))
    for purpose, events in (("research", 1), ("marketing", 0)):
        out = tmp_path / f"{purpose}.csv"
        exported = told(run("events", shop, "--export", out, "--purpose", purpose))["exported"]
        assert exported["events"] == events
    assert told(run("forget", shop, "--expired"))["deleted"]["events"] == 1
    assert told(run("events", shop))["events"] == 1
