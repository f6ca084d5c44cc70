"""A shop goes back to an earlier graph and the model that was trained on it, and answers at once."""

import json
import shutil

import pytest

from kgrec import pipeline, storage
from kgrec.folders import new_text


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """A shop that was built and trained twice, the second time with a correction."""
    folder = tmp_path_factory.mktemp("shops")
    tables = folder / "tables"
    tables.mkdir()
    events = [f"u{user},i{(user + step) % 5},buy,{100 * step}" for user in range(6) for step in range(3)]
    (tables / "interactions.csv").write_text("\n".join(["user_id,item_id,event,datetime", *events]) + "\n")
    items = [f"i{n},thing {n},Lavera" for n in range(5)]
    (tables / "items.csv").write_text("\n".join(["item_id,title,brand", *items]) + "\n")
    workspace = pipeline.init(folder / "twice", "csv", tables)
    versions = []
    for brand in ("", "Weleda"):
        if brand:
            amend(workspace, brand)
        versions.append(pipeline.build(workspace)["graph_version"])
        pipeline.train(workspace, model_name="popularity")
    assert versions[0] != versions[1]
    return folder / "twice", versions


def amend(workspace, brand):
    item, entity = workspace.namer.item("i0"), workspace.namer.entity("brand", brand)
    label = f'<{entity}> <http://www.w3.org/2000/01/rdf-schema#label> "{brand}" .'
    workspace.corrections.mkdir(exist_ok=True)
    new_text(
        workspace.corrections / "fixes.nt",
        f"<{item}> <https://w3id.org/kgrec/ontology#hasBrand> <{entity}> .\n{label}\n",
    )


@pytest.fixture
def shop(twice, tmp_path):
    return shutil.copytree(twice[0], tmp_path / "shop", symlinks=True)


def test_graph_and_model_go_back_together_and_forward_again(run, shop, twice):
    first, second = twice[1]
    code, out, _ = run("rollback", shop)
    assert code == 0
    told = json.loads(out)
    assert (told["graph"], told["graph_version"], told["model"]) == ("gen-0001", first, "gen-0001")
    assert run("recommend", shop, "u1")[0] == 0
    assert "Weleda" not in run("query", shop, "brands-by-size")[1]
    told = json.loads(run("rollback", shop, "--to", "gen-0002")[1])
    assert (told["graph_version"], told["model"]) == (second, "gen-0002")
    assert "Weleda" in run("query", shop, "brands-by-size")[1]
    assert run("recommend", shop, "u1")[0] == 0


@pytest.mark.parametrize("relative", [False, True])
def test_the_list_says_what_is_kept_and_which_models_fit(run, shop, twice, relative, monkeypatch):
    monkeypatch.chdir(shop.parent)
    listed = json.loads(run("rollback", shop.name if relative else shop, "--list")[1])["generations"]
    assert [(one["generation"], one["current"], one["models"]) for one in listed] == [
        ("gen-0002", True, ["gen-0002"]),
        ("gen-0001", False, ["gen-0001"]),
    ]
    assert [one["graph_version"] for one in listed] == twice[1][::-1]


def test_a_shop_is_not_left_without_a_model_unless_asked(run, shop):
    shutil.rmtree(shop / "models" / "gen-0001")
    code, out, err = run("rollback", shop)
    assert (code, out) == (2, "")
    assert "--graph-only" in err
    assert storage.current(shop / "graph", "graph", "build").name == "gen-0002"
    told = json.loads(run("rollback", shop, "--graph-only")[1])
    assert (told["graph"], told["model"], told["next"]) == ("gen-0001", None, f"kgrec train {shop}")


@pytest.mark.parametrize("words", [["--to", "gen-0007"], ["--to", "../../etc"]])
def test_a_graph_that_is_not_kept_is_named(run, shop, words):
    code, _, err = run("rollback", shop, *words)
    assert code == 2
    assert "no generation of the graph named" in err


def test_before_the_first_graph_there_is_none(run, shop):
    run("rollback", shop)
    code, _, err = run("rollback", shop)
    assert code == 2
    assert "none to go back to" in err


def test_a_graph_that_was_changed_is_not_gone_back_to(run, shop):
    (shop / "graph" / "gen-0001" / "arrays" / "weight.npy").write_bytes(b"rust")
    code, _, err = run("rollback", shop)
    assert code == 2
    assert "was changed after it was saved" in err
    assert storage.current(shop / "graph", "graph", "build").name == "gen-0002"


def test_a_graph_of_an_older_layout_is_not_gone_back_to(run, shop):
    shutil.rmtree(shop / "graph" / "gen-0001" / "people")
    code, _, err = run("rollback", shop)
    assert code == 2
    assert "older kgrec" in err
