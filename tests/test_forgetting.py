"""Who is forgotten is in no file of the shop, and others are recommended what a shop without them recommends."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from toy import QUICK, graph_of, parity_shop

from kgrec import forgetting, pipeline, storage
from kgrec.domain import Dataset, KnowledgeGraph
from kgrec.errors import BadInput, UnknownName
from kgrec.generations import new_generation
from kgrec.live.database import Database
from kgrec.live.erasure import Erasures
from kgrec.live.events import EventLog
from kgrec.live.people import People
from kgrec.live.told import Event
from kgrec.live.wish_table import WishTable
from kgrec.models import MODELS
from kgrec.models.path import PathModel
from kgrec.peopled import without_users
from kgrec.remains import Wanted, remains
from kgrec.serving import open_guide

GONE = "customer-seventeen"
NOW = 1_780_000_000


def named_shop() -> Dataset:
    """The parity shop, in which one user has a name that can be searched for, and is the first from a city."""
    shop = parity_shop()
    frame = pd.DataFrame(
        {
            "user_id": shop.users.ids[shop.interactions.user],
            "item_id": shop.items.ids[shop.interactions.item],
            "event": "buy",
            "datetime": shop.interactions.time,
        }
    )
    users = pd.DataFrame({"user_id": shop.users.ids, "city": ["B", *["A", "B"] * 29, "B"]})
    users.loc[users["user_id"] == "u17", "city"] = "Atlantis"
    items = pd.DataFrame(
        {
            "item_id": shop.items.ids,
            "title": shop.item_table["title"],
            "brand": ["Even" if row % 2 == 0 else "Odd" for row in range(len(shop.items))],
        }
    )
    for table in (frame, users):
        table["user_id"] = table["user_id"].replace("u17", GONE)
    reviews = pd.DataFrame(
        {"user_id": [GONE, "u1"], "item_id": ["i1", "i1"], "rating": [5, 4], "text": "fine"}
    )
    return Dataset.from_frames(frame, items, users, reviews)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forgetting") / "shop"
    workspace = storage.create_workspace(
        folder, named_shop(), settings={"format": "csv", "source": "nowhere"}
    )
    pipeline.build(workspace)
    pipeline.build(workspace)  # one to go back to
    graph = storage.load_graph(storage.current(workspace.graphs, "graph", "build"))
    model = PathModel(QUICK).fit(storage.load_tables(workspace), graph, seed=0)
    about = {"kind": "model", "model": "path", "graph_version": graph.version, "seed": 0}
    with new_generation(workspace.models, about) as generation:
        model.save(generation)
    return folder


@pytest.fixture
def shop(template: Path, tmp_path: Path) -> storage.Workspace:
    shutil.copytree(template, tmp_path / "shop", symlinks=True)
    return storage.open_workspace(tmp_path / "shop")


def tell(shop: storage.Workspace) -> None:
    """All that a database can hold of a user."""
    database = Database.of(shop.folder)
    log, people = EventLog(database), People(database)
    log.append([Event(f"{n}", f"u{n % 50}", f"i{n % 24}", "view", NOW + n) for n in range(300)])
    log.append([Event(f"x{n}", GONE, f"i{n}", "buy", NOW + n) for n in range(3)])
    people.consents(GONE, {"research": True})
    people.describe(GONE, {"city": "Atlantis"})
    people.hide(GONE, ("bought", shop.namer.item("i1")), item_id="i1")
    WishTable(database).add(GONE, "less", shop.namer.entity("brand", "Odd"))
    database.close()


def current(shop: storage.Workspace) -> tuple[KnowledgeGraph, PathModel]:
    graph = storage.load_graph(storage.current(shop.graphs, "graph", "build"))
    model = storage.load_model(storage.current(shop.models, "model", "train"), graph)
    assert isinstance(model, PathModel)
    return graph, model


def found(shop: storage.Workspace) -> list[str]:
    left = remains(shop.folder, Wanted(GONE, shop.namer.user(GONE)))
    return [*left.places, *left.mentions]


def test_nothing_is_left_in_any_file_and_the_receipt_says_what_was_removed(shop: storage.Workspace) -> None:
    tell(shop)
    pipeline.rebuild(shop)
    before = found(shop)
    for part in ("events.sqlite", "tables/users.parquet", "arrays/user_ids.parquet", "people"):
        assert any(part in place for place in before), f"the search does not find it in {part}"
    receipt = forgetting.forget(shop, GONE, reason="asked by mail", prove=True)
    assert found(shop) == []
    assert receipt["complete"] and receipt["search"]["found"] == receipt["search"]["mentions"] == []
    assert receipt["search"]["files"] > 20 and receipt["search"]["bytes"] > 10_000
    assert receipt["removed"]["database"] == {
        **{"events": 2, "person": 1, "hidden_facts": 1, "wishes": 1, "exposures": 0}
    }
    assert receipt["removed"]["tables"]["users"] == 1 and receipt["removed"]["tables"]["reviews"] == 1
    assert receipt["removed"]["graph"]["entities"] == 1 and receipt["removed"]["graph"]["edges"] > 5
    assert receipt["others"]["equal"] and receipt["others"]["users"] == 60  # and u17, of whom events tell
    assert GONE not in json.dumps(receipt) and receipt["reason"] == "asked by mail"
    assert not list(shop.graphs.glob("gen-0001")) and not list(shop.graphs.glob("gen-0002"))


def test_others_are_recommended_what_a_shop_that_never_knew_them_recommends(shop: storage.Workspace) -> None:
    _, before = current(shop)
    forgetting.forget(shop, GONE)
    graph, model = current(shop)
    never = graph_of(without_users(named_shop(), lambda user_id: user_id == GONE))
    wanted = before.moved(never)
    rows = np.arange(59)
    assert list(graph.user_ids.ids) == list(never.user_ids.ids) and GONE not in graph.user_ids
    np.testing.assert_allclose(model.score(graph, rows), wanted.score(never, rows), rtol=1e-5)
    assert not any("Atlantis" in iri for iri in graph.iris)
    guide = open_guide(shop.folder)
    assert guide.recommend_for("u3", k=3) and guide.explain("u3", "i5").paths
    with pytest.raises(UnknownName):
        guide.recommend_for(GONE)


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from kgrec import forgetting, pipeline, storage
from kgrec.graph import store

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def killed_after(work):
    def done(*words, **named):
        work(*words, **named)
        killed()
    return done

folder, step, user_id = sys.argv[1:]
if step == "while building":
    store.write = killed
elif step == "after building":
    pipeline.build = killed_after(pipeline.build)
elif step == "while deleting":
    forgetting._delete = lambda it: (it.rename(it.with_name(f".{it.name}-old")), killed())
else:
    setattr(forgetting, step, killed)
forgetting.forget(storage.open_workspace(Path(folder)), user_id)
"""


@pytest.mark.parametrize(
    "step", ["_purge_first_tables", "while building", "after building", "while deleting"]
)
def test_who_is_killed_in_between_runs_the_same_again(shop: storage.Workspace, step: str) -> None:
    tell(shop)
    words = [sys.executable, "-c", KILLED, str(shop.folder), step, GONE]
    assert subprocess.run(words, capture_output=True).returncode == -signal.SIGKILL
    database = Database.of(shop.folder)
    assert len(Erasures(database, shop.namer.key).pending()) == 1
    database.close()
    assert found(shop) != []
    receipt = forgetting.forget(shop, GONE)
    assert receipt["complete"] and found(shop) == []
    assert receipt["removed"]["database"]["events"] == 2
    graph, model = current(shop)
    assert GONE not in graph.user_ids and np.isfinite(model.score(graph, np.arange(3))).all()


@pytest.mark.parametrize("renames", [1, 2])
def test_tables_that_were_being_exchanged_are_found_again(
    shop: storage.Workspace, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    class Killed(BaseException):
        pass

    rename, done = Path.rename, []

    def killing(self: Path, target: Path) -> Path:
        moved = rename(self, target)
        if self.parent == shop.folder:
            done.append(self.name)
            if len(done) == renames:
                raise Killed
        return moved

    monkeypatch.setattr(Path, "rename", killing)
    with pytest.raises(Killed):
        forgetting.forget(shop, GONE)
    monkeypatch.undo()
    assert forgetting.forget(shop, GONE)["complete"]
    assert found(shop) == [] and sorted(path.name for path in shop.folder.glob(".tables*")) == []
    assert len(storage.load_source(shop).users) == 59


def test_what_only_the_database_forgot_is_finished_without_the_id(shop: storage.Workspace) -> None:
    tell(shop)
    database = Database.of(shop.folder)
    receipt = Erasures(database, shop.namer.key).begin(GONE, "asked")
    database.close()
    (finished,) = forgetting.finish(shop)
    assert finished["complete"] and finished["person"] == receipt["person"]
    assert finished["removed"]["tables"]["users"] == 1 and found(shop) == []
    assert forgetting.finish(shop) == []


def test_a_source_that_still_names_them_does_not_bring_them_back(
    shop: storage.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgetting.forget(shop, GONE)
    monkeypatch.setattr("kgrec.rereading._by_mapping", lambda _: _reread(named_shop()))
    pipeline.build(shop)
    assert GONE not in current_graph(shop).user_ids
    assert [place for place in found(shop) if "store" not in place] == []


def _reread(dataset: Dataset) -> Any:
    from kgrec.rereading import Tables

    return Tables(dataset, "nowhere")


def current_graph(shop: storage.Workspace) -> KnowledgeGraph:
    return storage.load_graph(storage.current(shop.graphs, "graph", "build"))


def test_the_same_id_later_is_somebody_new(shop: storage.Workspace) -> None:
    forgetting.forget(shop, GONE)
    database = Database.of(shop.folder)
    EventLog(database).append([Event("new", GONE, "i2", "buy", NOW)])
    database.close()
    assert [fact.item_id for fact in open_guide(shop.folder).facts(GONE)] == ["i2"]
    pipeline.rebuild(shop)
    graph = current_graph(shop)
    row = int(graph.users[graph.user_ids.row(GONE)])
    assert (graph.head == row).sum() == 1
    assert forgetting.forget(shop, GONE)["complete"] and found(shop) == []


def test_a_model_that_holds_users_is_trained_anew(shop: storage.Workspace) -> None:
    graph = current_graph(shop)
    model = MODELS["item-knn"]().fit(storage.load_tables(shop), graph, seed=0)
    about = {"kind": "model", "model": model.name, "graph_version": graph.version, "seed": 0}
    with new_generation(shop.models, about) as generation:
        model.save(generation)
    receipt = forgetting.forget(shop, GONE, prove=True)
    assert receipt["model"] == {"moved": False, "trained": True, "name": "item-knn"} and receipt["complete"]
    assert open_guide(shop.folder).recommend_for("u3", k=3)


def test_a_shop_that_was_never_built_forgets_too(tmp_path: Path) -> None:
    shop = storage.create_workspace(tmp_path / "new", named_shop(), settings={"format": "csv", "source": "x"})
    receipt = forgetting.forget(shop, GONE)
    assert receipt["complete"] and receipt["graph_version"] is None and found(shop) == []


def test_nobody_is_forgotten_whom_nobody_knows(shop: storage.Workspace) -> None:
    files = sorted(shop.folder.rglob("*"))
    with pytest.raises(UnknownName, match="no user named 'somebody'"):
        forgetting.forget(shop, "somebody")
    assert sorted(shop.folder.rglob("*")) == files
    with pytest.raises(BadInput, match="one line"):
        forgetting.forget(shop, GONE, reason="x" * 501)
    assert GONE in current_graph(shop).user_ids


def test_who_refuses_and_what_is_hidden_counts_for_nobody_after_the_next_build(
    shop: storage.Workspace,
) -> None:
    database = Database.of(shop.folder)
    people = People(database)
    people.consents(GONE, {"recommend": False})
    item_id = next(fact.item_id for fact in open_guide(shop.folder).facts("u3") if fact.item_id)
    people.hide("u3", ("bought", shop.namer.item(item_id)), item_id=item_id)
    people.hide("u4", ("in_segment", shop.namer.segment("city", "A")))
    people.describe("brand-new", {"city": "A"})
    people.describe("u6", {"city": "Atlantis"})
    database.close()
    guide = open_guide(shop.folder)
    at_once = {user_id: guide.facts(user_id) for user_id in ("u3", "u4", "u6", "brand-new", GONE)}
    _, model = current(shop)
    pipeline.build(shop)
    graph = current_graph(shop)
    with new_generation(shop.models, {"model": "path", "graph_version": graph.version}) as generation:
        model.moved(graph).save(generation)
    rebuilt = open_guide(shop.folder)
    for user_id, before in at_once.items():
        assert {one.fact for one in rebuilt.facts(user_id)} == {one.fact for one in before}, user_id
    row = int(graph.users[graph.user_ids.row(GONE)])
    assert not ((graph.head == row) | (graph.tail == row)).any()
    never = graph_of(without_users(named_shop(), lambda user_id: user_id == GONE))
    counts = [
        (g.tail[g.edges_of("bought")] == g.items[g.item_ids.row(item_id)]).sum() for g in (graph, never)
    ]
    assert counts[0] == counts[1] - 1  # that of u3


def test_what_is_searched_for_is_found_wherever_it_is_put(tmp_path: Path) -> None:
    wanted = Wanted(GONE, "https://shop.example/id/user/0123456789abcdef01234567")
    assert remains(tmp_path, wanted).places == ()
    (tmp_path / "note.txt").write_text(f"call {GONE} back")
    (tmp_path / "dump.nt").write_text(f"<{wanted.iri}> <urn:p> <urn:o> .")
    (tmp_path / "empty").touch()
    pd.DataFrame({"user_id": [GONE] * 3}).to_parquet(tmp_path / "a.parquet")
    left = remains(tmp_path, wanted)
    assert set(left.places) == {"dump.nt", "a.parquet"} and "note.txt" in left.mentions and left.files == 4
    assert not Wanted("u1", wanted.iri).by_bytes
