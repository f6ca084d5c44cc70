"""The command line: a shop from CSV to an explained list, and one line with exit code 2 for every mistake."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from toy import parity_shop

from kgrec import experiments, pipeline, storage
from kgrec.cli import COMMANDS
from kgrec.domain import EVENTS
from kgrec.errors import DiskFull

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The parity shop as CSV files."""
    folder = tmp_path_factory.mktemp("tables")
    dataset = parity_shop()
    known = dataset.interactions
    lines = ["userID,sku,event,ts"]
    for user, item, event, time in zip(known.user, known.item, known.event, known.time, strict=True):
        lines.append(f"{dataset.users.ids[user]},{dataset.items.ids[item]},{EVENTS[event]},{time}")
    (folder / "interactions.csv").write_text("\n".join(lines) + "\n")
    items = ["item_id,title,brand"] + [
        f"{name},{title},{'Even' if n % 2 == 0 else 'Odd'}"
        for n, (name, title) in enumerate(zip(dataset.items.ids, dataset.item_table["title"], strict=True))
    ]
    (folder / "items.csv").write_text("\n".join(items) + "\n")
    return folder


@pytest.fixture(scope="module")
def shop(tables, tmp_path_factory):
    """A workspace with graph and model."""
    folder = tmp_path_factory.mktemp("shops") / "parity"
    workspace = pipeline.init(folder, "csv", tables)
    pipeline.build(workspace)
    pipeline.train(workspace, quick=True)
    return folder


def test_own_csv_in_three_commands_to_an_explained_list(run, tables, tmp_path):
    shop = tmp_path / "my-shop"
    code, out, _ = run("init", shop, "--format", "csv", "--source", tables)
    assert code == 0
    assert json.loads(out)["columns"]["interactions.csv"]["userID"] == "user_id"
    assert run("build", shop)[0] == 0
    assert run("train", shop, "--fast")[0] == 0
    code, out, _ = run("recommend", shop, "u0", "-k", 3, "--explain")
    assert code == 0
    items = json.loads(out)["items"]
    assert [item["rank"] for item in items] == [1, 2, 3]
    assert items[0]["explanation"]["text"].startswith("Three things you bought are by Even")


def test_explain_adds_up_and_its_hops_can_be_asked_for(run, shop):
    code, out, _ = run("explain", shop, "u1", "i3", "--paths", 4)
    told = json.loads(out)
    total = told["prior"] + sum(p["contribution"] for p in told["paths"]) + told["remainder"]["contribution"]
    assert code == 0
    assert total == pytest.approx(told["score"], rel=1e-5)
    hop = told["paths"][0]["hops"][0]
    code, out, _ = run(
        "query",
        shop,
        f"ASK {{ <{hop['subject']}> <{hop['relation']}> <{hop['object']}> }}",
        "--format",
        "json",
    )
    assert json.loads(out)["boolean"] is True


def test_stats_count_the_graph_as_a_table_as_json_and_as_a_plot(run, shop, tmp_path):
    code, table, _ = run("stats", shop)
    assert code == 0 and "| has_brand " in table and "100.0%" in table
    code, out, _ = run("stats", shop, "--format", "json", "--bridges", 1, "--plot", tmp_path / "graph.svg")
    found = json.loads(out)
    assert code == 0 and {"kinds", "relations", "components", "bridges"} <= set(found)
    assert found["bridges"][0]["kind"] == "brand", "every way between items leads over a brand"
    assert (tmp_path / "graph.svg").read_text().startswith("<?xml")
    code, _, told = run("stats", shop, "--plot", tmp_path / "graph.bmp")
    assert code == 2 and "ends neither in .png nor in .svg" in told


def test_evaluate_prints_one_object_with_the_fields_of_the_contract(run, shop, tmp_path):
    dump = tmp_path / "best.tsv.gz"
    code, out, _ = run(
        "evaluate", shop, "--protocol", "leave-one-out", "--model", "popularity", "--dump", dump
    )
    found = json.loads(out)
    assert code == 0
    assert {
        "protocol",
        "model",
        "seed",
        "selection",
        "n_users",
        "metrics",
        "seconds",
        "peak_memory_mb",
    } <= set(found)
    assert {"build", "train", "score"} <= set(found["seconds"])
    assert gzip.decompress(dump.read_bytes()).decode().startswith("user_id\titem_id\trank\tscore\n")


def test_library_queries_and_files_are_answered(run, shop, tmp_path):
    assert "Even" in run("query", shop, "brands-by-size")[1]
    file = tmp_path / "mine.rq"
    file.write_text("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    assert run("query", shop, file, "--format", "csv")[1].startswith("n")


def test_check_and_doctor_report(run, shop):
    assert json.loads(run("check", shop)[1])["interactions"] > 0
    assert json.loads(run("doctor")[1])["install"] == "nothing is missing"


BAD_TABLES = {
    "missing column": ("user_id,price\nu,1\n", "item"),
    "unparsable date": ("user_id,item_id,datetime\nu,i,2025-01-01\nu,j,yesterday-ish\n", "line 3"),
    "negative weight": ("user_id,item_id,quantity,datetime\nu,i,-2,2025-01-01\n", "line 2"),
    "nan weight": ("user_id,item_id,quantity,datetime\nu,i,NaN,2025-01-01\n", "line 2"),
    "duplicate": ("user_id,item_id,datetime\nu,i,2025-01-01\nu,i,2025-01-01\n", "line 3"),
    "empty file": ("", "empty"),
    "header only": ("user_id,item_id\n", ""),
}


@pytest.mark.parametrize("name", list(BAD_TABLES))
def test_bad_tables_are_one_line_exit_2_and_leave_nothing(run, tmp_path, name):
    content, hint = BAD_TABLES[name]
    source = tmp_path / "interactions.csv"
    source.write_text(content)
    code, out, err = run("init", tmp_path / "shop", "--format", "csv", "--source", source)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "interactions.csv" in err
    assert hint in err
    assert [path.name for path in tmp_path.iterdir()] == ["interactions.csv"]


def test_invalid_rows_can_be_left_out_and_are_counted(run, tmp_path):
    source = tmp_path / "interactions.csv"
    source.write_text(BAD_TABLES["unparsable date"][0])
    code, out, _ = run(
        "init", tmp_path / "shop", "--format", "csv", "--source", source, "--on-invalid", "drop"
    )
    assert code == 0
    assert json.loads(out)["dropped"] == 1


def test_a_file_that_is_not_utf8_or_not_there_is_named(run, tmp_path):
    source = tmp_path / "interactions.csv"
    source.write_bytes(b"user_id,item_id\nu,caf\xe9\n")
    code, _, err = run("init", tmp_path / "shop", "--format", "csv", "--source", source)
    assert code == 2
    assert "UTF-8" in err
    code, _, err = run("init", tmp_path / "shop", "--format", "csv", "--source", tmp_path / "nowhere")
    assert code == 2
    assert "nowhere" in err


def test_interactions_that_name_unknown_items_are_refused(run, tmp_path):
    (tmp_path / "interactions.csv").write_text("user_id,item_id\nu,ghost\n")
    (tmp_path / "items.csv").write_text("item_id,title\ni,Thing\n")
    code, _, err = run("init", tmp_path / "shop", "--format", "csv", "--source", tmp_path)
    assert code == 2
    assert "ghost" in err


def test_unknown_users_items_formats_and_commands_get_a_hint(run, shop):
    for words, hint in [
        (("recommend", shop, "u1x"), "did you mean"),
        (("explain", shop, "u1", "i3x"), "did you mean"),
        (("init", shop.parent / "new", "--format", "cvs", "--source", shop), "csv"),
        (("recommend", shop.parent / "nothing", "u1"), "kgrec init"),
        (("query", shop, "brands-by-sice"), "brands-by-size"),
        (("query", shop, "SELECT ?s WHERE { ?s ?p }"), "line 1"),
        (("query", shop, "INSERT DATA { <a:a> <a:b> <a:c> }"), "INSERT"),
        (("recomend",), "recomend"),
        (("train",), "SHOP"),
    ]:
        code, out, err = run(*words)
        assert (code, out) == (2, ""), words
        assert hint in err
        assert err.count("\n") == 1


def test_steps_asked_for_too_early_name_the_missing_one(run, tables, tmp_path):
    shop = tmp_path / "shop"
    run("init", shop, "--format", "csv", "--source", tables)
    assert "kgrec build" in run("train", shop)[2]
    run("build", shop)
    assert "kgrec train" in run("recommend", shop, "u1")[2]


def test_an_existing_workspace_is_not_overwritten(run, shop, tables):
    code, _, err = run("init", shop, "--format", "csv", "--source", tables)
    assert code == 2
    assert "already there" in err


@pytest.mark.parametrize("name", ["weights.safetensors", "weight.npy", "model.json"])
def test_a_tampered_model_is_refused(run, shop, tmp_path, name):
    copy = tmp_path / "shop"
    shutil.copytree(shop, copy, symlinks=True)
    file = (copy / "models" / "CURRENT").resolve() / name
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(bytes(content))
    code, _, err = run("recommend", copy, "u1")
    assert code == 2
    assert "changed after it was saved" in err


def test_a_bundle_travels_and_tampering_shows(run, parity_guide, tmp_path):
    import kgrec

    parity_guide.save(tmp_path / "bundle")
    again = kgrec.open(tmp_path / "bundle")
    assert again.recommend(["u1"], k=3).equals(parity_guide.recommend(["u1"], k=3))
    (tmp_path / "bundle" / "model" / "extra.py").write_text("boom")
    code, _, err = run("recommend", tmp_path / "bundle", "u1")
    assert code == 2
    assert "does not belong" in err


def test_a_workspace_of_a_newer_version_is_refused(run, shop, tmp_path):
    copy = tmp_path / "shop"
    shutil.copytree(shop, copy, symlinks=True)
    file = copy / "kgrec.toml"
    file.write_text(file.read_text().replace("version = 1", "version = 99"))
    code, _, err = run("recommend", copy, "u1")
    assert code == 2
    assert "newer" in err


def test_a_full_disk_while_building_leaves_the_last_good_graph(shop, monkeypatch):
    workspace = storage.open_workspace(shop)
    before = storage.current(workspace.graphs, "graph", "build")

    def no_room(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kgrec.graph.arrays.np.save", no_room)
    with pytest.raises(DiskFull, match="no room"):
        pipeline.build(workspace)
    assert storage.current(workspace.graphs, "graph", "build") == before
    assert not [path for path in workspace.graphs.iterdir() if path.name.startswith(".gen")]


@pytest.mark.skipif(
    os.geteuid() != 0 or sys.platform != "linux", reason="mounting a small disk needs root on Linux"
)
def test_a_really_full_disk_exits_with_2(run, tables, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine does not let tests mount a disk")
    try:
        assert run("init", disk / "shop", "--format", "csv", "--source", tables)[0] == 0
        code, out, err = run("build", disk / "shop")
        assert (code, out) == (2, "")
        assert "no room" in err.splitlines()[-1]
        left = [path.name for path in (disk / "shop" / "graph").glob("*")]
        assert left == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_only_three_generations_are_kept(tables, tmp_path):
    workspace = pipeline.init(tmp_path / "shop", "csv", tables)
    for _ in range(5):
        pipeline.build(workspace)
    kept = sorted(path.name for path in workspace.graphs.glob("gen-*"))
    assert kept == ["gen-0003", "gen-0004", "gen-0005"]
    assert storage.current(workspace.graphs, "graph", "build").name == "gen-0005"


def test_same_seed_same_dump(shop, tmp_path):
    dataset = storage.load_tables(storage.open_workspace(shop))
    for name in ("a.tsv.gz", "b.tsv.gz"):
        experiments.evaluate(dataset, experiments.Evaluation("leave-one-out", seed=3, dump=tmp_path / name))
    assert gzip.decompress((tmp_path / "a.tsv.gz").read_bytes()) == gzip.decompress(
        (tmp_path / "b.tsv.gz").read_bytes()
    )


def test_help_and_import_stay_light():
    """What makes them slow is heavy modules; that is what is looked at, not a clock."""
    heavy = ("torch", "pandas", "rdflib", "flask", "scipy")
    code = f"import sys, kgrec, kgrec.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_an_example_and_is_documented(run, name):
    code, out, _ = run(name, "--help")
    assert code == 0
    assert "Example: kgrec " + name in " ".join(out.split())
    assert re.search(rf"`kgrec {name}\b", (ROOT / "docs" / "cli.md").read_text())


def test_an_explanation_is_told_to_whoever_it_is_for(run, shop):
    _, out, _ = run("explain", shop, "u1", "i3", "--for", "engineer", "--paths", 2)
    told = json.loads(out)
    assert all(repr(path["contribution"]) in told["text"] for path in told["paths"])
    _, out, _ = run(
        "recommend", shop, "u1", "-k", 1, "--explain", "--for", "merchandiser", "--today", "2025-02-20"
    )
    told = json.loads(out)["items"][0]["explanation"]
    assert "%" in told["text"]
    assert any("last month" in path["text"] for path in told["paths"])
    code, _, err = run("explain", shop, "u1", "i3", "--for", "boss")
    assert code == 2 and "merchandiser" in err and len(err.splitlines()) == 1
