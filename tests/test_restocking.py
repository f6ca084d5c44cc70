"""A shop whose items change: what is recommended and why is that of a shop that was compiled anew."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy import QUICK, graph_of, parity_shop
from worlds import CountedOut, random_shop, with_random_gates

from kgrec.amending import _unlike
from kgrec.domain import EVENTS, Dataset, Edges, IdMap, RelationKind
from kgrec.errors import BadInput, KgrecError, UnknownName
from kgrec.guide import Guide
from kgrec.models.path import PathConfig, PathModel, compiled
from kgrec.models.path.compiled import whole
from kgrec.models.path.operators import OperatorConfig
from kgrec.models.popularity import Popularity
from kgrec.restocking import ItemChange, Stock, check
from kgrec.sources.item import SOURCE

few = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 10_000)

NARROW = PathConfig(operators=OperatorConfig(single=3, pair=3, shared=3))
"""Rows of operators that are full after three entries: then who else is near decides on who is in."""

values = {
    "title": st.sampled_from(["rose oil", "clay soap", "mint salt rose", "", "oil"]),
    "brand": st.sampled_from(["Lavera", "Weleda", "Logona", ""]),
    "colour": st.sampled_from(["red", "blue", "violet", None]),
    "category": st.sampled_from(["Skin > Face", "Skin > Foot", "Hair", None]),
    "compatible_with": st.sampled_from(["i0", "i1", "n0", "nowhere", ["i2", "n1"], None]),
    "price": st.sampled_from([3, "4.50", None]),
}
changes = st.lists(
    st.builds(
        ItemChange,
        item_id=st.sampled_from(["n0", "n1", "n2", "i0", "i1", "i3"]),
        what=st.sampled_from(["put", "patch", "patch"]),
        attributes=st.fixed_dictionaries({}, optional=values),
    ),
    min_size=1,
    max_size=4,
)


def stock_of(guide: Guide) -> Stock:
    return Stock(guide.dataset, guide.graph, guide.model)


def entries_of(model: PathModel) -> dict[tuple[int, int, int], float]:
    """Every operator entry by source, metapath and item."""
    one = whole(model.compiled)
    source = np.repeat(np.arange(one.n_sources), np.diff(one.start))
    keys = zip(source.tolist(), one.metapath.tolist(), one.item.tolist(), strict=True)
    found = dict(zip(keys, one.weight.tolist(), strict=True))
    assert len(found) == len(one.item)
    return found


def assert_same(one: PathModel, other: PathModel, graph) -> None:
    mine, theirs = entries_of(one), entries_of(other)
    assert mine.keys() == theirs.keys()
    np.testing.assert_allclose(list(mine.values()), [theirs[key] for key in mine], rtol=1e-5)
    users = np.arange(len(graph.users))
    np.testing.assert_allclose(one.score(graph, users), other.score(graph, users), rtol=1e-5, atol=1e-9)
    for user in users.tolist():
        np.testing.assert_allclose(one.prior(graph, user), other.prior(graph, user), rtol=1e-6)


@few
@given(seed=seeds, said=changes, ordered=st.booleans(), narrow=st.booleans())
def test_operators_renewed_in_part_are_those_compiled_anew(seed, said, ordered, narrow):
    guide = with_random_gates(random_shop(seed, ordered=ordered), seed, NARROW if narrow else None)
    stock = stock_of(guide)
    for change in said:
        stock = stock.with_items([change])
    renewed, anew = stock.model, guide.model.on(stock.graph, anew=True)
    assert_same(renewed, anew, stock.graph)
    items = np.arange(len(stock.graph.items))
    for user in range(min(3, len(stock.graph.users))):
        scores = renewed.score(stock.graph, np.array([user]))[0]
        prior = renewed.prior(stock.graph, user)
        both = zip(*(model.reasons(stock.graph, user, items, 3) for model in (renewed, anew)), strict=True)
        for item, (mine, theirs) in enumerate(both):
            assert mine.n_rest == theirs.n_rest
            told = [[path.contribution for path in reasons.paths] for reasons in (mine, theirs)]
            assert told[0] == pytest.approx(told[1], rel=1e-5)
            total = prior[item] + sum(told[0]) + mine.rest
            assert total == pytest.approx(scores[item], rel=1e-5, abs=1e-9)
    users = np.arange(len(stock.graph.users))
    by_messages = renewed.network_score(stock.graph, users)
    np.testing.assert_allclose(by_messages, renewed.score(stock.graph, users), rtol=2e-5, atol=1e-9)
    for item in items[-2:].tolist():
        np.testing.assert_allclose(renewed.leads(item), anew.leads(item), rtol=1e-5, atol=1e-9)


def test_layers_that_were_put_together_are_renewed_as_well(monkeypatch):
    guide = with_random_gates(random_shop(3), 3, NARROW)
    stock, layers = stock_of(guide), []
    for number in range(6):
        monkeypatch.setattr(compiled, "LIGHT", 0 if number % 3 == 1 else 10**9)
        said = {"title": "rose oil", "brand": f"B{number}", "category": "Skin > Face"}
        stock = stock.with_items([ItemChange(f"n{number}" if number % 2 else "i1", "put", said)])
        layers.append(stock.model.compiled.renewal is not None)
    assert layers == [True, False, True, True, False, True]
    assert_same(stock.model, guide.model.on(stock.graph, anew=True), stock.graph)


@few
@given(seed=seeds, said=changes, ordered=st.booleans())
def test_what_leads_to_a_new_item_is_what_is_counted_out_by_hand(seed, said, ordered):
    guide = with_random_gates(random_shop(seed, ordered=ordered), seed)
    stock = stock_of(guide).with_items(said)
    now = Guide(stock.dataset, stock.graph, stock.model)
    counted = CountedOut(now, fitted_on=guide.graph)
    if counted.kinds.keys() != set(stock.model._walked or counted.kinds):
        return  # the model learned nothing of a relation, or has nothing left to walk
    user = seed % len(stock.graph.users)
    scores = stock.model.score(stock.graph, np.array([user]))[0]
    for item in {0, len(scores) - 1}:
        paths = counted.paths(user, item)
        assert counted.prior(user, item) + sum(paths) == pytest.approx(scores[item], rel=2e-5, abs=1e-9)
        told = [path.contribution for path in stock.model.paths(stock.graph, user, item)]
        assert told == pytest.approx(paths, rel=2e-5, abs=1e-9)


@few
@given(seed=seeds, said=changes)
def test_it_does_not_matter_how_many_changes_come_together(seed, said):
    guide = with_random_gates(random_shop(seed), seed)
    one_by_one = stock_of(guide)
    for change in said:
        one_by_one = one_by_one.with_items([change])
    at_once = stock_of(guide).with_items(said)
    assert one_by_one.graph.version == at_once.graph.version
    assert one_by_one.graph.labels["en"].tolist() == at_once.graph.labels["en"].tolist()
    assert one_by_one.dataset.item_table.equals(at_once.dataset.item_table)
    assert one_by_one.withdrawn == at_once.withdrawn
    for name in one_by_one.graph.names(*RelationKind):
        where = one_by_one.graph.edges_of(name)
        row = one_by_one.graph.relation_row(name)
        for edge in range(where.start, where.stop):
            ends = int(one_by_one.graph.head[edge]), int(one_by_one.graph.tail[edge])
            assert at_once.graph.edge_row(row, *ends) >= 0
    assert at_once.with_items(said[-1:]).graph.version in (
        at_once.graph.version,
        at_once.with_items(said[-1:]).with_items(said[-1:]).graph.version,
    )


@few
@given(seed=seeds, said=changes)
def test_the_graph_says_of_items_what_a_graph_built_from_the_tables_says(seed, said):
    """But for what is derived: who is described alike stays as it was, apart from the items that changed."""
    guide = with_random_gates(random_shop(seed), seed)
    stock = stock_of(guide).with_items(said)
    built = graph_of(stock.dataset)
    kinds = (RelationKind.ATTRIBUTE, RelationKind.LINK)
    assert set(stock.graph.names(*kinds)) == set(built.names(*kinds))
    for name in built.names(*kinds):
        symmetric = built.relations[built.relation_row(name)].symmetric
        told = []
        for graph in (stock.graph, built):
            where = graph.edges_of(name)
            pairs = zip(graph.iris[graph.head[where]], graph.iris[graph.tail[where]], strict=True)
            listed = [frozenset(pair) if symmetric else pair for pair in pairs]
            assert len(listed) == len(set(listed))
            told.append(set(listed))
        assert told[0] == told[1]
    assert stock.graph.item_ids.ids.tolist() == built.item_ids.ids.tolist()
    for item in range(len(built.items)):
        assert stock.graph.label(int(stock.graph.items[item])) == built.label(int(built.items[item]))


@pytest.fixture(scope="module")
def shop() -> Stock:
    dataset = parity_shop()
    graph = graph_of(dataset)
    return Stock(dataset, graph, PathModel(QUICK).fit(dataset, graph)).warm()


NEW = ItemChange("new", "put", {"title": "Even Thing", "brand": "Even", "category": "Goods"})


def test_a_new_item_is_recommended_with_reasons_and_moves_nobody(shop):
    like = shop.dataset.facts
    brand = str(like.value[(like.item == 0) & (like.relation == "has_brand")][0])
    after = shop.with_items([replace(NEW, attributes={**NEW.attributes, "brand": brand})])
    users = np.arange(20)
    before, now = (stock.model.score(stock.graph, users) for stock in (shop, after))
    np.testing.assert_array_equal(before, now[:, :-1])
    guide = Guide(after.dataset, after.graph, after.model)
    even, odd = now[:2, -1]
    assert even > odd
    told = guide.explain("u0", "new")
    assert told.paths and told.score == pytest.approx(float(even))
    assert {hop.source for path in told.paths for hop in path.hops} & {SOURCE, "derived"}
    brand_hops = [hop for path in told.paths for hop in path.hops if hop.labels["relation"] == "has brand"]
    assert not brand_hops or brand_hops[-1].source == SOURCE
    assert "new" in {one.item_id for one in guide.recommend_for("u0", k=25)}
    assert guide.similar_items("new")


def test_the_saved_operators_are_neither_copied_nor_touched(shop):
    stock = shop
    for number in range(5):
        stock = stock.with_items([replace(NEW, item_id=f"n{number}")])
    for name in ("item", "metapath", "weight"):
        assert getattr(stock.model.compiled, name) is getattr(shop.model.compiled, name)
    assert stock.model.compiled.renewal is not None
    assert shop.model.compiled.renewal is None


def test_a_model_with_new_items_is_saved_and_loaded_whole(shop, tmp_path):
    after = shop.with_items([NEW, ItemChange("i3", "patch", {"brand": "Even"})])
    after.model.save(tmp_path)
    again = PathModel.load(tmp_path, after.graph)
    users = np.arange(20)
    np.testing.assert_allclose(
        again.score(after.graph, users), after.model.score(after.graph, users), rtol=1e-6
    )


def test_what_is_said_twice_changes_nothing(shop):
    after = shop.with_items([NEW])
    again = after.with_items([NEW])
    assert again.graph is after.graph and again.model is after.model


def test_a_withdrawn_item_keeps_its_place_until_it_is_back(shop):
    gone = shop.with_items([ItemChange("i3", "withdraw")])
    assert gone.withdrawn == {"i3"}
    assert gone.graph is shop.graph
    assert gone.with_items([ItemChange("i3", "patch", {"price": 2})]).withdrawn == set()


def test_links_to_an_item_that_was_not_listed_lead_to_it_when_it_is(shop):
    linked = shop.with_items([ItemChange("a", "put", {"title": "A", "compatible_with": "b"})])
    unlisted = linked.graph.tail[linked.graph.edges_of("compatible_with")][-1]
    assert linked.graph.kinds[unlisted] == "unlisted_item"
    both = linked.with_items([ItemChange("b", "put", {"title": "B"})])
    relation = both.graph.relation_row("compatible_with")
    a, b = (int(both.graph.items[both.graph.item_ids.row(item)]) for item in "ab")
    assert both.graph.edge_row(relation, a, b) >= 0


def test_a_value_taken_away_is_gone_and_others_stay(shop):
    put = shop.with_items([ItemChange("x", "put", {"title": "X", "brand": "B", "colour": ["red", "blue"]})])
    patched = put.with_items([ItemChange("x", "patch", {"colour": None, "price": "12.50"})])
    row = patched.dataset.items.row("x")
    mine = patched.dataset.facts.item == row
    assert set(patched.dataset.facts.relation[mine]) == {"has_brand"}
    assert patched.dataset.item_table["price"][row] == 12.5
    assert patched.dataset.item_table["title"][row] == "X"
    bare = patched.with_items([ItemChange("x", "put", {"title": "Y"})])
    assert not (bare.dataset.facts.item == row).any()
    assert np.isnan(bare.dataset.item_table["price"][row])
    assert bare.graph.label(int(bare.graph.items[row])) == "Y"


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (ItemChange("x", "put", {"colr": "red"}), UnknownName, "colour"),
        (ItemChange("x", "put", {"price": "cheap"}), BadInput, "number"),
        (ItemChange("x", "put", {"price": -1}), BadInput, "number"),
        (ItemChange("x", "put", {"brand": {"a": 1}}), BadInput, "give a text"),
        (ItemChange("x", "put", {"title": ["a", "b"]}), BadInput, "one value"),
        (ItemChange("x", "put", {"colour": ["c"] * 201}), BadInput, "at most"),
        (ItemChange("x", "put", {"title": "t" * 100_001}), BadInput, "characters"),
        (ItemChange("x", "put", {"image": "javascript:alert(1)"}), BadInput, "http"),
        (ItemChange("", "put", {}), BadInput, "empty"),
        (ItemChange("x\0", "put", {}), BadInput, "NUL"),
        (ItemChange("y" * 513, "put", {}), BadInput, "512"),
        (ItemChange("x", "delete", {}), UnknownName, "withdraw"),
        (ItemChange("x", "withdraw", {"title": "t"}), BadInput, "no attributes"),
    ],
)
def test_what_cannot_be_said_of_an_item_is_refused_in_a_sentence(shop, change, error, says):
    with pytest.raises(error, match=says):
        check(shop.dataset, change)


def test_what_cannot_be_taken_is_told_and_holds_up_nothing_else(shop):
    after = shop.with_items([ItemChange("x", "put", {"colr": "red"}), NEW])
    assert len(after.refused) == 1 and "colr" in after.refused[0]
    assert "x" not in after.dataset.items and "new" in after.dataset.items


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", "\u202eevil", "a\x1fb\x00c", "ПрИвЕт 玫瑰面霜", "\ud800"]
)
def test_hostile_titles_and_ids_are_taken_as_text(shop, title):
    name = title.replace("\x00", "").replace("\ud800", "")
    after = shop.with_items([ItemChange(f"id {name}", "put", {"title": title, "brand": title})])
    assert after.graph.label(int(after.graph.items[-1]))
    assert all(
        ord(c) > 31 and c not in "\u202e\ud800" for c in str(after.dataset.item_table["title"].iloc[-1])
    )
    assert " " not in str(after.graph.iris[after.graph.items[-1]])


def test_a_model_moves_to_a_graph_that_was_built_anew_by_the_ids_of_items(shop):
    """With its items in another order, one more of them, and one more user."""
    source = shop.dataset
    frame = source.item_table.assign(item_id=source.items.ids)
    for name in ("brand", "colour"):
        told = source.facts.relation == f"has_{name}"
        values = dict(zip(source.facts.item[told], source.facts.value[told], strict=True))
        frame[name] = [values.get(row, "") for row in range(len(frame))]
    frame = pd.concat(
        [frame.iloc[::-1], pd.DataFrame([{"item_id": "late", "title": "Late", "brand": "Even & Co"}])]
    )
    known = source.interactions
    days = pd.to_datetime(known.time, unit="s", utc=True)
    events = pd.DataFrame(
        {
            "user_id": [*source.users.ids[known.user], "u-late"],
            "item_id": [*source.items.ids[known.item], "i0"],
            "event": [*(EVENTS[event] for event in known.event), "view"],
            "datetime": [*days.astype(str), str(days[0])],
        }
    )
    users = source.user_table.assign(user_id=source.users.ids)
    dataset = Dataset.from_frames(events, frame.drop(columns=["price"]), users)
    graph = graph_of(dataset)
    assert _unlike(shop.model, shop.graph, graph) == ""
    moved = shop.model.moved(graph)
    for mine, name in enumerate(shop.graph.item_ids.ids):
        assert moved._weights["item"][graph.item_ids.row(name)] == shop.model._weights["item"][mine]
    assert moved._weights["item"][graph.item_ids.row("late")] == 0
    assert moved.score(graph, np.array([0]))[0, graph.item_ids.row("late")] > 0
    assert "the item i0 and 23 more is not" in _unlike(
        shop.model,
        shop.graph,
        replace(graph, item_ids=IdMap("item", [f"x{name}" for name in graph.item_ids.ids])),
    )
    new = graph.with_edges(
        Edges("has_material", graph.items[:1], graph.items[1:2], np.ones(1, np.float32), np.ones(1, int))
    )
    assert _unlike(shop.model, shop.graph, new) == "the model has learned nothing of has_material"


def test_a_model_that_cannot_take_items_says_so():
    dataset = parity_shop()
    graph = graph_of(dataset)
    stock = Stock(dataset, graph, Popularity().fit(dataset, graph))
    assert stock.with_items([ItemChange("i3", "withdraw")]).withdrawn == {"i3"}
    with pytest.raises(KgrecError, match="train"):
        stock.with_items([NEW])
