"""The ontology says everything the program relies on, in both languages, and IRIs are safe."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgrec.domain import EVENT_RELATIONS, RelationKind
from kgrec.errors import BadInput, UnknownName
from kgrec.graph import vocabulary
from kgrec.graph.vocabulary import Namer, relations

LANGUAGES = {"en", "zh"}


def test_relations_of_events_come_first_in_the_order_of_events() -> None:
    assert tuple(relation.name for relation in relations()[: len(EVENT_RELATIONS)]) == EVENT_RELATIONS
    of_events = {relation.name for relation in relations() if relation.kind is RelationKind.EVENT}
    assert of_events == set(EVENT_RELATIONS)


@pytest.mark.parametrize("relation", relations(), ids=lambda relation: relation.name)
def test_every_relation_can_be_said_both_ways_in_both_languages(relation) -> None:
    for phrases in (relation.phrase, relation.inverse_phrase):
        assert set(phrases) == LANGUAGES
        for phrase in phrases.values():
            assert phrase.count("{subject}") == phrase.count("{object}") == 1
            assert phrase.format(subject="A", object="B").count("{") == 0
    assert all(max(phrase) >= "一" for phrase in (relation.phrase["zh"], relation.inverse_phrase["zh"]))
    assert set(relation.inverse_label) == LANGUAGES == set(relation.label)
    assert vocabulary.tail_kind(relation.name) in vocabulary.kinds()


def test_every_kind_of_relation_is_in_use() -> None:
    assert {relation.kind for relation in relations()} == set(RelationKind)


def test_kinds_and_classes_name_each_other() -> None:
    for kind in vocabulary.kinds():
        assert vocabulary.kind_of_class(vocabulary.class_of_kind(kind)) == kind


def test_an_unknown_relation_is_refused_with_a_hint() -> None:
    with pytest.raises(UnknownName, match="has_brand"):
        vocabulary.relation_named("has_brnd")


@given(st.lists(st.text(), min_size=2, max_size=2, unique=True), st.sampled_from(vocabulary.kinds()))
def test_different_names_get_different_iris_that_the_store_accepts(names: list[str], kind: str) -> None:
    namer = Namer()
    for mint in (namer.item, namer.user, lambda name: namer.entity(kind, name)):
        first, second = (ox.NamedNode(mint(name)).value for name in names)
        assert first != second
        assert first.startswith(namer.base) and first.isascii()
    assert namer.segment(*names) != namer.segment(*names[::-1])


def test_very_long_names_stay_apart_in_short_iris() -> None:
    long = "ü" * 100_000
    assert Namer().item(long) != Namer().item(long + "ü")
    assert len(Namer().item(long)) < 200


def test_a_name_cannot_climb_out_of_its_folder() -> None:
    assert Namer().item("..").endswith("/id/item/%2E%2E")
    assert "/" not in Namer().item("../../id/user/x").removeprefix(Namer().base + "id/item/")


def test_a_user_is_not_recognisable_without_the_key() -> None:
    assert "ana" not in Namer(key=b"one").user("ana")
    assert Namer(key=b"one").user("ana") != Namer(key=b"two").user("ana")
    assert Namer(key=b"one").user("ana") == Namer(key=b"one").user("ana")


@pytest.mark.parametrize(
    "base", ["shop.example", "https://shop.example", "ftp://a/", "https://a b/", "https://a/>/"]
)
def test_a_base_that_is_no_address_is_refused(base: str) -> None:
    with pytest.raises(BadInput):
        Namer(base)


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(BadInput):
        Namer(key=b"")
