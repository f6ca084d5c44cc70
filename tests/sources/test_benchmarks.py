"""The S3-Rec, PGPR and KGAT layouts: small ones written here, and the real files where they are present."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path as FilePath

import numpy as np
import pyarrow.parquet as pq
import pytest

from kgrec import sources
from kgrec.domain import EVENTS, Dataset
from kgrec.errors import BadInput

Shared = Callable[[str], FilePath]


def facts(dataset: Dataset) -> set[tuple[str, str, str]]:
    names = dataset.items.ids[dataset.facts.item]
    return set(zip(names, dataset.facts.relation, dataset.facts.value, strict=True))


@pytest.fixture
def toy_s3rec(tmp_path: FilePath) -> FilePath:
    folder = tmp_path / "s3rec"
    folder.mkdir()
    (folder / "Toy.txt").write_text("1 10 9\n2 9 10 2\n")
    (folder / "time_gaps.txt").write_text("1 10 9\t0 5\n")
    attributes = {"9": [1, 2], "10": [1], "2": [], "77": [1]}
    (folder / "Toy_item2attributes.json.gz").write_bytes(gzip.compress(json.dumps(attributes).encode()))
    (folder / "attribute_names.json").write_text('{"1": "Makeup"}')
    return folder


def test_sequences_are_steps_with_the_oldest_first_and_items_in_the_order_of_numbers(
    toy_s3rec: FilePath,
) -> None:
    dataset = sources.read("s3rec", toy_s3rec)
    known = dataset.interactions
    assert known.clock == "steps"
    assert list(dataset.items.ids) == ["2", "9", "10"]
    assert list(dataset.users.ids[known.user]) == ["1", "2", "1", "2", "2"]
    assert list(dataset.items.ids[known.item]) == ["10", "9", "9", "10", "2"]
    assert list(known.time) == [0, 0, 1, 1, 2]
    assert list(known.line) == [1, 2, 1, 2, 2]
    assert {EVENTS[event] for event in known.event} == {"buy"}


def test_attributes_have_their_name_or_their_number(toy_s3rec: FilePath) -> None:
    assert facts(sources.read("s3rec", toy_s3rec)) == {
        ("9", "has_attribute", "Makeup"),
        ("9", "has_attribute", "attribute 2"),
        ("10", "has_attribute", "Makeup"),
    }


def test_brands_of_a_catalogue_stand_in_for_the_numbered_attributes(toy_s3rec: FilePath) -> None:
    catalogue = toy_s3rec / "catalogue.tsv"
    catalogue.write_text(
        "pgpr_id\ts3rec_id\tasin\ttitle\tbrand\n"
        "0\t9\tB9\tNine\tLavera\n"
        "1\t\tB0\tNo one\tX\n"
        "2\t50\tB5\tFifty\t\n"
    )
    dataset = sources.read("s3rec", toy_s3rec, catalogue)
    assert facts(dataset) == {("9", "has_brand", "Lavera")}
    assert list(dataset.items.ids) == ["2", "9", "10", "50"]
    assert list(dataset.item_table["title"]) == ["", "Nine", "", "Fifty"]
    assert list(dataset.item_table["asin"]) == ["", "B9", "", "B5"]
    assert dataset.item_lines.tolist() == [0, 2, 0, 4]
    assert any("stand in for it" in note for note in dataset.report.notes)


def test_a_catalogue_of_titles_leaves_the_attributes_and_may_be_keyed_by_item_id(toy_s3rec: FilePath) -> None:
    catalogue = toy_s3rec / "catalogue.csv"
    catalogue.write_text("item_id,title\n9,Nine\n")
    dataset = sources.read("s3rec", toy_s3rec, catalogue)
    assert ("9", "has_attribute", "Makeup") in facts(dataset)
    assert list(dataset.item_table["title"]) == ["", "Nine", ""]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("Toy.txt", "1 10 9\n2 x\n", "Toy.txt, line 2: 'x' is no number; a line is a user and items"),
        ("Toy.txt", "1 10 ²\n", "Toy.txt, line 1: '²' is no number"),
        ("Toy.txt", f"1 {'9' * 5000}\n", "Toy.txt, line 1: '9+' is no number"),
        ("Toy.txt", "1 10\n1 9\n", "Toy.txt, line 2: user 1 already has line 1; join the two lines"),
        ("Toy.txt", "1 10\n2\n", "Toy.txt, line 2: user 2 has no items; remove the line"),
        ("Toy.txt", "\n", "Toy.txt has no rows"),
        ("attribute_names.json", '{"1": \n x}', "attribute_names.json, line 2, column 2: not JSON"),
        ("attribute_names.json", "[" * 100_000, "attribute_names.json: not JSON that can be read"),
        ("attribute_names.json", "[1]", "attribute_names.json: holds a list; it must be an object"),
        ("Other_item2attributes.json", "{}", "needs exactly one NAME_item2attributes.json"),
        ("catalogue.tsv", "asin\ttitle\nB\tx\n", "catalogue.tsv: no column for s3rec_id; found asin, title"),
    ],
)
def test_mistakes_in_the_s3rec_layout_are_named(
    toy_s3rec: FilePath, name: str, content: str, message: str
) -> None:
    (toy_s3rec / name).write_text(content)
    catalogue = toy_s3rec / "catalogue.tsv"
    with pytest.raises(BadInput, match=message) as caught:
        sources.read("s3rec", toy_s3rec, catalogue if catalogue.exists() else None)
    assert len(str(caught.value)) < 400


def test_users_without_items_can_be_dropped(toy_s3rec: FilePath) -> None:
    (toy_s3rec / "Toy.txt").write_text("1 10\n2\n")
    dataset = sources.read("s3rec", toy_s3rec, on_invalid="drop")
    assert list(dataset.users.ids) == ["1"]
    assert [(d.rows, d.first_line) for d in dataset.report.dropped] == [(1, 2)]


@pytest.fixture
def toy_pgpr(tmp_path: FilePath) -> FilePath:
    folder = tmp_path / "pgpr"
    folder.mkdir()
    files = {
        "product": "B0\nB1\nB2\n",
        "users": "ana\nben\n",
        "brand": "Lavera\nWeleda\n",
        "brand_p_b": "0\n\n1 1\n",
        "category": "Care\nFace\n",
        "category_p_c": "0 1\n0\n\n",
        "related_product": "B9\nB2\n",
        "also_bought_p_p": "1 0\n\n\n",
        "mentions_p_w": "1\n2\n3\n",
        "train_labels": "0\t2\t1\n1\t0\n",
        "test_labels": "0\t0\n1\n",
    }
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text)
    return folder


def test_the_pgpr_layout_gives_facts_links_and_its_own_test_part(toy_pgpr: FilePath) -> None:
    dataset = sources.read("pgpr", toy_pgpr)
    assert list(dataset.users.ids) == ["0", "1"]
    assert facts(dataset) == {
        ("0", "has_brand", "Lavera"),
        ("2", "has_brand", "Weleda"),
        ("0", "has_category", "Care"),
        ("0", "has_category", "Face"),
        ("1", "has_category", "Care"),
        ("0", "also_bought", "2"),
        ("0", "also_bought", "asin:B9"),
    }
    assert dataset.interactions.clock == "none"
    assert list(dataset.interactions.item) == [2, 1, 0]
    assert dataset.held_out is not None and list(dataset.held_out.item) == [0]
    assert list(dataset.item_table["asin"]) == ["B0", "B1", "B2"]
    assert dict(zip(dataset.facts.value, dataset.facts.line, strict=True))["Weleda"] == 3
    assert any("mentions_p_w.txt: not read" in note for note in dataset.report.notes)


def test_a_catalogue_gives_pgpr_its_titles_and_nothing_else(toy_pgpr: FilePath) -> None:
    catalogue = toy_pgpr / "catalogue.tsv"
    catalogue.write_text("pgpr_id\ttitle\tbrand\n1\tOne\tOther\n")
    dataset = sources.read("pgpr", toy_pgpr, catalogue)
    assert list(dataset.item_table["title"]) == ["", "One", ""]
    assert ("1", "has_brand", "Other") not in facts(dataset)
    assert dataset.report.files["has_brand"] == "brand_p_b.txt"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("brand_p_b", "0\n7\n1\n", "brand_p_b.txt, line 2: '7' is no number from 0 to 1"),
        ("brand_p_b", "0\n", "brand_p_b.txt has 1 lines, product has 3"),
        ("train_labels", "0\t9\n", "train_labels.txt, line 1: there is no item 9; numbers go from 0 to 2"),
        ("train_labels", "5\t1\n", "train_labels.txt, line 1: there is no user 5"),
        ("product", "", "product.txt has no rows"),
    ],
)
def test_mistakes_in_the_pgpr_layout_are_named(
    toy_pgpr: FilePath, name: str, content: str, message: str
) -> None:
    (toy_pgpr / f"{name}.txt").write_text(content)
    with pytest.raises(BadInput, match=message):
        sources.read("pgpr", toy_pgpr)


def test_a_missing_entity_file_is_named_with_what_is_there(toy_pgpr: FilePath) -> None:
    (toy_pgpr / "users.txt").unlink()
    with pytest.raises(BadInput, match="there is no users.txt in it; found also_bought_p_p.txt"):
        sources.read("pgpr", toy_pgpr)


@pytest.fixture
def toy_kgat(tmp_path: FilePath) -> FilePath:
    folder = tmp_path / "kgat"
    folder.mkdir()
    (folder / "train.txt").write_text("0 10 2 3\n2 3\n1 \n")
    (folder / "test.txt.gz").write_bytes(gzip.compress(b"0 7\n2\n11 2 10\n"))
    return folder


def test_the_kgat_layout_gives_pairs_without_an_order_and_its_own_test_part(toy_kgat: FilePath) -> None:
    dataset = sources.read("kgat", toy_kgat)
    assert list(dataset.users.ids) == ["0", "2", "11"]
    assert list(dataset.items.ids) == ["2", "3", "7", "10"]
    known, held_out = dataset.interactions, dataset.held_out
    assert known.clock == "none" and held_out is not None and held_out.clock == "none"
    assert list(dataset.users.ids[known.user]) == ["0", "0", "0", "2"]
    assert list(dataset.items.ids[known.item]) == ["10", "2", "3", "3"]
    assert list(dataset.users.ids[held_out.user]) == ["0", "11", "11"]
    assert list(dataset.items.ids[held_out.item]) == ["7", "2", "10"]
    assert list(held_out.line) == [1, 3, 3]


def test_kgat_can_do_without_a_test_part_and_takes_a_catalogue(toy_kgat: FilePath) -> None:
    (toy_kgat / "test.txt.gz").unlink()
    catalogue = toy_kgat.parent / "titles.csv"
    catalogue.write_text("item_id,title,brand\n3,Three,Lavera\n99,None,X\n")
    dataset = sources.read("kgat", toy_kgat, catalogue)
    assert dataset.held_out is None
    assert list(dataset.item_table["title"]) == ["", "Three", ""]
    assert facts(dataset) == {("3", "has_brand", "Lavera")}
    assert any("1 rows are of no item in the folder" in note for note in dataset.report.notes)


def test_mistakes_in_the_kgat_layout_are_named(toy_kgat: FilePath) -> None:
    (toy_kgat / "train.txt").write_text("0 10\n0 2\n")
    with pytest.raises(BadInput, match="train.txt, line 2: user 0 already has line 1"):
        sources.read("kgat", toy_kgat)
    (toy_kgat / "train.txt").unlink()
    with pytest.raises(BadInput, match=r"there is no train.txt\[.gz\] in it; found test.txt.gz"):
        sources.read("kgat", toy_kgat)


def test_real_amazon_book_has_its_known_size(shared: Shared) -> None:
    dataset = sources.read("kgat", shared("amazon-book"))
    assert dataset.held_out is not None
    assert (len(dataset.users), len(dataset.items)) == (70_679, 24_915)
    assert (len(dataset.interactions), len(dataset.held_out)) == (652_514, 193_920)


def test_real_beauty_sequences_have_their_known_size_and_keep_their_order(shared: Shared) -> None:
    folder = shared("amazon-beauty")
    dataset = sources.read("s3rec", folder / "sequences", folder / "catalogue.tsv.gz")
    done = dataset.interactions
    assert (len(dataset.users), len(dataset.items), len(done)) == (22_363, 12_101, 198_502)
    of_second = done.select(np.flatnonzero(done.user == dataset.users.row("2")))
    assert list(dataset.items.ids[of_second.item]) == ["6", "7", "8", "9", "10", "4", "11"]
    assert Counter(dataset.facts.relation).keys() == {"has_brand", "has_category"}


def test_real_beauty_paths_have_their_known_size(shared: Shared) -> None:
    folder = shared("amazon-beauty")
    dataset = sources.read("pgpr", folder / "paths", folder / "catalogue.tsv.gz")
    assert dataset.held_out is not None
    assert (len(dataset.interactions), len(dataset.held_out)) == (149_844, 48_658)
    # Of the 10,021 brand edges 18 lead to a brand whose name is empty.
    assert Counter(dataset.facts.relation) == {
        "also_bought": 891_182,
        "also_viewed": 155_350,
        "has_category": 49_756,
        "has_brand": 10_003,
        "bought_together": 9_021,
    }
    inside = (dataset.facts.relation == "also_bought") & [
        value in dataset.items for value in dataset.facts.value
    ]
    assert inside.sum() == 239_345


def test_real_sports_catalogue_has_only_titles_so_attributes_stay(shared: Shared) -> None:
    folder = shared("amazon-sports")
    dataset = sources.read("s3rec", folder, folder / "catalogue.tsv.gz")
    assert (len(dataset.users), len(dataset.items), len(dataset.interactions)) == (35_598, 18_357, 296_337)
    assert set(dataset.facts.relation) == {"has_attribute"}
    assert (dataset.item_table["title"] != "").mean() > 0.9


def test_real_retail_log_can_be_read_by_dropping_what_is_dirty(shared: Shared) -> None:
    frame = pq.read_table(shared("online-retail") / "online_retail.parquet")
    dataset = Dataset.from_frames(frame, columns={"Description": "item_id"}, on_invalid="drop")
    assert len(dataset.users) > 4_000
    reasons = {dropped.reason for dropped in dataset.report.dropped}
    assert "the user id is empty" in reasons
    assert all(user_id.isdecimal() for user_id in dataset.users.ids)
