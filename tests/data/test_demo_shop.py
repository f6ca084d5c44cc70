"""The bundled shop is what its datasheet says, and its generator makes it again byte for byte."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo"
N_DRAWN = 60  # items come kind after kind, so these show every one of the 46 kinds

COLUMNS = {
    "items": "item_id,title,title_zh,category,brand,colour,material,price,currency,compatible_with,"
    "description,image",
    "users": "user_id,age_band,city",
    "interactions": "user_id,item_id,event,value,datetime",
    "reviews": "user_id,item_id,rating,lang,text,datetime",
    "ground_truth": "user_id,item_id,datetime,reason,evidence",
}


@pytest.fixture(scope="module")
def tables():
    return {name: pd.read_csv(DEMO / f"{name}.csv.gz", keep_default_na=False) for name in COLUMNS}


@pytest.fixture(scope="module")
def bought(tables):
    return tables["interactions"].query("event == 'buy'").reset_index(drop=True)


@pytest.fixture(scope="module")
def bought_at(bought):
    """(user_id, item_id) → when."""
    return bought.set_index(["user_id", "item_id"])["datetime"].pipe(pd.to_datetime)


def truths(tables, *reasons):
    return [row for row in tables["ground_truth"].itertuples() if row.reason in reasons]


def test_columns_and_sizes_are_those_of_the_datasheet(tables):
    assert {name: ",".join(table.columns) for name, table in tables.items()} == COLUMNS
    assert len(tables["items"]) == 1200
    assert len(tables["users"]) == len(tables["ground_truth"]) == 2000
    assert 36_000 < len(tables["interactions"]) < 44_000
    assert tables["reviews"]["lang"].value_counts().to_dict() == {"en": 2000, "zh": 2000}
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) < 6_000_000


def test_the_category_tree_has_six_departments_and_three_levels(tables):
    paths = tables["items"]["category"].str.split(" > ")
    assert set(paths.str.len()) == {3}
    assert paths.str[0].nunique() == 6


def test_ids_are_unique_and_consistent_between_tables(tables):
    items, users = tables["items"]["item_id"], tables["users"]["user_id"]
    assert items.is_unique and users.is_unique and tables["items"]["title"].is_unique
    for name in ("interactions", "reviews", "ground_truth"):
        assert set(tables[name]["item_id"]) <= set(items)
        assert set(tables[name]["user_id"]) <= set(users)


def test_compatible_items_name_each_other(tables):
    named = tables["items"].set_index("item_id")["compatible_with"]
    links = {(item, other) for item, names in named.items() for other in names.split(" | ") if other}
    assert links
    assert links == {(other, item) for item, other in links}


def test_every_item_has_its_picture_and_there_is_no_other(tables):
    assert {f"images/{path.name}" for path in (DEMO / "images").iterdir()} == set(tables["items"]["image"])
    assert all((DEMO / name).read_bytes().startswith(b"\x89PNG") for name in tables["items"]["image"])


def test_interactions_are_sorted_and_each_is_there_once(tables):
    interactions = tables["interactions"]
    assert interactions["datetime"].is_monotonic_increasing
    assert interactions["datetime"].str.fullmatch(r"2025-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()
    assert not interactions.duplicated(["user_id", "item_id", "event", "datetime"]).any()
    assert set(interactions["event"]) == {"view", "cart", "buy", "return", "rate"}
    assert interactions.loc[interactions["event"] == "rate", "value"].between(1, 5).all()


def test_nobody_buys_twice_and_everybody_buys_three_times(bought):
    purchases = bought.groupby("user_id").size()
    assert not bought.duplicated(["user_id", "item_id"]).any()
    assert len(purchases) == 2000
    assert purchases.min() >= 3
    assert 6 <= purchases.median() <= 8
    assert 12_000 <= len(bought) <= 14_000


def test_a_few_items_sell_a_lot_and_most_a_little(bought):
    sold = bought["item_id"].value_counts()
    assert sold.head(120).sum() > 0.4 * len(bought)
    assert sold.median() < sold.mean() / 2


def test_ground_truth_is_the_last_purchase_and_nothing_follows_it(tables):
    last = tables["interactions"].groupby("user_id").tail(1).set_index("user_id")
    assert set(last["event"]) == {"buy"}
    told = tables["ground_truth"].set_index("user_id")
    columns = ["item_id", "datetime"]
    pd.testing.assert_frame_equal(last[columns].sort_index(), told[columns].sort_index())
    latest = tables["reviews"].groupby("user_id")["datetime"].max()
    assert (latest < last["datetime"].reindex(latest.index)).all()


def test_evidence_of_a_taste_is_an_earlier_purchase_that_shares_it(tables, bought_at):
    items = tables["items"].set_index("item_id")
    for row in truths(tables, "brand", "colour", "material"):
        item, own = items.loc[row.item_id], items.loc[row.evidence]
        assert item[row.reason] == own[row.reason]
        assert bought_at[row.user_id, row.evidence] < pd.Timestamp(row.datetime)
        if row.reason != "brand":
            assert item["category"].split(" > ")[0] == own["category"].split(" > ")[0]


def test_a_complement_follows_what_it_goes_with_within_a_week(tables, bought_at):
    items = tables["items"].set_index("item_id")
    followers = truths(tables, "complement")
    for row in followers:
        assert row.evidence in items.loc[row.item_id, "compatible_with"].split(" | ")
        waited = pd.Timestamp(row.datetime) - bought_at[row.user_id, row.evidence]
        assert pd.Timedelta(0) < waited < pd.Timedelta(days=7)
    assert len(followers) > 150


def test_evidence_of_other_reasons_is_who_or_when_the_shopper_was(tables):
    users = tables["users"].set_index("user_id")
    for row in truths(tables, "segment"):
        assert row.evidence and row.evidence in set(users.loc[row.user_id])
    assert all(row.evidence == row.datetime[:7] for row in truths(tables, "fashion"))
    assert all(row.evidence == "" for row in truths(tables, "chance"))
    assert set(tables["ground_truth"]["reason"]) == {
        *("brand", "material", "colour", "complement", "segment", "fashion", "chance")
    }


def test_histories_show_the_planted_reasons(tables, bought):
    """Without the ground truth: what one buys next is like what one bought, more than chance would make it."""
    items = tables["items"].set_index("item_id")
    pairs = bought.assign(before=bought.groupby("user_id")["item_id"].shift()).dropna()
    for attribute, times in (("brand", 4), ("colour", 1.5), ("material", 1.5)):
        now, before = items.loc[pairs["item_id"], attribute], items.loc[pairs["before"], attribute]
        alike = (now.to_numpy() == before.to_numpy()).mean()
        by_chance = (now.value_counts(normalize=True) ** 2).sum()
        assert alike > times * by_chance, attribute
    links = items["compatible_with"].str.split(" | ", regex=False)
    together = [item in links[before] for item, before in zip(pairs["item_id"], pairs["before"], strict=True)]
    assert sum(together) / len(together) > 0.05


def test_reviews_are_by_buyers_and_agree_with_their_ratings(tables, bought_at):
    reviews, rates = tables["reviews"], tables["interactions"].query("event == 'rate'")
    assert set(zip(reviews["user_id"], reviews["item_id"], strict=True)) <= set(bought_at.index)
    both = reviews.merge(rates, on=["user_id", "item_id"])
    assert len(both)
    assert (both["rating"] == both["value"]).all()
    chinese = reviews["text"].str.contains("[\u4e00-\u9fff]")
    assert (chinese == (reviews["lang"] == "zh")).all()
    waste = reviews["text"].str.contains("waste of money|浪费钱")
    assert set(reviews.loc[waste, "rating"]) == {1}
    assert reviews["text"].nunique() > 2_000


def test_some_shoppers_leave_their_age_or_city_blank(tables):
    blank = tables["users"][["age_band", "city"]].eq("").mean()
    assert blank.between(0.08, 0.16).all()


def test_the_generator_makes_the_same_bytes_again(tmp_path):
    """All tables, and pictures of every kind of goods."""
    generator = ROOT / "data" / "generate.py"
    command = [sys.executable, generator, "--out", tmp_path, "--pictures", str(N_DRAWN)]
    subprocess.run(command, check=True, capture_output=True)
    made = {path.relative_to(tmp_path): digest(path) for path in tmp_path.rglob("*") if path.is_file()}
    assert len(made) == len(COLUMNS) + N_DRAWN
    assert made == {path: digest(DEMO / path) for path in made}


def test_another_seed_makes_another_shop(tmp_path):
    command = [
        sys.executable,
        ROOT / "data" / "generate.py",
        "--out",
        tmp_path,
        "--seed",
        "8",
        "--pictures",
        "0",
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert digest(tmp_path / "interactions.csv.gz") != digest(DEMO / "interactions.csv.gz")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
