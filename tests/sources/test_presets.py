"""Presets: catalogues that are no shop's go from CSV through the graph to an explained recommendation."""

from __future__ import annotations

import re
from pathlib import Path as FilePath

import pyoxigraph as ox
import pytest

from kgrec import pipeline, sources
from kgrec.domain import EVENTS, Dataset, RelationKind
from kgrec.explain.wording import own
from kgrec.graph.store import load_memory
from kgrec.graph.vocabulary import Namer, relations
from kgrec.guide import Guide
from kgrec.models import new_model
from kgrec.models.path import FAST
from kgrec.sources.mapping import ROLES, ShopMapping, parsed, schema_terms
from kgrec.sources.presets import names, preset

EXAMPLES = FilePath(__file__).parent / "examples"

_SHOP_WORDS = re.compile(
    r"\b(item|product|shopper|customer|bought|buy|basket|purchase|bestseller)s?\b|商品|顾客|购买|购物车"
)


@pytest.fixture(scope="module", params=["news", "courses"])
def guide(request: pytest.FixtureRequest) -> Guide:
    """A tiny catalogue, trained as quickly as can be."""
    dataset = sources.read("csv", EXAMPLES / request.param, mapping=ShopMapping(preset=request.param))
    graph = pipeline.knowledge_graph(dataset, Namer())
    return Guide(dataset, graph, new_model("path", FAST).fit(dataset, graph, seed=0), name=request.param)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_recommendation_is_explained_in_words_of_its_own(guide: Guide, lang: str) -> None:
    for user_id in guide.dataset.users.ids[:6]:
        found = guide.recommend_for(user_id, k=1)[0]
        told = guide.explain(user_id, found.item_id, lang=lang)
        assert told.prior + sum(
            path.contribution for path in told.paths
        ) + told.remainder.contribution == pytest.approx(told.score, rel=1e-5)
        for text in (told.text, *(path.text for path in told.paths)):
            assert text and not _SHOP_WORDS.search(re.sub("“[^”]*”", "", text)), text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answers_to_other_questions_are_in_words_of_its_own_too(guide: Guide, lang: str) -> None:
    user_id, last = guide.dataset.users.ids[0], guide.dataset.items.ids[-1]
    best = guide.recommend_for(user_id, k=1)[0].item_id
    done = guide.history(user_id)[0].item.item_id
    texts = [
        guide.why_not(user_id, last, k=1, lang=lang).text,
        guide.why_not(user_id, done, k=1, lang=lang).text,
        guide.takes(user_id, best, k=1, lang=lang).text,
        *(move.text for move in guide.what_if(user_id, remove=[done], k=3, lang=lang).moves),
    ]
    for text in texts:
        assert not _SHOP_WORDS.search(re.sub("“[^”]*”", "", text)), text


def test_items_are_told_as_what_they_are(guide: Guide) -> None:
    store = load_memory(guide.graph, guide.dataset)
    item = ox.NamedNode(Namer().item(str(guide.dataset.items.ids[0])))
    classes = {quad.object.value for quad in store.quads_for_pattern(item, _TYPE, None)}
    expected = {"news": "NewsArticle", "courses": "Course"}[guide.name]
    assert classes == {"https://w3id.org/kgrec/ontology#Item", f"https://schema.org/{expected}"}


_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


def _read(name: str) -> Dataset:
    return sources.read("csv", EXAMPLES / name, mapping=ShopMapping(preset=name))


def test_news_knows_what_headlines_sections_and_authors_are() -> None:
    dataset = _read("news")
    columns = parsed(dataset.report.mapping).columns["items"]
    assert {header: column.meaning for header, column in columns.items()} == {
        "article_id": "item_id", "headline": "title", "section": "category", "author": "attribute",
        "topics": "attribute", "published": "datetime", "words": "integer", "paywall": "boolean",
    }  # fmt: skip
    assert {"author: Ida Brandt", "topic: ferries", "Local > Traffic"} <= set(dataset.facts.value)
    acts = {EVENTS[event] for event in dataset.interactions.event}
    assert acts == {"view", "buy", "cart"}


def test_courses_know_what_teachers_and_levels_are_and_that_taking_one_is_one_thing() -> None:
    dataset = _read("courses")
    assert {"teacher: J. Moreau", "level: beginner", "skill: code"} <= set(dataset.facts.value)
    assert set(dataset.facts.value[dataset.facts.relation == "has_brand"]) == {
        "Northfield University", "Open Campus", "Casa Lingua"
    }  # fmt: skip
    assert list(dataset.item_table["length"])[:2] == ["12", "1.5"]
    assert dataset.idiom.properties["length"].unit == "h"
    assert list(dataset.user_table.columns) == ["city"]


@pytest.mark.parametrize("name", names())
def test_every_preset_is_sound(name: str) -> None:
    made = preset(name)
    assert set(made.usual) == set(ROLES) and made.about
    assert made.item_class.removeprefix("schema:") in schema_terms()["classes"]
    assert set(made.events.values()) <= set(EVENTS) and "buy" in made.events.values()
    own.check(made.words, name)
    for lang, words in made.words.items():
        assert set(words) - {own.ANSWERS} and lang in own.LANGUAGES
        known = {relation.name for relation in relations() if relation.kind is not RelationKind.EVENT}
        for reason in words["reasons"]:
            assert re.sub("[⁻¹·#]", "", reason) in known
    if made.words:
        assert set(made.words) == set(own.LANGUAGES), "a preset speaks every language"
        assert made.words["en"]["attributes"].keys() == made.words["zh"]["attributes"].keys()


def test_a_preset_that_is_not_the_default_still_names_users_in_its_own_way() -> None:
    assert "student_id" in preset("courses").headers("users", "user_id")
    assert "city" in preset("courses").headers("users", "segment")
