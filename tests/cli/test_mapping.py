"""mapping.toml in a workspace: proposed, edited, followed by the next build."""

from __future__ import annotations

import json
from pathlib import Path as FilePath

import pytest

ITEMS = """item_id,title,Größe,Duft,vegan,note
a,Rose Cream,250 ml,"rose; mint",yes,one
b,Mint Oil,1.5 l,mint,no,two
c,Rose Oil,30 ml,rose,yes,three
d,Mint Soap,100 ml,"mint; rose",yes,four
"""
EVENTS = "user_id,item_id,datetime\n" + "".join(
    f"u{n % 5},{'abcd'[(n * 3 + n // 5) % 4]},2025-01-{n + 1:02}\n" for n in range(20)
)


@pytest.fixture
def source(tmp_path: FilePath) -> FilePath:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "items.csv").write_text(ITEMS, encoding="utf-8")
    (folder / "interactions.csv").write_text(EVENTS, encoding="utf-8")
    return folder


@pytest.fixture
def shop(run, tmp_path, source):
    code, out, _ = run("init", tmp_path / "shop", "--format", "csv", "--source", source)
    assert code == 0
    assert json.loads(out)["mapping"] == str(tmp_path / "shop" / "mapping.toml")
    return tmp_path / "shop"


def edit(shop, before, after):
    file = shop / "mapping.toml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_init_explains_every_column_in_a_line(shop):
    lines = (shop / "mapping.toml").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith('"Größe" = { as = "decimal", unit = "ml" }') and "# numbers with a unit" in line
               for line in lines)  # fmt: skip
    assert any(
        line.startswith('note = { as = "text" }') and "# 4 distinct values in 4 cells" in line
        for line in lines
    )


def test_build_follows_an_edit_and_says_so_and_comments_are_no_edit(run, shop):
    assert json.loads(run("build", shop)[1])["read_again"] == ""
    edit(shop, "preset", "# a remark\npreset")
    first = json.loads(run("build", shop)[1])
    assert first["read_again"] == ""
    edit(shop, 'note = { as = "text" }', 'note = { as = "attribute" }')
    assert json.loads(run("check", shop)[1])["mapping"].startswith("changed: kgrec build")
    _, out, err = run("build", shop)
    built = json.loads(out)
    assert built["read_again"] == str(shop.parent / "data") and "read again from" in err
    assert built["graph_version"] != first["graph_version"]
    assert built["relations"]["has_attribute"] == first["relations"].get("has_attribute", 0) + 4
    report = json.loads(run("check", shop)[1])
    assert report["columns"]["items.csv"]["note"] == "attribute"
    assert report["mapping"] == "as the tables were read"
    after = json.loads(run("build", shop)[1])
    assert (after["read_again"], after["graph_version"]) == ("", built["graph_version"])


def test_the_graph_answers_questions_about_columns_of_the_shops_own(run, shop):
    run("build", shop)
    asked = (
        "SELECT ?id ?ml WHERE { ?item <https://shop.example/term/Gr%C3%B6%C3%9Fe> ?ml ; schema:identifier ?id "
        "FILTER(?ml > 200) } ORDER BY ?ml"
    )
    code, out, _ = run("query", shop, asked, "--format", "csv")
    assert code == 0
    assert out.split() == ["id,ml", "a,250", "b,1500"]


def test_a_source_that_is_gone_is_named_and_nothing_is_lost(run, shop, source):
    before = json.loads(run("build", shop)[1])["graph_version"]
    source.rename(source.with_name("elsewhere"))
    assert json.loads(run("build", shop)[1])["graph_version"] == before  # nothing has to be read again
    edit(shop, 'note = { as = "text" }', 'note = { as = "unused" }')
    code, out, err = run("build", shop)
    assert (code, out) == (2, "") and str(source) in err and "is gone" in err and "mapping.toml" in err
    assert json.loads(run("check", shop)[1])["columns"]["items.csv"]["note"] == "text"


def test_a_column_that_the_mapping_leaves_out_is_asked_for(run, shop):
    edit(shop, "note = {", "# note = {")
    code, _, err = run("build", shop)
    assert code == 2
    assert (
        'mapping.toml: [items.columns] says nothing of the column note; add a line such as: note = { as = "text" }'
        in err
    )


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            'as = "boolean"',
            'as = "bool"',
            "mapping.toml: items.columns.vegan: no kind of column of items named 'bool'",
        ),
        ("vegan =", "vegam =", "items.columns names vegam, which items.csv does not have"),
        ("[items.columns]", "[items.columns", "mapping.toml, line"),
        ('preset = "products"', 'preset = "product"', "no preset named 'product'; did you mean products"),
    ],
)
def test_a_slip_is_one_line_and_the_last_graph_stays(run, shop, before, after, message):
    built = json.loads(run("build", shop)[1])["graph_version"]
    edit(shop, before, after)
    code, out, err = run("build", shop)
    assert (code, out) == (2, "") and message in err
    assert [line for line in err.splitlines() if line.startswith("kgrec:")] == [err.splitlines()[-1]]
    assert (shop / "graph" / "CURRENT").resolve().name == "gen-0001" and built


def test_init_starts_from_a_mapping_that_says_only_what_differs(run, tmp_path, source):
    (source / "interactions.csv").write_text(EVENTS.replace("user_id", "Kundin"), encoding="utf-8")
    code, _, err = run("init", tmp_path / "one", "--format", "csv", "--source", source)
    assert code == 2 and "name one in a mapping" in err
    own = tmp_path / "own.toml"
    own.write_text('[interactions.columns]\nKundin = { as = "user_id" }\n[words.en]\nthis = "this scent"\n')
    code, out, _ = run("init", tmp_path / "two", "--format", "csv", "--source", source, "--mapping", own)
    assert code == 0 and json.loads(out)["users"] == 5
    whole = (tmp_path / "two" / "mapping.toml").read_text(encoding="utf-8")
    assert '"Größe"' in whole and 'this = "this scent"' in whole


def test_slips_in_words_stop_init(run, tmp_path, source):
    own = tmp_path / "own.toml"
    own.write_text('[words.en]\nthsi = "this scent"\n')
    code, _, err = run("init", tmp_path / "shop", "--format", "csv", "--source", source, "--mapping", own)
    assert code == 2 and "no word in own.toml named 'thsi'; did you mean this" in err
    assert not (tmp_path / "shop").exists()


def test_a_preset_beside_a_mapping_that_says_another_is_refused(run, tmp_path, source):
    own = tmp_path / "own.toml"
    own.write_text('preset = "news"\n')
    words = ("--format", "csv", "--source", source, "--mapping", own, "--preset", "courses")
    code, _, err = run("init", tmp_path / "shop", *words)
    assert code == 2 and "leave --preset out" in err
