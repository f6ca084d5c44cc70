"""All items are listed by what leads to them and by what they lack, with the figures that the other answers tell."""

import numpy as np
import pandas as pd
import pytest
from toy import QUICK, graph_of

from kgrec.domain import Dataset
from kgrec.errors import BadInput, UnknownName
from kgrec.guide import Guide
from kgrec.insight import item_figures, item_insight, items_listed, items_nothing_leads_to, survey
from kgrec.models.path import PathModel


@pytest.fixture(scope="module")
def gaps() -> Guide:
    """Twelve creams, of which some lack a brand, a colour or both, and one that shares nothing with the others."""
    items = pd.DataFrame(
        {
            "item_id": [f"c{n}" for n in range(12)] + ["alone"],
            "title": [f"rose cream {n}" for n in range(12)] + ["thing of its own"],
            "category": ["care"] * 12 + [""],
            "brand": ["" if n in (3, 7) else "Lavera" for n in range(12)] + [""],
            "colour": ["" if n in (7, 9) else "red" for n in range(12)] + [""],
        }
    )
    bought = [(f"u{u}", f"c{(u + n) % 11}") for u in range(30) for n in range(4)]
    users, chosen = zip(*bought, strict=True)
    table = pd.DataFrame(
        {"user_id": users, "item_id": chosen, "event": "buy", "datetime": np.arange(len(bought)) * 3600}
    )
    dataset = Dataset.from_frames(table, items)
    graph = graph_of(dataset)
    return Guide(dataset, graph, PathModel(QUICK).fit(dataset, graph, seed=0))


@pytest.fixture(scope="module")
def looked_at(gaps):
    return survey(gaps, depth=4)  # all of so small a shop would be among the first 50


@pytest.fixture(scope="module")
def figures(gaps, looked_at):
    return item_figures(gaps, looked_at)


def ids(listed):
    return [one.item.item_id for one in listed.items]


def test_the_figures_are_those_of_each_item(gaps, figures, looked_at):
    for one in items_listed(gaps, figures).items:
        told = item_insight(gaps, looked_at, one.item.item_id)
        assert (one.first, one.near) == (told.first.n, told.near.n)
        assert one.missing == told.missing
        row = gaps.dataset.items.row(one.item.item_id)
        assert figures.lacking[row] == len(told.missing)


def test_what_nothing_leads_to_is_first_and_what_most_lists_hold_is_first_in_the_other_order(gaps, figures):
    assert "alone" in ids(items_listed(gaps, figures))[:2]
    led = items_listed(gaps, figures, order="led").items
    assert [one.near for one in led] == sorted((one.near for one in led), reverse=True)


def test_those_in_nobodys_list_are_those_that_are_asked_for_alone(gaps, figures, looked_at):
    alone = items_nothing_leads_to(gaps, looked_at)
    assert alone.total > 0
    listed = items_listed(gaps, figures)
    assert (listed.unled, listed.without_path) == (alone.total, alone.without_path)
    assert ids(listed)[: alone.total] == [one.item.item_id for one in alone.items]


def test_what_lacks_most_is_first(gaps, figures):
    listed = items_listed(gaps, figures, order="missing")
    assert ids(listed)[:2] == ["alone", "c7"] and {*ids(listed)[2:4]} == {"c3", "c9"}
    assert [one.name for one in listed.items[1].missing] == ["has_brand", "has_colour"]
    assert [len(one.missing) for one in listed.items] == [3, 2, 1, 1] + [0] * 9
    assert listed.lacking == 4


def test_a_search_keeps_the_order(gaps, figures):
    everything = ids(items_listed(gaps, figures, order="missing"))
    found = items_listed(gaps, figures, "rose", order="missing")
    assert found.total == 12 and ids(found) == [one for one in everything if one != "alone"]
    assert items_listed(gaps, figures, "nothing like that").items == ()


def test_pages_of_a_list_are_the_list(gaps, figures):
    whole = ids(items_listed(gaps, figures))
    pages = [ids(items_listed(gaps, figures, limit=5, offset=offset)) for offset in (0, 5, 10, 15)]
    assert sum(pages, []) == whole and pages[-1] == []


def test_what_makes_no_sense_is_told(gaps, figures):
    with pytest.raises(UnknownName, match="unled, missing, led"):
        items_listed(gaps, figures, order="best")
    for asked in ({"limit": 0}, {"offset": -1}, {"limit": 1001}):
        with pytest.raises(BadInput):
            items_listed(gaps, figures, **asked)


def test_what_is_withdrawn_is_not_missed(served):
    served.items.write("i5", "withdraw", {})
    served.look()
    guide = served.as_opened
    figures = item_figures(guide, survey(guide))
    row = guide.dataset.items.row("i5")
    assert figures.out[row] and figures.near[row] == 0 and not figures.unled[row]
    (one,) = (line for line in items_listed(guide, figures).items if line.item.item_id == "i5")
    assert one.out
