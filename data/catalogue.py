"""A random generator → the items of the shop, with brands, prices and what goes with what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from kinds import COMPLEMENTS, KINDS, Kind
from words import BRANDS, COLOURS, MATERIALS_ZH, SERIES, TONES, UNSAID_MATERIALS, Series

N_ITEMS = 1200
HEADER = (
    "item_id,title,title_zh,category,brand,colour,material,price,currency,compatible_with,description,image"
)
_SIGNATURE = 5.0  # how much likelier a brand's own colours and materials are

Random = np.random.Generator
Thing = TypeVar("Thing")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Maker:
    """A brand and its taste."""

    name: str
    departments: tuple[str, ...]
    reach: float  # share of the goods in its departments
    level: float  # of its prices
    colours: frozenset[str]
    materials: frozenset[str]


@dataclass(frozen=True)
class Item:
    """One row of items.csv, and what the shop never says about it."""

    item_id: str
    kind: Kind
    brand: str
    colour: str
    material: str
    size: tuple[str, str]  # English, Chinese
    series: Series
    virtue: str
    price: float
    appeal: float  # how often it is chosen when any of its like would do
    quality: float  # stars that it deserves
    strengths: tuple[str, ...]  # its aspects, best first
    goes_with: list[str] = field(default_factory=list)  # item ids


def grouped(things: Iterable[Thing], key: Callable[[Thing], Key]) -> dict[Key, list[Thing]]:
    """Things by what a function says of them, in order."""
    found: dict[Key, list[Thing]] = defaultdict(list)
    for thing in things:
        found[key(thing)].append(thing)
    return found


def pick(random: Random, things: Iterable[Thing], shares: Iterable[float] | None = None) -> Thing:
    """One of some things, by their shares if there are any."""
    among = list(things)
    if shares is None:
        return among[int(random.integers(len(among)))]
    odds: npt.NDArray[np.float64] = np.cumsum(np.fromiter(shares, dtype=np.float64))
    return among[min(int(np.searchsorted(odds, random.random() * odds[-1], side="right")), len(among) - 1)]


def make_items(random: Random) -> list[Item]:
    """All items, as many of each kind; no two have the same title."""
    makers = _makers(random)
    items: list[Item] = []
    titles: set[str] = set()
    while len(items) < N_ITEMS:
        item = _item(random, f"K{len(items) + 1:04d}", KINDS[len(items) % len(KINDS)], makers)
        if title(item) not in titles:
            titles.add(title(item))
            items.append(item)
    _pair(random, items)
    return items


def _makers(random: Random) -> list[Maker]:
    departments = list(SERIES)
    every_material = sorted(MATERIALS_ZH)
    makers = []
    for number, name in enumerate(BRANDS):
        homes = [departments[number % len(departments)]]
        if number % 3 == 0:  # some brands are at home in two departments
            homes.append(pick(random, [other for other in departments if other not in homes]))
        makers.append(
            Maker(
                name,
                tuple(homes),
                reach=1 / (1 + number // len(departments)) ** 0.8,
                level=float(random.uniform(0.75, 1.3)),
                colours=frozenset(random.choice(list(COLOURS), 4, replace=False).tolist()),
                materials=frozenset(random.choice(every_material, 6, replace=False).tolist()),
            )
        )
    return makers


def _item(random: Random, item_id: str, kind: Kind, makers: list[Maker]) -> Item:
    able = [maker for maker in makers if kind.department in maker.departments]
    maker = pick(random, able, (one.reach for one in able))
    liked = (_SIGNATURE if name in maker.materials else 1.0 for name in kind.materials)
    material = pick(random, kind.materials, liked)
    toned = [name for name in kind.colours if name in TONES.get(material, kind.colours)] or list(kind.colours)
    shades = (COLOURS[name].share * (_SIGNATURE if name in maker.colours else 1.0) for name in toned)
    low, high = kind.price
    return Item(
        item_id,
        kind,
        maker.name,
        pick(random, toned, shades),
        material,
        size=pick(random, kind.sizes),
        series=pick(random, SERIES[kind.department]),
        virtue=pick(random, kind.virtues),
        price=round((low + (high - low) * float(random.beta(1.6, 3.2))) * maker.level) - 0.1,
        appeal=float(random.pareto(1.5) + 0.2),
        quality=float(np.clip(random.normal(4.15, 0.55), 2.2, 4.9)),
        strengths=tuple(random.permutation(list(kind.aspects)).tolist()),
    )


def _pair(random: Random, items: list[Item]) -> None:
    """Accessories go with one to three hosts, of their own brand where there are some; both rows say so."""
    by_leaf = grouped(items, lambda item: item.kind.leaf)
    for accessory in items:
        hosts = [host for leaf in COMPLEMENTS.get(accessory.kind.leaf, ()) for host in by_leaf[leaf]]
        if not hosts:
            continue
        own = [host for host in hosts if host.brand == accessory.brand]
        pool = own if len(own) >= 2 else hosts
        count = min(len(pool), int(random.integers(1, 4)))
        for place in random.choice(len(pool), count, replace=False):
            accessory.goes_with.append(pool[int(place)].item_id)
            pool[int(place)].goes_with.append(accessory.item_id)


def title(item: Item) -> str:
    """What the English shop calls an item: "Alvora Bistro Steel Frying Pan, Black, 24 cm"."""
    material = "" if item.material in UNSAID_MATERIALS else f"{item.material.title()} "
    colour = f", {item.colour.capitalize()}" if item.kind.shows_colour else ""
    return f"{item.brand} {item.series.name} {material}{item.kind.noun}{colour}, {item.size[0]}"


def title_zh(item: Item) -> str:
    """What the Chinese shop calls an item: "Alvora 小馆系列 不锈钢平底锅 黑色 24 cm"."""
    material = "" if item.material in UNSAID_MATERIALS else MATERIALS_ZH[item.material]
    colour = f" {COLOURS[item.colour].zh}" if item.kind.shows_colour else ""
    return f"{item.brand} {item.series.zh} {material}{item.kind.noun_zh}{colour} {item.size[1]}"


def description(item: Item) -> str:
    """Two sentences about an item."""
    made = f"in {item.colour} {item.material}" if item.kind.shows_colour else f"with {item.material}"
    if item.kind.department != "Beauty" and not item.kind.shows_colour:
        made = f"of {item.material}"
    noun = item.kind.noun[0] + item.kind.noun[1:].lower().replace("led", "LED").replace(
        "bluetooth", "Bluetooth"
    )
    return f"{noun} {made} that {item.virtue}. {item.series.said}."


def item_row(item: Item) -> tuple[str, ...]:
    """One row of items.csv."""
    kind = item.kind
    return (
        item.item_id,
        title(item),
        title_zh(item),
        f"{kind.department} > {kind.group} > {kind.leaf}",
        item.brand,
        item.colour,
        item.material,
        f"{item.price:.2f}",
        "EUR",
        " | ".join(item.goes_with),
        description(item),
        f"images/{item.item_id}.png",
    )
