"""Models that are kept: what is said of each, two of them compared, one made current with its graph."""

import shutil

import pytest
from toy import parity_shop

from kgrec import pipeline, storage
from kgrec.errors import NotReady, UnknownName
from kgrec.insight import compare, generations, use
from kgrec.live.database import Database
from kgrec.live.people import People
from kgrec.serving import open_guide

QUICK = {"training.rounds": "1", "training.steps": "4", "training.batch": "32"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A path model, item-knn on the same graph, and popularity on a graph built after."""
    folder = tmp_path_factory.mktemp("shops") / "thrice"
    workspace = storage.create_workspace(folder, parity_shop(), settings={})
    pipeline.build(workspace)
    pipeline.train(workspace, settings=QUICK)
    pipeline.train(workspace, model_name="item-knn", seed=3)
    Database.of(folder).close()
    People(Database.of(folder)).consents("u59", {"recommend": False})
    pipeline.build(workspace)
    pipeline.train(workspace, model_name="popularity")
    return folder


@pytest.fixture
def workspace(trained, tmp_path):
    return storage.open_workspace(shutil.copytree(trained, tmp_path / "shop", symlinks=True))


def test_each_is_told_with_what_it_was_made_from(workspace):
    with (workspace.folder / "kgrec.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[experiment]\nname = "x"\narms.a = { share = 0.5, model = "gen-0001" }\narms.b.share = 0.5\n'
        )
    found = generations(workspace)
    assert [(one.name, one.model, one.current, one.graph) for one in found] == [
        ("gen-0003", "popularity", True, "gen-0002"),
        ("gen-0002", "item-knn", False, "gen-0001"),
        ("gen-0001", "path", False, "gen-0001"),
    ]
    assert [one.arms for one in found] == [(), (), ("a",)]
    assert [one.seed for one in found] == [0, 3, 0]
    assert found[2].training.last.keys() >= {"round", "loss"} and not found[0].training.rounds
    assert found[0].graph_version != found[1].graph_version == found[2].graph_version
    assert all(one.size > 0 and one.made > 1_600_000_000 and not one.trouble for one in found)


def test_one_that_cannot_be_read_is_told_of(workspace):
    (workspace.models / "gen-0001" / "model.json").write_text("{", encoding="utf-8")
    (workspace.models / "gen-0002" / "manifest.json").write_text("[]", encoding="utf-8")
    _, second, first = generations(workspace)
    assert "model.json cannot be read" in first.trouble
    assert "manifest.json cannot be read" in second.trouble


def test_two_are_compared_by_the_lists_that_both_give(workspace):
    same = compare(workspace, "gen-0001", "gen-0001")
    assert same.lists.n == same.places.n == 0 and same.coverage[0] == same.coverage[1]
    found = compare(workspace, "gen-0001", "gen-0003", k=3)
    assert found.users == found.of_users == 59  # one refuses
    assert found.one.model == "path" and found.other.model == "popularity"
    other = open_guide(workspace.folder)
    use(workspace, "gen-0001")
    one = open_guide(workspace.folder)
    fresh = lists = 0
    for user_id in map(str, one.dataset.users.ids[:59]):
        first, second = (
            {item.item_id for item in guide.recommend_for(user_id, k=3)} for guide in (one, other)
        )
        fresh, lists = fresh + len(second - first), lists + (first != second)
    assert (found.places.n, found.lists.n) == (fresh, lists)
    assert compare(workspace, "gen-0001", "gen-0003", most=7).users == 7


def test_one_is_made_current_with_its_graph(workspace):
    told = use(workspace, "gen-0002")
    assert (told["model"], told["graph"], told["before"]) == ("gen-0002", "gen-0001", "gen-0002")
    assert open_guide(workspace.folder).model.name == "item-knn"
    assert [one.current for one in generations(workspace)] == [False, True, False]
    assert use(workspace, "gen-0003")["graph"] == "gen-0002"
    assert open_guide(workspace.folder).model.name == "popularity"


def test_what_is_not_kept_cannot_be_used(workspace):
    for name in ("gen-0009", "../models/gen-0001", ""):
        with pytest.raises(UnknownName):
            use(workspace, name)
        with pytest.raises(UnknownName):
            compare(workspace, "gen-0001", name)
    shutil.rmtree(workspace.graphs / "gen-0001")
    assert generations(workspace)[2].graph is None
    with pytest.raises(NotReady, match="is not kept any more"):
        use(workspace, "gen-0001")
    assert generations(workspace)[0].current
