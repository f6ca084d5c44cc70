"""What if, why not and what it would take: truthful answers, also where there is little to say."""

from dataclasses import replace

import numpy as np
import pytest
from toy import QUICK, graph_of, toy_shop
from worlds import random_shop, with_random_gates

from kgrec.domain import EVENTS
from kgrec.errors import BadInput, UnknownName
from kgrec.explain.counterfactual import smallest_removal
from kgrec.explain.wording.speech import Speech
from kgrec.graph.amend import amended
from kgrec.guide import Guide, SessionEvent
from kgrec.models import new_model
from kgrec.models.path import PathModel


@pytest.fixture(scope="module")
def toy():
    dataset = toy_shop()
    graph = graph_of(dataset)
    return Guide(dataset, graph, PathModel(QUICK).fit(dataset, graph))


@pytest.fixture(scope="module")
def empty():
    """A shop with items and users in which nothing has happened yet."""
    dataset = random_shop(5)
    return with_random_gates(dataset.with_interactions(dataset.interactions.select(np.zeros(0, np.int64))), 5)


def with_event(guide: Guide, user_id: str, item_id: str, event: str) -> Guide:
    """The shop in which a user has done one more thing; the model is as it was."""
    known, dataset = guide.dataset.interactions, guide.dataset
    where = np.append(np.arange(len(known)), len(known) - 1)
    more = known.select(where)
    for name, value in (
        ("user", dataset.users.row(user_id)),
        ("item", dataset.items.row(item_id)),
        ("event", EVENTS.index(event)),
        ("time", int(known.time[-1]) + 1),
    ):
        column = getattr(more, name).copy()
        column[-1] = value
        more = replace(more, **{name: column})
    graph = guide.graph.with_events(more.select(np.array([len(known)])))
    return Guide(replace(dataset, interactions=more), graph, guide.model)


# What if


def test_without_a_purchase_the_item_can_be_recommended_again(parity_guide):
    gone = parity_guide.history("u3")[0].item.item_id
    found = parity_guide.what_if("u3", remove=[gone], k=24)
    move = next(move for move in found.moves if move.item_id == gone)
    assert (move.moved, move.rank_before) == ("entered", None)
    assert move.rank_after is not None
    assert move.text == "You would no longer have it, so it could be recommended."


def test_what_is_bought_leaves_the_list_and_its_paths_lift_others(parity_guide):
    best = parity_guide.recommend_for("u3", k=1)[0].item_id
    found = parity_guide.what_if("u3", add=[best], k=5)
    assert best not in {one.item_id for one in found.after}
    gone = next(move for move in found.moves if move.item_id == best)
    assert (gone.moved, gone.rank_before, gone.rank_after) == ("left", 1, None)
    assert any("your purchase of “" in move.text for move in found.moves)
    assert found.asked.add == ((best, "buy"),)


def test_two_events_with_one_item_are_both_said_to_be_supposed(parity_guide):
    found = parity_guide.what_if("u3", add=[SessionEvent("i2", "buy"), SessionEvent("i2", "return")])
    assert found.asked.add == (("i2", "buy"), ("i2", "return"))


def test_what_would_be_bought_or_returned_is_what_a_shop_with_it_recommends(parity_guide):
    for event in ("buy", "view", "dislike"):
        found = parity_guide.what_if("u4", add=[SessionEvent("i9", event)], k=6)
        after = with_event(parity_guide, "u4", "i9", event).recommend_for("u4", k=6)
        assert [(one.item_id, one.rank) for one in found.after] == [(one.item_id, one.rank) for one in after]
        assert [one.score for one in found.after] == pytest.approx([one.score for one in after])


def test_the_lists_are_those_recommended_and_only_what_moves_is_told(parity_guide):
    found = parity_guide.what_if("u3", add=["i2"], k=6)
    assert list(found.before) == parity_guide.recommend_for("u3", k=6)
    before, after = ({one.item_id: one.rank for one in some} for some in (found.before, found.after))
    assert {move.item_id for move in found.moves} == {
        item for item in before | after if before.get(item) != after.get(item)
    }
    for move in found.moves:
        inside = (move.item_id in before, move.item_id in after)
        assert inside == {"entered": (False, True), "left": (True, False), "moved": (True, True)}[move.moved]


def test_a_session_can_be_supposed_to_go_on(parity_guide):
    session = [SessionEvent("i2", "view")]
    found = parity_guide.what_if(add=["i4"], session=session, k=5)
    longer = parity_guide.recommend_for(session=[*session, SessionEvent("i4", "buy")], k=5)
    assert [one.item_id for one in found.after] == [one.item_id for one in longer]
    assert found.user_id == "visitor"


def test_another_brand_moves_the_item_and_says_what_was_not_changed(toy):
    found = toy.what_if("ana", change={"bar": {"has_brand": "lavera"}}, k=9)
    move = next(move for move in found.moves if move.item_id == "bar")
    before = toy.why_not("ana", "bar", k=9).rank
    assert move.rank_after < before == move.rank_before
    assert "has brand" in move.text or "brand" in move.text
    assert any("stay as it is" in note for note in found.notes)
    assert {part.way for part in move.change.parts} & {
        "has_brand·has_brand⁻¹",
        "any_attribute·any_attribute⁻¹",
    }


def test_the_value_an_item_has_already_changes_nothing(toy):
    assert toy.what_if("ana", change={"oil": {"has_brand": "Lavera"}}).moves == ()
    assert (
        toy.what_if("ana", change={"oil": {"has_brand": "Lavera"}}).text == "None of the first 10 would move."
    )


def test_an_item_that_is_changed_is_told_of_where_no_list_shows_it(parity_guide):
    found = parity_guide.what_if("u3", change={"i14": {"has_brand": "Odd Ltd"}}, k=1)
    assert "i14" not in {one.item_id for one in (*found.before, *found.after)}
    move = next(move for move in found.moves if move.item_id == "i14")
    assert move.moved == "moved" and move.rank_after < move.rank_before
    assert found.text == "None of the first 1 would move."


def test_a_category_is_changed_with_all_the_steps_above_it():
    guide = with_random_gates(random_shop(1), 1)
    item_id = str(guide.dataset.items.ids[0])
    for value, labels in (("Skin > Hand", {"Skin", "Hand"}), ("hair", {"Hair"}), ("", set())):
        graph = amended(guide.graph, {item_id: {"has_category": value}})
        where = graph.edges_of("has_category")
        mine = graph.tail[where][graph.head[where] == graph.items[0]]
        assert {graph.label(int(row)) for row in mine} == labels


@pytest.mark.parametrize(
    ("asked", "error", "hint"),
    [
        ({}, BadInput, "something to add, to remove or to change"),
        ({"add": ["i99"]}, UnknownName, "no item named 'i99'"),
        ({"remove": ["i99"]}, UnknownName, "no item named 'i99'"),
        ({"remove": ["i2"]}, BadInput, "nothing is known that this user has done with 'i2'"),
        ({"add": [SessionEvent("i2", "steal")]}, UnknownName, "no event named 'steal'"),
        ({"add": ["i19"], "remove": ["i19"]}, BadInput, "both added and removed"),
        ({"change": {"i99": {"has_brand": "Odd Ltd"}}}, UnknownName, "no item named 'i99'"),
        ({"change": {"i2": {"has_smell": "rose"}}}, UnknownName, "has_brand"),
        ({"change": {"i2": {"bought": "u1"}}}, UnknownName, "no attribute of items named 'bought'"),
        ({"change": {"i2": {"has_brand": "Odd"}}}, UnknownName, "Odd Ltd"),
        ({"add": ["i2"], "k": 0}, BadInput, "k is 0"),
        ({"add": ["i2"], "lang": "tlh"}, UnknownName, "language"),
    ],
)
def test_what_cannot_be_supposed_is_refused_in_one_line(parity_guide, asked, error, hint):
    with pytest.raises(error, match=hint):
        parity_guide.what_if("u3", **asked)


def test_a_user_who_has_nothing_left_gets_what_everybody_chooses(toy):
    found = toy.what_if("ana", remove=["cream"], k=3)
    newcomer = toy.model.compiled.prior[1]
    assert [one.score for one in found.after] == pytest.approx(sorted(newcomer, reverse=True)[:3])


# Why not


def test_an_item_in_the_list_is_said_to_be_there(parity_guide):
    best = parity_guide.recommend_for("u3", k=3)[2]
    found = parity_guide.why_not("u3", best.item_id, k=5)
    assert found.text == "It is in your list, at place 3."
    assert (found.rank, found.blocked, found.gap <= 0) == (3, None, True)


def test_an_item_that_misses_is_told_what_its_rival_has_more_of(parity_guide):
    last, item = parity_guide.recommend_for("u3", k=24)[3], parity_guide.recommend_for("u3", k=24)[-1]
    found = parity_guide.why_not("u3", item.item_id, k=4)
    assert found.last == last
    assert found.gap == pytest.approx(last.score - item.score)
    assert parity_guide.item(last.item_id).title in found.text and "at place 4" in found.text
    assert found.explanation.item_id == item.item_id
    main = found.by_known.parts[0]
    assert main.known is not None and main.known.label in found.text
    for lack in found.lacks:
        assert lack.way not in {part.way for part in found.by_way.parts if part.other}
        assert 1 <= lack.items <= 4 and lack.mean > 0


@pytest.mark.parametrize(
    ("event", "blocked", "said"),
    [
        ("buy", "chosen", "You already have it"),
        ("return", "returned", "You sent it back"),
        ("dislike", "disliked", "you do not like it"),
    ],
)
def test_what_blocks_an_item_is_named(parity_guide, event, blocked, said):
    guide = with_event(parity_guide, "u4", "i9", event)
    found = guide.why_not("u4", "i9")
    assert found.blocked == blocked
    assert said in found.text
    assert found.rank >= 1  # where it would be


def test_an_excluded_item_is_said_to_be_excluded(parity_guide):
    found = parity_guide.why_not("u3", "i5", exclude=["i5"])
    assert found.blocked == "excluded"
    assert "left out" in found.text
    others = parity_guide.recommend_for("u3", k=10, exclude=["i5"])
    assert found.last == others[-1]


def test_an_item_that_no_path_reaches_is_said_to_have_none(toy):
    found = toy.why_not("ana", "mask", k=1, lang="en")
    assert toy.explain("ana", "mask").paths == ()
    assert (
        found.text
        == f"Nothing known about you leads to this item; it is a bestseller, at place {found.rank}."
    )
    assert toy.explain("ana", "foam").paths == ()
    assert toy.why_not("ana", "foam", k=1).text == "No path from what is known of you leads to this item."


def test_somebody_without_a_history_is_told_that_nothing_is_known(empty):
    user_id = str(empty.dataset.users.ids[0])
    ids = [str(item) for item in empty.dataset.items.ids]
    for item_id in ids:
        found = empty.why_not(user_id, item_id, k=1)
        assert found.gap == 0  # nobody has chosen anything: every score is 0, in the order of the catalogue
        assert found.rank == ids.index(item_id) + 1
    assert "it is a bestseller" not in empty.why_not(user_id, ids[0], k=1).text
    assert empty.why_not(user_id, ids[-1], k=1).text.startswith(("Nothing is known about you yet", "No path"))


def test_a_shop_in_which_nothing_has_happened_answers_every_question(empty):
    user_id = str(empty.dataset.users.ids[0])
    first, second = (str(item) for item in empty.dataset.items.ids[:2])
    found = empty.what_if(user_id, add=[second], k=3)
    assert second not in {one.item_id for one in found.after}
    assert empty.takes(user_id, first, k=1).possible is False
    assert empty.contrast(user_id, first, second).text.endswith("score the same.")


# What it would take


def test_without_the_thing_that_leads_to_it_the_item_is_out(toy):
    found = toy.takes("ana", "oil", k=4)
    assert (found.action, found.possible, found.rank) == ("remove", True, 4)
    assert [thing.item_id for thing in found.things] == ["cream"]
    assert found.text == f"Without your purchase of “Rose Cream” it would be at place {found.rank_after}."
    assert found.smallest and found.rank_after > 4
    assert found.score_after == pytest.approx(toy.explain("ana", "oil").prior)


def test_a_bestseller_stays_whatever_is_left_out(toy):
    newcomer = toy.asker(session=[SessionEvent("cream", "view")])
    item_row = int(np.argmax(newcomer.prior))
    item_id = str(toy.dataset.items.ids[item_row])
    found = toy.takes(None, item_id, k=9, session=[SessionEvent("cream", "view")])
    assert found.possible is False and found.at_least is None and found.things == ()
    assert "whatever is left out" in found.text


def test_a_purchase_that_brings_an_item_in_is_verified(parity_guide):
    low = parity_guide.recommend_for("u3", k=24)[-1]
    found = parity_guide.takes("u3", low.item_id, k=5)
    assert found.action == "add" and found.possible
    bought = [str(thing.item_id) for thing in found.things]
    after = {one.item_id: one.rank for one in parity_guide.what_if("u3", add=bought, k=5).after}
    assert after[low.item_id] == found.rank_after
    for name in bought:
        assert parity_guide.item(name).title in found.text


def test_what_is_owned_already_is_said_to_be(parity_guide):
    has = parity_guide.history("u3")[0].item.item_id
    found = parity_guide.takes("u3", has)
    assert (found.possible, found.rank, found.rank_after) == (False, None, None)
    assert "already have it" in found.text


def test_a_search_that_runs_out_of_work_says_how_small_the_set_could_be(parity_guide):
    asker = parity_guide.asker("u3")
    item_row = parity_guide.dataset.items.row(parity_guide.recommend_for("u3", k=4)[3].item_id)
    exact, hasty = smallest_removal(asker, item_row, 5), smallest_removal(asker, item_row, 5, work=0)
    assert exact.smallest
    assert hasty.possible and hasty.at_least <= len(exact.slots) <= len(hasty.slots)


def test_answers_come_in_chinese_too(parity_guide):
    assert (
        "您购买的“"
        in parity_guide.takes("u3", parity_guide.recommend_for("u3", k=4)[3].item_id, k=5, lang="zh").text
    )
    assert parity_guide.why_not("u3", "i2", k=5, lang="zh").text.endswith("。")
    assert parity_guide.what_if("u3", add=["i2"], lang="zh").text.startswith("前10名")


def test_titles_cannot_end_the_quotation_they_stand_in():
    dataset = toy_shop()
    table = dataset.item_table.copy()
    table["title"] = [f'X” is free. “Y {n}"\u202e' for n in range(len(table))]
    guide = with_random_gates(replace(dataset, item_table=table), 3)
    low = guide.recommend_for("ana", k=9)[-1].item_id
    for text in (guide.why_not("ana", low, k=2).text, guide.contrast("ana", "oil", "bar").text):
        assert text.count("“") == text.count("”")
        assert "X” is free" not in text and "\u202e" not in text


def test_what_the_shop_will_not_have_named_is_not(toy):
    quiet = Guide(toy.dataset, toy.graph, toy.model, speech=Speech(unspoken=("has_brand: Lavera",)))
    found = quiet.takes("ana", "oil", k=4)
    assert found.text == f"Without something else known of you it would be at place {found.rank_after}."
    texts = [quiet.contrast("ana", "oil", "bar").text, quiet.takes("ana", "foam", k=4).text]
    texts += [move.text for move in quiet.what_if("ana", remove=["cream"]).moves]
    assert not any("Rose" in text for text in texts)
    parts = [
        *quiet.contrast("ana", "oil", "bar").by_known.parts,
        *quiet.why_not("ana", "bar", k=1).by_known.parts,
    ]
    labels = {part.known.item_id: part.known.label for part in parts if part.known is not None}
    assert labels["cream"] == "something not named here"


# Models


def test_item_neighbours_answer_too_but_not_about_attributes(parity_guide):
    dataset, graph = parity_guide.dataset, parity_guide.graph
    guide = Guide(dataset, graph, new_model("item-knn").fit(dataset, graph))
    found = guide.what_if("u3", add=["i2"], k=5)
    after = with_event(guide, "u3", "i2", "buy").recommend_for("u3", k=5)
    assert [one.item_id for one in found.after] == [one.item_id for one in after]
    best = guide.recommend_for("u3", k=24)
    assert guide.takes("u3", best[0].item_id, k=3).action == "remove"
    assert guide.takes("u3", best[4].item_id, k=4).possible
    with pytest.raises(BadInput, match="train the path model"):
        guide.what_if("u3", change={"i2": {"has_brand": "Odd Ltd"}})


def test_a_model_without_terms_says_which_have_them():
    dataset = toy_shop()
    graph = graph_of(dataset)
    guide = Guide(dataset, graph, new_model("popularity").fit(dataset, graph))
    for ask in (
        lambda: guide.what_if("ana", add=["oil"]),
        lambda: guide.why_not("ana", "oil"),
        lambda: guide.takes("ana", "oil"),
        lambda: guide.contrast("ana", "oil", "bar"),
    ):
        with pytest.raises(BadInput, match="path or item-knn"):
            ask()
