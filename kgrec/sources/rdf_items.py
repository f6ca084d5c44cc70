"""What RDF says of the items in, a table of items with what its columns become out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from kgrec import rdf
from kgrec.errors import BadGraph
from kgrec.rdf import Text
from kgrec.sources import keys
from kgrec.sources.guess import USUAL_SEPARATOR, language
from kgrec.sources.labels import clean
from kgrec.sources.mapping import Column, ShopMapping, schema_terms
from kgrec.sources.names import snake
from kgrec.sources.presets import Preset, preset
from kgrec.sources.rdf_columns import LANG, Columns
from kgrec.sources.table import Table
from kgrec.sources.things import (
    IDENTIFIERS,
    KG,
    LEVELS,
    MOST_LEVELS,
    NAMES,
    SCHEMA,
    TYPE,
    Term,
    Things,
    in_english,
    language_of,
    lexical,
    local,
)

PRODUCT = SCHEMA + "Product"
PRODUCTS = {PRODUCT} | {
    SCHEMA + name
    for name in (
        "BusOrCoach", "Car", "DietarySupplement", "Drug", "IndividualProduct", "Motorcycle", "MotorizedBicycle",
        "ProductModel", "SomeProducts", "Vehicle",
    )
}  # fmt: skip
"""schema.org's classes of what can be bought, as of version 29; a ProductGroup is told by its variants."""

MOST_COLUMNS = 900
MOST_CELLS = 50_000_000

_TITLES = (SCHEMA + "name", SCHEMA + "headline", *NAMES[1:])
_SHARED = {
    "brand": (KG + "hasBrand", SCHEMA + "brand"),
    "category": (KG + "hasCategory", SCHEMA + "category"),
    "colour": (KG + "hasColour", SCHEMA + "color"),
    "material": (KG + "hasMaterial", SCHEMA + "material"),
}
"""Kind of column → the properties that say so."""

_LINKS = {
    "compatible_with": (
        KG + "compatibleWith",
        SCHEMA + "isAccessoryOrSparePartFor",
        SCHEMA + "isConsumableFor",
    ),
    "also_bought": (KG + "alsoBought",),
    "also_viewed": (KG + "alsoViewed",),
    "bought_together": (KG + "boughtTogether",),
}
"""Relation between items → the properties that say so."""

_PRICES = (SCHEMA + "price", SCHEMA + "lowPrice")
_IMAGES = (SCHEMA + "contentUrl", SCHEMA + "url")
_ELSEWHERE = {
    TYPE,
    *_PRICES,
    SCHEMA + "priceCurrency",
    SCHEMA + "offers",
    SCHEMA + "review",
    SCHEMA + "reviews",
}
"""What is read apart from the columns by name."""

_T = TypeVar("_T")


@dataclass
class Items:
    """The items that RDF tells of."""

    id_of: dict[str, str]  # thing → item id
    table: Table | None = None
    chosen: dict[str, str | Column] = field(
        default_factory=dict
    )  # header → what it becomes, where that is known
    item_class: str = ""  # "schema:Book", if all items are of one class of their own
    notes: list[str] = field(default_factory=list)

    def find(self, value: Term) -> str:
        """The id of the item that a value means: by IRI, or in a text by IRI or id; "" if it means none."""
        if isinstance(value, str):
            return self.id_of.get(value, "")
        return self.id_of.get(value.value, value.value if value.value in self._ids else "")

    def __post_init__(self) -> None:
        self._ids = set(self.id_of.values())


def items_of(things: Things, mapping: ShopMapping) -> Items:
    """The items, each with what is said of it; `table` is None if there are none."""
    usual = preset(mapping.preset)
    nodes, nameless = _nodes(things, _classes(mapping, usual))
    items = Items({thing: item_id for item_id, same in nodes.items() for thing in same})
    if nameless:
        items.notes.append(
            f"{things.name}: {nameless:,} items without identifier, sku, gtin or IRI were left out"
        )
    shared = sum(sum(not rdf.nameless(thing) for thing in same) > 1 for same in nodes.values())
    if shared:
        items.notes.append(
            f"{things.name}: {shared:,} ids are told of under several IRIs, and were read as one item each"
        )
    if not nodes:
        return items
    items.item_class = _own_class(things, nodes.values())
    sheet = _Sheet(things, items, usual, list(nodes), _offers(things))
    for row, same in enumerate(nodes.values()):
        sheet.take(row, same)
    items.table = sheet.table()
    return items


def _classes(mapping: ShopMapping, usual: Preset) -> set[str]:
    said = SCHEMA + (mapping.item_class or usual.item_class).removeprefix("schema:")
    return {KG + "Item", said} | (PRODUCTS if said == PRODUCT else set())


def _nodes(things: Things, classes: set[str]) -> tuple[dict[str, list[str]], int]:
    """Item id → the things that go by it, and how many items go by none."""
    nodes: dict[str, list[str]] = {}
    nameless = 0
    for thing in dict.fromkeys(thing for one in sorted(classes) for thing in things.of_class.get(one, ())):
        if item_id := things.id_of(thing):
            nodes.setdefault(item_id, []).append(thing)
        else:
            nameless += 1
    return nodes, nameless


def _own_class(things: Things, nodes: Iterable[Sequence[str]]) -> str:
    """The one class of schema.org that all items have besides Product, "" if there is none or are several."""
    common: set[str] | None = None
    for same in nodes:
        here = {one for thing in same for one in things.types(thing) if one.startswith(SCHEMA)}
        common = here if common is None else common & here
        if not common:
            return ""
    own = [local(one) for one in (common or set()) - {PRODUCT}]
    known = [name for name in own if name in schema_terms()["classes"]]
    return f"schema:{known[0]}" if len(known) == 1 else ""


def _offers(things: Things) -> dict[str, list[str]]:
    """Item → offers that name it, where the item does not name them."""
    found: dict[str, list[str]] = {}
    for thing, said in things.said.items():
        if SCHEMA + "itemOffered" in said:
            for item in things.values(thing, SCHEMA + "itemOffered"):
                if isinstance(item, str):
                    found.setdefault(item, []).append(thing)
    return found


@dataclass
class _Sheet:
    """Cells of a table as they are collected."""

    things: Things
    items: Items
    usual: Preset
    item_ids: Sequence[str]
    offers: Mapping[str, Sequence[str]]  # thing → offers of it that it does not name
    texts: dict[str, dict[int, list[str]]] = field(default_factory=dict)  # header → row → values
    columns: dict[str, Column] = field(default_factory=dict)  # header → what it becomes, where that is known
    titles: dict[str, dict[int, str]] = field(default_factory=dict)  # language → row → title
    attributes: dict[str, dict[int, list[str]]] = field(default_factory=dict)  # name → row → values
    told: set[str] = field(default_factory=set)  # attributes that the graph has as such
    others: dict[str, dict[int, list[Term]]] = field(default_factory=dict)  # property → row → values
    left_out: Counter[str] = field(default_factory=Counter)  # what → how many values of it

    def take(self, row: int, same: Sequence[str]) -> None:
        """Everything that is said of one item, under whichever names."""
        said = self.things.described(same)
        offers = said.setdefault(SCHEMA + "offers", [])
        offers += [offer for thing in same for offer in self.offers.get(thing, ()) if offer not in offers]
        self._take_titles(row, said)
        self._take_description(row, said.pop(SCHEMA + "description", []))
        self._take_shared(row, said)
        self._take_price(row, said)
        self._take_image(row, said.pop(SCHEMA + "image", []))
        self._take_links(row, said)
        for predicate, values in said.items():
            if predicate in IDENTIFIERS:
                values = [value for value in values if self._identifier(value) != self.item_ids[row]]
            if values and predicate not in _ELSEWHERE:
                self.others.setdefault(predicate, {})[row] = values

    def _identifier(self, value: Term) -> str:
        return value.value if isinstance(value, Text) else self.things.text(value, SCHEMA + "value")

    def _put(self, column: Column, header: str, row: int, values: Iterable[str]) -> None:
        if kept := list(dict.fromkeys(filter(None, values))):
            self.columns[header] = column
            self.texts.setdefault(header, {}).setdefault(row, []).extend(kept)

    def _take_titles(self, row: int, said: dict[str, list[Term]]) -> None:
        told = [predicate for predicate in _TITLES if predicate in said]
        if not told:
            return
        values = said.pop(told[0])
        for predicate in told[1:]:  # what is only another word for the name
            said[predicate] = [value for value in said[predicate] if value not in values]
        if not told[0].startswith(SCHEMA):  # what has no name is labelled with its id
            values = [
                value for value in values if not isinstance(value, Text) or value.value != self.item_ids[row]
            ]
        for value in values:
            text = value if isinstance(value, Text) else Text(self.things.told(value), "", "")
            lang = language_of(text) if LANG.fullmatch(text.lang) else ""
            if text.value.strip() and row in self.titles.setdefault(lang, {}):
                self.left_out["second titles in one language"] += 1
            elif text.value.strip():
                self.titles[lang][row] = lexical(text)

    def _take_description(self, row: int, values: Sequence[Term]) -> None:
        texts = [value for value in values if isinstance(value, Text)]
        best = in_english(texts)
        self.left_out["descriptions besides the first"] += max(len(values) - 1, 0)
        lang = next((text.lang for text in texts if lexical(text).strip() == best), "")
        before = self.columns.get("description")
        same = before is None or before.lang == lang
        lang = lang if same and LANG.fullmatch(lang) else ""
        self._put(Column("description", lang=lang), "description", row, [best])

    def _take_shared(self, row: int, said: dict[str, list[Term]]) -> None:
        """Brand, category, colour, material; of categories the narrowest, as they stand for the broader ones."""
        known: set[Term] = set()
        for kind, predicates in _SHARED.items():
            values = [value for predicate in predicates for value in said.pop(predicate, ())]
            if kind == "brand" and not values:
                values = said.pop(SCHEMA + "manufacturer", [])
            known.update(value for value in values if isinstance(value, str))
            if kind == "category":
                told = _narrowest(map(self._category, values))
            else:
                told = [clean(self.things.named(value)) for value in values]
            self.left_out[f"values of {kind} without a name"] += sum(not one for one in told)
            self._put(Column(kind, separator=USUAL_SEPARATOR), kind, row, told)
        for value in said.pop(KG + "hasAttribute", []):
            if value not in known:
                self._take_attribute(row, self.things.named(value))
        for value in said.pop(SCHEMA + "additionalProperty", []):
            name = self.things.text(value, *NAMES, SCHEMA + "propertyID")
            unit = self.things.text(value, SCHEMA + "unitText", SCHEMA + "unitCode")
            texts = [self.things.told(one) for one in self.things.values(value, SCHEMA + "value")]
            if not name or not any(texts):
                self.left_out["values of additionalProperty without a name or a value"] += 1
            else:
                self._attribute(name, row, [f"{text} {unit}".strip() for text in texts if text])

    def _category(self, value: Term) -> str:
        names = [name for name in map(clean, self.things.path(value).split(LEVELS)) if name]
        if len(names) > MOST_LEVELS:
            raise BadGraph(
                f"{self.things.name}: category {names[0]} … is more than {MOST_LEVELS} levels deep; shorten it"
            )
        return LEVELS.join(names)

    def _take_attribute(self, row: int, label: str) -> None:
        """ "season: winter" as a value of the column season."""
        name, _, value = clean(label).partition(": ")
        name, value = (name, value) if name and value else ("attribute", clean(label))
        self.told.add(clean(name))
        self._attribute(name, row, [value])

    def _attribute(self, name: str, row: int, values: Iterable[str]) -> None:
        cells = self.attributes.setdefault(clean(name) or "attribute", {})
        cells.setdefault(row, []).extend(one for value in values if (one := clean(value)))

    def _take_price(self, row: int, said: dict[str, list[Term]]) -> None:
        """The price of the item, else the lowest of its offers in the currency of the first.

        An item without a price may have a currency nevertheless.
        """
        found = self._price(said.get(_PRICES[0], []), said.get(SCHEMA + "priceCurrency", []))
        if not found:
            found = [one for offer in said[SCHEMA + "offers"] for one in self._offered(offer)]
        if not found:
            told = map(self.things.told, said.get(SCHEMA + "priceCurrency", []))
            self._put(Column("currency"), "currency", row, [clean(next(told, ""))])
            return
        currency = found[0][1]
        amount = min((one for one, other in found if other == currency), key=_amount)
        self._put(Column("price"), "price", row, [amount])
        self._put(Column("currency"), "currency", row, [currency])

    def _offered(self, offer: Term) -> list[tuple[str, str]]:
        values, currencies = (
            self.things.values(offer, *_PRICES),
            self.things.values(offer, SCHEMA + "priceCurrency"),
        )
        found = self._price(values, currencies)
        inside = () if found else ("priceSpecification", "offers")
        return found or [
            one
            for name in inside
            for part in self.things.values(offer, SCHEMA + name)
            if isinstance(part, str) and part != offer
            for one in self._price(
                self.things.values(part, *_PRICES),
                self.things.values(part, SCHEMA + "priceCurrency") or currencies,
            )
        ]

    def _price(self, values: Sequence[Term], currencies: Sequence[Term]) -> list[tuple[str, str]]:
        found = []
        for value in values:
            amount = lexical(value) if isinstance(value, Text) else self.things.text(value, SCHEMA + "value")
            currency = currencies or self.things.values(value, SCHEMA + "currency")
            if amount:
                found.append((clean(amount), clean(next(map(self.things.told, currency), ""))))
            else:
                self.left_out["prices that are things without a value"] += 1
        return found

    def _take_image(self, row: int, values: Sequence[Term]) -> None:
        told = [lexical(value) if isinstance(value, Text) else self._address(value) for value in values]
        self.left_out["images besides the first"] += max(len(told) - 1, 0)
        self._put(Column("image"), "image", row, told[:1])

    def _address(self, image: str) -> str:
        return self.things.text(image, *_IMAGES) or ("" if rdf.nameless(image) else image)

    def _take_links(self, row: int, said: dict[str, list[Term]]) -> None:
        for relation, predicates in _LINKS.items():
            values = [value for predicate in predicates for value in said.pop(predicate, ())]
            ids = [self.items.find(value) or self._unlisted(value) for value in values]
            usable = [one for one in ids if keys.could_be(one) and "\n" not in one]
            self.left_out[f"values of {relation} that name nothing"] += len(ids) - len(usable)
            self._put(Column("link", relation=relation, separator=USUAL_SEPARATOR), relation, row, usable)

    def _unlisted(self, value: Term) -> str:
        """What something outside the catalogue is called."""
        return (self.things.label(value) if isinstance(value, str) else "") or self.things.id_of(value)

    # The table

    def table(self) -> Table:
        """The table of the items; `items.chosen` says what its columns become where that is known."""
        sheet = Columns(self.things, self.items.find, self.usual, np.array(self.item_ids, dtype=object))
        self._settle_titles()
        for header, cells in self.texts.items():
            looked_at = header == "price" and self.usual.headers("items", "price")
            sheet.add(header, cells, None if looked_at else self.columns[header])
        for name, cells in self._widest(self.attributes):
            sheet.add_attribute(name, cells, told=name in self.told)
        for predicate, values in self._widest(self.others):
            self.left_out[f"values of {local(predicate)} that are things without a name"] += (
                sheet.add_property(predicate, values)
            )
        self.items.chosen |= sheet.chosen
        for what, n in self.left_out.items():
            if n:
                self.items.notes.append(f"{self.things.name}: {n:,} {what} were left out")
        return sheet.table()

    def _widest(self, columns: Mapping[str, dict[int, _T]]) -> list[tuple[str, dict[int, _T]]]:
        """The columns that fit into a table, those that say most."""
        most = max(1, min(MOST_COLUMNS, MOST_CELLS // len(self.item_ids)) // 2)
        kept = set(sorted(columns, key=lambda name: -len(columns[name]))[:most])
        self.left_out["columns that say something of few items"] += len(columns) - len(kept)
        return [(name, cells) for name, cells in columns.items() if name in kept]

    def _settle_titles(self) -> None:
        if "en" in self.titles:
            self.titles["en"] = {**self.titles.pop("", {}), **self.titles["en"]}
        for lang, titles in self.titles.items():
            header = "title" if lang in ("", "en") else f"title_{snake(lang)}"
            seen = lang or language(np.array(list(titles.values()), dtype=object))
            said = lang or (seen if seen not in self.titles else "en")
            for row, title in titles.items():
                self._put(Column("title", lang=said), header, row, [title])


def _amount(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("inf")


def _narrowest(paths: Iterable[str]) -> list[str]:
    """The paths that are no part of another."""
    all_of_them = list(dict.fromkeys(filter(None, paths)))
    broader = {
        path[: found.start()] for path in all_of_them for found in re.finditer(re.escape(LEVELS), path)
    }
    return [path for path in all_of_them if path not in broader]
