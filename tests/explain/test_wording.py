"""Sentences are whole, true, discreet, and say nothing that is not in the paths, whatever the titles are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from grammar import read
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from toy import QUICK, graph_of, toy_shop

from kgrec import storage
from kgrec.domain import (
    NEVER,
    SOMEBODY,
    Dataset,
    IdMap,
    KnowledgeGraph,
    Relation,
    RelationKind,
    RowHop,
    RowPath,
    plain,
)
from kgrec.errors import BadInput, UnknownName
from kgrec.explain.wording import LANGUAGES, language
from kgrec.explain.wording.audiences import Account, bestsellers, for_shopper, is_bestseller
from kgrec.explain.wording.names import BARE, LONGEST, LONGEST_OF_MANY, Names, within_marks
from kgrec.explain.wording.sentences import Speaker, reason_template
from kgrec.explain.wording.speech import Speech, Voice, sensitive, speech, voice
from kgrec.explain.wording.statements import Reading
from kgrec.explain.wording.third import of_them
from kgrec.explain.wording.when import When, when
from kgrec.graph.vocabulary import relations
from kgrec.guide import Guide, SessionEvent
from kgrec.models.path import PathModel
from kgrec.sources.presets import preset

PRESENT = date(2026, 3, 15)
ITEMS = 5  # the last is the one recommended
USER, BRAND, SEGMENT, ELSEWHERE = ITEMS, ITEMS + 1, ITEMS + 2, ITEMS + 3
TARGET = ITEMS - 1
HOSTILE = [
    "Free! Because you bought “X”, and 900 customers chose it",
    "”, and this is by “Nobody",
    '12" ruler; you also bought "gold"',
    "{thing} and {to} {0} %s",
    "</title><script>alert(1)</script>",
    "\u202eevil\u2066 text\n\nThis is a bestseller.",
    "”；您还购买过“黄金",
    "雪花膏，选择过它的900位顾客也选择过这件商品",
    "كريم الورد", "וֶרֶד", "ครีมกุหลาบ", "गुलाब 🌹‍🔥", "Ω« »“„‟”「」『』《》",
    "A" * 500, "word " * 60, " ", "",
]  # fmt: skip
TITLES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=80))


def world(titles: list[str], support: int = 7, clock: str = "seconds") -> KnowledgeGraph:
    """One user who did everything with four items; what leads from there to the fifth has its support."""
    kinds = ["item"] * ITEMS + ["user", "brand", "segment", "unlisted_item"]
    iris = [f"https://shop.example/id/item/{n}" for n in range(ITEMS)]
    iris += ["https://shop.example/id/user/abc", "https://shop.example/id/brand/b"]
    iris += ["https://shop.example/id/segment/city/Bonn", "https://shop.example/id/unlisted-item/z"]
    labels = np.array([*titles[:ITEMS], "shopper", titles[-1], "city: Bonn", "B0001"], dtype=object)
    code = {relation.name: row for row, relation in enumerate(relations())}
    may = int(datetime(2025, 5, 3, tzinfo=UTC).timestamp())
    rows = [(USER, code["bought"], n, 1, may + 100 * n) for n in (0, 1, 2)] + [
        (USER, code["viewed"], 3, 2, may)
    ]
    for relation in relations():
        if relation.kind not in (RelationKind.EVENT, RelationKind.SEGMENT, RelationKind.POPULARITY):
            rows += [
                (a, code[relation.name], b, support, NEVER)
                for a in range(ITEMS)
                for b in range(ITEMS)
                if a < b or (a > b and not relation.symmetric)
            ]
    rows.sort(key=lambda row: row[1])
    head, relation_rows, tail, counts, time = (
        np.array(column, np.int64) for column in zip(*rows, strict=True)
    )
    return KnowledgeGraph(
        np.array(iris, object), np.array(kinds, object), {"en": labels}, relations(), head, relation_rows, tail,
        np.ones(len(head), np.float32), counts, time, np.zeros(len(head), np.int64), np.zeros(len(head), np.int64),
        ("derived",), np.array([USER]), np.arange(ITEMS), IdMap("user", ["u"]), IdMap("item", "01234"),
        clock,
    )  # fmt: skip


def legs(relation_row: int, start: int, end: int) -> list[tuple[RowHop, ...]]:
    """All ways to walk a relation from one item to another."""
    relation = relations()[relation_row]
    if relation.kind == RelationKind.EVENT:
        return [(RowHop(SOMEBODY, relation_row, start, True), RowHop(SOMEBODY, relation_row, end, False))]
    shared = [
        (RowHop(start, relation_row, middle, False), RowHop(end, relation_row, middle, True))
        for middle in ((BRAND,) if relation.kind == RelationKind.ATTRIBUTE else (2, ELSEWHERE))
    ]
    if relation.kind == RelationKind.ATTRIBUTE:
        return shared
    if relation.symmetric:
        low, high = min(start, end), max(start, end)
        return [(RowHop(low, relation_row, high, start == high),)]
    single = [(RowHop(start, relation_row, end, False),), (RowHop(end, relation_row, start, True),)]
    return single + (shared if relation.kind == RelationKind.LINK else [])


def all_paths(start: int = 0, event: str = "bought") -> list[RowPath]:
    """Paths over every relation in every way, of one leg and of two, and from a segment."""
    code = {relation.name: row for row, relation in enumerate(relations())}
    first = RowHop(USER, code[event], start, False)
    walkable = [
        row
        for row, relation in enumerate(relations())
        if relation.kind not in (RelationKind.SEGMENT, RelationKind.POPULARITY)
    ]
    found = [RowPath((first, *leg), 1.0, people=9) for row in walkable for leg in legs(row, start, TARGET)]
    step = legs(code["shares_buyers"], 3, TARGET)[0]
    found += [RowPath((first, *leg, *step), 0.5, people=9) for row in walkable for leg in legs(row, start, 3)]
    popular = (
        RowHop(USER, code["in_segment"], SEGMENT, False),
        RowHop(SEGMENT, code["often_chooses"], TARGET, False),
    )
    return [*found, RowPath(popular, 0.3), RowPath((RowHop(USER, code["viewed"], TARGET, False),), 0.1)]


PATHS = all_paths()


def spoken(graph: KnowledgeGraph, lang: str, told: Voice | None = None, today: date | None = None):
    """What reads paths, and what says them."""
    return Reading([graph], graph, TARGET, told or Voice(), today), Speaker(LANGUAGES[lang], graph, TARGET)


def said(graph: KnowledgeGraph, lang: str, path: RowPath) -> str:
    reading, speaker = spoken(graph, lang)
    return speaker.sentence([speaker.clause(reading.statement(path))])


def names_in(graph: KnowledgeGraph, lang: str, paths: list[RowPath]) -> set[str]:
    """Everything that paths may be told with: labels of their entities, and what a segment consists of."""
    rows = {row for path in paths for hop in path.hops for row in (hop.head, hop.tail)} - {
        SOMEBODY,
        USER,
        TARGET,
    }
    names = Names(graph, lang, LANGUAGES[lang].bare)
    told = {names.thing(row) for row in rows} | {names.entity(row) for row in rows}
    told |= {
        f"“{within_marks(graph.label(row), LONGEST_OF_MANY, middle=cut)}”"
        for row in rows
        for cut in (True, False)
    }
    told |= {name for row in rows for name in names.things([row])}
    return {name.strip("“”") for name in told} | {"Bonn", "city"}


# Every sentence can be read back


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "path", PATHS, ids=lambda path: "-".join(f"{h.relation}{'i' * h.inverse}" for h in path.hops)
)
def test_every_way_to_walk_every_relation_is_said_and_read_back(path: RowPath, lang: str) -> None:
    graph = world([f"Thing {n}" for n in range(ITEMS)] + ["Lavera"])
    text = said(graph, lang, path)
    found = read(text, lang)
    assert found, text
    assert {frozenset(each.names) for each in found} == {frozenset(found[0].names)}, text
    assert set(found[0].names) <= names_in(graph, lang, [path]), text
    things = {row for hop in path.hops for row in (hop.head, hop.tail) if 0 <= row < TARGET}
    assert len(set(found[0].names)) >= len(things), text  # nothing that it is over is passed over


@given(
    st.lists(TITLES, min_size=ITEMS + 1, max_size=ITEMS + 1),
    st.sampled_from(PATHS),
    st.sampled_from(["en", "zh"]),
)
@settings(max_examples=150, deadline=None)
def test_no_title_can_add_a_reason(titles: list[str], path: RowPath, lang: str) -> None:
    assume(
        Names(world(titles), lang, bare=True).entity(BRAND).startswith("“")
    )  # a short plain name needs no marks
    text, tame = said(world(titles), lang, path), said(world(["a: b"] * (ITEMS + 1)), lang, path)
    assert re.sub("“[^“”]*”", "“”", text) == re.sub("“[^“”]*”", "“”", tame)
    assert text.count("“") == text.count("”")
    assert "\n" not in text and plain(text) == text


@given(
    st.lists(TITLES, min_size=ITEMS + 1, max_size=ITEMS + 1),
    st.lists(
        st.sampled_from(PATHS + all_paths(1) + all_paths(2) + all_paths(3, "viewed")), min_size=1, max_size=6
    ),
    st.sampled_from(["en", "zh"]),
)
@settings(max_examples=150, deadline=None)
def test_what_a_shopper_reads_names_only_what_is_in_the_paths(
    titles: list[str], paths: list[RowPath], lang: str
) -> None:
    graph = world(titles)
    reading, speaker = spoken(graph, lang)
    text = for_shopper(Account(2.0, 0.1, False, reading.statements(paths), 0.0, 0), speaker)
    found = read(text, lang)
    assert found, text
    for each in found[:1]:
        assert set(each.names) <= names_in(graph, lang, paths), text
        counts = {
            7,
            9,
            2,
            *range(2, len(paths) + 1),
        }  # support, people, a thing viewed twice, how many things
        assert set(each.numbers) <= counts, text


def test_a_sentence_that_nobody_made_is_not_read() -> None:
    assert not read("You bought “X”, and this is magic.", "en")
    assert not read("您购买过“X”，这件商品很神奇。", "zh")


def test_a_relation_that_nobody_has_written_words_for_is_said_with_the_ontologys() -> None:
    phrase = {"en": "{subject} smells of {object}", "zh": "{subject}的香味是{object}"}
    backward = {"en": "{object} is the scent of {subject}", "zh": "{object}是{subject}的香味"}
    scent = Relation("has_scent", "urn:x", RelationKind.ATTRIBUTE, False, {}, {}, phrase, backward)
    refill = replace(
        scent, name="refills", kind=RelationKind.LINK, phrase={"en": "{subject} refills {object}"}
    )
    assert reason_template(LANGUAGES["en"], scent, "shared", False) == "{to} smells of {entity} too"
    assert reason_template(LANGUAGES["zh"], scent, "shared", False) == "{to}的香味是{entity}，与{from}相同"
    assert reason_template(LANGUAGES["en"], refill, "forward", False) == "{from} refills {to}"
    assert (
        reason_template(LANGUAGES["en"], refill, "shared", False) == "{to} refills {entity}, as with {from}"
    )


def test_both_languages_have_words_for_the_same_things() -> None:
    en, zh = LANGUAGES["en"], LANGUAGES["zh"]
    for part in ("sentences", "clauses", "deeds", "also", "acts", "acts_at", "participles", "people", "things",
                 "whens", "lines"):  # fmt: skip
        assert set(getattr(en, part)) == set(getattr(zh, part)), part
    assert set(en.reasons) <= set(zh.reasons)


# What is said


def test_three_things_of_one_brand_are_one_statement() -> None:
    graph = world(["Dryer", "Brush", "Curler", "Mirror", "Comb", "Conair"])
    code = graph.relation_row("has_brand")
    first = [RowHop(USER, graph.relation_row("bought"), n, False) for n in range(3)]
    paths = [RowPath((hop, *legs(code, hop.tail, TARGET)[0]), 1.0) for hop in first]
    reading, speaker = spoken(graph, "en")
    (one,) = reading.statements(paths)
    assert one.contribution == 3.0
    text = for_shopper(Account(3.0, 0.0, False, [one], 0.0, 0), speaker)
    assert text == "Three things you bought are by Conair, like this one: “Dryer”, “Brush” and “Curler”."
    reading, speaker = spoken(graph, "zh")
    text = for_shopper(Account(3.0, 0.0, False, reading.statements(paths[:2]), 0.0, 0), speaker)
    assert text == "您购买过的两件商品和这件一样，都是“Conair”品牌：“Dryer”和“Brush”。"


def test_two_reasons_from_one_thing_are_one_sentence() -> None:
    graph = world(["Dryer", *["x"] * (ITEMS - 1), "Conair"])
    first = RowHop(USER, graph.relation_row("bought"), 0, False)
    paths = [
        RowPath((first, *legs(graph.relation_row(name), 0, TARGET)[0]), weight)
        for name, weight in (("followed_by", 2.0), ("has_brand", 1.0))
    ]
    reading, speaker = spoken(graph, "en", today=date(2025, 5, 10))
    text = for_shopper(Account(3.0, 0.0, False, reading.statements(paths), 0.0, 0), speaker)
    assert (
        text
        == "You bought “Dryer” a week ago: this was chosen right after it seven times and is by Conair too."
    )
    reading, speaker = spoken(graph, "zh")
    text = for_shopper(Account(3.0, 0.0, False, reading.statements(paths), 0.0, 0), speaker)
    assert (
        text
        == "您在2025年5月购买了“Dryer”：顾客曾7次在选择它之后紧接着选择这件商品，而且这件商品的品牌也是“Conair”。"
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_few_people_are_not_counted_out(lang: str) -> None:
    code = {relation.name: row for row, relation in enumerate(relations())}
    first = RowHop(USER, code["bought"], 0, False)
    for name in ("shares_buyers", "followed_by", "viewed_then_chosen", "bought"):
        hops = (first, *legs(code[name], 0, TARGET)[0])
        for count in (1, 4, 5, 12):
            text = said(world(["x"] * (ITEMS + 1), support=count), lang, RowPath(hops, 1.0, people=count))
            numbers = read(text, lang)[0].numbers
            assert numbers == ((count,) if count >= 5 else ()), text
            assert "abc" not in text


@pytest.mark.parametrize(
    ("day", "key"),
    [
        ((2026, 3, 15), When("today")), ((2026, 3, 14), When("yesterday")), ((2026, 3, 10), When("days", 5)),
        ((2026, 3, 5), When("week")), ((2026, 2, 25), When("weeks", 2)), ((2026, 2, 10), When("last_month")),
        ((2026, 1, 9), When("month", year=2026, month=1)), ((2025, 12, 30), When("month_of_year", year=2025, month=12)),
        ((2027, 1, 1), When("month_of_year", year=2027, month=1)),
    ],
)  # fmt: skip
def test_a_moment_is_told_by_how_long_ago_it_was(day: tuple[int, int, int], key: When) -> None:
    assert when(int(datetime(*day, 23, tzinfo=UTC).timestamp()), PRESENT) == key


def test_a_moment_without_a_present_is_told_by_the_calendar_and_never_fails() -> None:
    assert when(0, None) == When("month_of_year", year=1970, month=1)
    assert when(2**62, PRESENT) is None


def test_where_only_the_order_is_known_the_latest_is_said_to_be() -> None:
    graph = world([f"Thing {n}" for n in range(ITEMS)] + ["Lavera"], clock="steps")
    code = graph.relation_row("compatible_with")
    texts = [
        said(
            graph,
            lang,
            RowPath((RowHop(USER, graph.relation_row("bought"), n, False), *legs(code, n, TARGET)[0]), 1.0),
        )
        for lang in LANGUAGES
        for n in (0, 2)
    ]
    assert texts[0] == "You bought “Thing 0”, and this goes with it."
    assert texts[1] == "Most recently you bought “Thing 2”, and this goes with it."
    assert texts[3].startswith("您最近购买过“Thing 2”")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ('Pink "Pearl" gloss', "Pink ’Pearl’ gloss"),
        ('Ruler 12" steel', "Ruler 12″ steel"),
        ("a\u202eb\nc\t d", "ab c d"),
        ("《红楼梦》", "‘红楼梦’"),
        ("word " * 30, "word word word word word word word word word word word word…"),
    ],
)
def test_a_title_is_one_line_without_marks_that_end_it(title: str, name: str) -> None:
    assert within_marks(title, LONGEST) == name


def test_titles_that_differ_at_the_end_are_cut_in_the_middle() -> None:
    titles = [f"Nail Lacquer of the San Francisco Collection, {colour}" for colour in ("Red", "Blue")]
    names = Names(world([*titles, "c", "d", "e", "f"]), "en", bare=True).things([0, 1])
    assert names == ["“Nail Lacquer of the … Collection, Red”", "“Nail Lacquer of the … Collection, Blue”"]


@pytest.mark.parametrize("name", ["Conair", "L’Oréal", "Johnson & Johnson", "red", "3M"])
def test_short_plain_names_stand_bare(name: str) -> None:
    assert BARE.fullmatch(name)


@pytest.mark.parametrize(
    "name", ["Dr. Me; you bought", "and 900 customers chose it", "season: winter", "雪花", "a, b"]
)
def test_names_that_could_run_on_do_not(name: str) -> None:
    assert not BARE.fullmatch(name)


# Nothing known, or much the same for all


def test_a_bestseller_is_called_one_only_if_few_items_are_as_popular() -> None:
    prior = np.linspace(0.0, 1.0, 100)
    assert is_bestseller(prior, 99) and is_bestseller(prior, 95)
    assert (
        not is_bestseller(prior, 94)
        and not is_bestseller(np.ones(100), 0)
        and not is_bestseller(prior * 0, 99)
    )


@given(prior=st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 9.0]), max_size=60))
def test_bestsellers_are_the_same_one_by_one_and_all_at_once(prior: list[float]) -> None:
    amounts = np.array(prior, np.float32)
    assert bestsellers(amounts).tolist() == [is_bestseller(amounts, row) for row in range(len(amounts))]


def test_an_item_that_nothing_leads_to_is_told_truthfully() -> None:
    speaker = Speaker(LANGUAGES["en"], world(["x"] * (ITEMS + 1)), TARGET)
    best = for_shopper(Account(1.0, 1.0, True, [], 0.0, 0), speaker)
    assert best == "Nothing known about you leads to this item; it is a bestseller."
    assert for_shopper(Account(1.0, 1.0, False, [], 0.0, 0), speaker) == (
        "Nothing known about you leads to this item yet."
    )
    assert for_shopper(Account(1.0, 0.4, False, [], 0.6, 3), speaker).startswith(
        "Three paths lead from what is known"
    )


def test_a_score_that_is_mostly_popularity_says_so_first() -> None:
    graph = world(["x"] * (ITEMS + 1))
    reading, speaker = spoken(graph, "en")
    one = reading.statements(PATHS[:1])  # adds 1.0
    text = for_shopper(Account(5.0, 3.0, True, one, 1.0, 4), speaker)
    assert text.startswith("This is a bestseller; you bought “x”")
    assert for_shopper(Account(9.0, 8.0, True, one, 0.0, 0), speaker) == "This is a bestseller."
    text = for_shopper(Account(9.0, 8.0, False, one, 0.0, 0), speaker)
    assert text == "This is here mostly because of what all shoppers choose."
    assert "bestseller" not in for_shopper(Account(3.0, 1.0, True, one, 1.0, 4), speaker)


def test_what_adds_little_is_left_to_the_list_of_paths() -> None:
    graph = world(["x"] * (ITEMS + 1))
    first = RowHop(USER, graph.relation_row("bought"), 0, False)
    reading, speaker = spoken(graph, "en")
    for little, clauses in ((0.2, 1), (0.3, 2)):
        paths = [
            RowPath((first, *legs(graph.relation_row(name), 0, TARGET)[0]), weight)
            for name, weight in (("has_brand", 1.0), ("similar_text", little))
        ]
        text = for_shopper(Account(2.0, 0.0, False, reading.statements(paths), 0.0, 0), speaker)
        assert ("described" in text) == (clauses == 2)


# What is not named


@pytest.mark.parametrize(
    "column",
    ["gender", "Sex", "age_band", "ageGroup", "date of birth", "DOB", "religion", "ethnicity", "marital-status",
     "household_income", "sexual orientation", "性别", "年龄段", "用户婚姻状况", ""],
)  # fmt: skip
def test_sensitive_columns_are_known_by_their_names(column: str) -> None:
    assert sensitive(column)


@pytest.mark.parametrize(
    "column", ["city", "loyalty tier", "language", "message", "sextant", "城市", "会员等级"]
)
def test_other_columns_may_be_named(column: str) -> None:
    assert not sensitive(column)


@pytest.fixture(scope="module")
def private() -> tuple[Dataset, PathModel]:
    """Women of a city buy rose things, men clay ones; some rose things are filed where nobody should read of it."""
    shop = toy_shop()
    items = pd.DataFrame(
        {
            "item_id": shop.items.ids,
            "title": shop.item_table["title"],
            "category": ["Secret > Deep"] * 3 + ["Open"] * 7,
        }
    )
    known = shop.interactions
    bought = pd.DataFrame(
        {
            "user_id": shop.users.ids[known.user],
            "item_id": shop.items.ids[known.item],
            "event": "buy",
            "datetime": pd.to_datetime(known.time, unit="s", utc=True).astype(str),
        }
    )
    users = pd.DataFrame({"user_id": shop.users.ids, "gender": ["female", "male"] * (len(shop.users) // 2)})
    users["city"] = "Bonn"
    dataset = Dataset.from_frames(bought, items, users)
    return dataset, PathModel(QUICK).fit(dataset, graph_of(dataset))


def told(shop: tuple[Dataset, PathModel], spoken: Speech | None, lang: str = "en") -> str:
    """All that is said of all items to somebody, hops and all."""
    guide = Guide(shop[0], graph_of(shop[0]), shop[1], speech=spoken)
    texts = []
    for audience in ("shopper", "staff", "merchandiser", "engineer"):
        for found in guide.explain_all(list(shop[0].items.ids), "l0", paths=80, lang=lang, audience=audience):
            texts += [found.text, *(path.text for path in found.paths)]
            texts += [label for path in found.paths for hop in path.hops for label in hop.labels.values()]
    return "\n".join(texts)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_sensitive_is_never_named_unless_it_is_allowed(private, lang: str) -> None:
    strict = told(private, None, lang)
    assert "male" not in strict and "gender" not in strict and "性别" not in strict
    assert "Bonn" in strict
    assert {"en": "popular with shoppers like you", "zh": "与您相似的顾客"}[lang] in strict
    open_ = told(private, Speech(may_name=("Gender",)), lang)
    assert {"en": "shoppers whose gender is female", "zh": "性别为“female”的顾客"}[lang] in open_


def test_an_unspoken_category_is_not_named_nor_are_the_things_in_it(private) -> None:
    texts = told(private, Speech(unspoken=("has_category: secret",)))
    assert "Secret" not in texts
    targets = {"Rose Balm", "Rose Wash", "Rose Soap"}  # an item is named in the hops of its own paths only
    sentences = [line for line in texts.splitlines() if "“" in line]
    assert sentences and not any(title in line for title in targets for line in sentences)
    assert "Secret" in told(private, None)


@pytest.mark.parametrize(
    "listed", ["Secret", "has_category:", "has_categry: Secret", "has_category: Secrets"]
)
def test_an_unspoken_thing_that_is_not_there_is_an_error(private, listed: str) -> None:
    with pytest.raises((BadInput, UnknownName)) as wrong:
        voice(graph_of(private[0]), Speech(unspoken=(listed,)))
    assert "unspoken" in str(wrong.value)


def test_the_workspace_says_what_may_be_named(tmp_path) -> None:
    workspace = storage.create_workspace(tmp_path / "shop", toy_shop(), settings={"format": "csv"})
    assert workspace.speech == Speech()
    file = tmp_path / "shop" / "kgrec.toml"
    file.write_text(file.read_text() + '\n[explain]\nmay_name = ["age_band"]\nleast_people = 10\n')
    assert storage.open_workspace(tmp_path / "shop").speech == Speech(may_name=("age_band",), least_people=10)


@pytest.mark.parametrize(
    "settings",
    [{"may_nam": []}, {"may_name": "age"}, {"unspoken": [1]}, {"least_people": 0}, {"least_people": True}, 3],
)
def test_settings_that_make_no_sense_are_refused_with_their_place(settings: object) -> None:
    with pytest.raises((BadInput, UnknownName), match=r"kgrec\.toml"):
        speech(settings, "kgrec.toml")


# Audiences


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_merchandiser_reads_shares_that_add_up(parity_guide: Guide, lang: str) -> None:
    for item in parity_guide.recommend_for("u3", k=5):
        text = parity_guide.explain("u3", item.item_id, paths=4, lang=lang, audience="merchandiser").text
        shares = [float(re.match(r"([\d.]+) ?%  \S", line)[1]) for line in text.splitlines()]
        assert sum(shares) == pytest.approx(100.0, abs=0.01)
        assert shares[:-2] == sorted(shares[:-2], reverse=True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_engineer_reads_every_hop_and_every_digit(parity_guide: Guide, lang: str) -> None:
    best = parity_guide.recommend_for("u3", k=1)[0].item_id
    found = parity_guide.explain("u3", best, paths=4, lang=lang, audience="engineer")
    assert sum(len(path.hops) for path in found.paths) == found.text.count("[")
    for path in found.paths:
        assert repr(path.contribution) in found.text and path.metapath in found.text
    numbers = re.findall(r"[\d.]+(?:e-?\d+)?", found.text.splitlines()[1])
    assert sum(map(float, numbers[:3])) == pytest.approx(found.score, rel=1e-5)


ADDRESSED = {"en": r"(?i)\byour?s?\b", "zh": "[您你]"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_to_others_no_word_of_a_language_addresses_the_shopper(lang: str) -> None:
    for own in (None, preset("news").words, preset("courses").words):
        theirs = of_them(language(lang, own))
        for one in fields(theirs):
            word = getattr(theirs, one.name)
            texts = word.values() if isinstance(word, Mapping) else [word]
            assert not [text for text in texts if re.search(ADDRESSED[lang], str(text))], one.name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_staff_reads_the_sentence_of_the_shopper_about_them(parity_guide: Guide, lang: str) -> None:
    for item in parity_guide.recommend_for("u7", k=6):
        theirs = parity_guide.explain("u7", item.item_id, lang=lang, audience="staff")
        own = parity_guide.explain("u7", item.item_id, lang=lang)
        texts = [theirs.text, *(path.text for path in theirs.paths)]
        assert not any(re.search(ADDRESSED[lang], text) for text in texts)
        if lang == "zh":
            assert theirs.text.replace("该顾客", "您") == own.text
        assert theirs.score == own.score and len(theirs.paths) == len(own.paths)
        assert {path.hops[0].labels["subject"] for path in theirs.paths} <= {"the shopper", "该顾客"}
    said = parity_guide.explain("u7", item.item_id, lang="en", audience="staff").paths[0].text
    assert said.startswith(("They ", "The shopper", "Most recently they", "This "))


def test_a_shopper_reads_one_sentence(parity_guide: Guide) -> None:
    for lang, stop in (("en", "."), ("zh", "。")):
        for item in parity_guide.recommend_for("u7", k=6):
            text = parity_guide.explain("u7", item.item_id, lang=lang).text
            assert text.endswith(stop) and text.count(stop) == 1 and "\n" not in text
            assert read(text, lang), text


def test_a_visitor_reads_what_they_just_did(parity_guide: Guide) -> None:
    session = [SessionEvent("i2", "view"), SessionEvent("i4", "view")]
    best = parity_guide.recommend_for(session=session, k=1)[0].item_id
    texts = [path.text for path in parity_guide.explain_session(session, best, paths=20).paths]
    assert any(text.startswith("Most recently you looked at “even thing 4”") for text in texts)
    assert any(text.startswith("You looked at “even thing 2”") for text in texts)


def test_an_audience_nobody_knows_is_refused_with_those_there_are(parity_guide: Guide) -> None:
    with pytest.raises(UnknownName, match="shopper, staff, merchandiser, engineer"):
        parity_guide.explain("u1", "i1", audience="boss")
