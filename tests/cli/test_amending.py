"""Corrections from a file to the next recommendation and its explanation, and back."""

import json
import shutil

import pytest
from toy import parity_shop

from kgrec import pipeline
from kgrec.domain import EVENTS


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The parity shop as a workspace with graph and model; all even items are of one brand, all odd of another."""
    folder = tmp_path_factory.mktemp("shops")
    tables = folder / "tables"
    tables.mkdir()
    dataset = parity_shop()
    known = dataset.interactions
    lines = ["user_id,item_id,event,datetime"]
    for user, item, event, time in zip(known.user, known.item, known.event, known.time, strict=True):
        lines.append(f"{dataset.users.ids[user]},{dataset.items.ids[item]},{EVENTS[event]},{time}")
    (tables / "interactions.csv").write_text("\n".join(lines) + "\n")
    items = [
        f"{name},thing {n},{'Even' if n % 2 == 0 else 'Odd'}" for n, name in enumerate(dataset.items.ids)
    ]
    (tables / "items.csv").write_text("\n".join(["item_id,title,brand", *items]) + "\n")
    workspace = pipeline.init(folder / "parity", "csv", tables)
    pipeline.build(workspace)
    pipeline.train(workspace, quick=True)
    return folder / "parity"


@pytest.fixture
def shop(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "shop", symlinks=True)


def scored(run, shop):
    """The one item of another parity that a user would not have a brand in common with, explained."""
    dataset = parity_shop()
    user = dataset.users.ids[0]
    bought = set(dataset.interactions.item[dataset.interactions.user == 0])
    odd = int(next(iter(bought))) % 2
    item = next(n for n in range(len(dataset.items)) if n % 2 != odd and n not in bought)
    item_id = dataset.items.ids[item]
    code, out, err = run("explain", shop, user, item_id, "--paths", 100, "--format", "json")
    assert code == 0, err
    return item_id, "Odd" if odd else "Even", json.loads(out)


def test_a_correction_changes_score_and_reasons_and_is_taken_back(run, shop, tmp_path):
    item_id, brand, before = scored(run, shop)
    file = tmp_path / "fixes.csv"
    file.write_text(f"head,relation,tail\n{item_id},has_brand,{brand}\n")
    code, out, _ = run("import-graph", shop, file, "--rebuild")
    told = json.loads(out)
    assert (code, told["new_edges"], told["model"]["moved"]) == (0, 1, True)

    after = scored(run, shop)[2]
    sources = [hop["source"] for path in after["paths"] for hop in path["hops"]]
    assert "corrections/fixes.nt:1" in sources
    assert after["score"] != pytest.approx(before["score"], rel=1e-6)
    total = after["prior"] + sum(path["contribution"] for path in after["paths"])
    assert total + after["remainder"]["contribution"] == pytest.approx(after["score"], rel=1e-5)

    code, out, _ = run("import-graph", shop, "--remove", "fixes", "--rebuild")
    assert json.loads(out)["graph_version"] == before["graph_version"]
    assert scored(run, shop)[2]["score"] == pytest.approx(before["score"], rel=1e-5)


def test_what_the_model_never_learned_of_needs_training(run, shop, tmp_path):
    item_id, _, _ = scored(run, shop)
    file = tmp_path / "clay.csv"
    file.write_text(f"head,relation,tail\n{item_id},has_material,clay\n")
    code, out, _ = run("import-graph", shop, file, "--source", "by-hand", "--rebuild")
    told = json.loads(out)
    assert (code, told["source"]) == (0, "by-hand")
    assert told["model"] == {"moved": False, "train": "the model has learned nothing of has_material"}
    code, _, err = run("explain", shop, "whoever", item_id)
    assert code == 2
    assert "train again" in err


def test_a_bad_file_leaves_the_sources_as_they_were(run, shop, tmp_path):
    item_id, brand, _ = scored(run, shop)
    file = tmp_path / "fixes.csv"
    file.write_text(f"head,relation,tail\n{item_id},has_brand,{brand}\n")
    assert run("import-graph", shop, file)[0] == 0
    kept = (shop / "corrections" / "fixes.nt").read_text()
    file.write_text("head,relation,tail\nnothing,has_brand,X\n")
    code, out, err = run("import-graph", shop, file)
    assert (code, out) == (2, "")
    assert "no item 'nothing'" in err
    assert (shop / "corrections" / "fixes.nt").read_text() == kept


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--remove", "nowhere"], "no source of corrections named 'nowhere'"),
        ([], "give a FILE"),
        (["x.csv", "--source", "../../etc"], "is no name for a source"),
        (["missing.csv"], "cannot be read"),
    ],
)
def test_mistakes_are_told_in_one_line(run, shop, words, message):
    code, out, err = run("import-graph", shop, *words)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_export_tells_what_it_wrote(run, shop, tmp_path):
    code, out, _ = run("export", shop, tmp_path / "out.ttl")
    assert code == 0
    assert json.loads(out)["users"] is False
    assert "id/user/" not in (tmp_path / "out.ttl").read_text()
    code, _, err = run("export", shop, tmp_path / "out.txt")
    assert code == 2
    assert "--format" in err
