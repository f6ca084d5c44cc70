"""What came of what was shown: figures worked out by hand, and laws that hold for any log.

The log of `shop`, in hours (window 24 h, k = 2); "·" is what happened:

    0  list r1 to ana   A B C      model m1   arm control   A,B by brand, C popular
    1  list r2 to bob   A D        model m1   arm other     all by brand
    2  list r3 to —     B A        model m2   no arm        no reasons shown (who does not take part in research)
    3  list r4 to ana   A E        model m2   arm control   A by brand, E popular

    4  · ana views A, no request_id        → r4 (the last of hers that showed A)
    5  · ana buys A, request_id r1         → r1 (it says so)
    5  · ana buys A again, request_id r1   → the same impression once more: no other
    6  · bob puts D in the cart            → r2
    7  · bob buys D, request_id r3         → r2: r3 did not show D
    8  · —   views B, request_id r3        → r3
    9  · —   buys B, request_id r9         → nothing: there is no such list
   30  · bob views A                       → nothing: 29 hours after r2
   30  · ana buys C                        → nothing: 30 hours after r1
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgrec.live import outcomes
from kgrec.live.exposures import Exposure, Response, Shown
from kgrec.live.outcomes import NOBODY, By, Outcome, Share

HOUR = 3600
DAY = 24 * HOUR


def at(
    hour: int, request: str, user: str | None, model: str, arm: str | None, items: str, kinds: str
) -> Exposure:
    words = {"b": "bought · has_brand · has_brand⁻¹", "p": "popular", "n": "none"}
    shown = tuple(Shown(item, words[kind]) for item, kind in zip(items, kinds, strict=True))
    experiment = None if arm is None else "x"
    return Exposure(request, user, hour * HOUR, model, "g", experiment, arm, "user", shown)


LISTS = [
    at(0, "r1", "ana", "m1", "control", "ABC", "bbp"),
    at(1, "r2", "bob", "m1", "other", "AD", "bb"),
    at(2, "r3", None, "m2", None, "BA", "nn"),
    at(3, "r4", "ana", "m2", "control", "AE", "bp"),
]
DONE = [
    Response(None, "ana", "A", "view", 4 * HOUR),
    Response("r1", "ana", "A", "buy", 5 * HOUR),
    Response("r1", "ana", "A", "buy", 5 * HOUR),
    Response(None, "bob", "D", "cart", 6 * HOUR),
    Response("r3", "bob", "D", "buy", 7 * HOUR),
    Response("r3", None, "B", "view", 8 * HOUR),
    Response("r9", None, "B", "buy", 9 * HOUR),
    Response(None, "bob", "A", "view", 30 * HOUR),
    Response(None, "ana", "C", "buy", 30 * HOUR),
]


def found(by: By, k: int = 2) -> dict[str, Outcome]:
    shown, told, groups, names = outcomes.read(LISTS, DONE, by)
    return {one.group: one for one in outcomes.outcomes(shown, told, groups, names, window=DAY, k=k)}


def test_events_are_laid_to_the_lists_they_came_from() -> None:
    shown, told, _, _ = outcomes.read(LISTS, DONE, "all")
    laid = outcomes.attributed(shown, told, DAY)
    where = [
        None if place == NOBODY else (f"r{shown.row[place] + 1}", int(shown.place[place])) for place in laid
    ]
    assert where == [
        ("r4", 0), ("r1", 0), ("r1", 0), ("r2", 1), ("r2", 1), ("r3", 0), None, None, None,
    ]  # fmt: skip


def test_all_of_it() -> None:
    (one,) = found("all").values()
    assert (one.lists, one.users, one.impressions, one.few) == (4, 2, 9, True)
    assert one.click_through == Share(3, 9)  # A of r4, D of r2, B of r3
    assert one.conversion == Share(2, 9)  # A of r1, D of r2
    # In the first two places of the lists of known users stand A B, A D, A E. Ana bought A after r1 and after r4;
    # bob D after r2.
    assert one.precision == Share(3, 6)
    assert one.recall == Share(3, 3)
    assert (one.users_clicked, one.users_bought) == (Share(2, 2), Share(2, 2))


def test_by_model() -> None:
    told = found("model")
    assert list(told) == ["m1", "m2"]
    assert (told["m1"].click_through, told["m1"].conversion) == (Share(1, 5), Share(2, 5))
    assert (told["m2"].click_through, told["m2"].conversion) == (Share(2, 4), Share(0, 4))
    assert (told["m1"].precision, told["m1"].recall) == (Share(2, 4), Share(2, 2))
    assert (told["m2"].precision, told["m2"].recall) == (Share(1, 2), Share(1, 1))
    assert (told["m2"].lists, told["m2"].users) == (2, 1)


def test_by_arm_leaves_out_who_is_in_none() -> None:
    told = found("arm")
    assert list(told) == ["x: control", "x: other"]
    assert (told["x: control"].impressions, told["x: other"].impressions) == (5, 2)
    assert told["x: control"].users_bought == told["x: other"].users_bought == Share(1, 1)


def test_by_kind_of_explanation() -> None:
    told = found("explanation")
    brand = told["bought · has_brand · has_brand⁻¹"]
    assert (brand.impressions, brand.click_through, brand.conversion) == (5, Share(2, 5), Share(2, 5))
    assert (told["none"].impressions, told["none"].click_through) == (2, Share(1, 2))
    assert (told["popular"].impressions, told["popular"].conversion) == (2, Share(0, 2))
    assert (brand.precision, told["popular"].precision) == (Share(3, 5), Share(0, 1))
    assert told["none"].precision == Share(0, 0) and told["none"].precision.value is None


def test_by_day_and_at_another_depth() -> None:
    assert list(found("day")) == ["1970-01-01"]
    (one,) = found("all", k=1).values()
    assert (one.precision, one.recall) == (Share(2, 3), Share(2, 3))


def test_a_request_id_in_the_mouth_of_somebody_else_is_none() -> None:
    shown, told, _, _ = outcomes.read(LISTS, [Response("r1", "eve", "A", "buy", 5 * HOUR)], "all")
    assert outcomes.attributed(shown, told, DAY).tolist() == [NOBODY]


def test_a_list_is_found_by_its_request_id_whatever_the_clocks_say() -> None:
    shown, told, _, _ = outcomes.read(LISTS, [Response("r1", "ana", "A", "buy", -HOUR)], "all")
    assert outcomes.attributed(shown, told, DAY).tolist() == [0]


def test_nothing_shown_or_nothing_done_is_no_error() -> None:
    for lists, done in (([], DONE), (LISTS, []), ([], [])):
        shown, told, groups, names = outcomes.read(lists, done, "all")
        for one in outcomes.outcomes(shown, told, groups, names, window=DAY, k=10):
            assert one.click_through == Share(0, 9) and one.recall.value is None


# Intervals and tests, against published figures


def test_wilson_and_newcombe() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81/263, 15/148, 0/20, 1/29 by Wilson's method.
    for n, of, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert outcomes.wilson(n, of) == pytest.approx((low, high), abs=5e-5)
    # Newcombe, Statistics in Medicine 17 (1998), 873-890, table II, method 10: 56/70 less 48/80.
    told = outcomes.two_proportions("users_bought", ("a", "b"), Share(48, 80), Share(56, 70))
    assert told is not None and told.difference == pytest.approx(0.2)
    assert told.interval == pytest.approx((0.0524, 0.3339), abs=5e-5)
    # z = 0.2 / sqrt(104/150 · 46/150 · (1/80 + 1/70)) = 2.6502
    assert told.p_value == pytest.approx(math.erfc(2.6502 / math.sqrt(2)), rel=1e-3)
    assert outcomes.two_proportions("x", ("a", "b"), Share(0, 0), Share(1, 2)) is None


def test_arms_are_compared_with_the_one_called_control() -> None:
    shares = {
        "x: a": Share(30, 100),
        "x: control": Share(10, 100),
        "y: b": Share(1, 10),
        "y: c": Share(1, 10),
    }
    some = [
        Outcome(name, 1, 1, 1, share, share, share, share, share, share) for name, share in shares.items()
    ]
    told = [one for one in outcomes.differences(some) if one.figure == "users_bought"]
    assert [one.arms for one in told] == [("x: control", "x: a"), ("y: b", "y: c")]
    assert told[0].difference == pytest.approx(0.2) and told[0].p_value < 0.001
    assert told[1].p_value == 1.0


# Laws


LISTED = st.lists(
    st.builds(
        lambda hour, request, user, items: at(
            hour, request, user, "m", None, "".join(items), "b" * len(items)
        ),
        st.integers(0, 50),
        st.sampled_from(["r1", "r2", "r3"]),
        st.sampled_from(["ana", "bob", None]),
        st.lists(st.sampled_from("ABCD"), max_size=4, unique=True),
    ),
    max_size=8,
)
ACTED = st.lists(
    st.builds(
        Response,
        st.sampled_from([None, "r1", "r2", "r9"]),
        st.sampled_from(["ana", "bob", None]),
        st.sampled_from("ABCDE"),
        st.sampled_from(["view", "cart", "buy", "return"]),
        st.integers(0, 90).map(lambda hour: hour * HOUR),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(LISTED, ACTED)
def test_attribution_equals_a_search_through_everything(lists: list[Exposure], done: list[Response]) -> None:
    shown, told, _, _ = outcomes.read(lists, done, "all")
    laid = outcomes.attributed(shown, told, DAY)
    counting = [one for one in done if one.event != "return"]
    assert len(laid) == len(counting)
    flat = [(lists[row], one.item_id) for row, one in ((r, i) for r, x in enumerate(lists) for i in x.items)]
    for place, one in zip(laid, counting, strict=True):
        if place == NOBODY:
            assert not _possible(lists, one)
            continue
        exposure, item_id = flat[place]
        assert item_id == one.item_id
        assert exposure in _possible(lists, one)
        assert exposure.time == max(other.time for other in _possible(lists, one))


def _possible(lists: list[Exposure], one: Response) -> list[Exposure]:
    """The lists that an event may be laid to: those of its request, else its user's within the window."""
    having = [x for x in lists if any(shown.item_id == one.item_id for shown in x.items)]
    named = [x for x in having if one.request_id is not None and x.request_id == one.request_id]
    if named:
        last = max(x.time for x in named)
        named = [x for x in named if x.time == last]
        if all(x.user_id is None or one.user_id is None or x.user_id == one.user_id for x in named):
            return named
        fitting = [x for x in named if x.user_id in (None, one.user_id) or one.user_id is None]
        if fitting:
            return [*fitting, *_own(having, one)]
    return _own(having, one)


def _own(having: list[Exposure], one: Response) -> list[Exposure]:
    own = [x for x in having if one.user_id is not None and x.user_id == one.user_id and x.time <= one.time]
    last = max((x.time for x in own), default=0)
    return [x for x in own if x.time == last and one.time - x.time <= DAY]


@settings(max_examples=100, deadline=None)
@given(LISTED, ACTED, st.integers(1, 4))
def test_groups_add_up_to_the_whole(lists: list[Exposure], done: list[Response], k: int) -> None:
    shown, told, groups, names = outcomes.read(lists, done, "day")
    parts = outcomes.outcomes(shown, told, groups, names, window=DAY, k=k)
    whole = outcomes.outcomes(shown, told, np.zeros_like(groups), ["all"], window=DAY, k=k)
    for figure in ("click_through", "conversion", "precision", "recall"):
        for count in ("n", "of"):
            assert sum(getattr(getattr(one, figure), count) for one in parts) == sum(
                getattr(getattr(one, figure), count) for one in whole
            )
    for one in whole:
        for figure in ("click_through", "conversion", "precision", "recall", "users_clicked", "users_bought"):
            share: Share = getattr(one, figure)
            assert 0 <= share.n <= share.of
            if share.interval is not None and share.value is not None:
                assert 0 <= share.interval[0] <= share.value <= share.interval[1] <= 1


@settings(max_examples=60, deadline=None)
@given(LISTED, ACTED, st.sampled_from(["model", "explanation", "all"]))
def test_a_series_holds_what_each_day_alone_would_show(
    lists: list[Exposure], done: list[Response], by: By
) -> None:
    shown, told, groups, names = outcomes.read(lists, done, by)
    days, found = outcomes.series(shown, told, groups, names, window=DAY, k=2)
    assert [one.group for one in found] == names and all(len(one.days) == len(days) for one in found)
    for one in found:
        group = names.index(one.group)
        for day, outcome in zip(days, one.days, strict=True):
            mine = [datetime.fromtimestamp(time, UTC).date().isoformat() == day for time in shown.time]
            alone = np.where(np.array(mine, bool)[shown.row] & (groups == group), 0, NOBODY)
            assert ([] if outcome is None else [outcome]) == outcomes.outcomes(
                shown, told, alone, [one.group], window=DAY, k=2
            )
