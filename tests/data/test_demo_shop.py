"""The bundled shop is what its datasheet says, and its generator makes it again byte for byte."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo"


@pytest.fixture(scope="module")
def tables():
    names = ("items", "users", "interactions", "reviews", "ground_truth")
    return {name: pd.read_csv(DEMO / f"{name}.csv.gz", keep_default_na=False) for name in names}


def test_sizes_are_those_of_the_datasheet(tables):
    assert len(tables["items"]) == 1200
    assert len(tables["users"]) == len(tables["ground_truth"]) == 2000
    assert 36_000 < len(tables["interactions"]) < 44_000
    assert tables["reviews"]["lang"].value_counts().to_dict() == {"en": 2000, "zh": 2000}
    assert tables["items"]["category"].str.split(" > ").str[0].nunique() == 6
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) < 6_000_000


def test_ids_are_consistent_and_every_item_has_a_picture(tables):
    items, users = set(tables["items"]["item_id"]), set(tables["users"]["user_id"])
    for name in ("interactions", "reviews", "ground_truth"):
        assert set(tables[name]["item_id"]) <= items
        assert set(tables[name]["user_id"]) <= users
    assert {n for names in tables["items"]["compatible_with"] for n in names.split(" | ") if n} <= items
    assert all((DEMO / name).read_bytes().startswith(b"\x89PNG") for name in tables["items"]["image"])


def test_ground_truth_is_the_last_purchase_and_its_evidence_is_true(tables):
    bought = tables["interactions"].query("event == 'buy'")
    last = bought.sort_values("datetime", kind="stable").groupby("user_id").tail(1).set_index("user_id")
    items = tables["items"].set_index("item_id")
    users = tables["users"].set_index("user_id")
    owned = bought.groupby("user_id")["item_id"].agg(set)
    for row in tables["ground_truth"].itertuples():
        assert (last.loc[row.user_id, "item_id"], last.loc[row.user_id, "datetime"]) == (
            row.item_id,
            row.datetime,
        )
        item = items.loc[row.item_id]
        if row.reason in ("brand", "colour", "material"):
            assert item[row.reason] == items.loc[row.evidence, row.reason]
        elif row.reason == "complement":
            assert row.evidence in item["compatible_with"].split(" | ")
        elif row.reason == "segment":
            assert row.evidence in set(users.loc[row.user_id])
        elif row.reason == "fashion":
            assert row.evidence in row.datetime or row.evidence[:4] == "2025"
        if row.reason in ("brand", "colour", "material", "complement"):
            assert row.evidence in owned[row.user_id]


def test_nobody_buys_twice_and_everybody_buys_three_times(tables):
    bought = tables["interactions"].query("event == 'buy'")
    assert not bought.duplicated(["user_id", "item_id"]).any()
    assert bought.groupby("user_id").size().min() >= 3


def test_the_generator_makes_the_same_bytes_again(tmp_path):
    subprocess.run(
        [sys.executable, ROOT / "data" / "generate.py", "--out", tmp_path], check=True, capture_output=True
    )
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kept = {path.relative_to(DEMO): path.read_bytes() for path in DEMO.rglob("*") if path.is_file()}
    assert made == kept
