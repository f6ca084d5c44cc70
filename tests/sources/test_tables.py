"""A dataset kept in a folder comes back without a difference; a folder that was tampered with does not."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path as FilePath

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgrec import sources
from kgrec.domain import Dataset, Dropped, Facts, IdMap, Interactions, LeftOut, Property, ValidationReport
from kgrec.errors import BadBundle
from kgrec.sources import tables
from kgrec.sources.mapping import parsed

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
IDS = st.lists(TEXT, min_size=1, max_size=4, unique=True)
WHOLE = st.integers(-(2**63), 2**63 - 1)


def assert_same(left: Dataset, right: Dataset) -> None:
    assert list(left.users.ids) == list(right.users.ids)
    assert list(left.items.ids) == list(right.items.ids)
    assert left.report == right.report
    pairs = [(left.interactions, right.interactions), (left.facts, right.facts)]
    assert (left.held_out is None) == (right.held_out is None)
    if left.held_out is not None and right.held_out is not None:
        pairs.append((left.held_out, right.held_out))
    for before, after in pairs:
        assert vars(before).keys() == vars(after).keys()
        for name, column in vars(before).items():
            np.testing.assert_array_equal(column, getattr(after, name), strict=not isinstance(column, str))
    for name in ("item_table", "user_table", "reviews"):
        pd.testing.assert_frame_equal(getattr(left, name), getattr(right, name))


@st.composite
def interactions(draw: st.DrawFn, users: int, items: int) -> Interactions:
    n = draw(st.integers(0, 4))
    weights = st.floats(0, width=32, exclude_min=True, allow_infinity=False)

    def rows(most: int) -> np.ndarray:
        return np.array(draw(st.lists(st.integers(0, most - 1), min_size=n, max_size=n)), dtype=np.int64)

    return Interactions(
        user=rows(users),
        item=rows(items),
        event=rows(6),
        weight=np.array(draw(st.lists(weights, min_size=n, max_size=n)), dtype=np.float32),
        time=np.array(draw(st.lists(WHOLE, min_size=n, max_size=n)), dtype=np.int64),
        line=rows(99),
        clock=draw(st.sampled_from(["seconds", "steps", "none"])),
    )


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    users, items = draw(IDS), draw(IDS)
    n_facts = draw(st.integers(0, 3))

    def texts(n: int) -> pd.Series:
        return pd.Series(draw(st.lists(TEXT, min_size=n, max_size=n)), dtype=object)

    prices = draw(
        st.lists(
            st.floats(0, allow_infinity=False) | st.just(np.nan), min_size=len(items), max_size=len(items)
        )
    )
    return Dataset(
        users=IdMap("user", users),
        items=IdMap("item", items),
        interactions=draw(interactions(len(users), len(items))),
        item_table=pd.DataFrame({"title": texts(len(items)), "price": pd.Series(prices, dtype=np.float64)}),
        user_table=pd.DataFrame(
            {"city": texts(len(users))} if draw(st.booleans()) else {}, index=range(len(users))
        ),
        facts=Facts(
            item=np.zeros(n_facts, dtype=np.int64),
            relation=texts(n_facts).to_numpy(dtype=object),
            value=texts(n_facts).to_numpy(dtype=object),
            line=np.arange(n_facts, dtype=np.int64),
        ),
        reviews=pd.DataFrame({"text": texts(2), "datetime": pd.Series([draw(WHOLE), 0], dtype=np.int64)}),
        held_out=draw(st.none() | interactions(len(users), len(items))),
        report=ValidationReport(
            {"items": draw(TEXT)},
            {"f": {draw(TEXT): "title"}},
            (Dropped("f", draw(TEXT), 2, 3, (7,)),),
            (draw(TEXT),),
            left_out=(LeftOut("f", "c", "r", draw(TEXT), 2, 3, draw(TEXT), (4,)),),
        ),
    )


@settings(max_examples=40, deadline=None)
@given(datasets())
def test_a_kept_dataset_comes_back_without_a_difference(dataset: Dataset) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tables.save(dataset, FilePath(folder) / "tables")
        assert_same(tables.load(FilePath(folder) / "tables"), dataset)


def test_a_dataset_read_from_frames_comes_back_without_a_difference(tmp_path: FilePath) -> None:
    dataset = Dataset.from_frames(
        pd.DataFrame({"user": ["a", "b"], "item": ["x", "y"], "event": ["buy", "bad"]}),
        pd.DataFrame({"item": ["x", "y"], "title": ["X", "Y"], "brand": ["L", "L"]}),
        pd.DataFrame({"user": ["a"], "city": ["Graz"]}),
        pd.DataFrame({"user": ["a"], "item": ["x"], "text": ["good"]}),
        on_invalid="drop",
    )
    tables.save(dataset, tmp_path)
    assert_same(tables.load(tmp_path), dataset)


def test_nothing_in_the_folder_is_a_pickle(tmp_path: FilePath) -> None:
    tables.save(Dataset.from_frames(pd.DataFrame({"user": ["a"], "item": ["x"]})), tmp_path)
    assert {file.suffix for file in tmp_path.iterdir()} == {".parquet", ".json"}


def test_an_incomplete_or_altered_folder_is_refused(tmp_path: FilePath) -> None:
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["a"], "item": ["x"]}))
    with pytest.raises(BadBundle, match="not a complete folder of tables"):
        tables.load(tmp_path)
    for name, content in (("facts.parquet", b"PAR1"), ("report.json", b"{}"), ("report.json", b"[]")):
        tables.save(dataset, tmp_path)
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadBundle, match="not a complete folder of tables .*; import the data again"):
            tables.load(tmp_path)


def test_a_folder_of_another_version_is_refused(tmp_path: FilePath) -> None:
    tables.save(Dataset.from_frames(pd.DataFrame({"user": ["a"], "item": ["x"]})), tmp_path)
    content = json.loads((tmp_path / "report.json").read_text())
    (tmp_path / "report.json").write_text(json.dumps(content | {"version": 99}))
    with pytest.raises(BadBundle, match="version 99, not 1; import the data again"):
        tables.load(tmp_path)


def test_every_listed_format_is_one_function_with_the_same_arguments() -> None:
    formats = {"csv", "parquet", "amazon-json", "s3rec", "pgpr", "kgat", "recbole", "demo"}
    assert formats <= set(sources.SOURCES)


def test_what_a_mapping_says_of_the_items_is_kept(tmp_path: FilePath) -> None:
    items = pd.DataFrame({"item": ["a", "b"], "size": ["250 ml", "1 l"], "title_de": ["A", "B"]})
    mapping = parsed('preset = "news"\n[words.en]\nthis = "this scent"\n')
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ana"], "item": ["a"]}), items, mapping=mapping)
    tables.save(dataset, tmp_path / "tables")
    again = tables.load(tmp_path / "tables")
    assert again.idiom == dataset.idiom
    assert again.idiom.properties["size"] == Property("", "decimal", label="size", unit="ml")
    assert again.idiom.words["en"]["this"] == "this scent"
    assert again.report.mapping == dataset.report.mapping
