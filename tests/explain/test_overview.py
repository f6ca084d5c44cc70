"""A list as a whole: what it shares, whose interests it serves, and what balancing does to it."""

import numpy as np
import pytest

from kgrec.errors import BadInput
from kgrec.explain.interests import balanced, divergence, interests_of
from kgrec.explain.wording import LANGUAGES
from kgrec.explain.wording.lists import WORDS, Told, overview_text
from kgrec.guide import Guide
from kgrec.models import new_model


@pytest.fixture(scope="module")
def asker(parity_guide):
    return parity_guide.asker("u3")


def weights(found):
    return np.array([interest.weight for interest in found.interests])


def test_interests_are_all_that_is_known_each_thing_once(asker):
    found = interests_of(asker)
    slots = sorted(slot for interest in found for slot in interest.slots)
    assert slots == list(range(len(asker.terms.hops)))
    assert sum(interest.weight for interest in found) == pytest.approx(1)


def test_things_that_share_a_rare_entity_are_one_interest(parity_guide, asker):
    first = interests_of(asker)[0]
    shared = {parity_guide.graph.label(interest.entity) for interest in [first]}
    assert shared <= {"Odd Ltd", "red", "blue", "green"}
    assert len(first.slots) > 1


def test_what_an_item_serves_adds_up_to_one(asker):
    found = balanced(asker, 6, 0.0)
    np.testing.assert_allclose(found.serves.sum(axis=1), 1, rtol=1e-9)


def test_a_balance_of_nothing_is_the_list_by_score(asker):
    found = balanced(asker, 6, 0.0)
    np.testing.assert_array_equal(found.item_rows, asker.best(6))
    np.testing.assert_array_equal(found.rank_by_score, np.arange(1, 7))


def test_balance_brings_lists_nearer_to_the_interests(parity_guide):
    apart = []
    for user in map(str, parity_guide.dataset.users.ids[:20]):
        asker = parity_guide.asker(user)
        wanted = weights(balanced(asker, 3, 0.0))
        apart.append([divergence(wanted, balanced(asker, 3, balance).share) for balance in (0.0, 1.0)])
    by_score, by_interest = np.array(apart).T
    assert (by_interest <= by_score + 1e-12).all()
    assert (by_interest < by_score - 1e-6).any()


def test_divergence_is_nothing_for_equals_and_finite_for_what_is_missing():
    wanted = np.array([0.5, 0.5])
    assert divergence(wanted, wanted) == pytest.approx(0)
    assert 0 < divergence(wanted, np.array([1.0, 0.0])) < np.inf


def test_every_item_of_a_balanced_list_says_where_its_score_would_put_it(parity_guide):
    by_score = {one.item_id: one.rank for one in parity_guide.recommend_for("u3", k=20)}
    found = parity_guide.overview("u3", k=6, balance=0.8)
    assert [placed.item.rank for placed in found.items] == list(range(1, 7))
    assert [placed.rank_by_score for placed in found.items] == sorted(
        placed.rank_by_score for placed in found.items
    )
    for placed in found.items:
        assert by_score[placed.item.item_id] == placed.rank_by_score
    assert sum(interest.in_history for interest in found.interests) == pytest.approx(1)


def test_what_most_of_a_list_shares_is_said_with_how_many(parity_guide):
    found = parity_guide.overview("u3", k=4)
    for shared in found.common:
        having = [
            placed
            for placed in found.items
            if shared.label in set(_labels(parity_guide, placed.item.item_id))
        ]
        assert len(having) == shared.items >= 2


def _labels(guide, item_id):
    facts, row = guide.dataset.facts, guide.dataset.items.row(item_id)
    return facts.value[facts.item == row]


@pytest.mark.parametrize("lang", list(LANGUAGES))
def test_every_language_can_tell_a_list(parity_guide, lang):
    text = parity_guide.overview("u3", k=6, lang=lang).text
    assert "%" in text and "{" not in text
    assert set(WORDS) == set(LANGUAGES)


def test_a_list_that_nothing_known_leads_to_says_so():
    assert overview_text(Told(10, (), (), 0), "en").startswith("Nothing known about you")


def test_names_of_the_shop_cannot_end_their_quotation():
    text = overview_text(Told(2, (("x” and “y\u202e", 2),), (), 0), "en")
    assert text == "2 of these 2 share “x' and 'y”."


def test_a_balance_out_of_bounds_and_a_model_without_terms_are_refused(parity_guide):
    with pytest.raises(BadInput, match="balance is 2"):
        parity_guide.overview("u3", balance=2)
    with pytest.raises(BadInput, match="k is 0"):
        parity_guide.overview("u3", k=0)
    dataset, graph = parity_guide.dataset, parity_guide.graph
    with pytest.raises(BadInput, match="ease does not say"):
        Guide(dataset, graph, new_model("ease").fit(dataset, graph)).overview("u3")
