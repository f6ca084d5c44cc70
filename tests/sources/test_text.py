"""Delimited text of every usual shape, and titles that were written to do harm."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path as FilePath

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from kgrec import sources
from kgrec.sources.labels import clean

Shop = Callable[..., FilePath]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_delimiter_the_line_ends_and_a_byte_order_mark_are_found_out(
    tmp_path: FilePath, delimiter: str, end: str, mark: str
) -> None:
    rows = [["user_id", "item_id", "quantity"], ["ana", "rose", "2"], ["ben", "a b", "1"]]
    path = tmp_path / "log.csv"
    path.write_bytes((mark + "".join(delimiter.join(row) + end for row in rows)).encode())
    dataset = sources.read("csv", path)
    assert list(dataset.users.ids) == ["ana", "ben"]
    assert list(dataset.items.ids) == ["rose", "a b"]
    assert list(dataset.interactions.weight) == [2.0, 1.0]


@pytest.mark.parametrize(
    ("ending", "packed"),
    [(".csv", lambda text: text), (".csv.gz", gzip.compress), (".csv.zst", zstandard.compress)],
)
def test_compressed_tables_are_read_as_they_are(
    tmp_path: FilePath, ending: str, packed: Callable[[bytes], bytes]
) -> None:
    (tmp_path / f"interactions{ending}").write_bytes(packed(b"user,item\nana,rose\n"))
    (tmp_path / f"items{ending}").write_bytes(packed(b"item,title\nrose,Rose Cream\nmask,Mask\n"))
    dataset = sources.read("csv", tmp_path)
    assert list(dataset.item_table["title"]) == ["Rose Cream", "Mask"]
    assert dataset.report.files == {"interactions": f"interactions{ending}", "items": f"items{ending}"}


def test_a_catalogue_may_lie_elsewhere(shop: Shop, tmp_path: FilePath) -> None:
    catalogue = tmp_path / "products.tsv"
    catalogue.write_text("item_id\tname\nrose\tRose Cream\nmask\tMask\n")
    dataset = sources.read("csv", shop(), catalogue)
    assert list(dataset.item_table["title"]) == ["Rose Cream", "Mask"]


def test_facts_know_the_line_of_their_file_even_after_a_cell_of_several_lines(shop: Shop) -> None:
    items = 'item_id,title,description,brand\nrose,Rose,"two\nlines",Lavera\nmask,Mask,,Weleda\n'
    facts = sources.read("csv", shop(items=items)).facts
    assert list(zip(facts.value, facts.line, strict=True)) == [("Lavera", 2), ("Weleda", 4)]


def test_markup_in_a_title_is_kept_as_text_and_hidden_characters_are_not(shop: Shop) -> None:
    evil = "<script>alert(1)</script>\x00\x1b[31m\u202e" + "e\u0301" + "x" * 600
    items = f'item_id,title,image,brand\nrose,"{evil}",javascript:alert(1),La\u202evera\nmask,Mask,https://x/y.png,\n'
    dataset = sources.read("csv", shop(items=items))
    title = dataset.item_table["title"][0]
    assert title.startswith("<script>alert(1)</script>[31m\u00e9xxx")
    assert len(title) == 500
    assert list(dataset.facts.value) == ["Lavera"]
    assert list(dataset.item_table["image"]) == ["", "https://x/y.png"]
    notes = " / ".join(dataset.report.notes)
    assert "items.csv: 1 values of title were cut to 500 characters" in notes
    assert "control or direction characters were taken out of 1 values of title" in notes
    (refused,) = dataset.report.left_out
    assert str(refused) == (
        "items.csv:2, column image: 'javascript:alert(1)' is neither a path nor an http address and was left out; "
        "write the name of a file or an address that begins with https://"
    )


def test_ids_are_kept_exactly_as_they_are(shop: Shop) -> None:
    dataset = sources.read("csv", shop(interactions="user_id,item_id\n007,1.0\n e\u0301 ,<b>\n"))
    assert list(dataset.users.ids) == ["007", " e\u0301 "]
    assert list(dataset.items.ids) == ["1.0", "<b>"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), min_size=1, max_size=6))
def test_any_title_survives_the_file_in_its_normal_form(titles: list[str]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(["item_id", "title"])
    writer.writerows([f"i{row}", title] for row, title in enumerate(titles))
    with tempfile.TemporaryDirectory() as folder:
        path = FilePath(folder)
        (path / "interactions.csv").write_text("user_id,item_id\nana,i0\n")
        (path / "items.csv").write_bytes(text.getvalue().encode())
        dataset = sources.read("csv", path)
    assert list(dataset.item_table["title"]) == [clean(title) for title in titles]


@given(st.text(max_size=700))
def test_a_clean_label_is_short_composed_printable_and_stays_as_it_is(text: str) -> None:
    label = clean(text)
    assert len(label) <= 500
    assert unicodedata.is_normalized("NFC", label)
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in label)
    assert not set(label) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert clean(label) == label
