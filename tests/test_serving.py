"""A shop that goes on while it is served: what is told counts at once, and new graphs and models take over whole."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgrec import pipeline, storage
from kgrec.domain import EVENTS
from kgrec.errors import NotReady, UnknownName
from kgrec.guide import Guide
from kgrec.live.database import Database
from kgrec.live.engines import Address
from kgrec.live.events import EventLog
from kgrec.live.living import Living
from kgrec.live.told import Event, Logged
from kgrec.logged import with_events
from kgrec.parts import Parts, best_parts
from kgrec.serving import Served, open_guide, open_shop
from tests.graph.servers import free_port
from tests.toy import parity_shop
from tests.worlds import random_guide, random_shop

QUICK = {"training.rounds": "1", "training.steps": "5", "training.batch": "32"}
NOW = 1_800_000_000
ROOT = Path(__file__).parents[1]


def bought(user_id: str, item_id: str, number: int = 1, event: str = "buy", when: int = NOW) -> Event:
    return Event(f"e-{user_id}-{item_id}-{number}", user_id, item_id, event, when + number)


@pytest.fixture
def shop(parity_workspace: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(parity_workspace, tmp_path / "shop", symlinks=True))


@pytest.fixture
def log(shop: Path) -> Iterator[EventLog]:
    log = EventLog.of(shop)
    yield log
    log.database.close()


def listed(guide: Guide, user_id: str, k: int = 5) -> list[str]:
    return [one.item_id for one in guide.recommend_for(user_id, k=k)]


# What users do


def test_an_event_counts_in_the_next_recommendation_and_its_reason_names_it(
    shop: Path, log: EventLog
) -> None:
    guide = open_guide(shop)
    first = listed(guide, "u0")[0]
    assert guide.history("u0")[0].item.item_id != first
    log.append([bought("u0", first)])
    assert first not in listed(guide, "u0")
    assert guide.history("u0")[0].item.item_id == first
    best = listed(guide, "u0")[0]
    told = guide.explain("u0", best, paths=50)
    sources = {path.hops[0].source for path in told.paths}
    assert "events:1" in sources
    total = told.prior + sum(path.contribution for path in told.paths) + told.remainder.contribution
    assert total == pytest.approx(told.score, rel=1e-5)
    assert told.receipt is not None
    assert told.receipt.score_without == pytest.approx(told.receipt.predicted_without, rel=1e-5, abs=1e-7)


def test_a_new_user_is_their_first_click(shop: Path, log: EventLog) -> None:
    guide = open_guide(shop)
    with pytest.raises(UnknownName):
        guide.recommend_for("eve")
    log.append([bought("eve", "i3", event="view")])
    assert all(int(item_id[1:]) % 2 == 1 for item_id in listed(guide, "eve", k=3))
    told = guide.explain("eve", listed(guide, "eve")[0])
    assert told.paths[0].hops[0].source == "events:1" and told.user_id == "eve"
    assert guide.history("eve")[0].event == "view" and guide.user("eve").interactions == 1


def test_an_event_about_an_item_that_nobody_has_described_changes_nothing(shop: Path, log: EventLog) -> None:
    guide = open_guide(shop)
    before = guide.recommend_for("u0")
    log.append([bought("u0", "unheard-of")])
    assert guide.recommend_for("u0") == before
    log.append([bought("eve", "unheard-of")])
    with pytest.raises(UnknownName):
        guide.recommend_for("eve")


def test_what_others_do_changes_nothing_for_a_user_until_the_next_build(shop: Path, log: EventLog) -> None:
    guide = open_guide(shop)
    before = guide.recommend_for("u1")
    log.append([bought("u0", "i2"), bought("eve", "i5")])
    assert guide.recommend_for("u1") == before


EVENT = st.tuples(st.integers(0, 7), st.sampled_from(EVENTS), st.integers(0, 5))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 5), told=st.lists(EVENT, min_size=1, max_size=6))
def test_live_events_score_as_if_the_graph_had_held_them(
    seed: int, told: list[tuple[int, str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same operators asked on a graph with those edges: no event is worth more or less for being new."""
    base = random_guide(seed)
    items, user_id = base.dataset.items.ids, str(base.dataset.users.ids[0])
    latest = int(base.dataset.interactions.time.max())
    events = [
        Event(f"e{n}", user_id, str(items[item % len(items)]), event, latest + 1 + after, 1.0)
        for n, (item, event, after) in enumerate(told)
    ]
    database = Database(Address(file=tmp_path_factory.mktemp("live") / "events.sqlite"), patience=30)
    try:
        EventLog(database).append(events)
        living = Guide(base.dataset, base.graph, base.model, living=Living(database))
        found = living.asker(user_id).scores
    finally:
        database.close()
    grown, _ = with_events(base.dataset, [Logged(n, event, 0) for n, event in enumerate(events, 1)])
    own = grown.interactions.select(grown.interactions.user == 0)
    bare = base.graph.without(
        base.graph.edges_from(
            int(base.graph.users[0]), *{r.kind for r in base.graph.relations if r.kind == "event"}
        )
    )
    expected = base.model.score(bare.with_events(own), np.array([0]))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)


# Building and training beside it


def test_a_build_knows_what_was_told_and_its_source_and_counts_it_once(shop: Path, log: EventLog) -> None:
    guide = open_guide(shop)
    first = listed(guide, "u0")[0]
    log.append([bought("u0", first), bought("eve", "i3"), bought("eve", "unheard-of")])
    workspace = storage.open_workspace(shop)
    live = {item.item_id: item.score for item in guide.recommend_for("eve", k=20)}
    for _ in range(2):
        built = pipeline.refresh(workspace)
        assert built["events"] == {"used": 2, "about_unknown_items": 1}
        assert built["model"]["moved"]
        after = open_guide(shop)
        assert (
            "eve" in after.dataset.users
            and len(after.dataset.interactions) == len(guide.dataset.interactions) + 2
        )
        assert first not in listed(after, "u0")
        assert after.explain("eve", listed(after, "eve")[0]).paths[0].hops[0].source == "events:2"
        assert set(live) == {item.item_id for item in after.recommend_for("eve", k=20)}
    log.append([bought("eve", "i5", 2)])
    assert "i5" not in listed(open_guide(shop), "eve", k=20)


def test_a_served_guide_takes_over_a_new_graph_and_model_together(shop: Path, log: EventLog) -> None:
    served = Served(shop)
    before = served.guide
    log.append([bought("eve", "i3")])
    workspace = storage.open_workspace(shop)
    pipeline.build(workspace)
    served.look()
    assert served.guide is before  # a graph without its model is nothing to answer from
    assert [trouble.part for trouble in served.troubles()] == ["model"]
    pipeline.train(workspace, settings=QUICK)
    served.look()
    assert served.guide is not before and "eve" in served.guide.dataset.users
    assert served.troubles() == () and before.recommend_for("u0")
    assert served.generations()["graph"][0] == "gen-0002"


def test_a_shop_opened_between_build_and_train_answers_from_the_pair_before(
    shop: Path, log: EventLog
) -> None:
    expected = listed(open_guide(shop), "u0")
    log.append([bought("eve", "i3")])
    pipeline.build(storage.open_workspace(shop))
    served = Served(shop)
    assert listed(served.guide, "u0") == expected
    assert "eve" not in served.guide.dataset.users and served.guide.recommend_for("eve")
    with pytest.raises(NotReady, match="kgrec train"):
        open_guide(shop)


# When something is broken


def spoil(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(bytes(content))


def test_a_damaged_model_gives_way_to_the_one_before(shop: Path) -> None:
    expected = listed(open_guide(shop), "u0")
    pipeline.train(storage.open_workspace(shop), settings=QUICK, seed=1)
    spoil(shop / "models" / "CURRENT" / "weight.npy")
    served = Served(shop)
    assert listed(served.guide, "u0") == expected
    (trouble,) = served.troubles()
    assert trouble.part == "model" and "gen-0001" in trouble.reason and "weight.npy" in trouble.reason


def test_without_any_model_what_everybody_chooses_is_shown_and_said(shop: Path) -> None:
    spoil(shop / "models" / "CURRENT" / "weight.npy")
    served = Served(shop)
    assert served.guide.model.name == "popularity"
    told = served.guide.explain("u0", listed(served.guide, "u0")[0])
    assert told.score == pytest.approx(told.prior) and "bestseller" in told.text
    assert "everybody" in served.troubles()[0].reason


def test_a_damaged_graph_gives_way_to_the_one_before(shop: Path, log: EventLog) -> None:
    log.append([bought("eve", "i3")])
    pipeline.refresh(storage.open_workspace(shop))
    spoil(shop / "graph" / "CURRENT" / "arrays" / "weight.npy")
    served = Served(shop)
    assert served.guide.recommend_for("eve") and "eve" not in served.guide.dataset.users
    assert served.troubles()


def test_without_any_graph_the_tables_still_answer(shop: Path) -> None:
    spoil(shop / "graph" / "CURRENT" / "arrays" / "weight.npy")
    parts = best_parts(storage.open_workspace(shop))
    assert parts.graph_at is None and {trouble.part for trouble in parts.troubles} == {"graph", "model"}
    assert Served(shop).guide.recommend_for("u0")


def test_a_shop_that_was_never_built_says_what_to_do(tmp_path: Path) -> None:
    storage.create_workspace(tmp_path / "shop", random_shop(0), settings={})
    with pytest.raises(NotReady, match="kgrec build"):
        open_shop(tmp_path / "shop")


def test_what_breaks_while_serving_leaves_the_last_good_guide(shop: Path, log: EventLog) -> None:
    served = Served(shop)
    before = served.guide
    log.append([bought("eve", "i3")])
    pipeline.refresh(storage.open_workspace(shop))
    spoil(shop / "graph" / "CURRENT" / "arrays" / "weight.npy")
    spoil(shop / "models" / "CURRENT" / "weight.npy")
    served.look()
    assert listed(served.guide, "u0") == listed(before, "u0") and served.troubles()


def test_the_guide_of_a_process_looks_by_itself(shop: Path, log: EventLog) -> None:
    served = Served(shop)
    before = served.guide  # whoever asks first starts the thread
    log.append([bought("eve", "i3")])
    pipeline.refresh(storage.open_workspace(shop))
    until = time.monotonic() + 30
    while served.guide is before and time.monotonic() < until:
        time.sleep(0.05)
    assert "eve" in served.guide.dataset.users


def test_events_that_come_late_are_put_where_they_belong() -> None:
    dataset = parity_shop()
    early = Logged(1, Event("e", "u0", "i2", "buy", int(dataset.interactions.time[0]) - 5), 0)
    grown, aside = with_events(dataset, [early])
    assert aside == 0 and grown.interactions.time[0] == early.event.time and grown.interactions.line[0] == -1
    assert (np.diff(grown.interactions.time) >= 0).all()
    steps = replace(
        dataset,
        interactions=replace(dataset.interactions, clock="steps", time=np.arange(len(dataset.interactions))),
    )
    grown, _ = with_events(steps, [early, replace(early, number=2)])
    of_user = grown.interactions.user == 0
    assert (
        grown.interactions.time[of_user][-1]
        == steps.interactions.time[steps.interactions.user == 0].max() + 2
    )


def test_what_is_chosen_now_is_what_strangers_are_shown_and_told(shop: Path, log: EventLog) -> None:
    guide = open_guide(shop)
    least = guide.recommend_for("u0", k=24)[-1].item_id
    now = int(time.time())
    log.append([Event(f"e{n}", f"new-{n}", least, "buy", now - n) for n in range(300)])
    log.append([bought("eve", "unheard-of"), Event("eve", "eve", "i2", "dislike", now)])
    fresh = open_guide(shop)
    told = fresh.recommend_for("eve")
    assert told[0].item_id == least
    assert "now" in fresh.explain("eve", least).text
    once = open_guide(shop)
    log.append([Event(f"f{n}", "one-bot", "i4", "buy", now - n) for n in range(500)])
    assert open_guide(shop).recommend_for("eve")[0].item_id == once.recommend_for("eve")[0].item_id == least


# When the database is out of order


def of_everybody(shop: Path) -> list[str]:
    """What somebody gets of whom nothing may be used."""
    guide, nothing = open_guide(shop), np.zeros(0, np.int64)
    prior = guide.model.prior(guide.graph.visitor(nothing, nothing), len(guide.graph.users))
    return [str(guide.dataset.items.ids[row]) for row in np.argsort(-prior, kind="stable")[:5]]


@pytest.mark.parametrize("how", ["absent", "damaged", "unreadable"])
def test_a_database_that_cannot_be_read_leaves_what_everybody_chooses_and_it_is_said(
    shop: Path, log: EventLog, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether somebody allows that something is concluded from what they did is not known then."""
    expected = of_everybody(shop)
    log.append([bought("u0", "i2")])
    log.database.close()
    if how == "absent":
        with (shop / "kgrec.toml").open("a", encoding="utf-8") as file:
            file.write(f'\n[events]\nurl = "postgresql+psycopg://kgrec@127.0.0.1:{free_port()}/shop"\n')
    elif how == "damaged":
        (shop / "events.sqlite").write_bytes(b"no database at all" * 1000)
    else:
        (shop / "events.sqlite").unlink()
        (shop / "events.sqlite").mkdir()
    for left in shop.glob("events.sqlite-*"):
        left.unlink()
    served = Served(shop)
    assert listed(served.guide, "u0") == expected == listed(served.guide, "u1")
    assert "users" in [trouble.part for trouble in served.troubles()]
    assert served.guide.explain("u0", expected[0]).paths == ()


def test_a_database_that_is_back_is_used_again(
    shop: Path, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgrec.live.living.REST", 0.0)
    served = Served(shop)
    personal = listed(served.guide, "u0")
    log.append([bought("u1", "i3")])
    content = (shop / "events.sqlite").read_bytes()
    log.database.close()
    for file in shop.glob("events.sqlite*"):
        file.unlink()
    (shop / "events.sqlite").write_bytes(b"no database at all" * 1000)
    assert listed(served.guide, "u0") != personal and served.troubles()
    (shop / "events.sqlite").unlink()
    (shop / "events.sqlite").write_bytes(content)
    assert listed(served.guide, "u0") == personal and not served.troubles()


def test_an_item_that_cannot_be_is_told_and_keeps_no_other_from_being_seen(shop: Path) -> None:
    served = Served(shop)
    served.items.write("i98", "put", {"title": "x", "no such column": "y"})
    served.items.write("i99", "put", {"title": "even thing 99", "brand": "Even & Co"})
    served.look()
    assert "i99" in served.guide.dataset.items and "i98" not in served.guide.dataset.items
    (trouble,) = served.troubles()
    assert trouble.part == "items" and "no such column" in trouble.reason


def test_a_model_that_is_gone_keeps_what_is_said_of_items_from_nobody(shop: Path) -> None:
    broken: list[str] = []

    def parts_of(workspace: storage.Workspace) -> Parts:
        if broken:
            raise NotReady(broken[0])
        return best_parts(workspace)

    served = Served(shop, parts_of)
    broken.append("gen-0001 is not kept any more")
    pipeline.build(served.workspace)
    served.items.write("i99", "put", {"title": "even thing 99", "brand": "Even & Co"})
    with pytest.raises(NotReady, match="not kept"):
        served.look()
    assert "i99" in served.guide.dataset.items


KILLED = """
import os, signal, sys
from pathlib import Path
import torch
from kgrec import pipeline, storage
torch.set_num_threads(1)

shop, moments = Path(sys.argv[1]), int(sys.argv[2])
settings = {"training.rounds": "1", "training.steps": "3", "training.batch": "32", "operators.threads": "1"}

def child(stop):
    pid = os.fork()
    if not pid:
        seen = 0
        def count(event, about):
            nonlocal seen
            if about and isinstance(about[0], (str, os.PathLike)) and str(about[0]).startswith(str(shop / "models")):
                seen += 1
                if seen == stop:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(count)
        pipeline.train(storage.open_workspace(shop), settings=settings, seed=1)
        os._exit(min(seen, 255))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

total = child(-1)
print(total, *(child(1 + moment * total // moments) for moment in range(moments)))
"""


def test_a_training_killed_at_any_moment_leaves_a_model_that_answers(shop: Path) -> None:
    words = [sys.executable, "-c", KILLED, str(shop), "3"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    total, *ends = map(int, done.stdout.split())
    assert 0 < total < 255 and ends == [-signal.SIGKILL] * 3
    served = Served(shop)
    assert served.troubles() == () and served.guide.recommend_for("u0")
    pipeline.train(storage.open_workspace(shop), settings=QUICK)
    assert not [path for path in (shop / "models").iterdir() if path.name.startswith(".gen")]
