"""Only who allows it is named: those led most to an item or a brand, each with their place and why."""

import csv
import io

import pandas as pd
import pytest

from kgrec import pipeline, storage
from kgrec.domain import Dataset
from kgrec.errors import BadInput, NotReady, UnknownName
from kgrec.insight.campaign import Campaign, Led, campaign, table
from kgrec.live.told import Event
from kgrec.parts import current_parts
from kgrec.serving import Served

SOME = [f"u{n}" for n in range(1, 40, 2)]  # those who buy odd things


def allow(guide, *user_ids, **answers):
    for user_id in user_ids:
        guide.registry.people.consents(user_id, answers or {"marketing": True})


def test_nobody_is_named_who_was_not_asked(served):
    found = campaign(served.as_opened, item_id="i3")
    assert (found.users, found.consenting, found.asked) == ((), 0, 0)


def test_those_who_allow_it_are_named_led_most_first(served):
    guide = served.as_opened
    allow(guide, *SOME)
    found = campaign(guide, item_id="i3", k=5)
    without = [user_id for user_id in SOME if 3 not in guide.asker(user_id).taken]
    assert {one.user_id for one in found.users} == set(without) and 0 < len(without) < len(SOME)
    assert (found.consenting, found.asked, found.complete) == (len(SOME), len(without), True)
    scores = [float(guide.asker(one.user_id).scores[3]) for one in found.users]
    assert [one.score for one in found.users] == pytest.approx(scores)
    assert scores == sorted(scores, reverse=True)
    assert [one.place for one in found.users] == list(range(1, len(without) + 1))
    assert [one.rank for one in found.users] == [guide.asker(one.user_id).rank(3) for one in found.users]
    assert found.in_lists == sum(
        any(one.item_id == "i3" for one in guide.recommend_for(user_id, k=5)) for user_id in without
    )
    assert [one.user_id for one in campaign(guide, item_id="i3", most=2).users] == [
        one.user_id for one in found.users[:2]
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_is_told_with_the_strongest_path(served, lang):
    guide = served.as_opened
    allow(guide, "u1", "u5")
    for one in campaign(guide, item_id="i3", lang=lang).users:
        path = guide.explain(one.user_id, "i3", paths=1, lang=lang).paths[0]
        assert (one.reason, one.share) == (path.text, pytest.approx(path.share))


def test_who_takes_it_back_or_refuses_recommendations_or_was_forgotten_is_gone(served):
    guide = served.as_opened
    allow(guide, *SOME)
    first, second, third = (one.user_id for one in campaign(guide, item_id="i3").users[:3])
    allow(guide, first, marketing=False)
    allow(guide, second, recommend=False)
    guide.registry.erasures.begin(third)
    found = campaign(guide, item_id="i3")
    assert not {first, second, third} & {one.user_id for one in found.users}
    assert found.consenting == len(SOME) - 3


def test_who_has_it_by_now_or_did_not_like_it_is_left_out(served):
    guide = served.as_opened
    allow(guide, *SOME)
    first, second, third = (one.user_id for one in campaign(guide, item_id="i3").users[:3])
    events = [(first, "buy"), (second, "dislike"), (third, "return")]
    guide.intake.log.append(
        [Event(f"e{n}", user_id, "i3", event, 1_800_000_000) for n, (user_id, event) in enumerate(events)]
    )
    assert not {first, second, third} & {one.user_id for one in campaign(guide, item_id="i3").users}


def test_somebody_known_from_the_log_alone_may_be_named(served):
    guide = served.as_opened
    allow(guide, "visitor-1", "visitor-2")
    guide.intake.log.append([Event("e1", "visitor-1", "i1", "buy", 1_800_000_000)])
    assert [one.user_id for one in campaign(guide, item_id="i3").users] == ["visitor-1"]


def test_a_shop_may_take_silence_for_consent_and_a_no_still_counts(shop):
    with (shop / "kgrec.toml").open("a", encoding="utf-8") as file:
        file.write("\n[consent]\nmarketing = true\n")
    guide = Served(shop, current_parts).as_opened
    allow(guide, "u1", marketing=False)
    found = campaign(guide, item_id="i3", most=1000)
    assert found.consenting == 59
    assert "u1" not in {one.user_id for one in found.users}


def test_of_many_those_are_asked_to_whom_most_leads(served, monkeypatch):
    guide = served.as_opened
    allow(guide, *SOME)
    whole = campaign(guide, item_id="i3")
    monkeypatch.setitem(campaign.__globals__, "MOST_ASKED", 2)
    some = campaign(guide, item_id="i3")
    assert whole.complete and whole.asked == 4
    assert not some.complete and some.asked == 2
    assert some.users == whole.users[:2]


def test_a_brand_is_told_by_the_item_of_it_that_comes_first(served):
    guide = served.as_opened
    allow(guide, "u1", "u2")
    found = campaign(guide, brand="odd ltd")
    assert found.about == "Odd Ltd" and {one.user_id for one in found.users} == {"u1", "u2"}
    for one in found.users:
        ranks = [guide.asker(one.user_id).rank(row) for row in range(1, 24, 2)]  # None of what they have
        assert one.rank == min(rank for rank in ranks if rank is not None)
        assert int(one.item_id[1:]) % 2 == 1
    with pytest.raises(UnknownName, match="known are Even & Co, Odd Ltd"):
        campaign(guide, brand="odd lmt")


def test_brands_that_differ_in_capitals_are_two(tmp_path):
    items = pd.DataFrame(
        {"item_id": ["a", "b", "c"], "title": ["A", "B", "C"], "brand": ["Clear", "CLEAR", "Mild"]}
    )
    bought = pd.DataFrame(
        {"user_id": ["u1", "u2"], "item_id": ["c", "c"], "event": "buy", "datetime": [1, 2]}
    )
    workspace = storage.create_workspace(tmp_path / "shop", Dataset.from_frames(bought, items), settings={})
    pipeline.build(workspace)
    pipeline.train(workspace, model_name="item-knn")
    guide = Served(workspace.folder, current_parts).as_opened
    allow(guide, "u1")
    assert [campaign(guide, brand=name).users[0].item_id for name in ("Clear", "CLEAR")] == ["a", "b"]
    with pytest.raises(BadInput, match="say brand:CLEAR or brand:Clear"):
        campaign(guide, brand="clear")


def test_where_consent_is_not_known_nobody_is_named(parity_guide):
    with pytest.raises(NotReady, match="so nobody may be written to"):
        campaign(parity_guide, item_id="i3")


def test_it_is_about_one_thing(served):
    for about in ({}, {"item_id": "i1", "brand": "Odd Ltd"}):
        with pytest.raises(BadInput, match="an item or a brand"):
            campaign(served.as_opened, **about)
    with pytest.raises(UnknownName):
        campaign(served.as_opened, item_id="i99")
    with pytest.raises(BadInput, match="most is 0"):
        campaign(served.as_opened, item_id="i1", most=0)


def test_rows_hold_no_formula(served):
    led = Led("=cmd|' /C calc'!A0", "i1", '+SUM(1) "x"', 0.25, 3, 1, "Because, you know\nwhy", 0.5)
    found = Campaign("x", "en", 10, (led,), 1, 1, 1, True, "m", "g")
    text = io.StringIO()
    csv.writer(text).writerows(table(found))
    head, row = csv.reader(io.StringIO(text.getvalue()))
    assert head == ["user_id", "item_id", "title", "score", "rank", "place", "reason"]
    assert row == ["'=cmd|' /C calc'!A0", "i1", '\'+SUM(1) "x"', "0.25", "3", "1", "Because, you know\nwhy"]
