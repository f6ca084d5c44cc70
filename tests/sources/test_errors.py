"""Every mistake in a source is one line that says which file, which line and what to do."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path as FilePath

import pandas as pd
import pytest

from kgrec import sources
from kgrec.domain import Dataset
from kgrec.errors import BadInput, UnknownName

Shop = Callable[..., FilePath]
HEAD = "user_id,item_id,event,value,datetime\n"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "ana,rose,buy,1,yesterday",
            r"line 2: datetime is not a date: 'yesterday'; write it as 2024-01-31T18:30:00",
        ),
        ("ana,rose,buy,1,", r"line 2: datetime is not a date: ''"),
        ("ana,rose,buy,1,2024-13-01", r"line 2: datetime is not a date"),
        ("ana,rose,buy,-3,2024-01-01", r"line 2: value is not a number above 0: '-3'; .*event=return"),
        ("ana,rose,buy,0,2024-01-01", r"line 2: value is not a number above 0: '0'"),
        ("ana,rose,buy,nan,2024-01-01", r"line 2: value is not a number above 0: 'nan'"),
        ("ana,rose,buy,inf,2024-01-01", r"line 2: value is not a number above 0: 'inf'"),
        ("ana,rose,buy,1e99,2024-01-01", r"line 2: value is not a number above 0: '1e99'"),
        ("ana,rose,buy,many,2024-01-01", r"line 2: value is not a number above 0: 'many'"),
        ("ana,rose,rate,,2024-01-01", r"line 2: value is not a number above 0: ''"),
        (",rose,buy,1,2024-01-01", r"line 2: the user id is empty; fill it in"),
        ("ana,  ,buy,1,2024-01-01", r"line 2: the item id is empty; fill it in"),
        ("a\0na,rose,buy,1,2024-01-01", r"line 2: the user id holds a character that no key can hold"),
        (
            f"ana,{'x' * 513},buy,1,2024-01-01",
            r"line 2: the item id is longer than 512 characters; shorten it",
        ),
        (f"ana,{'x' * 100_001},buy,1,2024-01-01", r"line 2: column item_id holds 100,001 characters"),
        (
            f"ana,{'x' * 140_000},buy,1,2024-01-01",
            r"line 2: field larger than field limit .*; shorten the cell",
        ),
        (
            "ana,rose,steal,1,2024-01-01",
            r"line 2: the event is not known: 'steal'; write one of view, cart, buy",
        ),
        ("ana,rose,buy,1", r"line 2: 4 cells where the header has 5; put quotes around cells"),
        ("ana,rose,buy,1,2024-01-01,x", r"line 2: 6 cells where the header has 5"),
        ('ana,"rose,buy,1,2024-01-01', r"line 2: unexpected end of data; put quotes around"),
        ('"an\na",rose,buy,1,2024-01-01\nana,rose,buy,1,never', r"line 4: datetime is not a date: 'never'"),
        ("\nana,rose,buy,1,2024-01-01\n\nben,rose,buy,1,?", r"line 5: datetime is not a date"),
        (
            "ana,rose,buy,1,2024-01-01\nben,rose,buy,1,2024-01-01\nana,rose,buy,2,2024-01-01T00:00",
            r"line 4: the same user, item, event and time as an earlier row, line 2; remove it",
        ),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(shop: Shop, rows: str, message: str) -> None:
    with pytest.raises(BadInput, match=f"^interactions.csv, {message}") as caught:
        sources.read("csv", shop(interactions=HEAD + rows + "\n"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("ana,rose,buy,1,yesterday", "datetime is not a date"),
        ("ana,rose,buy,-3,2024-01-01", "value is not a number above 0"),
        ("ana,rose,steal,1,2024-01-01", "the event is not known"),
        (",rose,buy,1,2024-01-01", "the user id is empty"),
        ("ana,rose,buy", "the number of cells differs from the header's"),
        ("eve,rose,buy,5,2024-02-02", "the same user, item, event and time as an earlier row"),
    ],
)
def test_bad_rows_can_be_dropped_and_are_counted(shop: Shop, bad: str, reason: str) -> None:
    rows = f"eve,rose,buy,1,2024-02-02\n{bad}\nben,mask,view,,2024-01-01\n{bad}\n"
    dataset = sources.read("csv", shop(interactions=HEAD + rows), on_invalid="drop")
    assert sorted(dataset.users.ids) == ["ben", "eve"]
    assert [(d.file, d.reason, d.rows, d.first_line) for d in dataset.report.dropped] == [
        ("interactions.csv", reason, 2, 3)
    ]
    assert list(dataset.interactions.line) == [4, 2]


def test_the_first_three_lines_of_what_is_left_out_are_named(shop: Shop) -> None:
    acts = "".join(f"ana,rose{n},buy,1,{day}\n" for n, day in enumerate(["2024-01-01", *["never"] * 5]))
    prices = "".join(
        f"rose{n},{price}\n" for n, price in enumerate(["1", "ask", "2", "ask", "ask", "ask", "ask"])
    )
    report = sources.read(
        "csv", shop(interactions=HEAD + acts, items="item_id,price\n" + prices), on_invalid="drop"
    ).report
    (dropped,), (left_out,) = report.dropped, report.left_out
    assert (dropped.rows, dropped.first_line, dropped.next_lines) == (5, 3, (4, 5))
    assert str(left_out).startswith("items.csv:3, column price: 'ask' is ")
    assert "left out (lines 3, 5, 6 and 2 more); " in str(left_out)


def test_an_item_that_the_catalogue_lacks_is_named_and_counted(shop: Shop) -> None:
    rows = "ana,rose,buy,1,2024-01-01\nana,oil,buy,1,2024-01-01\nben,soap,buy,1,2024-01-01\n"
    folder = shop(interactions=HEAD + rows, items="item_id,title\nrose,Rose\n")
    with pytest.raises(
        BadInput, match=r"line 3: the item is not in the catalogue: 'oil' \(2 such lines\); add it"
    ):
        sources.read("csv", folder)
    assert list(sources.read("csv", folder, on_invalid="drop").items.ids) == ["rose"]


def test_if_nothing_valid_is_left_that_is_an_error_even_when_dropping(shop: Shop) -> None:
    folder = shop(interactions=HEAD + "ana,rose,buy,1,never\n")
    with pytest.raises(BadInput, match="interactions.csv: no valid row is left"):
        sources.read("csv", folder, on_invalid="drop")


def test_an_item_described_twice_names_both_lines(shop: Shop) -> None:
    folder = shop(items="item_id,title\nrose,Rose\nmask,Mask\nrose,Other\n")
    with pytest.raises(
        BadInput, match=r"items.csv, line 4: the item id is that of an earlier row, line 2: 'rose'"
    ):
        sources.read("csv", folder)
    dataset = sources.read("csv", folder, on_invalid="drop")
    assert list(dataset.item_table["title"]) == ["Rose", "Mask"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "interactions.csv is empty or its first line is"),
        (b"user_id,item_id\n", "interactions.csv has no rows"),
        (b"user_id,title\nana,rose\n", "interactions.csv: no column for item_id; found user_id, title"),
        (b"user_id,item_id,item_id\na,b,c\n", "two columns named 'item_id'; rename one"),
        (
            "user_id,item_id\nana,rose\njosé,rosé\n".encode("latin-1"),
            "line 3: byte 0xe9 is not UTF-8; save the file",
        ),
        ("user_id,item_id\nana,rose\n".encode("utf-16"), "line 1: byte 0xff is not UTF-8"),
        (b"user_id,item_id\n" + b"x" * (17 * 2**20), "line 2: longer than 16,777,216 bytes"),
    ],
)
def test_a_file_that_is_no_table_is_said_to_be_none(shop: Shop, content: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        sources.read("csv", shop(interactions=content))


def test_a_missing_path_is_named(tmp_path: FilePath) -> None:
    for format_name in ("csv", "parquet", "s3rec", "pgpr", "kgat", "recbole"):
        with pytest.raises(BadInput, match="nowhere: there is no such (file or )?folder"):
            sources.read(format_name, tmp_path / "nowhere")


def test_a_folder_without_interactions_lists_what_it_has(tmp_path: FilePath) -> None:
    (tmp_path / "notes.md").write_text("hello")
    for format_name in ("csv", "parquet"):
        with pytest.raises(BadInput, match=r"there is no interactions\..* in it; found notes.md"):
            sources.read(format_name, tmp_path)


def test_two_files_for_one_table_are_not_guessed_between(shop: Shop) -> None:
    folder = shop()
    (folder / "interactions.tsv").write_text("user\titem\na\tb\n")
    with pytest.raises(
        BadInput, match=r"interactions.csv, interactions.tsv would all be read as the same table"
    ):
        sources.read("csv", folder)


@pytest.mark.parametrize("ending", ["csv.gz", "csv.zst"])
@pytest.mark.parametrize("damage", ["not compressed", "cut short"])
def test_a_damaged_archive_is_said_to_be_damaged(tmp_path: FilePath, ending: str, damage: str) -> None:
    import zstandard

    text = "user_id,item_id\n" + "".join(f"u{row},i{row * 7919 % 977}\n" for row in range(5000))
    whole = gzip.compress(text.encode()) if ending == "csv.gz" else zstandard.compress(text.encode())
    path = tmp_path / f"interactions.{ending}"
    path.write_bytes(whole[: len(whole) // 2] if damage == "cut short" else text.encode())
    with pytest.raises(BadInput, match=f"interactions.{ending} is damaged or cut short .*copy it again"):
        sources.read("csv", path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 40 + b"PAR1"])
def test_a_damaged_parquet_file_is_said_to_be_damaged(tmp_path: FilePath, content: bytes) -> None:
    path = tmp_path / "interactions.parquet"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="interactions.parquet is no readable Parquet file"):
        sources.read("parquet", path)


def test_in_parquet_the_row_is_named_and_null_is_not_nan(tmp_path: FilePath) -> None:
    path = tmp_path / "interactions.parquet"
    frame = pd.DataFrame({"user_id": ["a", "b"], "item_id": ["x", "y"], "date": ["2024-01-01", "soon"]})
    frame.to_parquet(path)
    with pytest.raises(BadInput, match=r"interactions.parquet, row 2: date is not a date: 'soon'"):
        sources.read("parquet", path)


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -1.0, 0.0])
def test_a_weight_in_a_frame_must_be_a_number_above_zero(weight: float) -> None:
    frame = pd.DataFrame(
        {"user": ["a", "b"], "item": ["x", "x"], "event": ["buy", "view"], "value": [1.0, weight]}
    )
    with pytest.raises(BadInput, match=r"interactions, row 2: value is not a number above 0"):
        Dataset.from_frames(frame)


def test_a_broken_character_in_an_id_is_refused() -> None:
    with pytest.raises(BadInput, match="row 1: the user id holds a character that no key can hold"):
        Dataset.from_frames(pd.DataFrame({"user": ["\ud800"], "item": ["x"]}, dtype=object))


def test_an_unknown_format_gets_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="no format named 'cvs'; did you mean csv"):
        sources.read("cvs", FilePath("x"))
