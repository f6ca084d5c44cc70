"""mapping.toml: what is proposed reads back the same, what is said is done, and every slip is named."""

from __future__ import annotations

import re
from pathlib import Path as FilePath

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.namespace import SDO

from kgrec.domain import EVENTS, Dataset, RelationKind
from kgrec.errors import BadInput, KgrecError
from kgrec.explain.asker import COMPLEMENTED
from kgrec.explain.wording import own
from kgrec.graph.vocabulary import relations
from kgrec.sources.mapping import LINKS, Column, ShopMapping, key, parsed, read, schema_terms, written

BOUGHT = pd.DataFrame({"user": ["ana", "ben"], "item": ["a", "a"]})


def dataset(items: pd.DataFrame, mapping: str = "", **other: pd.DataFrame) -> Dataset:
    """A shop of two purchases, its items read by the text of a mapping."""
    return Dataset.from_frames(other.pop("interactions", BOUGHT), items, mapping=parsed(mapping), **other)


def facts(shop: Dataset) -> set[tuple[str, str, str]]:
    rows = zip(shop.facts.item, shop.facts.relation, shop.facts.value, strict=True)
    return {(str(shop.items.ids[item]), str(relation), str(value)) for item, relation, value in rows}


# Reading back

HEADERS = st.one_of(
    st.text(min_size=1, max_size=12),
    st.sampled_from(
        [
            'a "b"',
            "a.b",
            "[items]",
            "x = 1",
            "#",
            "单位（毫升）",
            "ширина",
            "حجم",
            "it's",
            "a\nb",
            "{}",
            "a\\b",
        ]
    ),
)
CELLS = st.sampled_from(
    ["", "1", "2.5", "250 ml", "1.5 l", "yes", "no", "2024-01-31", "red", "red; blue", "a | b", "b", "03.04.2024", 
     "0123", "12,50 €", "长文字", "x" * 60, "1e3", "-", "٣"]
)  # fmt: skip


@given(
    headers=st.lists(HEADERS, min_size=1, max_size=6, unique=True).filter(lambda all_: "item" not in all_),
    cells=st.lists(CELLS, min_size=24, max_size=24),
)
@settings(max_examples=50, deadline=None)
def test_whatever_is_proposed_loads_again_to_the_same_mapping_and_the_same_tables(
    headers: list[str], cells: list[str]
) -> None:
    columns = {header: (cells[n:] + cells[:n])[:4] for n, header in enumerate(headers)}
    items = pd.DataFrame({"item": list("abcd"), **columns})
    try:
        first = Dataset.from_frames(BOUGHT, items)
    except BadInput:  # a header that is another usual name of an id
        return
    proposed = parsed(first.report.mapping)
    assert set(proposed.columns["items"]) == set(items.columns)
    again = Dataset.from_frames(BOUGHT, items, mapping=proposed)
    assert parsed(again.report.mapping) == proposed
    pd.testing.assert_frame_equal(again.item_table, first.item_table)
    assert again.idiom == first.idiom
    assert list(zip(again.facts.item, again.facts.value, strict=True)) == list(
        zip(first.facts.item, first.facts.value, strict=True)
    )


@given(
    header=st.text(max_size=30),
    value=st.text(min_size=1, max_size=30).filter(lambda text: text.strip() != ""),
)
@settings(max_examples=200)
def test_no_header_and_no_value_can_break_out_of_its_line(header: str, value: str) -> None:
    mapping = ShopMapping(
        columns={"items": {header: Column("attribute", name=value, separator=value)}}, events={header: "buy"}
    )
    mapping = ShopMapping(columns={**mapping.columns, "interactions": {}}, events=mapping.events)
    text = written(mapping, {"items": {header: value}, "events": {header: value}}, {"items": value})
    assert parsed(text) == mapping


def test_words_read_back_as_they_were() -> None:
    words = {
        "en": {
            "this": "this book",
            "acts": {"bought": "read {thing}"},
            "answers": {"sources": {"bought": ["a", "b"]}},
        }
    }
    assert parsed(written(ShopMapping(words=words), {}, {})).words == words


# What is said is done


def test_the_mapping_goes_before_names_and_values() -> None:
    items = pd.DataFrame(
        {"item": ["a", "b"], "brand": ["X", "Y"], "Duft": ["rose, mint", "mint"], "n": ["1", "2"]}
    )
    shop = dataset(
        items,
        """
        [items.columns]
        brand = { as = "unused" }
        Duft = { as = "attribute", name = "scent", separator = "," }
        n = { as = "text" }
        """,
    )
    assert facts(shop) == {
        ("a", "has_attribute", "scent: rose"), ("a", "has_attribute", "scent: mint"),
        ("b", "has_attribute", "scent: mint"),
    }  # fmt: skip
    assert shop.report.columns["items"]["brand"] == "not used"
    assert shop.idiom.properties["n"].datatype == "string"


def test_a_separator_with_blanks_needs_blanks_and_one_without_does_not() -> None:
    items = pd.DataFrame({"item": ["a", "b"], "colour": ["red/green", "red / green"]})
    spaced = dataset(items, '[items.columns]\ncolour = { as = "colour", separator = " / " }')
    assert facts(spaced) == {
        ("a", "has_colour", "red/green"), ("b", "has_colour", "red"), ("b", "has_colour", "green")
    }  # fmt: skip
    bare = dataset(items, '[items.columns]\ncolour = { as = "colour", separator = "/" }')
    assert {value for _, _, value in facts(bare)} == {"red", "green"}


def test_levels_of_a_category_path_are_told_in_one_way() -> None:
    items = pd.DataFrame({"item": ["a"], "Warengruppe": ["Haus/Küche"]})
    shop = dataset(items, '[items.columns]\nWarengruppe = { as = "category", levels = "/" }')
    assert facts(shop) == {("a", "has_category", "Haus > Küche")}


def test_links_are_walked_if_they_have_a_relation_and_only_told_if_they_have_none() -> None:
    items = pd.DataFrame({"item": ["a", "b"], "spare": ["b", ""], "next": ["b", "a"]})
    shop = dataset(
        items,
        '[items.columns]\nspare = { as = "link", relation = "compatible_with" }\nnext = { as = "link" }',
    )
    assert facts(shop) == {("a", "compatible_with", "b")}
    assert list(shop.item_table["next"]) == ["b", "a"]
    assert shop.idiom.properties["next"].datatype == "item"


def test_units_are_converted_into_the_one_that_is_asked_for_and_others_are_counted() -> None:
    items = pd.DataFrame({"item": list("abcd"), "size": ["250 ml", "1,5 l", "3 kg", "20"]})
    shop = dataset(items, '[items.columns]\nsize = { as = "decimal", unit = "ml", decimal = "," }')
    assert list(shop.item_table["size"]) == ["250", "1500", "", "20"]
    (left_out,) = shop.report.left_out
    assert str(left_out).startswith(
        "items:3, column size: '3 kg' is no amount in ml and was left out; correct it"
    )


def test_prices_have_a_currency_from_their_column_or_from_the_mapping() -> None:
    items = pd.DataFrame({"item": list("abc"), "price": ["1.299,50 €", "3 €", ""]})
    shop = dataset(items, '[items.columns]\nprice = { as = "price", currency = "EUR", decimal = "," }')
    assert list(shop.item_table["price"])[:2] == [1299.5, 3.0]
    assert list(shop.item_table["currency"]) == ["EUR", "EUR", ""]


def test_events_can_be_renamed_and_left_out() -> None:
    acts = pd.DataFrame({"user": list("aab"), "item": list("xyx"), "event": ["wish", "ping", "buy"]})
    shop = Dataset.from_frames(
        acts, mapping=parsed('[interactions.events]\nwish = "cart"\nping = "unused"\nnever = "view"')
    )
    assert sorted(EVENTS[event] for event in shop.interactions.event) == ["buy", "cart"]
    assert [(one.reason, one.rows, one.first_line) for one in shop.report.dropped] == [
        ("the mapping leaves the event out", 1, 2)
    ]
    assert parsed(shop.report.mapping).events == {
        "wish": "cart",
        "ping": "unused",
        "buy": "buy",
        "never": "view",
    }


def test_titles_in_several_languages_go_where_each_belongs() -> None:
    items = pd.DataFrame({"item": ["a"], "titel": ["Stuhl"], "标题": ["椅子"], "titre": ["Chaise"]})
    shop = dataset(
        items,
        '[items.columns]\ntitel = { as = "title", lang = "de" }\n'
        '"标题" = { as = "title", lang = "zh" }\ntitre = { as = "title", lang = "fr" }',
    )
    row = shop.item_table.iloc[0]
    assert (row["title"], row["title_zh"], row["title_fr"]) == ("Stuhl", "椅子", "Chaise")
    assert {name: told.lang for name, told in shop.idiom.properties.items()} == {
        "title": "de",
        "title_fr": "fr",
    }


def test_the_letters_of_titles_tell_their_language_unless_another_column_has_it() -> None:
    alone = dataset(pd.DataFrame({"item": ["a"], "title": ["椅子"]}))
    assert parsed(alone.report.mapping).columns["items"]["title"] == Column("title", lang="zh")
    assert alone.item_table["title"][0] == "椅子" and alone.idiom.properties["title"].lang == "zh"
    both = dataset(pd.DataFrame({"item": ["a"], "title": ["椅子"], "title_zh": ["椅子"]}))
    assert parsed(both.report.mapping).columns["items"]["title"] == Column("title", lang="en")


def test_columns_of_people_never_become_literals() -> None:
    users = pd.DataFrame(
        {"user": ["ana", "ben"], "email": ["a@x", "b@x"], "born": ["1990-01-01", "1991-01-01"]}
    )
    shop = dataset(pd.DataFrame({"item": ["a", "b"]}), users=users)
    assert parsed(shop.report.mapping).columns["users"]["email"] == Column("unused")
    assert list(shop.user_table.columns) == [] and not shop.idiom.properties
    with pytest.raises(
        BadInput, match=r"users.columns.email: no kind of column of users named 'text'; known are"
    ):
        parsed('[users.columns]\nemail = { as = "text" }')


# Slips


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[items.columns]\na = { as = "txet" }',
         "items.columns.a: no kind of column of items named 'txet'; did you mean text"),
        ('[items.columns]\na = { kind = "text" }', "items.columns.a: does not say what it becomes"),
        ('[items.columns]\na = { as = "colour", seperator = ";" }',
         "'seperator' is no key of 'colour'; its keys are: separator"),
        ('[items.columns]\na = { as = "colour", separator = "" }', "items.columns.a: separator is empty"),
        ('[items.columns]\na = { as = "item_id" }\nb = { as = "item_id" }',
         "both a and b of [items.columns] are the item_id"),
        ('[items.columns]\na = { as = "title" }\nb = { as = "title", lang = "en" }', "both a and b"),
        ('[items.columns]\na.b = { as = "text" }',
         "items.columns.a: a table in it; put a header that holds a dot into quotes"),
        ('[items.columns]\na = { as = "text", property = "schema:skuu" }',
         "no property of schema.org named 'schema:skuu'; did you mean schema:sku"),
        ('[items.columns]\na = { as = "text", property = "sku" }', "property 'sku' is neither schema:… nor a whole"),
        ('[items.columns]\na = { as = "text", property = "http://x/> <b" }', "is neither schema:… nor a whole"),
        ('[items.columns]\na = { as = "text", property = "https://w3id.org/kgrec/ontology#score" }',
         "is one of kgrec's own"),
        ('[items]\nclass = "schema:Bok"',
         "items.class: no class of schema.org named 'schema:Bok'; did you mean schema:Book"),
        ('[items]\nclass = "Book"', "'Book' is no class of schema.org; write one such as schema:Book"),
        ('[items.columns]\na = { as = "link", relation = "compatible" }',
         "no relation between items named 'compatible'; did you mean compatible_with"),
        ('[items.columns]\na = { as = "price", currency = "Euro" }', "currency 'Euro' is no ISO 4217 code"),
        ('[items.columns]\na = { as = "title", lang = "english!" }', "lang 'english!' is no language tag"),
        ('[items.columns]\na = { as = "date", format = "DD.MM" }', "format 'DD.MM' is no date format"),
        ('[items.columns]\na = { as = "date", format = "%Q" }', "format '%Q' is no date format"),
        ('[items.columns]\na = { as = "date", format = "%d%d" }', "format '%d%d' is no date format"),
        ('[items.columns]\na = { as = "date", format = "%" }', "format '%' is no date format"),
        ('[items.columns]\na = { as = "decimal", decimal = ";" }', "decimal is ';'; it must be '.' or ','"),
        ('[items.columns]\na = "text"', "items.columns.a is 'text'; it must be a table"),
        ('[items.columns]\na = { as = 3 }', "items.columns.a: as is 3; it must be a text in quotes"),
        ("[itmes]", "no key in mapping.toml named 'itmes'; did you mean items"),
        ("[items]\ncolumn = 1", "no key of [items] in mapping.toml named 'column'; did you mean columns"),
        ("version = 9", "was written for a newer kgrec (version 9)"),
        ('version = "1"', "version is '1'; write 1"),
        ('[interactions.events]\nwish = "kart"', "interactions.events.wish: no event named 'kart'; did you mean cart"),
        ("[items.columns]\n\nGröße = { as = \"text\" }", "mapping.toml, line 3: not TOML"),
        ("[items", "mapping.toml, line 1: not TOML"),
        ("a = [\n1,", "mapping.toml, line 2: not TOML"),
    ],
)  # fmt: skip
def test_a_slip_is_named_by_file_and_key_in_one_line(text: str, message: str) -> None:
    with pytest.raises(KgrecError) as told:
        parsed(text)
    assert message in str(told.value) and "mapping.toml" in str(told.value) and "\n" not in str(told.value)


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(
        BadInput, match=r"items.columns names kolour, which items does not have; found item, colour"
    ):
        dataset(pd.DataFrame({"item": ["a"], "colour": ["x"]}), '[items.columns]\nkolour = { as = "colour" }')


def test_a_table_that_is_not_there_is_named() -> None:
    with pytest.raises(
        BadInput, match=r"\[users.columns\] speaks of a table of users, and the source has none"
    ):
        dataset(pd.DataFrame({"item": ["a"]}), '[users.columns]\nuser = { as = "user_id" }')


def test_a_mapping_without_an_id_says_which_column_is_missing() -> None:
    with pytest.raises(
        BadInput, match="no column for item_id; found item; rename one to item_id, or name one in a mapping"
    ):
        dataset(pd.DataFrame({"item": ["a"]}), '[items.columns]\nitem = { as = "text" }')


def test_a_preset_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(KgrecError, match="no preset named 'newz'; did you mean news"):
        dataset(pd.DataFrame({"item": ["a"]}), 'preset = "newz"')


@pytest.mark.parametrize(
    ("content", "message"), [(b"\xff\xfe", "line 1: not UTF-8"), (b"a = 1\nb = \xff", "line 2: not UTF-8")]
)
def test_a_file_that_is_no_text_is_named_by_line(tmp_path: FilePath, content: bytes, message: str) -> None:
    (tmp_path / "m.toml").write_bytes(content)
    with pytest.raises(BadInput, match=message):
        read(tmp_path / "m.toml")


def test_very_deep_toml_is_an_error_and_no_crash() -> None:
    with pytest.raises(BadInput, match="not TOML"):
        parsed("a = " + "[" * 50_000)


# What other files know


def test_links_are_the_links_of_the_ontology() -> None:
    links = {one.name for one in relations() if one.kind is RelationKind.LINK}
    assert set(LINKS) == links - {COMPLEMENTED}  # that one is said by rules, not by catalogues


def test_terms_of_schema_org_are_terms_of_schema_org() -> None:
    terms = schema_terms()
    for name in [*terms["classes"], *terms["properties"]]:
        assert name in SDO
    assert all(name[:1].isupper() for name in terms["classes"])
    assert all(name[:1].islower() for name in terms["properties"])


def test_a_key_of_toml_is_quoted_only_where_it_must_be() -> None:
    assert [key(name) for name in ("item_id", "a b", 'a"b', "")] == ["item_id", '"a b"', '"a\\"b"', '""']


def test_every_mapping_of_the_documentation_loads() -> None:
    page = (FilePath(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(blocks) >= 3
    for block in blocks:
        loaded = parsed(block if block.lstrip().startswith(("[", "version")) else f"[items.columns]\n{block}")
        own.check(loaded.words, "docs/mapping.md")
