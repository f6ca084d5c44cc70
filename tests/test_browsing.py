"""Rows and neighbours of items: each in one place only, each with a reason that is a path of its score."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy import QUICK, graph_of, parity_shop
from worlds import random_guide, with_random_gates

from kgrec import pipeline, storage
from kgrec.browsing import FEWEST, Row, Shown, alike_ways, joining_ways
from kgrec.domain import Dataset
from kgrec.errors import BadInput, UnknownName
from kgrec.explain.wording.speech import Speech
from kgrec.explain.wording.storefront import WORDS
from kgrec.guide import STRANGER, Guide, SessionEvent
from kgrec.live.events import EventLog
from kgrec.live.told import Event
from kgrec.models import new_model
from kgrec.rules import About, Rule, RuleSet
from kgrec.serving import Served

few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 2_000)


def ids(shown: tuple[Shown, ...]) -> list[str]:
    return [one.item.item_id for one in shown]


def row(rows: tuple[Row, ...], name: str) -> Row:
    return next(one for one in rows if one.name == name)


@cache
def lamps() -> Guide:
    """Lamps with the bulbs that go with them, and rugs that do not."""
    names = [
        *(f"lamp{n}" for n in range(4)),
        *(f"bulb{n}" for n in range(4)),
        *(f"rug{n}" for n in range(20)),
    ]
    items = pd.DataFrame(
        {
            "item_id": names,
            "title": [
                f"{name.rstrip('0123456789').title()} number {name.strip('lampburg')}" for name in names
            ],
            "title_zh": [f"{'灯泡毯'['lbr'.index(name[0])]} {name.strip('lampburg')}" for name in names],
            "brand": ["Lux"] * 4 + ["Glow"] * 4 + ["Weave"] * 20,
            "category": ["Home > Lamps"] * 4 + ["Home > Bulbs"] * 4 + ["Home > Rugs"] * 20,
            "compatible_with": [f"bulb{n % 4}" if n < 4 else "" for n in range(len(names))],
        }
    )
    days = pd.date_range("2025-01-01", periods=48, freq="D", tz="UTC").astype(str)
    bought = [(f"u{n % 16}", names[(n * 5) % len(names)]) for n in range(48)]
    users, what = zip(*bought, strict=True)
    events = pd.DataFrame({"user_id": users, "item_id": what, "event": "buy", "datetime": days})
    reviews = pd.DataFrame(
        {
            "user_id": ["u1", "u2", "u3"],
            "item_id": ["lamp0"] * 3,
            "rating": [5, None, 2],
            "text": ["bright", "<b>hot</b>", "flickers"],
            "lang": ["en", "zh", ""],
            "datetime": ["2025-02-01", "2025-03-01", "2025-01-01"],
        }
    )
    return with_random_gates(Dataset.from_frames(events, items, reviews=reviews), 3)


# What goes with an item


@few
@given(seed=seeds, which=st.integers(0, 30), lang=st.sampled_from(["en", "zh"]))
def test_what_goes_with_an_item_has_a_path_of_its_score_as_its_reason(
    seed: int, which: int, lang: str
) -> None:
    guide = random_guide(seed)
    item_id = str(guide.dataset.items.ids[which % len(guide.dataset.items)])
    for shown in (*guide.similar(item_id, 5, lang), *guide.complements(item_id, 5, lang)):
        told = guide.explain_session([SessionEvent(item_id, "buy")], shown.item.item_id, paths=1000)
        same = [path.contribution for path in told.paths if path.metapath == shown.metapath]
        assert shown.contribution == pytest.approx(
            min(same, key=lambda one: abs(one - shown.contribution)), rel=1e-5
        )
        assert 0 < shown.contribution <= shown.score * (1 + 1e-6)
        assert shown.score <= told.score - told.prior + 1e-6
        assert shown.item.item_id != item_id and shown.reason


@few
@given(seed=seeds, which=st.integers(0, 30), lang=st.sampled_from(["en", "zh"]))
def test_neighbours_are_what_is_similar_and_the_complements(seed: int, which: int, lang: str) -> None:
    guide = random_guide(seed)
    item_id = str(guide.dataset.items.ids[which % len(guide.dataset.items)])
    both = guide.similar(item_id, 4, lang), guide.complements(item_id, 4, lang)
    assert guide.neighbours(item_id, 4, lang) == both


@few
@given(seed=seeds)
def test_what_is_similar_is_in_the_order_of_its_part_of_the_score(seed: int) -> None:
    guide = random_guide(seed)
    item_id = str(guide.dataset.items.ids[0])
    shown = guide.similar(item_id, 20)
    terms = guide.asker(session=[SessionEvent(item_id, "buy")]).terms
    ways = alike_ways(terms.ways, guide.graph)
    for one in shown:
        here = terms.of_item(guide.dataset.items.row(one.item.item_id))
        counted = [here.ways[way] in ways for way in here.way]
        assert one.score == pytest.approx(here.contribution[counted].sum(), rel=1e-5)
    assert [one.score for one in shown] == sorted((one.score for one in shown), reverse=True)


def test_ways_of_likeness_and_of_joining_are_told_apart() -> None:
    graph = lamps().graph
    ways = [
        "has_brand·has_brand⁻¹", "any_attribute·any_attribute⁻¹ → shares_buyers", "similar_text", "chosen⁻¹ · chosen",
        "has_brand · has_brand⁻¹", "followed_by", "followed_by⁻¹", "compatible_with", "followed_by → followed_by",
        "compatible_with·compatible_with⁻¹", "complemented_by", "followed_by → similar_text", "often_chooses",
        "also_viewed", "viewed_then_chosen",
    ]  # fmt: skip
    assert alike_ways(ways, graph) == {*ways[:5], "also_viewed", "viewed_then_chosen"}
    assert joining_ways(ways, graph) == {
        "followed_by",
        "compatible_with",
        "followed_by → followed_by",
        ways[10],
    }


def test_bulbs_go_with_lamps_and_lamps_are_like_lamps_and_it_is_said() -> None:
    guide = lamps()
    said = {one.item.item_id: one.reason for one in guide.complements("lamp0", 10)}
    assert said["bulb0"] == "This goes with “Lamp number 0”." and "bulb1" not in said
    in_chinese = {one.item.item_id: one.reason for one in guide.complements("lamp0", 10, "zh")}
    assert in_chinese["bulb0"] == "这件商品可以与“灯 0”搭配使用。"
    alike = guide.similar("lamp0", 3)
    assert "bulb0" not in ids(alike) and any("Lux" in one.reason for one in guide.similar("lamp0", 10))
    assert not set(ids(guide.similar("lamp0", 20))) & {"lamp0"}


def test_what_the_shop_offers_with_an_item_is_its_complement() -> None:
    rugs = About(items=("rug5",))
    rule = Rule("Rugs under lamps", "complement", About(items=("lamp1",)), rugs, factor=50.0)
    guide = lamps().under(RuleSet((rule,)))
    first = guide.complements("lamp1", 1)[0]
    assert first.item.item_id == "rug5" and first.metapath == "bought · complemented_by"
    assert first.reason == "The shop offers this with “Lamp number 1”."
    gone = lamps().under(RuleSet((Rule("No bulbs", "exclude", About(items=("bulb0",))),)))
    assert "bulb0" not in ids(gone.complements("lamp0", 10))


def test_what_is_not_to_be_named_is_not_named() -> None:
    base = lamps()
    guide = Guide(base.dataset, base.graph, base.model, speech=Speech(unspoken=("has_brand: Lux",)))
    for shown in (*guide.similar("lamp0", 10), *guide.complements("lamp0", 10)):
        assert "Lux" not in shown.reason and "Lamp" not in shown.reason
    for one in guide.rows("u0"):
        assert "Lux" not in one.reason and "Lamp" not in one.reason


def test_a_model_without_paths_has_neighbours_without_reasons_and_no_complements() -> None:
    dataset = parity_shop()
    graph = graph_of(dataset)
    for name in ("popularity", "item-knn", "user-knn", "content-attributes"):
        guide = Guide(dataset, graph, new_model(name).fit(dataset, graph))
        assert 0 < len(guide.similar("i0", 5)) <= 5 and "i0" not in ids(guide.similar("i0", 5))
        assert guide.complements("i0", 5) == ()
        assert all(len(one.items) >= FEWEST for one in guide.rows("u0"))
        assert guide.rows(None)


def test_wrong_questions_are_errors() -> None:
    with pytest.raises(UnknownName):
        lamps().similar("nothing")
    with pytest.raises(BadInput):
        lamps().rows("u0", k=0)
    with pytest.raises(UnknownName):
        lamps().complements("lamp0", lang="xx")


# Rows


@few
@given(seed=seeds, k=st.integers(3, 8), lang=st.sampled_from(["en", "zh"]))
def test_rows_are_disjoint_and_each_reason_is_a_part_of_the_score(seed: int, k: int, lang: str) -> None:
    guide = random_guide(seed)
    for user_id in (*map(str, guide.dataset.users.ids[:3]), None):
        rows = guide.rows(user_id, lang, k)
        told = [item for one in rows for item in ids(one.items)]
        assert len(told) == len(set(told))
        for one in rows:
            assert (1 if one.name == "for_you" else FEWEST) <= len(one.items) <= k
        asker = guide.asker(user_id, context=STRANGER)
        assert not set(guide.dataset.items.rows(told)) & set(asker.out.tolist())
        explained = guide.told(asker, told, user_id, paths=1000, receipts=False) if told else []
        for shown, why in zip((one for r in rows for one in r.items), explained, strict=True):
            assert shown.reason and shown.score == pytest.approx(why.score, rel=1e-5, abs=1e-7)
            parts = [path.contribution for path in why.paths if path.metapath == shown.metapath]
            parts = parts if shown.metapath else [why.prior]
            assert min(abs(part - shown.contribution) for part in parts) <= 1e-5 * max(
                1e-3, shown.contribution
            )


@few
@given(seed=seeds)
def test_the_first_row_is_the_list_of_recommendations_with_its_largest_paths(seed: int) -> None:
    guide = random_guide(seed)
    for user_id in map(str, guide.dataset.users.ids[:3]):
        rows = guide.rows(user_id, k=5)
        best = [one.item_id for one in guide.recommend_for(user_id, k=5)]
        led = {why.item_id: why for why in guide.explain_all(best, user_id, paths=1) if why.paths}
        assert ids(rows[0].items if rows and rows[0].name == "for_you" else ()) == list(led)
        for shown in rows[0].items if led else ():
            why = led[shown.item.item_id]
            assert shown.contribution == pytest.approx(why.paths[0].contribution, rel=1e-5)
            assert shown.reason == why.text


@few
@given(seed=seeds, k=st.integers(3, 6), others=st.integers(3, 8))
def test_all_rows_but_the_first_have_a_length_of_their_own(seed: int, k: int, others: int) -> None:
    guide = random_guide(seed)
    for user_id in (*map(str, guide.dataset.users.ids[:3]), None):
        rows = guide.rows(user_id, "en", k, others)
        assert all(len(one.items) <= others for one in rows[1:])
        assert rows[:1] == guide.rows(user_id, "en", k)[:1]
        told = [item for one in rows for item in ids(one.items)]
        assert len(told) == len(set(told))


def test_what_nothing_known_leads_to_is_among_what_everybody_chooses() -> None:
    dataset = parity_shop()
    graph = graph_of(dataset)
    guide = Guide(dataset, graph, new_model("popularity").fit(dataset, graph))
    best = [one.item_id for one in guide.recommend_for("u0", k=4)]
    rows = guide.rows("u0", k=4)
    assert rows[0].name == "popular" and ids(rows[0].items) == best


def test_rows_say_why_they_are_there_in_both_languages() -> None:
    guide = lamps()
    rows = guide.rows("u3", k=3)
    names = [one.name for one in rows]
    assert names[0] == "for_you" and "because" in names
    because = row(rows, "because")
    assert because.reason.startswith("Because you bought “") and because.item_id is not None
    asker = guide.asker("u3")
    started = int(guide.graph.items[guide.dataset.items.row(because.item_id)])
    paths = asker.largest(guide.dataset.items.rows(ids(because.items)))
    assert all(path is not None and path.hops[0].tail == started for path in paths)
    in_chinese = guide.rows("u3", "zh", 3)
    assert [ids(one.items) for one in in_chinese] == [ids(one.items) for one in rows]
    for one in in_chinese:
        assert one.reason.endswith("。") and all(shown.reason.endswith("。") for shown in one.items)


def test_a_newcomer_gets_what_everybody_chooses_in_all_parts_of_the_shop() -> None:
    for user_id in (None, "never-seen"):
        rows = lamps().rows(user_id, k=3)
        assert rows[0].name == "popular" and {one.name for one in rows} == {"popular", "popular_in"}
        assert any(one.reason == "What shoppers choose most in Bulbs." for one in rows[1:])
        for one in rows[1:]:
            found = lamps().search("", filters={"category": [one.category or ""]}, limit=50)
            assert set(ids(one.items)) <= {item.item_id for item in found.items}


def test_a_shop_with_few_items_has_fewer_rows() -> None:
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]})
    bought = pd.DataFrame({"user_id": ["u", "v"], "item_id": ["a", "b"]})
    dataset = Dataset.from_frames(bought, items)
    graph = graph_of(dataset)
    guide = Guide(dataset, graph, new_model("popularity").fit(dataset, graph))
    assert guide.rows("u") == () and guide.rows(None) == ()


def test_words_are_there_in_every_language() -> None:
    english, chinese = (vars(WORDS[lang]) for lang in ("en", "zh"))
    for name, text in english.items():
        slots = {part.split("}")[0] for part in text.split("{")[1:]}
        assert slots == {part.split("}")[0] for part in chinese[name].split("{")[1:]}, name


# A shop that goes on


@pytest.fixture
def served(parity_workspace: Path, tmp_path: Path) -> Served:
    return Served(Path(shutil.copytree(parity_workspace, tmp_path / "shop", symlinks=True)))


def test_a_visitor_s_first_click_makes_rows_of_their_own_and_refusal_takes_them_back(served: Served) -> None:
    before = served.guide.rows("eve", k=4)
    assert before == served.guide.rows(None, k=4)
    log = EventLog(served.database)
    log.append([Event("e1", "eve", "i3", "view", 1_800_000_000, 1.0)])
    after = served.guide.rows("eve", k=4)
    assert (
        after[0].name == "for_you" and row(after, "because").reason == "Because you looked at “odd thing 3”."
    )
    served.registry.people.consents("eve", {"recommend": False})
    assert [one.name for one in served.guide.rows("eve", k=4)] == [
        one.name for one in served.guide.rows(None, k=4)
    ]
    assert served.guide.rows("eve", k=4)[0].name == "popular"


def test_what_has_come_last_has_a_row(served: Served) -> None:
    assert "new" not in [one.name for one in served.guide.rows(None, k=4)]
    for n in range(4):
        served.items.write(f"n{n}", "put", {"title": f"odd thing {100 + n}", "brand": "Odd Ltd"})
    served.items.write("i3", "patch", {"title": "odd thing three"})
    served.items.write("n0", "withdraw", {})
    served.look()
    for user_id in (None, "u0"):
        new = row(served.guide.rows(user_id, k=4), "new")
        assert ids(new.items) == ["n3", "n2", "n1"] and new.reason == "These came to the shop last."
    assert "not long ago" in row(served.guide.rows(None, k=4), "new").items[0].reason


def test_reviews_of_somebody_who_was_forgotten_are_gone_at_once(tmp_path: Path) -> None:
    workspace = storage.create_workspace(tmp_path / "shop", lamps().dataset, settings={})
    pipeline.build(workspace)
    served = Served(workspace.folder)
    assert served.guide.reviews("lamp0").total == 3
    served.registry.erasures.begin("u2", "")
    assert [one.text for one in served.guide.reviews("lamp0").items] == ["bright", "flickers"]


# What is told of an item


def test_reviews_are_told_latest_first_without_who_wrote_them() -> None:
    found = lamps().reviews("lamp0", limit=2)
    assert [one.text for one in found.items] == ["<b>hot</b>", "bright"] and found.total == 3
    assert (found.rated, found.mean, found.aspects) == (2, 3.5, ())
    assert found.items[0].rating is None and found.items[1].time is not None
    assert not any("user" in name for name in vars(found.items[0]))
    assert [one.text for one in lamps().reviews("lamp0", offset=2).items] == ["flickers"]
    assert lamps().reviews("rug1").items == () and lamps().reviews("rug1").mean is None
    with pytest.raises(UnknownName):
        lamps().reviews("nothing")


def test_attributes_are_told_in_words_with_what_a_search_narrows_down_by() -> None:
    told = {one.name: one for one in lamps().attributes("lamp0")}
    assert told["brand"].label == "Brand" and told["brand"].values[0].label == "Lux"
    assert [value.value for value in told["category"].values] == ["Home > Lamps"]
    assert [value.item_id for value in told["compatible_with"].values] == ["bulb0"]
    chinese = {one.name: one for one in lamps().attributes("lamp0", "zh")}
    assert chinese["brand"].label == "品牌" and chinese["compatible_with"].values[0].label == "泡 0"
    for name in ("brand", "category"):
        value = told[name].values[0].value
        assert "lamp0" in [one.item_id for one in lamps().search("", filters={name: [value]}).items]


def test_hostile_values_are_told_as_they_are() -> None:
    hostile = "<script>alert(1)</script> {thing} “x”"
    items = pd.DataFrame({"item_id": ["a", "b", "c"], "title": [hostile, "B", "C"], "brand": [hostile] * 3})
    bought = pd.DataFrame({"user_id": ["u"], "item_id": ["a"]})
    guide = with_random_gates(Dataset.from_frames(bought, items), 0, QUICK)
    assert guide.attributes("a")[0].values[0].label == hostile
    for shown in guide.similar("a"):
        assert "{thing}" in shown.reason and shown.reason.count("“") == shown.reason.count("”")


def test_the_largest_path_of_some_ways_is_the_largest_of_their_paths() -> None:
    for seed in range(8):
        guide = random_guide(seed)
        asker = guide.asker(str(guide.dataset.users.ids[0]))
        rows = np.arange(len(guide.dataset.items))
        for path, every in zip(asker.largest(rows), asker.reasons(rows, 1000), strict=True):
            assert (path is None) == (not every.paths)
            if path is not None:
                assert path.contribution == pytest.approx(every.paths[0].contribution, rel=1e-6)
        none = replace(asker).largest(rows, frozenset())
        assert none == [None] * len(rows)
