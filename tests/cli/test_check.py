"""What is wrong with a shop's data is told by file, line and column, with what to do; strict asks for nothing of it."""

from __future__ import annotations

import json

import pytest

ITEMS = """item_id,title,brand,category,price,currency,image
A1,Rose Cream,Lavera,Skin > Face,12.50,EUR,rose.png
A2,,Lavera,Skin,ask us,EUR,javascript:alert(1)
A3,Clay Mask,,,7,euro,mask.png
A4,Oil,Weleda,Skin > Body,9,EUR,oil.png
A4,Twice,Weleda,Skin > Body,9,EUR,oil.png
"""
INTERACTIONS = (
    "user_id,item_id,event,datetime\nu1,A1,buy,2024-01-01\nu1,A2,buy,2024-01-02\nu2,A1,buy,2024-01-03\n"
)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("messy")
    (folder / "items.csv").write_text(ITEMS)
    (folder / "interactions.csv").write_text(INTERACTIONS)
    return folder


@pytest.fixture
def shop(run, tables, tmp_path):
    """The messy shop, read without its bad rows and built."""
    folder = tmp_path / "shop"
    assert run("init", folder, "--format", "csv", "--source", tables, "--on-invalid", "drop")[0] == 0
    assert run("build", folder)[0] == 0
    return folder


def test_each_finding_names_file_line_column_and_what_to_do(run, shop):
    code, out, _ = run("check", shop, "--format", "text")
    assert code == 0, "warnings are no violations"
    assert out.splitlines() == [
        "warning: Rows were left out: the item id is that of an earlier row. items.csv:6. "
        "Correct them and read the data again.",
        "warning: What stands there is no price and was left out. items.csv:3, column price: 'ask us'. "
        "Write a number not below zero, such as 12.50.",
        "warning: What stands there is neither a path nor an http address and was left out. "
        "items.csv:3, column image: 'javascript:alert(1)'. "
        "Write the name of a file or an address that begins with https://.",
        "warning: An item without a title is shown by its identifier. items.csv:3, column title, A2. "
        "Fill in its title.",
        "warning: A currency is one code of three letters. items.csv:4, column currency, A3 “Clay Mask”: 'euro'. "
        "Write its ISO 4217 code, such as EUR or CNY.",
        "info: An item without a brand cannot be recommended for its brand. items.csv:4, column brand, A3 “Clay Mask”. "
        "Fill in the brand where there is one.",
        "info: An item without a category cannot be recommended for its category. items.csv:4, column category, "
        "A3 “Clay Mask”. Fill in its category.",
    ]


def test_what_reading_left_out_more_than_once_is_told_with_its_first_three_lines(run, tmp_path):
    (tmp_path / "items.csv").write_text("ID,price\nA1,1\nA2,ask\nA3,2\nA4,free\nA5,ask\nA6,ask\n")
    (tmp_path / "interactions.csv").write_text("user_id,item_id\nu1,A1\n")
    assert run("init", tmp_path / "shop", "--format", "csv", "--source", tmp_path)[0] == 0
    told = run("check", tmp_path / "shop", "--format", "text")[1]
    assert "warning (4 ×): What stands there is no price and was left out. " in told
    assert "items.csv:3, column price: 'ask'; items.csv:5, column price; items.csv:6, column price. " in told


def test_the_same_in_chinese_and_as_json(run, shop):
    told = run("check", shop, "--format", "text", "--lang", "zh")[1]
    assert told.splitlines()[:3] == [
        "警告: 有数据行被忽略：商品编号与前面某行相同。 items.csv:6。 请更正后重新读取数据。",
        "警告: 该单元格的内容不是价格，已被忽略。 items.csv:3, price 列: 'ask us'。 请填写不小于零的数字，例如 12.50。",
        "警告: 该单元格的内容既不是文件路径，也不是 http 地址，已被忽略。 "
        "items.csv:3, image 列: 'javascript:alert(1)'。 "
        "请填写文件名或以 https:// 开头的地址。",
    ]
    assert "警告: 货币应为一个三字母代码。 items.csv:4" in told
    found = json.loads(run("check", shop)[1])
    (currency,) = [one for one in found["findings"] if one["message"]["en"].startswith("A currency")]
    assert currency["places"] == [
        {
            "file": "items.csv",
            "line": 4,
            "column": "currency",
            "item_id": "A3",
            "label": "Clay Mask",
            "value": "euro",
        }
    ]
    assert found["shapes"] == {"items_checked": 4, "items": 4}


def test_strict_exits_with_2_and_a_strict_build_leaves_the_graph_that_was_current(run, shop):
    code, _, told = run("check", shop, "--strict")
    assert code == 2 and "0 violations and 5 warnings; correct them" in told
    before = (shop / "graph" / "CURRENT").resolve()
    code, _, told = run("build", shop, "--strict")
    assert code == 2 and "5 problems, the first: warning: Rows were left out" in told
    assert (shop / "graph" / "CURRENT").resolve() == before
    assert [path.name for path in (shop / "graph").glob("gen-*")] == [before.name]


def test_a_clean_shop_passes_strictly(run, tables, tmp_path):
    good = ITEMS.splitlines()
    (tmp_path / "items.csv").write_text("\n".join([good[0], good[1], good[4]]) + "\n")
    (tmp_path / "interactions.csv").write_text("user_id,item_id\nu1,A1\nu2,A4\n")
    folder = tmp_path / "shop"
    run("init", folder, "--format", "csv", "--source", tmp_path)
    assert run("build", folder, "--strict")[0] == 0
    code, out, _ = run("check", folder, "--strict", "--all", "--format", "text")
    assert (code, out) == (0, "nothing is wrong\n")


def test_before_the_graph_is_built_reading_alone_is_reported(run, tables, tmp_path):
    run("init", tmp_path / "shop", "--format", "csv", "--source", tables, "--on-invalid", "drop")
    code, out, _ = run("check", tmp_path / "shop", "--format", "text")
    assert code == 0 and len(out.splitlines()) == 3
