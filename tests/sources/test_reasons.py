"""Whatever reading leaves out is told in Chinese too, and no link of an item is left out in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgrec import sources
from kgrec.domain import Dataset
from kgrec.sources.mapping import ShopMapping, parsed
from kgrec.sources.reasons import in_chinese

LONG = "x" * 600
ITEMS = f"""item_id,title,price,image,n,m,vol,yes,day,at,with,colour
A1,one,5,a.png,1,1.5,2 ml,yes,2026-01-02,2026-01-02T10:00:00Z,A2,red
A2,two,dear,data:x,few,some,3 kg,maybe,soon,noon,A2|A1,{LONG}
A3,three,5,a.png,1,1.5,2 ml,no,2026-01-02,2026-01-02T10:00:00Z,{LONG},re\u200fd
A1,again,5,a.png,1,1.5,2 ml,no,2026-01-02,2026-01-02T10:00:00Z,A2,red
,none,5,a.png,1,1.5,2 ml,no,2026-01-02,2026-01-02T10:00:00Z,A2,red
{LONG},long,5,a.png,1,1.5,2 ml,no,2026-01-02,2026-01-02T10:00:00Z,A2,red
A9,cells
"""
EVENTS = """user,item,event,weight,date
u1,A1,buy,1,2026-01-01
u1,A1,buy,1,2026-01-01
u1,A7,buy,1,2026-01-01
,A1,buy,1,2026-01-01
u2,A1,ping,1,2026-01-01
u2,A1,jump,1,2026-01-01
u2,A1,buy,-1,2026-01-01
u2,A1,buy,1,one day
"""
MAPPING = """version = 1
[items.columns]
n = { as = "integer" }
m = { as = "decimal" }
vol = { as = "decimal", unit = "ml" }
yes = { as = "boolean" }
day = { as = "date" }
at = { as = "datetime" }
with = { as = "link", relation = "compatible_with", separator = "|" }
[interactions.events]
ping = "unused"
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder: Path = tmp_path_factory.mktemp("bad")
    (folder / "items.csv").write_text(ITEMS, encoding="utf-8")
    (folder / "interactions.csv").write_text(EVENTS, encoding="utf-8")
    mapping: ShopMapping = parsed(MAPPING)
    return sources.read("csv", folder, on_invalid="drop", mapping=mapping)


def test_what_is_left_out_has_a_reason_and_a_remedy_in_chinese(read: Dataset) -> None:
    report = read.report
    said = {rows.reason for rows in report.dropped}
    said |= {text for cells in report.left_out for text in (cells.reason, cells.remedy)}
    assert len({rows.reason for rows in report.dropped}) == 11
    assert len({cells.reason for cells in report.left_out}) == 10
    for text in said:
        told = in_chinese(text)
        assert told != text and "{" not in told and told[0] >= "\u2000", text
    assert in_chinese("the item id is longer than 512 characters") == "商品编号超过 512 个字符"
    assert in_chinese("no amount in ml") == "不是以 ml 为单位的数量"
    assert in_chinese("of an older version") == "of an older version"


def test_links_to_oneself_and_to_no_id_are_told_with_their_line(read: Dataset) -> None:
    told = {cells.reason: (cells.first_line, cells.cells) for cells in read.report.left_out}
    assert told["the item itself"] == (3, 1) and told["no id of an item"] == (4, 1)
    links = read.facts.relation == "compatible_with"
    assert sorted(read.facts.value[links]) == ["A1", "A2"]


def test_values_that_were_cut_or_cleaned_are_noted(read: Dataset) -> None:
    assert "items.csv: 1 values of colour were cut to 500 characters" in read.report.notes
    assert (
        "items.csv: control or direction characters were taken out of 1 values of colour" in read.report.notes
    )
