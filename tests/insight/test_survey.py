"""Lists of everybody at once are those that each gets alone, and each place is the sum of what is said of it."""

import numpy as np
import pytest

from kgrec.errors import BadInput
from kgrec.insight import sample, survey
from kgrec.insight.sample import drawn


def test_each_list_is_what_its_user_is_recommended(parity_guide, parity_survey):
    assert len(parity_survey.sample) == parity_guide.user_count() and parity_survey.sample.whole
    for user_id, rows, scores in zip(
        parity_survey.sample.user_ids, parity_survey.rows, parity_survey.score, strict=True
    ):
        found = parity_guide.recommend_for(user_id, k=50)
        assert [parity_guide.dataset.items.ids[row] for row in rows if row >= 0] == [
            one.item_id for one in found
        ]
        assert scores[: len(found)] == pytest.approx([one.score for one in found])


def test_a_score_is_the_prior_and_what_each_way_adds(parity_survey):
    here = parity_survey.rows >= 0
    total = parity_survey.prior + parity_survey.by_way.sum(axis=2)
    assert total[here] == pytest.approx(parity_survey.score[here], rel=1e-5)
    assert parity_survey.by_start.sum(axis=2) == pytest.approx(parity_survey.by_way.sum(axis=2))
    assert not total[~here].any()


def test_the_ways_of_a_place_are_those_of_its_explanation(parity_guide, parity_survey):
    user_id, row = parity_survey.sample.user_ids[7], int(parity_survey.rows[7, 0])
    terms = parity_guide.asker(user_id).terms.of_item(row)
    for place, way in enumerate(parity_survey.ways):
        mine = [terms.ways[one] == way for one in terms.way]
        assert parity_survey.by_way[7, 0, place] == pytest.approx(terms.contribution[mine].sum())


def test_coverage_counts_the_items_of_all_lists(parity_guide, parity_survey):
    lists = [parity_guide.recommend_for(str(user_id), k=3) for user_id in parity_guide.dataset.users.ids]
    covered = {one.item_id for found in lists for one in found}
    assert (parity_survey.coverage(3).n, parity_survey.coverage(3).of) == (
        len(covered),
        parity_guide.item_count(),
    )
    held = sum("i3" in {one.item_id for one in found} for found in lists)
    assert parity_survey.held(3, 3).n == held


def test_a_sample_is_the_same_for_a_seed_and_says_what_it_is_of(parity_guide):
    one, again, other = (sample(parity_guide, 10, seed=seed) for seed in (1, 1, 2))
    assert one.user_ids == again.user_ids != other.user_ids
    assert (len(one), one.of, one.whole) == (10, 60, False)
    rows = drawn(np.arange(60), 10, 1)
    assert list(one.user_ids) == [f"u{row}" for row in rows] and (np.diff(rows) > 0).all()
    with pytest.raises(BadInput, match="ask for 1 or more"):
        sample(parity_guide, 0)


def test_a_sample_of_a_survey_equals_those_rows_of_the_whole(parity_guide, parity_survey):
    some = sample(parity_guide, 8, seed=3)
    found = survey(parity_guide, some)
    rows = [parity_survey.sample.user_ids.index(user_id) for user_id in some.user_ids]
    assert (found.rows == parity_survey.rows[rows]).all()
    assert found.by_way == pytest.approx(parity_survey.by_way[rows])


def test_nobody_is_looked_at_who_refuses_or_was_forgotten(served):
    guide = served.as_opened
    guide.registry.people.consents("u1", {"recommend": False})
    guide.registry.erasures.begin("u2")
    found = sample(guide)
    assert (len(found), found.of) == (58, 58)
    assert not {"u1", "u2"} & set(found.user_ids)
    assert survey(guide, found).rows.shape[0] == 58


def test_what_users_did_since_the_graph_was_built_counts(served):
    from kgrec.live.told import Event

    guide = served.as_opened
    bought = guide.recommend_for("u0", k=1)[0].item_id
    served.guide.intake.log.append([Event("e1", "u0", bought, "buy", 1_800_000_000)])
    lists = survey(guide, sample(guide))
    assert guide.dataset.items.row(bought) not in lists.rows[lists.sample.user_ids.index("u0")]
