"""A shop's own RDF: what it says of items, events and reviews is read, an export reads back, and no file does harm."""

from __future__ import annotations

import gzip
import json
import threading
from collections import Counter
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgrec import rdf, sources
from kgrec.domain import EVENTS, Dataset, RelationKind
from kgrec.errors import BadGraph, BadInput, KgrecError
from kgrec.graph import store
from kgrec.graph.actions import export_actions
from kgrec.graph.build import assemble
from kgrec.graph.export import export
from kgrec.sources import things
from kgrec.sources.labels import clean
from kgrec.sources.mapping import parsed
from tests.graph.shop import NAMER, toy_shop, triples

SHOP = "https://moka.example/"
PRODUCTS: list[dict[str, Any]] = [
    {
        "@context": "https://schema.org/",
        "@type": "Product",
        "@id": f"{SHOP}p/1",
        "sku": "M1",
        "name": "Moka Pot, 6 cups",
        "description": "Makes coffee.",
        "image": {"@type": "ImageObject", "contentUrl": f"{SHOP}1.jpg"},
        "brand": {"@type": "Brand", "name": "Bialetti"},
        "category": "Kitchen > Coffee",
        "color": ["silver", "red"],
        "material": "aluminium",
        "gtin13": "0123456789012",
        "weight": {"@type": "QuantitativeValue", "value": 650, "unitText": "g"},
        "aggregateRating": {"@type": "AggregateRating", "ratingValue": 4.6, "reviewCount": 89},
        "offers": [
            {"@type": "Offer", "price": 31, "priceCurrency": "EUR"},
            {"@type": "Offer", "price": 29.90, "priceCurrency": "EUR"},
        ],
        "review": {
            "@type": "Review",
            "author": {"@type": "Person", "name": "Ana"},
            "reviewBody": "Lovely",
            "reviewRating": {"@type": "Rating", "ratingValue": 5},
            "datePublished": "2025-02-01",
        },
    },
    {
        "@context": "http://schema.org",
        "@type": "Product",
        "sku": "M2",
        "name": {"@value": "Dichtung", "@language": "de"},
        "manufacturer": "Bialetti",
        "isAccessoryOrSparePartFor": {"@type": "Product", "sku": "M1"},
        "offers": {"@type": "AggregateOffer", "lowPrice": "3.50", "priceCurrency": "EUR"},
        "additionalProperty": {"@type": "PropertyValue", "name": "Diameter", "value": "67", "unitText": "mm"},
    },
]
ACTIONS: list[dict[str, Any]] = [
    {"@type": "BuyAction", "agent": {"@type": "Person", "identifier": "ana"}, "object": {"@id": f"{SHOP}p/1"},
     "startTime": "2025-01-02T10:00:00Z"},
    {"@type": "OrderAction", "agent": {"@id": f"{SHOP}u/ben"}, "endTime": "2025-01-03",
     "object": {"@type": "Offer", "itemOffered": {"@type": "Product", "sku": "M2"}}},
    {"@type": "ReviewAction", "agent": "cleo", "object": "M1", "startTime": "2025-01-04",
     "resultReview": {"@type": "Review", "reviewRating": {"@type": "Rating", "ratingValue": 4}}},
    {"@type": "LikeAction", "agent": "cleo", "object": "M1", "startTime": "2025-01-05"},
    {"@type": "ViewAction", "agent": "cleo", "object": "gone", "startTime": "2025-01-05"},
    {"@type": "ViewAction", "object": "M1", "startTime": "2025-01-05"},
    {"@type": "BuyAction", "agent": "cleo", "object": "M1", "actionStatus": "PotentialActionStatus"},
]  # fmt: skip


@pytest.fixture
def shop(tmp_path: FilePath) -> FilePath:
    """Pages of products and a file of orders, as a shop would publish and keep them."""
    folder = tmp_path / "moka"
    folder.mkdir()
    (folder / "products.jsonld").write_text(json.dumps(PRODUCTS))
    orders = {"@context": ["https://schema.org", {"x": f"{SHOP}x/"}], "@graph": ACTIONS}
    (folder / "orders.json.gz").write_bytes(gzip.compress(json.dumps(orders).encode()))
    return folder


def facts(dataset: Dataset) -> set[tuple[str, str, str]]:
    told = dataset.facts
    return set(zip(dataset.items.ids[told.item], told.relation, told.value, strict=True))


def done(dataset: Dataset) -> list[tuple[str, str, str, float]]:
    told = dataset.interactions
    return [
        (str(dataset.users.ids[user]), str(dataset.items.ids[item]), EVENTS[event], float(weight))
        for user, item, event, weight in zip(told.user, told.item, told.event, told.weight, strict=True)
    ]


def noted(dataset: Dataset, *words: str) -> bool:
    return any(all(word in note for word in words) for note in dataset.report.notes)


# What a shop publishes


def test_products_offers_and_actions_make_a_dataset(shop) -> None:
    read = sources.read("rdf", shop)
    assert sorted(read.items.ids) == ["M1", "M2"]
    assert done(read) == [
        ("ana", "M1", "buy", 1.0),
        (f"{SHOP}u/ben", "M2", "buy", 1.0),
        ("cleo", "M1", "rate", 4.0),
    ]
    assert facts(read) == {
        ("M1", "has_brand", "Bialetti"),
        ("M1", "has_category", "Kitchen > Coffee"),
        ("M1", "has_colour", "silver"),
        ("M1", "has_colour", "red"),
        ("M1", "has_material", "aluminium"),
        ("M2", "has_brand", "Bialetti"),
        ("M2", "compatible_with", "M1"),
    }
    first, second = (read.item_table.iloc[row] for row in read.items.rows(["M1", "M2"]))
    assert (first.title, first.price, first.currency) == ("Moka Pot, 6 cups", 29.9, "EUR")
    assert (first.image, first.description) == (f"{SHOP}1.jpg", "Makes coffee.")
    assert (first.weight, first.gtin13) == ("650", "0123456789012")
    assert read.idiom.properties["weight"].unit == "g"
    assert read.idiom.properties["gtin13"].iri == "schema:gtin13"
    assert (second.title_de or second.title, second.price) == ("Dichtung", 3.5)
    assert read.reviews[["user_id", "item_id", "rating", "text"]].to_numpy().tolist() == [
        ["Ana", "M1", 5.0, "Lovely"]
    ]


def test_what_is_left_out_is_counted(shop) -> None:
    read = sources.read("rdf", shop)
    assert noted(read, "1 actions of class LikeAction")
    assert noted(read, "1 ViewActions whose object is no item")
    assert noted(read, "1 ViewActions without an agent")
    assert noted(read, "1 BuyActions that were not done")
    assert noted(read, "1 values of aggregateRating")


def test_a_mapping_says_what_other_actions_are(shop) -> None:
    mapping = parsed('[interactions.events]\nLikeAction = "cart"\nOrderAction = "unused"\n')
    read = sources.read("rdf", shop, mapping=mapping)
    assert ("cleo", "M1", "cart", 1.0) in done(read)
    assert not [one for one in done(read) if one[1] == "M2"]


def test_the_mapping_that_is_proposed_reads_the_same(shop) -> None:
    first = sources.read("rdf", shop)
    again = sources.read("rdf", shop, mapping=parsed(first.report.mapping))
    assert facts(again) == facts(first) and done(again) == done(first)
    assert again.item_table.equals(first.item_table)
    assert again.report.mapping.count("as =") == first.report.mapping.count("as =")


@pytest.mark.parametrize("format_name", ["csv", "parquet"])
def test_interactions_from_elsewhere_go_with_a_catalogue_in_rdf(shop, tmp_path, format_name) -> None:
    orders = pd.DataFrame({"user_id": ["ana", "ben"], "item_id": ["M1", "M2"]})
    file = tmp_path / f"orders.{format_name}"
    orders.to_csv(file, index=False) if format_name == "csv" else orders.to_parquet(file)
    read = sources.read(format_name, file, shop / "products.jsonld")
    assert ("M2", "compatible_with", "M1") in facts(read)
    assert len(read.interactions) == 2


def test_categories_are_paths_of_labels_and_the_narrowest_stands_for_its_broader_ones(tmp_path) -> None:
    file = tmp_path / "shop.ttl"
    file.write_text(
        """@prefix schema: <http://schema.org/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <p> a schema:Product ; schema:category <face>, <skin>, [ a schema:DefinedTerm ; schema:name "Gift" ] .
        <face> skos:prefLabel "Gesicht"@de, "Face"@en ; skos:broader <skin> . <skin> skos:prefLabel "Skin" .
        [] a schema:BuyAction ; schema:agent <u> ; schema:object <p> ."""
    )
    read = sources.read("rdf", file)
    assert {value for _, _, value in facts(read)} == {"Skin > Face", "Gift"}
    assert read.interactions.clock == "none"
    with file.open("a") as more:
        more.write("<skin> skos:broader <face> .")
    with pytest.raises(BadGraph, match=r"category (Face|Skin) is broader than itself"):
        sources.read("rdf", file)


def test_a_class_that_a_preset_names_makes_items(tmp_path) -> None:
    file = tmp_path / "news.nt"
    lines = [
        "<http://n/1> <{rdf}type> <{schema}NewsArticle> .",
        '<http://n/1> <{schema}headline> "Rain"@en .',
        "<http://n/a> <{rdf}type> <{schema}ViewAction> .",
        "<http://n/a> <{schema}agent> <http://n/u> .",
        "<http://n/a> <{schema}object> <http://n/1> .",
    ]
    file.write_text("\n".join(lines).format(rdf=things.RDF, schema=things.SCHEMA))
    read = sources.read("rdf", file, mapping=parsed('preset = "news"'))
    assert list(read.item_table.title) == ["Rain"]
    assert read.idiom.item_class == "schema:NewsArticle"
    with pytest.raises(BadInput, match=r"no items, found 1 × NewsArticle, 1 × ViewAction; .*--preset"):
        sources.read("rdf", file)


def test_without_events_it_is_said_where_they_can_come_from(shop) -> None:
    with pytest.raises(
        BadInput, match=r"2 items and nothing that anybody did.*--format csv --source orders.csv"
    ):
        sources.read("rdf", shop / "products.jsonld")


# What kgrec exports


def written(dataset: Dataset, folder: FilePath, *, form: str = "nq", actions: bool = True) -> FilePath:
    folder.mkdir(exist_ok=True)
    graph = assemble(dataset, NAMER)
    out = folder / f"graph.{form}"
    export(graph, lambda: store.load_memory(graph, dataset), out, form, with_users=True)
    if actions:
        export_actions(dataset, NAMER, folder / "actions.nt", "nt")
    return folder


def catalogue_edges(dataset: Dataset) -> set[tuple[str, str, str]]:
    graph = assemble(dataset, NAMER)
    kept = np.isin(graph.relation, [
        row for row, relation in enumerate(graph.relations)
        if relation.kind in (RelationKind.ATTRIBUTE, RelationKind.LINK)
    ])  # fmt: skip
    return triples(graph.only(kept))


@pytest.mark.parametrize("form", ["nq", "ttl", "nt", "jsonld"])
def test_the_toy_shop_comes_back(tmp_path, form) -> None:
    before = toy_shop()
    after = sources.read("rdf", written(before, tmp_path / "out", form=form))
    assert set(after.items.ids) == set(before.items.ids)
    assert catalogue_edges(after) == catalogue_edges(before)
    named = [(item, event, weight) for _, item, event, weight in done(before) if event == "rate"]
    assert [one[1:] for one in done(after) if one[2] == "rate"] == named
    assert list(after.interactions.time) == list(before.interactions.time)
    assert sorted(after.user_table.columns) == ["age_band", "city"]
    assert len(after.users) == len(before.users)  # also who has done nothing


def test_edges_stand_for_events_where_there_are_no_actions(tmp_path) -> None:
    read = sources.read("rdf", written(toy_shop(), tmp_path / "out", actions=False))
    assert Counter(event for _, _, event, _ in done(read)) == {"buy": 1, "view": 1, "rate": 1, "return": 1}
    assert read.interactions.clock == "none"
    assert noted(read, "each rating counts 1")


def test_properties_of_the_shops_own_come_back_with_their_types_and_units(tmp_path) -> None:
    items = pd.DataFrame(
        {
            "sku": ["A", "B", "C"],
            "name": ["Cup", "Mug", "Jug"],
            "name_de": ["Tasse", "Becher", ""],
            "volume": ["200 ml", "0.3 l", "1 l"],
            "vegan": ["yes", "no", "yes"],
            "since": ["2020-01-31", "2021-02-01", ""],
            "goes_with": ["B", "C | A", ""],
            "isbn": ["0123", "0456", ""],
            "notes": ["one; two", "", "three"],
        }
    )
    orders = pd.DataFrame(
        {"user_id": ["u", "v"], "item_id": ["A", "B"], "datetime": ["2025-01-01", "2025-01-02"]}
    )
    mapping = parsed(
        """[items]
        class = "schema:Book"
        [items.columns]
        isbn = { as = "text", property = "schema:isbn" }
        notes = { as = "text", lang = "de", separator = ";" }
        """
    )
    before = Dataset.from_frames(orders, items, mapping=mapping)
    after = sources.read("rdf", written(before, tmp_path / "out"))
    rows = after.items.rows(before.items.ids)
    assert set(after.item_table.columns) == set(before.item_table.columns)
    for column in before.item_table.columns:
        said = [after.item_table[column].iloc[row] for row in rows]
        assert [set(str(one).split("\n")) for one in said] == [
            set(str(one).split("\n")) for one in before.item_table[column]
        ]
    assert after.idiom == before.idiom


@pytest.mark.slow
def test_the_demo_shop_comes_back_with_as_many_items_and_events(tmp_path) -> None:
    before = sources.read("demo", None)
    after = sources.read("rdf", written(before, tmp_path / "out"))
    assert set(after.items.ids) == set(before.items.ids)
    assert Counter(after.interactions.event) == Counter(before.interactions.event)
    assert sorted(after.interactions.time) == sorted(before.interactions.time)
    told = {
        fact for fact in facts(before) if fact[1] != "compatible_with"
    }  # of each pair one triple is written
    assert {fact for fact in facts(after) if fact[1] != "compatible_with"} == told


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LABEL = ANY.map(clean).filter(lambda text: text and ">" not in text)
ID = ANY.filter(lambda text: text.strip() == text and text and not set(text) & set("\0|\r\n"))


@st.composite
def shops(draw: st.DrawFn) -> Dataset:
    told = [
        (item, relation, draw(LABEL))
        for item in ("cream", "oil", "mask")
        for relation in ("has_brand", "has_colour", "has_material", "has_category")
    ]
    told += [("oil", "has_attribute", clean(f"{draw(LABEL)}: {draw(LABEL)}")) for _ in range(2)]
    told += [("oil", "has_brand", draw(LABEL)), ("cream", "compatible_with", "mask")]
    told += [("oil", "has_category", f"{draw(LABEL)} > {draw(LABEL)}"), ("mask", "also_bought", draw(ID))]
    prices = st.floats(0, 1e6).map(lambda price: round(price, 2))
    return toy_shop(
        facts=told,
        title=[draw(ANY) for _ in range(3)],
        title_zh=[draw(ANY) for _ in range(3)],
        price=[draw(prices) for _ in range(3)],
    )


@given(before=shops())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_exported_reads_back_whatever_things_are_called(tmp_path_factory, before) -> None:
    after = sources.read("rdf", written(before, tmp_path_factory.mktemp("shop")))
    assert set(after.items.ids) == set(before.items.ids)
    rows = after.items.rows(before.items.ids)
    for title in ("title", "title_zh"):
        if title in after.item_table:
            assert list(after.item_table[title][rows]) == list(map(clean, before.item_table[title]))
    assert list(after.item_table.price[rows]) == list(before.item_table.price)
    assert catalogue_edges(after) == catalogue_edges(before)
    assert Counter(after.interactions.event) == Counter(before.interactions.event)


def test_a_currency_without_a_price_reads_back_as_it_was(tmp_path) -> None:
    before = toy_shop()  # oil has no price
    before = replace(before, item_table=before.item_table.assign(currency=["EUR", "CNY", ""]))
    after = sources.read("rdf", written(before, tmp_path / "out"))
    told = after.item_table.set_index(pd.Index(after.items.ids)).loc[["cream", "oil", "mask"]]
    assert list(told.currency) == ["EUR", "CNY", ""]
    assert list(told.price.fillna(-1)) == [9.5, -1, 0.0]


# Files that mean no good


BUY = f"<http://a/b> <{things.TYPE}> <{things.SCHEMA}BuyAction> .\n"
PRODUCT = f"<http://a/p> <{things.TYPE}> <{things.SCHEMA}Product> .\n"
NAME = f"<{things.SCHEMA}name>"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.rdf", '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b "c">]><a/>', "line 2: a DOCTYPE or ENTITY"),
        ("a.jsonld", '{"a":' * 100_000, "inside each other"),
        ("a.rdf", "<a>" * 100_000, "inside each other"),
        ("a.ttl", "<http://a/x> <http://a/y> " + "<<( <http://a/x> <http://a/y> " * 100_000, "triples told of"),
        ("a.ttl", "<http://a/x> <http://a/y> " + "[ <http://a/y> " * 100_000, "line 1, column"),
        ("a.nt", PRODUCT.encode() + b'<http://a/p> <http://a/n> "\xff" .', "line 2, column .*: not UTF-8"),
        ("a.jsonld", b'{"a": "\xff"}', "line 1: not UTF-8"),
        ("a.nt", PRODUCT + "<http://a/x> <http://a/y> .", "a.nt, line 2, column"),
        ("a.ttl", "x:y a x:z .", "line 1, column 1: The prefix x: has not.*@prefix"),
        ("a.nt", f'<http://a/p> {NAME} "{"x" * (17 << 20)}" .', "more than 16 MiB"),
        ("a.nt.gz", b"\x1f\x8b\x08\x00abc", "damaged or cut short"),
        ("a.nt", "", "no items, found 0 things"),
        ("a.json", '{"@context": "https://schema.org", "sku": ' + "9" * 5_000 + "}", "too many digits"),
        ("a.json", '{"@context": "https://schema.org", "price": 1e999}', "too many digits, or none"),
        ("a.docx", "", "its ending says that it is RDF; end files in .ttl"),
        ("a.nt", PRODUCT + f'<http://a/p> <{things.SCHEMA}sku> "{"x" * 10_000}" .', "nothing that anybody did"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line(tmp_path, name, content, message) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(KgrecError, match=message):
        sources.read("rdf", tmp_path / name)


def shop_of(tmp_path: FilePath, *more: str) -> FilePath:
    file = tmp_path / "shop.ttl"
    prefix = f"@prefix s: <{things.SCHEMA}> .\n"
    file.write_text(
        prefix + PRODUCT + "[] a s:BuyAction ; s:agent 'u' ; s:object <http://a/p> .\n" + "\n".join(more)
    )
    return file


def test_ids_that_are_too_long_are_named_by_their_item(tmp_path) -> None:
    file = shop_of(tmp_path, f'<http://a/p> s:sku "{"x" * 10_000}" .')
    with pytest.raises(BadInput, match=r"shop.ttl, item 1: the item id is longer than 512 characters"):
        sources.read("rdf", file)


def test_a_price_that_is_a_thing_is_counted_unless_it_is_an_amount(tmp_path) -> None:
    amount = "[ a s:MonetaryAmount ; s:value 3 ; s:currency 'EUR' ]"
    read = sources.read("rdf", shop_of(tmp_path, f"<http://a/p> s:price {amount} , [ a s:Thing ] ."))
    assert (read.item_table.price[0], read.item_table.currency[0]) == (3.0, "EUR")
    assert noted(read, "1 prices that are things without a value")


def test_category_trees_without_end_are_refused(tmp_path) -> None:
    steps = [f"<http://a/c{n}> <{things.SKOS}broader> <http://a/c{n + 1}> ." for n in range(1_000)]
    with pytest.raises(BadGraph, match="more than 64 levels deep"):
        sources.read("rdf", shop_of(tmp_path, "<http://a/p> s:category <http://a/c0> .", *steps))


def test_a_category_of_very_many_levels_is_refused(tmp_path) -> None:
    path = " > ".join(["abc"] * 10_000)
    with pytest.raises(BadGraph, match="more than 64 levels deep"):
        sources.read("rdf", shop_of(tmp_path, f'<http://a/p> s:category "{path}" .'))


def test_things_that_lead_in_circles_have_an_end(tmp_path) -> None:
    wide = [f"<o{n}> s:orderedItem {', '.join(f'<o{m}>' for m in range(200))} ." for n in range(200)]
    own = "<http://a/p> s:offers <o> ; s:brand <http://a/p> . <o> s:offers <o> ; s:priceSpecification <o> ."
    read = sources.read(
        "rdf", shop_of(tmp_path, own, *wide, "[] a s:BuyAction ; s:agent 'u' ; s:object <o1> .")
    )
    assert noted(read, "1 BuyActions whose object is no item")


def test_odd_iris_of_json_are_ids_like_others(tmp_path) -> None:
    graph = [
        {"@type": "Product", "@id": "http://a/mug {1}", "name": "Mug"},
        {"@type": "BuyAction", "agent": "u", "object": {"@id": "http://a/mug {1}"}},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"@context": "http://schema.org/", "@graph": graph}))
    assert list(sources.read("rdf", tmp_path / "a.json").items.ids) == ["http://a/mug {1}"]


def test_things_without_a_name_are_apart_in_each_file(tmp_path) -> None:
    for name, sku in (("a", "A"), ("b", "B")):
        text = f'_:x <{things.TYPE}> <{things.SCHEMA}Product> .\n_:x <{things.SCHEMA}sku> "{sku}" .\n'
        (tmp_path / f"{name}.nt").write_text(text)
    told = things.read(things.found_in(tmp_path), "shop")
    assert sorted(map(told.id_of, told.said)) == ["A", "B"]


def test_files_without_end_are_refused(tmp_path, monkeypatch) -> None:
    file = shop_of(tmp_path)
    monkeypatch.setattr(rdf, "MOST_STREAMED", 100)
    with pytest.raises(BadInput, match="more than 100 bytes"):
        sources.read("rdf", file)
    monkeypatch.undo()
    monkeypatch.setattr(things, "MOST_TRIPLES", 2)
    with pytest.raises(BadInput, match="more than 2 triples"):
        sources.read("rdf", file)


@pytest.fixture
def listener():
    """An address of this machine and whatever was asked of it."""
    asked: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"@context": {}}')

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listening)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    "document",
    [
        '{{"@context": "{0}/c", "@type": "Product"}}',
        '[{{"@context": ["https://schema.org", "{0}/c"], "@type": "Product"}}]',
        '{{"@context": {{"@import": "{0}/c"}}, "@type": "Product"}}',
        '{{"@context": {{"p": {{"@id": "http://a/p", "@context": "{0}/c"}}}}, "p": {{"q": 1}}}}',
        '{{"@context": "https://schema.org.evil.example/", "@id": "{0}"}}',
    ],
)
def test_no_context_is_ever_fetched(tmp_path, listener, document) -> None:
    address, asked = listener
    (tmp_path / "a.jsonld").write_text(document.format(address))
    with pytest.raises(BadInput, match="none is ever fetched"):
        sources.read("rdf", tmp_path / "a.jsonld")
    assert asked == []
