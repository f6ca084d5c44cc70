"""Explanations add up, walk stored triples, and read well in both languages."""

import json

import numpy as np
import pytest
from toy import THOROUGH, graph_of, toy_shop

from kgrec.errors import BadInput, UnknownName
from kgrec.explain.wording import LANGUAGES
from kgrec.graph.vocabulary import relations
from kgrec.guide import Guide, SessionEvent
from kgrec.models.path import PathModel


@pytest.fixture(scope="module")
def toy_guide():
    dataset = toy_shop()
    graph = graph_of(dataset)
    return Guide(dataset, graph, PathModel(THOROUGH).fit(dataset, graph))


def test_prior_paths_and_remainder_add_up_for_random_pairs(parity_guide):
    random = np.random.default_rng(0)
    for _ in range(200):
        user = str(random.choice(parity_guide.dataset.users.ids))
        item = str(random.choice(parity_guide.dataset.items.ids))
        found = parity_guide.explain(user, item, paths=int(random.integers(0, 6)))
        total = found.prior + sum(p.contribution for p in found.paths) + found.remainder.contribution
        assert total == pytest.approx(found.score, rel=1e-5)


def test_every_hop_is_a_triple_of_the_store(parity_guide):
    for item in parity_guide.recommend_for("u3", k=5):
        for one in parity_guide.explain("u3", item.item_id, paths=8).paths:
            for hop in one.hops:
                ask = f"ASK {{ <{hop.subject}> <{hop.relation}> <{hop.object}> }}"
                assert parity_guide.query(ask).boolean, hop


def test_the_brand_path_reads_as_a_sentence(toy_guide):
    texts = [p.text for p in toy_guide.explain("ana", "oil", paths=50).paths]
    assert "You bought “Rose Cream” in January 2025, and this is by Lavera too." in texts
    chinese = [p.text for p in toy_guide.explain("ana", "oil", paths=50, lang="zh").paths]
    assert "您在2025年1月购买了“Rose Cream”，这件商品的品牌也是“Lavera”。" in chinese


def test_the_source_of_a_hop_is_a_file_and_line_or_how_often_it_was_seen(toy_guide):
    hops = [h for p in toy_guide.explain("ana", "oil", paths=50).paths for h in p.hops]
    sources = {h.relation.rsplit("#")[-1]: h.source for h in hops}
    assert sources["followedBy"].startswith("derived")
    assert sources["hasBrand"].startswith("items")
    assert sources["bought"].startswith("interactions")


def test_rank_counts_only_what_the_user_does_not_have(toy_guide):
    best = toy_guide.recommend_for("ana", k=1)[0].item_id
    assert toy_guide.explain("ana", best).rank == 1
    assert toy_guide.explain("ana", "cream").rank is None


def test_recommended_ranks_and_scores_are_those_explained(parity_guide):
    for found in parity_guide.recommend_for("u7", k=6):
        told = parity_guide.explain("u7", found.item_id)
        assert told.rank == found.rank
        assert told.score == pytest.approx(found.score)


def test_a_session_is_a_user(parity_guide):
    session = [SessionEvent("i2", "view"), SessionEvent("i4", "buy")]
    found = parity_guide.recommend_for(session=session, k=3)
    told = parity_guide.explain_session(session, found[0].item_id)
    assert told.score == pytest.approx(found[0].score)
    total = told.prior + sum(p.contribution for p in told.paths) + told.remainder.contribution
    assert total == pytest.approx(told.score, rel=1e-5)
    assert told.paths[0].hops[0].source == "session"


def test_unknown_names_and_numbers_are_refused_in_one_line(parity_guide):
    with pytest.raises(UnknownName, match="did you mean u1"):
        parity_guide.recommend_for("u1x")
    with pytest.raises(UnknownName, match="language"):
        parity_guide.explain("u1", "i1", lang="tlh")
    with pytest.raises(BadInput, match="k is 0"):
        parity_guide.recommend_for("u1", k=0)
    with pytest.raises(BadInput, match="who asks"):
        parity_guide.recommend_for()
    with pytest.raises(BadInput, match=r"\['u1'\]"):
        parity_guide.recommend("u1")


def test_every_relation_can_be_said_both_ways_in_every_language():
    for relation in relations():
        for lang in LANGUAGES:
            for phrase in (relation.phrase[lang], relation.inverse_phrase[lang]):
                assert "{subject}" in phrase
                assert "{object}" in phrase


def test_an_explanation_is_plain_json(parity_guide):
    from kgrec.resources import web_package

    content = web_package().present.explanation_dict(parity_guide.explain("u1", "i3"))
    assert set(json.loads(json.dumps(content))) == {
        *("user_id", "item_id", "lang", "score", "rank", "prior", "text", "paths", "remainder", "receipt"),
        *("model", "graph_version"),
    }
