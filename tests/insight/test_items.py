"""What leads to an item is what each user's own scores say, added up; and few people are never counted out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import QUICK, graph_of, parity_shop

from kgrec.domain import Dataset
from kgrec.guide import Guide
from kgrec.insight import item_insight, items_nothing_leads_to, sample, survey
from kgrec.insight.items import gathered, holders
from kgrec.models import new_model
from kgrec.models.path import PathModel


def table(found):
    """Arrivals as sums by user, source, relation, way and item."""
    columns = (found.user, found.source, found.relation, found.item)
    ways = [found.ways[way] for way in found.way]
    frame = pd.DataFrame(dict(zip("usri", columns, strict=True)) | {"w": ways, "amount": found.contribution})
    return frame.groupby(["u", "s", "r", "i", "w"]).amount.sum()


@settings(max_examples=15, deadline=None)
@given(items=st.sets(st.integers(0, 23), min_size=1, max_size=6))
def test_what_leads_everybody_to_items_is_what_each_users_terms_say(parity_guide, items):
    rows = np.array(sorted(items))
    at_once = parity_guide.model.arrivals(parity_guide.graph, rows)
    one_by_one = gathered(parity_guide, rows, np.arange(60))
    pd.testing.assert_series_equal(table(at_once), table(one_by_one), rtol=1e-6)


def test_so_it_is_of_a_model_whose_graph_has_changed(parity_guide):
    graph = parity_guide.graph.without_relations(["has_colour"])
    other = Guide(parity_guide.dataset, graph, parity_guide.model.on(graph))
    rows = np.array([0, 5])
    at_once = other.model.arrivals(graph, rows)
    pd.testing.assert_series_equal(table(at_once), table(gathered(other, rows, np.arange(60))), rtol=1e-6)


def test_what_ways_relations_and_sources_add_is_counted_over_all_who_do_not_have_it(
    parity_guide, parity_survey
):
    found = item_insight(parity_guide, parity_survey, "i4")
    having = {f"u{row}" for row in holders(parity_guide.graph, 4)}
    lists = {user: parity_guide.asker(user) for user in map(str, parity_guide.dataset.users.ids)}
    assert having == {user for user, asker in lists.items() if 4 in asker.taken}
    others = [asker.terms.of_item(4) for user, asker in lists.items() if user not in having]
    assert found.reached.of == len(others) and found.reached.n == sum(len(terms) > 0 for terms in others)
    assert found.total == pytest.approx(sum(terms.contribution.sum() for terms in others))
    assert sum(way.contribution for way in found.ways) == pytest.approx(found.total)
    assert sum(way.share for way in found.ways) == pytest.approx(1)
    for source in found.sources:
        amounts = [
            terms.contribution[terms.slot == slot].sum()
            for terms in others
            for slot, hop in enumerate(terms.hops)
            if str(parity_guide.graph.iris[hop.tail]) == source.iri
        ]
        assert source.contribution == pytest.approx(sum(amounts))
        assert source.users == sum(amount != 0 for amount in amounts) >= 5
    assert found.first.n == sum(4 in asker.best(10) for asker in lists.values())
    assert found.prior == pytest.approx(parity_guide.asker("u1").prior[4])


def test_sources_are_counted_by_brand_too(parity_guide, parity_survey):
    found = item_insight(parity_guide, parity_survey, "i4", "zh")
    assert {brand.label for brand in found.brands} <= {"Even & Co", "Odd Ltd"} and found.brands
    items = sum(source.contribution for source in found.sources if source.kind == "item")
    assert sum(brand.contribution for brand in found.brands) >= items - 1e-9


def test_few_people_are_not_counted_out():
    from kgrec.explain.wording.speech import Speech

    dataset = parity_shop(users=12)
    graph = graph_of(dataset)
    model = PathModel(QUICK).fit(dataset, graph, seed=0)
    guide = Guide(dataset, graph, model)
    found = item_insight(guide, survey(guide), "i4")
    assert all(source.users >= 5 for source in (*found.sources, *found.brands))
    listed = sum(source.contribution for source in found.sources)
    assert found.total > listed  # what fewer than five bring counts, and is not told
    strict = Guide(dataset, graph, model, speech=Speech(least_people=9))
    assert all(source.users >= 9 for source in item_insight(strict, survey(strict), "i4").sources)


def described() -> Dataset:
    """Six lamps of which five have a colour and a price, and two bulbs."""
    items = pd.DataFrame(
        {
            "item_id": [*(f"l{n}" for n in range(6)), "b0", "b1"],
            "title": [*(f"Lamp {n}" for n in range(6)), "Bulb", "Other bulb"],
            "category": ["Light > Lamps"] * 6 + ["Light > Bulbs"] * 2,
            "colour": ["red", "red", "blue", "blue", "red", "", "", ""],
            "price": [1.0, 2.0, 3.0, 4.0, 5.0, None, None, 3.0],
        }
    )
    bought = [
        {"user_id": f"u{n}", "item_id": item, "event": "buy", "datetime": f"2025-01-0{place + 1}T00:0{n}:00Z"}
        for n in range(6)
        for place, item in enumerate(("l0", f"l{n % 4 + 1}", "b0"))
    ]
    return Dataset.from_frames(pd.DataFrame(bought), items)


@pytest.fixture(scope="module")
def lamps() -> Guide:
    dataset = described()
    graph = graph_of(dataset)
    return Guide(dataset, graph, new_model("item-knn").fit(dataset, graph))


def test_what_an_item_lacks_is_what_most_of_its_category_have(lamps):
    found = item_insight(lamps, survey(lamps), "l5")
    missing = {one.name: one.share for one in found.missing}
    assert (found.compared_with.label, found.compared_with.items) == ("Lamps", 6)
    assert missing["has_colour"] == missing["price"] == pytest.approx(5 / 6)
    assert {(one.relation, one.value) for one in item_insight(lamps, survey(lamps), "l0").attributes} >= {
        ("has_colour", "red")
    }
    assert not item_insight(lamps, survey(lamps), "l0").missing


def test_a_category_of_few_items_is_compared_with_the_one_above_it(lamps):
    found = item_insight(lamps, survey(lamps), "b0")
    assert (found.compared_with.label, found.compared_with.items) == ("Light", 8)
    assert {one.name: one.share for one in found.missing} == {
        "has_colour": pytest.approx(5 / 8),
        "price": pytest.approx(6 / 8),
    }


def test_items_that_nothing_leads_to_are_found_page_by_page(lamps):
    looked = survey(lamps)
    found = items_nothing_leads_to(lamps, looked)
    # Nobody has bought them, and the model leads by purchases alone.
    unbought = ["l5", "b1"]
    assert [one.item.item_id for one in found.items if one.why == "no path"] == unbought
    assert found.without_path == 2 and found.users == found.of_users == 6
    assert {one.name for one in found.items[0].missing} == {"has_colour", "price"}
    pages = [items_nothing_leads_to(lamps, looked, limit=1, offset=n) for n in range(found.total + 1)]
    assert [one.item.item_id for page in pages for one in page.items] == [
        one.item.item_id for one in found.items
    ]
    assert all(page.total == found.total for page in pages)


def test_an_item_a_path_leads_to_may_be_in_nobodys_list(parity_guide):
    led = parity_guide.model.led_to(parity_guide.graph)
    everybody = [parity_guide.model.terms(parity_guide.graph, row) for row in range(60)]
    assert set(np.flatnonzero(led)) == {int(item) for terms in everybody for item in terms.item}
    shallow = survey(parity_guide, sample(parity_guide, 1), depth=2)
    found = items_nothing_leads_to(parity_guide, shallow)
    assert found.total == 22 and {one.why for one in found.items} == {"no list"}
    assert (found.users, found.of_users) == (1, 60)


@pytest.fixture(scope="module")
def aged():
    """The parity shop, whose users are told apart by age, gender and city."""
    shop, n = parity_shop(), 60
    known = shop.interactions
    bought = pd.DataFrame(
        {
            "user_id": shop.users.ids[known.user],
            "item_id": shop.items.ids[known.item],
            "event": "buy",
            "datetime": pd.to_datetime(known.time, unit="s", utc=True).astype(str),
        }
    )
    users = pd.DataFrame({"user_id": [f"u{u}" for u in range(n)], "city": ["Bonn"] * n})
    users["age_band"] = ["18-24", "25-34", "35-44"] * (n // 3)
    users["gender"] = ["female", "male"] * (n // 2)
    items = pd.DataFrame({"item_id": shop.items.ids, "title": shop.item_table["title"]})
    dataset = Dataset.from_frames(bought, items, users)
    return Guide(dataset, graph_of(dataset), PathModel(QUICK).fit(dataset, graph_of(dataset)))


@pytest.mark.parametrize(
    ("lang", "groups"),
    [("en", {"groups by age band", "groups by gender"}), ("zh", {"按年龄段划分的人群", "按性别划分的人群"})],
)
def test_groups_that_are_not_named_are_one_line_for_each_column(aged, lang, groups):
    found = item_insight(aged, survey(aged), "i2", lang)
    labels = [source.label for source in found.sources if source.kind == "segment"]
    assert (
        len(set(labels)) == len(labels)
        and set(labels) - {label for label in labels if "Bonn" in label} == groups
    )
    assert not any(value in " ".join(labels) for value in ("18", "25-34", "male"))
    graph, others = aged.graph, np.setdiff1d(np.arange(60), holders(aged.graph, 2)).tolist()
    by_age = next(
        source for source in found.sources if source.label in ("groups by age band", "按年龄段划分的人群")
    )
    amounts = []
    for user in others:
        terms = aged.asker(f"u{user}").terms.of_item(2)
        ends = [str(graph.iris[terms.hops[slot].tail]) for slot in terms.slot]
        amounts.append(
            sum(a for a, end in zip(terms.contribution, ends, strict=True) if "/segment/age" in end)
        )
    assert by_age.contribution == pytest.approx(sum(amounts))
    assert by_age.users == sum(amount != 0 for amount in amounts)
