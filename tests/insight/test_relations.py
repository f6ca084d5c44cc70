"""What comes over each relation adds up, and without one the scores are those of a graph that never had it."""

import numpy as np
import pytest
from toy import graph_of, parity_shop

from kgrec.errors import BadInput, UnknownName
from kgrec.guide import Guide
from kgrec.insight import relations_insight, sample, without_relation
from kgrec.insight.relations import bereft, walked_by
from kgrec.models import new_model


def test_the_shares_of_all_ways_and_the_prior_are_the_whole_score(parity_guide, parity_survey):
    found = relations_insight(parity_guide, parity_survey, k=5)
    assert sum(way.share for way in found.ways) == pytest.approx(1, abs=1e-5)
    assert found.total == pytest.approx(parity_survey.score[:, :5].sum())
    assert [way.contribution for way in found.ways] == sorted(
        (way.contribution for way in found.ways), reverse=True
    )


def test_a_relation_counts_every_path_that_walks_it(parity_guide, parity_survey):
    found = relations_insight(parity_guide, parity_survey, k=5)
    relations = {relation.relation: relation for relation in found.relations}
    over = sum(way.contribution for way in found.ways if "followed_by" in way.relations)
    assert relations["followed_by"].contribution == pytest.approx(over)
    assert relations["has_brand"].edges == 24
    # Everybody here has bought things, and lives somewhere.
    starts = relations["bought"].contribution + relations["in_segment"].contribution
    prior = next(way.contribution for way in found.ways if way.way == "")
    assert starts + prior == pytest.approx(found.total, rel=1e-5)


def test_relations_and_ways_are_called_in_both_languages(parity_guide, parity_survey):
    for lang, label in (("en", "has brand"), ("zh", "品牌")):
        found = relations_insight(parity_guide, parity_survey, lang)
        assert {one.relation: one.label for one in found.relations}["has_brand"] == label
        way = next(one for one in found.ways if one.way == "has_brand·has_brand⁻¹")
        assert way.label == label and way.relations == ("has_brand",) and way.strength > 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_two_ways_are_called_the_same(parity_guide, lang):
    ways = list(parity_guide.model.strengths())
    assert any("⁻¹" in way.replace("·", " ").split()[0] for way in ways)  # some are walked backward
    teller = parity_guide.teller(lang)
    labels = [teller.verdicts.way(way, parity_guide.graph, lang) for way in ways]
    assert len(set(labels)) == len(ways), sorted(labels)


def test_the_ways_of_other_models_have_words_too(parity_guide):
    said = parity_guide.teller("en").verdicts.way
    assert said("has_brand · has_brand⁻¹", parity_guide.graph, "en") == "has brand"
    assert said("chosen⁻¹ · chosen", parity_guide.graph, "en") == "chosen"


def test_the_relations_of_a_way_are_read_from_its_name():
    assert walked_by("any_attribute·any_attribute⁻¹ → followed_by⁻¹") == ("any_attribute", "followed_by")
    assert walked_by("has_brand · has_brand⁻¹") == ("has_brand",)


BEHAVIOUR = ("followed_by", "followed_second", "shares_buyers", "similar_text", "often_chooses")


@pytest.mark.parametrize("relation", BEHAVIOUR)
def test_without_a_relation_scores_are_those_of_a_graph_that_never_had_its_edges(parity_guide, relation):
    if not parity_guide.graph.has_edges(relation):
        pytest.skip("the shop has none")
    model = parity_guide.model.on(parity_guide.graph.without_relations([relation]), anew=True)
    expected = model.score(parity_guide.graph, np.arange(60))
    for row in range(0, 60, 7):
        found = bereft(parity_guide.asker(f"u{row}"), relation).scores
        assert found == pytest.approx(expected[row], rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("relation", ["bought", "in_segment"])
def test_without_what_paths_start_by_scores_are_those_with_it_left_out_of_account(parity_guide, relation):
    graph = parity_guide.graph
    muted = graph.muted(graph.relation == graph.relation_row(relation))
    expected = parity_guide.model.score(muted, np.arange(60))
    for row in range(0, 60, 7):
        found = bereft(parity_guide.asker(f"u{row}"), relation).scores
        assert found == pytest.approx(expected[row], rel=1e-5, abs=1e-9)


def test_what_changes_without_a_relation_is_what_a_look_at_every_list_finds(parity_guide):
    found = without_relation(parity_guide, "followed_by", user_id="u3", k=4)
    lists = {
        user_id: (
            [one.item_id for one in parity_guide.recommend_for(user_id, k=4)],
            [
                parity_guide.dataset.items.ids[row]
                for row in bereft(parity_guide.asker(user_id), "followed_by").best(4)
            ],
        )
        for user_id in map(str, parity_guide.dataset.users.ids)
    }
    changes = found.changes
    assert (changes.users, changes.of_users, changes.k) == (60, 60, 4)
    assert changes.lists.n == sum(before != after for before, after in lists.values())
    assert changes.places.n == sum(len(set(after) - set(before)) for before, after in lists.values())
    assert changes.places.of == 240
    for moved in (*changes.gained, *changes.lost):
        assert moved.before == sum(moved.item_id in before for before, _ in lists.values())
        assert moved.after == sum(moved.item_id in after for _, after in lists.values())
    gains = [one.after - one.before for one in changes.gained]
    assert gains == sorted(gains, reverse=True) and all(gain > 0 for gain in gains)
    assert changes.coverage_after.n == len({item for _, after in lists.values() for item in after})
    assert [one.item_id for one in found.one.before] == lists["u3"][0]
    assert [one.item_id for one in found.one.after] == lists["u3"][1]


def test_it_says_where_paths_over_any_attribute_go_on_walking_it(parity_guide):
    few = sample(parity_guide, 5)
    assert without_relation(parity_guide, "followed_by", few).exact
    over = without_relation(parity_guide, "has_brand", few)
    assert not over.exact and over.ways == ("has_brand·has_brand⁻¹",)
    pooled = without_relation(parity_guide, "any_attribute", few)
    assert all("any_attribute" in way for way in pooled.ways) and pooled.label == "any attribute"


def test_what_cannot_be_left_out_is_named(parity_guide):
    with pytest.raises(UnknownName, match="did you mean has_brand"):
        without_relation(parity_guide, "has_brnd")
    with pytest.raises(BadInput, match="k is 0"):
        without_relation(parity_guide, "has_brand", k=0)


def test_rules_and_wishes_stay_as_they_are(parity_guide):
    from kgrec.rules import About, Rule, RuleSet

    pinned = Rule(name="first", do="pin", about=About(("i9",)), place=1)
    guide = parity_guide.under(RuleSet((pinned,)))
    found = without_relation(guide, "followed_by", sample(guide, 5), user_id="u0")
    assert found.one.before[0].item_id == found.one.after[0].item_id == "i9"


@pytest.mark.parametrize("name", ["item-knn", "content-attributes"])
def test_any_model_that_takes_scores_apart_can_be_asked(name):
    from kgrec.insight import survey

    dataset = parity_shop()
    graph = graph_of(dataset)
    guide = Guide(dataset, graph, new_model(name).fit(dataset, graph))
    found = relations_insight(guide, survey(guide))
    assert sum(way.share for way in found.ways) == pytest.approx(1, abs=1e-5)
    (relation,) = {name for way in found.ways if way.way for name in way.relations} - {"has_colour"}
    after = without_relation(guide, relation, sample(guide, 10), user_id="u0")
    assert after.changes.lists.n > 0 and after.ways
    # Without the only relation that leads anywhere, nothing leads anywhere.
    assert (name == "content-attributes") == any(one.score for one in after.one.after)


def test_a_model_without_reasons_says_so():
    dataset = parity_shop()
    graph = graph_of(dataset)
    guide = Guide(dataset, graph, new_model("popularity").fit(dataset, graph))
    with pytest.raises(BadInput, match="train a model that does"):
        without_relation(guide, "has_brand")
