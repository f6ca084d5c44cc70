"""A good shop passes; each seeded defect is found, named in both languages and weighed."""

from __future__ import annotations

from dataclasses import replace

import pyoxigraph as ox
import pytest

from kgrec.graph import shapes, store
from kgrec.graph.build import assemble
from kgrec.graph.vocabulary import RDF, SCHEMA
from tests.graph.shop import FACTS, NAMER, iri, term, toy_shop

CREAM, ANA = iri("item", "cream"), iri("user", "ana")


LISTED = [fact for fact in FACTS if fact[2] != "brush"]


@pytest.fixture
def fresh(graph, shop) -> ox.Store:
    return store.load_memory(graph, shop)


def add(fresh: ox.Store, subject: str, predicate: str, target: ox.Literal | str) -> None:
    value = ox.NamedNode(target) if isinstance(target, str) else target
    fresh.add(ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), value, ox.NamedNode(NAMER.graph("x"))))


def stored(**changes: object) -> ox.Store:
    """The toy shop with a currency, a category for each item, and what is wrong with it."""
    facts = changes.pop("facts", [*LISTED, ("mask", "has_category", "Skin")])
    currency = changes.pop("currency", "EUR")
    shop = toy_shop(facts=facts, **changes)
    shop = replace(shop, item_table=shop.item_table.assign(currency=currency))
    return store.load_memory(assemble(shop, NAMER), shop)


@pytest.fixture(scope="module")
def good() -> ox.Store:
    return stored()


def test_a_good_shop_has_no_problem(good) -> None:
    report = shapes.check(good)
    assert report.problems == ()
    assert (report.checked, report.total, report.sampled, report.ok) == (3, 3, False, True)


DEFECTS = {
    "two identifiers": (CREAM, SCHEMA + "identifier", ox.Literal("other")),
    "no identifier": (NAMER.item("x"), RDF + "type", term("Item")),
    "a second price": (CREAM, SCHEMA + "price", ox.Literal("1", datatype=ox.NamedNode("http://a/b"))),
    "an image from a script": (CREAM, SCHEMA + "image", ox.Literal("javascript:alert(1)")),
    "a brand that is an item": (CREAM, term("hasBrand"), iri("item", "oil")),
    "a category nobody declared": (CREAM, term("hasCategory"), "http://a/category"),
    "compatible with a brand": (CREAM, term("compatibleWith"), iri("brand", "Lavera")),
    "a user who bought a brand": (ANA, term("bought"), iri("brand", "Lavera")),
    "a brand that viewed an item": (iri("brand", "Lavera"), term("viewed"), CREAM),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_found(fresh, defect: str) -> None:
    subject, predicate, target = DEFECTS[defect]
    add(fresh, subject, predicate, target)
    report = shapes.check(fresh)
    assert not report.ok
    worst = report.problems[0]
    assert worst.severity == "violation"
    for en, zh in ((worst.message_en, worst.message_zh), (worst.remedy_en, worst.remedy_zh)):
        assert en and any(letter >= "一" for letter in zh)
    assert worst.subject in (subject, target)


@pytest.mark.parametrize("price", [-1.0, "free"])
def test_a_price_that_is_none_is_found(price: object) -> None:
    (problem,) = shapes.check(stored(price=[price, 1.0, 1.0])).problems
    assert (problem.label, problem.path, problem.severity) == ("Rose Cream", SCHEMA + "price", "violation")


def test_a_missing_title_is_only_a_warning() -> None:
    report = shapes.check(stored(title=["", "Rose Oil", "Mask"], title_zh=["", "", ""]))
    assert [problem.severity for problem in report.problems] == ["warning"]
    assert report.problems[0].label == "cream" and report.ok


def test_a_price_without_a_currency_and_a_word_for_one_are_warnings() -> None:
    report = shapes.check(stored(currency=["", "", "euro"]))
    told = [(one.severity, one.label, one.value) for one in report.problems]
    assert told == [("warning", "Rose Cream", ""), ("warning", "泥面膜", "euro")]
    assert "mapping.toml" in report.problems[0].remedy_en


def test_an_item_that_goes_with_something_outside_the_catalogue_is_told_with_its_id() -> None:
    (problem,) = shapes.check(stored(facts=[*FACTS, ("mask", "has_category", "Skin")])).problems
    assert (problem.severity, problem.label, problem.value) == ("info", "Rose Cream", "brush")
    assert "not in the catalogue" in problem.message_en and "目录" in problem.message_zh


def test_what_could_be_added_is_information() -> None:
    report = shapes.check(stored(facts=[fact for fact in LISTED if fact[0] != "mask"]))
    assert {(one.severity, one.path) for one in report.problems} == {
        ("info", term("hasBrand")),
        ("info", term("hasCategory")),
    }
    assert report.ok


def test_a_big_catalogue_is_sampled_and_the_report_says_so(memory) -> None:
    report = shapes.check(memory, sample=2)
    assert (report.checked, report.total, report.sampled) == (2, 3, True)
    assert shapes.check(memory, sample=2) == report
    assert not shapes.check(memory, sample=None).sampled
