"""A query of the library answers no more than was asked, whatever the values hold."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from kgrec import pipeline
from kgrec.cli import root
from kgrec.domain import Edges, Property
from kgrec.errors import BadInput, KgrecError, UnknownName
from kgrec.graph import query, store
from kgrec.graph.build import assemble
from kgrec.graph.vocabulary import DEFAULT_BASE
from kgrec.storage import create_workspace
from tests.graph.shop import NAMER, iri, toy_shop

CREAM, OIL, MASK = (iri("item", name) for name in ("cream", "oil", "mask"))
HOSTILE = ['"> } ; DROP ALL #', "x> . ?a ?b ?c } #", "a\nb\\", "{}", "' OR 1=1", "\u202e"]


def rows(memory, name: str, **values: str) -> list[tuple[str, ...]]:
    asked = query.named(name)
    found = query.run(memory, asked.text, parameters=query.bind(asked, values)).rows
    return sorted(tuple(getattr(cell, "value", "") for cell in row) for row in found)


def test_only_an_item_that_nothing_leads_to_is_listed_as_such() -> None:
    facts = [("cream", "compatible_with", "mask"), ("oil", "has_brand", "Lavera")]
    # Cream has the head of a link that goes both ways.
    lonely = toy_shop(facts=facts, events=[("ben", "mask", "buy", 1.0, 100)])
    found = rows(store.load_memory(assemble(lonely, NAMER), lonely), "items-nothing-leads-to")
    assert [row[0] for row in found] == [OIL]


def test_pairs_of_one_brand_are_not_across_brands_and_others_are_no_duplicates(memory) -> None:
    assert rows(memory, "bought-together-across-brands", item=OIL) == []
    assert rows(memory, "near-duplicates", item=MASK) == []


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ([], {(CREAM, OIL), (OIL, CREAM)}),
        ([("cream", "has_colour", "red")], {(CREAM, OIL), (OIL, CREAM)}),
        ([("cream", "has_colour", "red"), ("oil", "has_colour", "red")], {(CREAM, OIL), (OIL, CREAM)}),
        ([("cream", "has_colour", "red"), ("oil", "has_colour", "blue")], set()),
        ([("mask", "has_category", "Skin > Face > Masks")], set()),
    ],
)
def test_near_duplicates_share_the_narrowest_category_and_do_not_differ_in_colour(more, found) -> None:
    both = [(one, *said) for one in ("cream", "oil") for said in (_BRAND, _CATEGORY)]
    shop = toy_shop(facts=[*both, *more])
    graph = assemble(shop, NAMER)
    head, tail = (np.array([row]) for row in graph.items[:2])
    alike = Edges("similar_text", head, tail, np.ones(1, np.float32), np.zeros(1, np.int64))
    told = rows(store.load_memory(graph.with_edges(alike), shop), "near-duplicates")
    assert {(item, other) for item, _, other, *_ in told} == found
    assert {row[1] for row in told} <= {"Rose Cream", "Rose Oil"}


_BRAND, _CATEGORY = ("has_brand", "Lavera"), ("has_category", "Skin > Face")


def test_a_way_between_two_items_says_which_of_them_a_relation_leads_from(memory) -> None:
    for one, other in ((CREAM, MASK), (MASK, CREAM)):
        found = rows(memory, "paths-between-items", one=one, other=other)
        told = {row[1].rpartition("#")[2]: row[5] for row in found}
        assert told["followedBy"] == CREAM


def test_the_facts_of_an_item_are_told_once_with_texts_numbers_and_links_of_the_shops_own() -> None:
    shop = toy_shop()
    table = shop.item_table.assign(fits=["mask", "", ""])
    idiom = replace(shop.idiom, properties={"fits": Property(datatype="item", label="fits")})
    shop = replace(shop, item_table=table, idiom=idiom)
    told = rows(store.load_memory(assemble(shop, NAMER), shop), "item-facts", item=CREAM)
    names = [row[3] for row in told]
    assert {"Rose Cream", "玫瑰面霜", "9.5", "cream.jpg", "Lavera", "Skin", "Face"} <= set(names)
    assert sorted(row[1] for row in told if row[2] == MASK) == [
        f"{NAMER.base}term/fits",
        "https://w3id.org/kgrec/ontology#compatibleWith",
    ]
    assert len({row[:3] for row in told} - {(CREAM, row[1], "") for row in told}) == len(told)


def test_what_a_department_lacks_is_counted_of_all_that_it_has(memory) -> None:
    lacking = {(row[1], row[2].rpartition("#")[2]): row[3:] for row in rows(memory, "missing-attributes")}
    assert lacking == {("Skin", "hasColour"): ("1", "2"), ("Skin", "hasMaterial"): ("2", "2")}


def test_returns_are_counted_beside_the_items_that_came_back() -> None:
    facts = [
        ("cream", "has_category", "Skin"),
        ("oil", "has_category", "Skin"),
        ("mask", "has_category", "Bath"),
    ]
    events = [
        (user, item, "return", 1.0, 100)
        for user, item in (("ana", "cream"), ("ben", "cream"), ("ben", "oil"))
    ]
    shop = toy_shop(facts=facts, events=events)
    told = rows(store.load_memory(assemble(shop, NAMER), shop), "categories-with-returns")
    assert [row[1:] for row in told] == [("Skin", "3", "2")]


def test_another_users_history_is_on_no_explanation_path(memory) -> None:
    found = rows(memory, "explanation-paths", user=iri("user", "ana"), item=OIL)
    assert iri("user", "ben") not in {cell for row in found for cell in row}
    assert rows(memory, "explanation-paths", user=iri("user", "cleo"), item=OIL) == []


def test_a_question_of_a_user_is_not_asked_without_the_user() -> None:
    with pytest.raises(BadInput, match="needs user"):
        query.bind(query.named("explanation-paths"), {"item": OIL})
    with pytest.raises(BadInput, match="needs user"):
        query.bind(query.named("history-of-user"), {})


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_id_is_an_id_nobody_has(memory, value: str) -> None:
    assert rows(memory, "item-facts", item=NAMER.item(value)) == []


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = create_workspace(tmp_path_factory.mktemp("shops") / "toy", toy_shop(), settings={})
    pipeline.build(made)
    return str(made.folder)


def asked(*words: str):
    return CliRunner().invoke(root, ["query", *words])


def test_the_command_lists_the_library_and_takes_ids_for_iris(workspace) -> None:
    listed = asked(workspace, "--list").output
    assert all(name in listed for name in query.library()) and "--param user=" in listed
    found = asked(workspace, "items-of-brand", "--param", "brand=Lavera", "--format", "csv").output
    assert "Rose Oil" in found and "mask" not in found
    paths = asked(
        workspace, "explanation-paths", "--param", "user=ana", "--param", "item=oil", "--format", "ttl"
    )
    assert "hasBrand" in paths.output


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("items-of-brand", "brand=lavera", "no brand named 'lavera'; did you mean Lavera?"),
        ("items-in-category", "category=Skin > Faces", "did you mean Skin > Face?"),
        ("item-facts", "item=creem", "no item named 'creem'; did you mean cream?"),
        ("history-of-user", "user=anna", "no user named 'anna'"),  # and nobody else is named
        ("brands-of-segment", "segment=city=Koln", "no segment named 'city=Koln'; did you mean city=Köln?"),
        ("brands-of-segment", "segment=Köln", "write COLUMN=VALUE, as in age_band=25-34"),
    ],
)
def test_what_a_shop_does_not_have_is_an_error_that_names_the_nearest(
    workspace, name, value, message
) -> None:
    told = asked(workspace, name, "--param", value)
    assert isinstance(told.exception, KgrecError) and str(told.exception).endswith(message)


def test_iris_of_what_a_shop_does_not_have_are_told_too(workspace) -> None:
    known, gone = (f"{DEFAULT_BASE}id/brand/{name}" for name in ("Lavera", "Gone"))
    assert "Rose Oil" in asked(workspace, "items-of-brand", "--param", f"brand={known}").output
    assert isinstance(asked(workspace, "items-of-brand", "--param", f"brand={gone}").exception, UnknownName)


@pytest.mark.parametrize(
    "segment", ["age_band=25-34", "age band: 25-34", f"{DEFAULT_BASE}id/segment/age_band/25-34"]
)
def test_a_segment_is_told_by_column_and_value_by_label_or_by_iri(workspace, segment) -> None:
    found = asked(workspace, "brands-of-segment", "--param", f"segment={segment}", "--format", "csv").output
    assert found.splitlines()[1:] == [
        f"{DEFAULT_BASE}id/segment/age_band/25-34,{DEFAULT_BASE}id/brand/Lavera,Lavera,1"
    ]


def test_the_list_needs_no_shop_and_says_what_is_slow_and_what_is_about_people(workspace) -> None:
    listed = asked("--list").output
    assert listed == asked(workspace, "--list").output
    told = dict(part.split(":", 1) for part in re.split(r"\n(?=\S)", listed))
    assert set(told) == set(query.library())
    for name, words in told.items():
        assert ("slow: " in words) == bool(query.named(name).slow), name
        assert ("about people" in words) == query.named(name).personal, name
    assert asked().exit_code and isinstance(asked(workspace).exception, BadInput)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_id_is_that_of_no_item(workspace, value: str) -> None:
    answer = asked(workspace, "item-facts", "--param", f"item={value}", "--format", "csv")
    assert isinstance(answer.exception, UnknownName) and answer.exception.name == value
    assert not answer.output


def test_a_value_for_a_text_of_ones_own_is_refused(workspace) -> None:
    answer = asked(workspace, "ASK { ?a ?b ?c }", "--param", "a=b")
    assert isinstance(answer.exception, BadInput)
