"""Whatever the test part holds, what is trained on is the same, and so are all scores."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from toy import parity_shop

from kgrec import experiments
from kgrec.domain import EVENTS
from kgrec.evaluation.leaks import MUST_BE_0
from kgrec.evaluation.splits import SPLITS, split_by
from kgrec.models import MODELS

QUICK = {
    "path": {"training.rounds": 1, "training.steps": 5, "training.batch": 32},
    "als": {"factors": 4, "iterations": 2},
    **{name: {"epochs": 1} for name in ("deep", "gru", "sasrec")},
}
VIEW, BUY, RATE, RETURN = (EVENTS.index(event) for event in ("view", "buy", "rate", "return"))


def joined(*parts):
    """Interactions one after the other, oldest first."""
    names = ("user", "item", "event", "weight", "time", "line")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    whole = replace(parts[0], **columns)
    return whole.select(np.argsort(whole.time, kind="stable"))


@pytest.fixture(scope="module")
def shop():
    """The parity shop where everything is looked at before it is bought, and reviewed."""
    base = parity_shop()
    bought = base.interactions
    looked = replace(
        bought, event=np.full(len(bought), VIEW), time=bought.time - 60, line=bought.line + 10_000
    )
    reviews = {"user_id": base.users.ids[bought.user], "item_id": base.items.ids[bought.item]}
    reviews |= {"rating": 5.0, "text": "good", "lang": "en"}
    return replace(base.with_interactions(joined(looked, bought)), reviews=pd.DataFrame(reviews))


def with_held_out(shop):
    """Every seventh purchase is the test part that the source brings."""
    known = shop.interactions
    held = (known.event == BUY) & (np.cumsum(known.event == BUY) % 7 == 0)
    touched = np.isin(known.user * 24 + known.item, (known.user * 24 + known.item)[held])
    return replace(shop.with_interactions(known.select(~touched)), held_out=known.select(held))


def others_chosen(shop, part, pool):
    """The interactions and reviews, where all choices of a part are of other items of the pool."""
    known = shop.interactions if shop.held_out is None else shop.held_out
    item, reviews = known.item.copy(), shop.reviews.copy()
    ever = joined(shop.interactions, known)
    for user in np.unique(part.user):
        free = np.setdiff1d(pool, ever.item[ever.user == user])[::-1]
        rows = np.flatnonzero(np.isin(known.line, part.line[part.user == user]))[: len(free)]
        for row, other in zip(rows, free, strict=False):
            told = (reviews["user_id"] == shop.users.ids[user]) & (
                reviews["item_id"] == shop.items.ids[item[row]]
            )
            reviews.loc[told, ["item_id", "text", "rating"]] = [shop.items.ids[other], "awful", 1.0]
            item[row] = other
    changed = replace(known, item=item)
    assert (item != known.item).any()
    if shop.held_out is not None:
        return replace(shop, held_out=changed, reviews=reviews)
    return replace(shop.with_interactions(changed), reviews=reviews)


def assert_same_in_training(one, other):
    assert one.graph.version == other.graph.version
    for name in ("user", "item", "event", "weight", "time"):
        np.testing.assert_array_equal(
            getattr(one.known.interactions, name), getattr(other.known.interactions, name)
        )
    pd.testing.assert_frame_equal(one.known.reviews, other.known.reviews)
    assert other.known.held_out is None


@pytest.mark.parametrize("protocol", SPLITS)
def test_other_items_in_the_test_part_change_no_score(shop, protocol):
    whole = with_held_out(shop) if protocol == "given-split" else shop
    split = split_by(protocol, whole, 2)
    pool = np.arange(24) if split.candidates is None else split.candidates
    stages = [
        experiments.prepare(dataset, protocol, 2)
        for dataset in (whole, others_chosen(whole, split.test, pool))
    ]
    one, other = stages
    assert one.split.version != other.split.version
    assert [stage.leaks[name] for stage in stages for name in MUST_BE_0] == [0] * 8
    assert_same_in_training(one, other)
    np.testing.assert_array_equal(one.split.history.item, other.split.history.item)
    users = np.arange(60)
    for name in MODELS if protocol == "leave-one-out" else ("path", "item-knn", "content-attributes"):
        runs = [experiments.run(stage, name, settings=QUICK.get(name), seed=2) for stage in stages]
        scores = [
            run.model.score(stage.graph_when_tested, users) for run, stage in zip(runs, stages, strict=True)
        ]
        np.testing.assert_array_equal(*scores, err_msg=name)


@pytest.mark.parametrize("protocol", ["leave-one-out", "temporal", "cold-items", "cold-users"])
def test_the_validation_part_is_in_no_graph_that_is_trained_on(shop, protocol):
    split = split_by(protocol, shop, 2)
    pool = np.arange(24) if split.validation_candidates is None else split.validation_candidates
    other = others_chosen(shop, split.validation, pool)
    assert_same_in_training(*(experiments.prepare(dataset, protocol, 2) for dataset in (shop, other)))


def test_what_somebody_does_after_their_test_item_is_unknown(shop):
    stage = experiments.prepare(shop, "leave-one-out")
    train, test = stage.split.train, stage.split.test
    later = shop.interactions.time.max() + 3600
    each = {"weight": np.ones(len(test), np.float32), "time": np.full(len(test), later)}
    tested = replace(test, event=np.full(len(test), RATE), **each)
    first = train.select(np.unique(train.user, return_index=True)[1])
    returned = replace(first, event=np.full(len(first), RETURN), **each)
    after = experiments.prepare(
        shop.with_interactions(joined(shop.interactions, tested, returned)), "leave-one-out"
    )
    assert_same_in_training(stage, after)
    np.testing.assert_array_equal(stage.split.test.item, after.split.test.item)
    np.testing.assert_array_equal(stage.split.history.item, after.split.history.item)
    assert (len(stage.split.ratings), len(after.split.ratings)) == (0, len(test))
