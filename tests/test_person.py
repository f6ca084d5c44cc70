"""Somebody who wants no recommendations of their own gets a newcomer's; what they hide is as if it had never been."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import random_guide

from kgrec.domain import EVENT_RELATIONS, EVENTS, Explanation, RelationKind
from kgrec.errors import KgrecError, NotReady, UnknownName
from kgrec.guide import Guide, SessionEvent
from kgrec.live.database import Database
from kgrec.live.engines import Address
from kgrec.live.erasure import Erasures
from kgrec.live.events import EventLog
from kgrec.live.keys import KeyRing
from kgrec.live.living import Living
from kgrec.live.people import People
from kgrec.live.registry import Registry
from kgrec.live.told import Event
from kgrec.live.wish_table import WishTable

KEY = b"a key of the shop"


class Shop:
    """A guide of a random world beside a database."""

    def __init__(self, seed: int, folder: Path) -> None:
        whole = random_guide(seed)
        self.database = Database(Address(file=folder / "events.sqlite"), patience=30.0)
        self.people, self.log = People(self.database), EventLog(self.database)
        self.erasures = Erasures(self.database, KEY)
        self.bare = whole
        self.guide = Guide(
            whole.dataset,
            whole.graph,
            whole.model,
            wishes=WishTable(self.database),
            living=Living(self.database, key=KEY),
            registry=Registry(self.people, self.erasures, KeyRing(folder / "keys.sqlite"), lambda: None),
        )

    @property
    def users(self) -> list[str]:
        return list(map(str, self.guide.dataset.users.ids))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    found = Shop(7, tmp_path)
    yield found
    found.database.close()


def answers(guide: Guide, user_id: str) -> list[object]:
    """All that a user can be told, without what says who they are."""
    listed = guide.recommend_for(user_id, k=20)
    items = [one.item_id for one in listed]
    told: list[Explanation] = guide.explain_all(items, user_id, paths=5)
    said = [asdict(replace(one, user_id="")) for one in told]
    why = asdict(guide.why_not(user_id, items[-1], k=1))
    why["explanation"]["user_id"] = ""
    return [listed, said, why, guide.recommend_for(user_id, k=20, filter_seen=False)]


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), doing=st.lists(st.sampled_from(EVENTS), max_size=3))
def test_without_recommendations_of_their_own_all_get_the_same_whatever_they_did(
    seed: int, doing: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        shop = Shop(seed, Path(folder))
        try:
            one, other = shop.users[0], shop.users[-1]
            item_ids = list(map(str, shop.guide.dataset.items.ids))
            shop.log.append(
                [
                    Event(f"e{n}", one, item_ids[n % len(item_ids)], kind, 1_800_000_000 + n, 3.0)
                    for n, kind in enumerate(doing)
                ]
            )
            shop.people.describe(other, {"city": "Ulm"})
            for user_id in (one, other, "nobody-yet"):
                shop.people.consents(user_id, {"recommend": False})
            first = answers(shop.guide, one)
            assert first == answers(shop.guide, other) == answers(shop.guide, "nobody-yet")
            scores = {found.item_id: found.score for found in shop.guide.recommend_for(one, k=100)}
            newcomer = shop.guide.graph.visitor(np.zeros(0, np.int64), np.zeros(0, np.int64))
            prior = shop.guide.model.prior(newcomer, len(shop.guide.graph.users))
            assert scores == {name: float(prior[row]) for row, name in enumerate(item_ids)}
            assert shop.guide.facts(one) == []
        finally:
            shop.database.close()


def test_wanting_them_again_brings_them_back(shop: Shop) -> None:
    user_id = shop.users[0]
    before = answers(shop.guide, user_id)
    shop.people.consents(user_id, {"recommend": False})
    shop.people.consents(user_id, {"recommend": True})
    assert answers(shop.guide, user_id) == before


def test_wishes_of_somebody_who_wants_nothing_of_their_own_do_nothing(shop: Shop) -> None:
    user_id = shop.users[0]
    shop.people.consents(user_id, {"recommend": False})
    before = answers(shop.guide, user_id)
    brand = next(iri for iri in shop.guide.graph.iris if "/brand/" in iri)
    WishTable(shop.database).add(user_id, "more", brand)
    assert answers(shop.guide, user_id) == before


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), which=st.integers(0, 1000))
def test_a_hidden_fact_is_as_if_it_had_never_been(seed: int, which: int) -> None:
    with TemporaryDirectory() as folder:
        shop = Shop(seed, Path(folder))
        try:
            graph, model = shop.bare.graph, shop.bare.model
            edges = np.flatnonzero(np.isin(graph.head, graph.users))
            edge = int(edges[which % len(edges)])
            user_row = int(graph.user_row_of[graph.head[edge]])
            user_id = shop.users[user_row]
            facts = shop.guide.facts(user_id)
            hidden = next(one for one in facts if one.entity == graph.iris[graph.tail[edge]]
                          and one.relation == graph.relations[graph.relation[edge]].iri)  # fmt: skip
            shop.guide.hide_fact(user_id, hidden.fact)
            wanted = model.score(graph.without(np.array([edge])), np.array([user_row]))[0]
            np.testing.assert_allclose(shop.guide.asker(user_id).scores, wanted, rtol=1e-5)
            assert (
                hidden not in shop.guide.facts(user_id) and len(shop.guide.facts(user_id)) == len(facts) - 1
            )
            with pytest.raises(UnknownName, match="no fact named"):
                shop.guide.hide_fact(user_id, hidden.fact)
        finally:
            shop.database.close()


def chosen_of(shop: Shop) -> tuple[str, str]:
    """A user and an item they bought and did nothing else with."""
    graph = shop.guide.graph
    where = graph.edges_of("bought")
    for head, tail in zip(graph.head[where], graph.tail[where], strict=True):
        if ((graph.head == head) & (graph.tail == tail)).sum() == 1:
            user = shop.users[int(graph.user_row_of[head])]
            return user, str(graph.item_ids.ids[graph.item_row_of[tail]])
    raise AssertionError("nobody bought anything")


def test_an_item_whose_purchase_is_hidden_is_recommended_and_not_in_the_history(shop: Shop) -> None:
    user_id, item_id = chosen_of(shop)
    assert item_id not in [one.item_id for one in shop.guide.recommend_for(user_id, k=100)]
    fact = next(one for one in shop.guide.facts(user_id) if one.item_id == item_id)
    shop.guide.hide_fact(user_id, fact.fact)
    assert item_id in [one.item_id for one in shop.guide.recommend_for(user_id, k=100)]
    assert item_id not in [entry.item.item_id for entry in shop.guide.history(user_id)]


def test_what_is_done_after_it_was_hidden_is_known_again(shop: Shop) -> None:
    user_id, item_id = chosen_of(shop)
    fact = next(one for one in shop.guide.facts(user_id) if one.item_id == item_id)
    assert shop.guide.hide_fact(user_id, fact.fact) == 0
    shop.log.append([Event("e1", user_id, item_id, "buy", 1_800_000_000)])
    again = next(one for one in shop.guide.facts(user_id) if one.item_id == item_id)
    assert again.fact == fact.fact and again.source == "events:1" and again.time == 1_800_000_000
    assert shop.guide.hide_fact(user_id, fact.fact) == 1
    assert list(shop.log.after()) == []


def test_facts_are_every_edge_of_a_user_in_plain_words(shop: Shop) -> None:
    graph = shop.guide.graph
    for user_id in shop.users:
        entity = int(graph.users[graph.user_ids.row(user_id)])
        edges = graph.edges_from(entity, RelationKind.EVENT, RelationKind.SEGMENT)
        facts = shop.guide.facts(user_id)
        assert {(one.relation, one.entity) for one in facts} == {
            (graph.relations[graph.relation[edge]].iri, str(graph.iris[graph.tail[edge]])) for edge in edges
        }
        assert all(one.text for one in facts)
    user_id, item_id = chosen_of(shop)
    title = shop.guide.item(item_id).title
    (english,) = [one.text for one in shop.guide.facts(user_id) if one.item_id == item_id]
    (chinese,) = [one.text for one in shop.guide.facts(user_id, "zh") if one.item_id == item_id]
    assert english.startswith("You bought") and title in english and "2025" in english
    assert "购买" in chinese or "买" in chinese


def test_the_same_done_twice_is_one_fact(shop: Shop) -> None:
    user_id, item_id = chosen_of(shop)
    before = len(shop.guide.facts(user_id))
    shop.log.append([Event(f"e{n}", user_id, item_id, "buy", 1_800_000_000 + n) for n in range(2)])
    facts = [one for one in shop.guide.facts(user_id) if one.item_id == item_id]
    assert len(facts) == 1 and facts[0].times == 3 and len(shop.guide.facts(user_id)) == before


def test_attributes_are_segments_at_once_and_take_the_place_of_the_tables(shop: Shop) -> None:
    graph = shop.guide.graph
    segments = [row for row in graph.segments if graph.iris[row].rsplit("/", 2)[-2] == "city"]
    if len(segments) < 2:
        pytest.skip("this world has one city")
    there = graph.tail[graph.edges_of("in_segment")]
    user_id = shop.users[int(graph.user_row_of[graph.head[graph.edges_of("in_segment")][0]])]
    before = graph.label(int(there[0]))
    wanted = next(str(graph.label(int(row))) for row in segments if graph.label(int(row)) != before)
    shop.people.describe(user_id, {"city": wanted.removeprefix("city: ")})
    assert [one.text for one in shop.guide.facts(user_id) if one.item_id is None] == [wanted]
    assert shop.guide.user(user_id).segments["city"] == wanted.removeprefix("city: ")
    shop.people.describe(user_id, {"city": None})
    assert [one for one in shop.guide.facts(user_id) if one.item_id is None] == []


def test_somebody_of_whom_only_a_segment_is_known_is_recommended_by_it(shop: Shop) -> None:
    graph = shop.guide.graph
    city = graph.label(int(graph.segments[0])).removeprefix("city: ")
    with pytest.raises(UnknownName):
        shop.guide.recommend_for("new-one")
    shop.people.describe("new-one", {"city": city})
    assert shop.guide.recommend_for("new-one", k=3)
    (fact,) = shop.guide.facts("new-one")
    assert fact.text == f"city: {city}" and fact.source == "attributes"
    shop.guide.hide_fact("new-one", fact.fact)
    assert shop.guide.facts("new-one") == []


def test_who_was_forgotten_is_a_stranger_before_any_graph_is_built(shop: Shop) -> None:
    user_id, item_id = chosen_of(shop)
    receipt = shop.guide.forget(user_id)
    assert not receipt["complete"] and user_id not in str(receipt)
    for ask in (
        lambda: shop.guide.recommend_for(user_id),
        lambda: shop.guide.facts(user_id),
        lambda: shop.guide.history(user_id),
        lambda: shop.guide.user(user_id),
        lambda: shop.guide.forget(user_id),
    ):
        with pytest.raises(UnknownName, match=f"no user named '{user_id}'$"):
            ask()
    shop.log.append([Event("e1", user_id, item_id, "view", 1_800_000_000)])  # somebody new
    assert [one.text.split()[1] for one in shop.guide.facts(user_id)] == ["looked"]
    own = shop.guide.asker(user_id).scores
    visitor = shop.guide.asker(session=[SessionEvent(item_id, "view")]).scores
    np.testing.assert_allclose(own, visitor, rtol=1e-6)


def test_a_guide_without_a_workspace_says_so(shop: Shop) -> None:
    user_id = shop.users[0]
    fact = shop.bare.facts(user_id)[0]
    with pytest.raises(NotReady, match="serve a workspace"):
        shop.bare.hide_fact(user_id, fact.fact)
    with pytest.raises(KgrecError):
        shop.bare.forget(user_id)


def test_every_event_has_a_sentence(shop: Shop) -> None:
    item_id = str(shop.guide.dataset.items.ids[0])
    for n, kind in enumerate(EVENTS):
        shop.log.append([Event(f"e{n}", "new-one", item_id, kind, 1_800_000_000 + n, 4.0)])
    texts = {one.relation.rsplit("#", 1)[-1]: one.text for one in shop.guide.facts("new-one")}
    assert set(texts) == set(EVENT_RELATIONS)
    assert len(set(texts.values())) == len(EVENTS)
