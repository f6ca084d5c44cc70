"""Steering changes scores at once, stays a sum of paths, is told in explanations, and can be undone."""

from dataclasses import replace

import numpy as np
import pytest
from toy import THOROUGH, graph_of, parity_shop, toy_shop

from kgrec.errors import BadInput, UnknownName
from kgrec.explain.naming import attribute_named
from kgrec.explain.steer import FACTORS
from kgrec.guide import Guide
from kgrec.models.path import PathModel


@pytest.fixture
def guide(parity_guide):
    """The parity shop with no wishes yet."""
    return Guide(parity_guide.dataset, parity_guide.graph, parity_guide.model)


def adds_up(told):
    total = told.prior + sum(path.contribution for path in told.paths) + told.remainder.contribution
    return total == pytest.approx(told.score, rel=1e-5)


def test_less_of_a_brand_puts_its_items_behind_others(guide):
    before = guide.asker("u0").scores
    guide.wish("u0", "less", "Even & Co")
    after = guide.asker("u0").scores
    even = np.arange(24) % 2 == 0
    np.testing.assert_allclose(after[even], before[even] * FACTORS["less"], rtol=1e-6)
    np.testing.assert_array_equal(after[~even], before[~even])


def test_a_steered_score_is_still_the_sum_of_its_paths_and_its_receipt_holds(guide):
    guide.wish("u0", "less", "brand: Even & Co")
    guide.wish("u0", "more", "colour: red")
    for item_id in ("i0", "i1", "i2", "i3"):
        told = guide.explain("u0", item_id)
        assert adds_up(told)
        assert told.receipt.score_without == pytest.approx(told.receipt.predicted_without, rel=1e-5)


def test_the_explanation_says_which_wish_changed_the_score_and_how(guide):
    guide.wish("u0", "less", "Even & Co")
    told = guide.explain("u0", "i2").wishes
    assert [(wish.asked, wish.label, wish.factor) for wish in told] == [("less", "Even & Co", 0.25)]
    assert guide.explain("u0", "i1").wishes == ()


def test_no_path_starts_from_a_gift_and_nothing_else_changes(guide):
    terms = guide.asker("u0").terms
    slot = int(np.argmax(terms.by_slot.sum(axis=1)))
    gift = str(guide.dataset.items.ids[guide.graph.item_row_of[terms.hops[slot].tail]])
    guide.wish("u0", "gift", gift)
    steered = guide.asker("u0")
    assert terms.hops[slot].tail not in [hop.tail for hop in steered.terms.hops]
    kept = np.delete(terms.by_slot, slot, axis=0).sum(axis=0) + steered.prior
    np.testing.assert_allclose(steered.scores, kept, rtol=1e-5)
    reached = str(guide.dataset.items.ids[int(np.argmax(terms.by_slot[slot]))])
    assert [wish.asked for wish in guide.explain("u0", reached).wishes] == ["gift"]


def test_a_gift_is_told_only_where_it_would_have_counted():
    dataset = toy_shop()
    guide = Guide(dataset, graph_of(dataset), PathModel(THOROUGH).fit(dataset, graph_of(dataset)))
    guide.wish("ana", "gift", "cream")
    assert [wish.label for wish in guide.explain("ana", "oil").wishes] == ["Rose Cream"]
    assert guide.explain("ana", "bar").wishes == ()


def test_an_item_that_is_never_to_be_shown_keeps_its_score_and_has_no_place(guide):
    best, second = guide.recommend_for("u0", k=2)
    score = guide.explain("u0", best.item_id).score
    wish = guide.wish("u0", "never", best.item_id)
    told = guide.explain("u0", best.item_id)
    assert (told.score, told.rank, told.out) == (score, None, "unwanted") and adds_up(told)
    assert [granted.asked for granted in told.wishes] == ["never"]
    assert "Not shown, as " in str(guide.page(told))
    assert guide.recommend_for("u0", k=1) == [replace(second, rank=1)]
    assert guide.why_not("u0", best.item_id).blocked == "unwanted"
    assert "You asked not to see it" in guide.takes("u0", best.item_id).text
    guide.take_back("u0", wish.number)
    assert guide.recommend_for("u0", k=2) == [best, second]


def test_nothing_is_concluded_from_what_is_never_to_be_shown(guide):
    terms = guide.asker("u0").terms
    thing = str(guide.dataset.items.ids[guide.graph.item_row_of[terms.hops[0].tail]])
    guide.wish("u0", "never", thing)
    assert terms.hops[0].tail not in [hop.tail for hop in guide.asker("u0").terms.hops]


def test_the_receipt_names_what_was_left_out_and_tells_the_place_without_it(guide):
    found = guide.explain("u0", guide.recommend_for("u0")[3].item_id)
    proof = guide.proof(found)
    assert proof is not None and f"place {found.receipt.rank_without}" in proof.without
    rows = [guide.graph.items[guide.dataset.items.row(one.item_id)] for one in proof.things if one.item_id]
    assert rows and all(f"“{one.label}”" in proof.without for one in proof.things if one.item_id)
    segments = [hop.tail for hop in guide.asker("u0").terms.hops if hop.tail not in guide.graph.items]
    groups = segments if any(one.item_id is None for one in proof.things) else []
    without = guide.asker("u0").without([*rows, *groups])
    assert without.rank(guide.dataset.items.row(found.item_id)) == found.receipt.rank_without


def test_a_wish_taken_back_leaves_no_trace(guide):
    before = guide.recommend(["u0"])
    wish = guide.wish("u0", "less", "Even & Co")
    assert not before.equals(guide.recommend(["u0"]))
    guide.take_back("u0", wish.number)
    assert before.equals(guide.recommend(["u0"]))


def test_wishes_of_one_user_are_nothing_to_another(guide):
    before = guide.recommend(["u2"])
    guide.wish("u0", "less", "Even & Co")
    assert before.equals(guide.recommend(["u2"]))


def test_a_wish_about_what_is_gone_from_the_catalogue_does_nothing(guide):
    before = guide.recommend(["u0"])
    guide._wishes.add("u0", "less", "https://shop.example/id/brand/Gone")
    assert before.equals(guide.recommend(["u0"]))


def test_what_nobody_knows_is_refused_with_near_names(guide):
    with pytest.raises(UnknownName, match="did you mean Even & Co"):
        guide.wish("u0", "less", "Even & C")
    with pytest.raises(UnknownName, match="no user named"):
        guide.wish("nobody", "less", "Even & Co")
    with pytest.raises(BadInput, match="u0 has done nothing with i1"):
        guide.wish("u0", "gift", "i1")


def test_a_name_that_two_things_have_must_be_told_apart():
    dataset = parity_shop()
    values = np.where(dataset.facts.value == "red", "Even & Co", dataset.facts.value)
    graph = graph_of(replace(dataset, facts=replace(dataset.facts, value=values)))
    with pytest.raises(BadInput, match="say brand:Even & Co or colour:Even & Co$"):
        attribute_named(graph, "even & co")
    assert graph.kinds[attribute_named(graph, "colour: Even & Co")] == "colour"
