"""One seed → the demo shop's tables and pictures, byte for byte the same every time.

    python data/generate.py --seed 7 --out data/demo

Shoppers act for planted reasons; ground_truth.csv.gz says which reason caused each one's last purchase.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from words import (
    AGE_BANDS,
    ASPECTS,
    BRANDS,
    CITIES,
    COLOURS,
    COMPLEMENTS,
    KINDS,
    MATERIALS_ZH,
    OPINIONS,
    STYLES,
    VERDICTS,
    Kind,
)

SEED = 7
N_ITEMS, N_USERS, N_REVIEWS = 1200, 2000, 4000
START, DAYS = datetime(2025, 1, 1, tzinfo=UTC), 364
REASONS = ("brand", "material", "colour", "complement", "segment", "fashion", "chance")
BLANK_SHARE = 0.12  # of users with no age band; as many have no city

Random = np.random.Generator


@dataclass
class Item:
    """One row of items.csv and the place of its kind."""

    item_id: str
    kind: Kind
    brand: str
    colour: str
    material: str
    style: int
    price: float
    appeal: float  # how often it is chosen when any of its like would do
    goes_with: list[str] = field(default_factory=list)


@dataclass
class User:
    """One row of users.csv and the character behind it."""

    user_id: str
    age_band: str
    city: str
    weights: np.ndarray[Any, Any]  # how often each of REASONS moves them
    home: str  # the department they shop in most


@dataclass(frozen=True)
class Event:
    """One row of interactions.csv."""

    user_id: str
    item_id: str
    event: str
    value: str
    when: datetime


def make_items(random: Random) -> list[Item]:
    """About 1,200 items; each brand has a few kinds, a few colours and a favourite material."""
    departments = sorted({kind.department for kind in KINDS})
    homes = {brand: [departments[n % len(departments)]] for n, brand in enumerate(BRANDS)}
    for brand in BRANDS[::3]:  # some brands are at home in two departments
        homes[brand].append(departments[int(random.integers(len(departments)))])
    items, seen = [], set()
    colours, shades = (
        list(COLOURS),
        np.array([3.0, 3, 2, 1.6, 2, 1.6, 1.6, 1, 1, 1, 1.2, 0.8, 1.6, 1.4, 1, 1]),
    )
    while len(items) < N_ITEMS:
        kind = KINDS[len(items) % len(KINDS)]
        makers = [brand for brand in BRANDS if kind.department in homes[brand]]
        brand = makers[int(random.zipf(1.6)) % len(makers)]
        colour = colours[int(random.choice(len(colours), p=shades / shades.sum()))]
        material = kind.materials[int(random.integers(len(kind.materials)))]
        style = int(random.integers(len(STYLES)))
        key = (kind.leaf, brand, colour, material, style)
        if key in seen:
            continue
        seen.add(key)
        low, high = kind.price
        price = round(low + (high - low) * float(random.beta(1.6, 3.2)), 0) - 0.1
        appeal = float(random.pareto(1.4) + 0.2)
        items.append(Item(f"K{len(items) + 1:04d}", kind, brand, colour, material, style, price, appeal))
    _pair(random, items)
    return items


def _pair(random: Random, items: list[Item]) -> None:
    """Accessories go with one to three machines, of their own brand where there is one."""
    by_leaf = grouped(items, lambda item: item.kind.leaf)
    for accessory in items:
        hosts = by_leaf.get(COMPLEMENTS.get(accessory.kind.leaf, ""), [])
        if not hosts:
            continue
        own = [host for host in hosts if host.brand == accessory.brand]
        pool = own if len(own) >= 2 else hosts
        count = min(len(pool), int(random.integers(1, 4)))
        for place in random.choice(len(pool), count, replace=False):
            accessory.goes_with.append(pool[int(place)].item_id)
            pool[int(place)].goes_with.append(accessory.item_id)


def grouped(things: Iterable[Any], key: Any) -> dict[Any, list[Any]]:
    """Things by what a function says of them, in order."""
    found: dict[Any, list[Any]] = defaultdict(list)
    for thing in things:
        found[key(thing)].append(thing)
    return found


def make_users(random: Random) -> list[User]:
    """2,000 people: some loyal, some matching colours, some following the season."""
    departments = sorted({kind.department for kind in KINDS})
    users = []
    for number in range(N_USERS):
        age = "" if random.random() < BLANK_SHARE else AGE_BANDS[int(random.integers(len(AGE_BANDS)))]
        city = "" if random.random() < BLANK_SHARE else CITIES[int(random.integers(len(CITIES)))]
        # One or two reasons move a person most of the time.
        weights = random.dirichlet(np.array([0.9, 0.45, 0.45, 0.9, 0.7, 0.6, 0.35]))
        home = departments[int(random.integers(len(departments)))]
        users.append(User(f"u{number + 1:04d}", age, city, weights, home))
    return users


class Shop:
    """What shoppers choose from, indexed by what they choose for."""

    def __init__(self, random: Random, items: Sequence[Item]) -> None:
        self.items = {item.item_id: item for item in items}
        self.by_brand = grouped(items, lambda item: item.brand)
        self.by_material = grouped(items, lambda item: (item.kind.department, item.material))
        self.by_colour = grouped(items, lambda item: (item.kind.department, item.colour))
        self.by_department = grouped(items, lambda item: item.kind.department)
        leaves = sorted({kind.leaf for kind in KINDS})
        by_leaf = grouped(items, lambda item: item.kind.leaf)

        def favourites(count: int) -> list[Item]:
            """A few of the most wanted items of some kinds of goods."""
            chosen = random.choice(len(leaves), count, replace=False)
            return [i for n in chosen for i in sorted(by_leaf[leaves[int(n)]], key=lambda i: -i.appeal)[:6]]

        self.of_segment = {name: favourites(4) for name in (*AGE_BANDS, *CITIES)}
        self.of_month = {month: favourites(3) for month in range(1, 13)}

    def candidates(
        self, reason: str, user: User, owned: list[str], when: datetime, random: Random
    ) -> tuple[list[Item], str]:
        """What a reason makes a shopper consider, and the evidence for it: what they own, or who they are."""
        if reason in ("brand", "material", "colour", "complement") and owned:
            # The last few purchases are on their mind.
            own = self.items[owned[-1 - int(random.integers(min(3, len(owned))))]]
            pools = {
                "brand": lambda: self.by_brand[own.brand],
                "material": lambda: self.by_material[own.kind.department, own.material],
                "colour": lambda: self.by_colour[own.kind.department, own.colour],
                "complement": lambda: [self.items[name] for name in own.goes_with],
            }
            return pools[reason](), own.item_id
        if reason == "segment":
            segments = [name for name in (user.age_band, user.city) if name]
            if segments:
                name = segments[int(random.integers(len(segments)))]
                return self.of_segment[name], name
        if reason == "fashion":
            return self.of_month[when.month], f"{when:%Y-%m}"
        return (self.by_department[user.home], "") if reason == "chance" else ([], "")

    def choose(self, user: User, owned: list[str], when: datetime, random: Random) -> tuple[str, str, str]:
        """An item never owned before, the reason, and its evidence."""
        for _ in range(6):
            reason = REASONS[int(random.choice(len(REASONS), p=user.weights))]
            found, evidence = self.candidates(reason, user, owned, when, random)
            fresh = [item for item in found if item.item_id not in owned]
            if fresh:
                return drawn(fresh, random).item_id, reason, evidence
        everything = [i for i in self.by_department[user.home] if i.item_id not in owned]
        return drawn(everything, random).item_id, "chance", ""

    def alike(self, item_id: str, random: Random) -> str:
        """Something of the same kind to look at first."""
        item = self.items[item_id]
        same = [
            other for other in self.by_department[item.kind.department] if other.kind.leaf == item.kind.leaf
        ]
        return drawn(same, random).item_id


def drawn(items: Sequence[Item], random: Random) -> Item:
    """One item, the appealing ones more often."""
    appeal = np.array([item.appeal for item in items])
    return items[int(random.choice(len(items), p=appeal / appeal.sum()))]


def live(user: User, shop: Shop, random: Random) -> tuple[list[Event], tuple[str, ...]]:
    """A year of one shopper, and the ground truth of their last purchase."""
    count = 3 + int(random.poisson(1.2) + random.exponential(2.6))
    days = np.sort(random.random(count)) * (DAYS - 12)
    events: list[Event] = []
    owned: list[str] = []
    truth: tuple[str, ...] = ()
    for day in days:
        when = START + timedelta(seconds=int(day * 86400))
        if events and when <= events[-1].when:
            when = events[-1].when + timedelta(hours=2)
        item_id, reason, evidence = shop.choose(user, owned, when, random)
        if reason == "complement" and owned:  # what goes with something is bought soon after it
            when = max(events[-1].when + timedelta(hours=1), when - timedelta(days=float(random.random())))
        events += _visit(user.user_id, item_id, when, shop, random)
        owned.append(item_id)
        truth = (user.user_id, item_id, stamp(events[-1].when), reason, evidence)
    last = events[-1].when
    return events + _afterwards(user.user_id, events, last, random), truth


def _visit(user_id: str, item_id: str, when: datetime, shop: Shop, random: Random) -> list[Event]:
    """Looks at similar things, sometimes at the thing itself, then the purchase; oldest first."""
    events = []
    minutes = int(random.integers(8, 30))
    for _ in range(int(random.integers(0, 3))):
        events.append((shop.alike(item_id, random), "view", minutes))
        minutes -= int(random.integers(1, 4))
    if random.random() < 0.5:
        events.append((item_id, "view", minutes))
        minutes -= 1
    if random.random() < 0.25:
        events.append((item_id, "cart", minutes))
    seen = [
        Event(user_id, thing, kind, "1", when + timedelta(minutes=30 - minute))
        for thing, kind, minute in events
    ]
    quantity = "1" if random.random() < 0.9 else "2"
    return [*seen, Event(user_id, item_id, "buy", quantity, when + timedelta(minutes=31))]


def _afterwards(user_id: str, events: Sequence[Event], last: datetime, random: Random) -> list[Event]:
    """Ratings and returns of what was bought, before the last purchase so that the story ends with it."""
    found = []
    for event in events:
        if event.event != "buy":
            continue
        when = event.when + timedelta(days=2 + 5 * float(random.random()))
        fate = random.random()
        if when >= last - timedelta(hours=1):
            continue
        if fate < 0.06:
            found.append(Event(user_id, event.item_id, "return", "1", when))
        elif fate < 0.32:
            stars = str(int(random.choice(5, p=[0.05, 0.07, 0.15, 0.31, 0.42])) + 1)
            found.append(Event(user_id, event.item_id, "rate", stars, when))
    return found


def make_reviews(random: Random, events: Sequence[Event], shop: Shop) -> list[tuple[str, ...]]:
    """4,000 short reviews by buyers, half in English, half in Chinese, whose words fit their stars."""
    rated = {(e.user_id, e.item_id): int(e.value) for e in events if e.event == "rate"}
    bought = [event for event in events if event.event == "buy"]
    picked = np.sort(random.choice(len(bought), N_REVIEWS, replace=False))
    rows = []
    for number, place in enumerate(picked):
        event = bought[int(place)]
        stars = rated.get(
            (event.user_id, event.item_id),
            int(random.choice([1, 2, 3, 4, 5], p=[0.05, 0.07, 0.15, 0.31, 0.42])),
        )
        lang = ("en", "zh")[number % 2]
        aspects = ASPECTS[shop.items[event.item_id].kind.department]
        aspect = aspects[int(random.integers(len(aspects)))]
        opinion = OPINIONS[stars][int(random.integers(len(OPINIONS[stars])))]
        verdict = VERDICTS[stars][int(random.integers(len(VERDICTS[stars])))]
        if lang == "zh":
            text = f"{aspect[1]}{opinion[1]}。{verdict[1]}"
        else:
            text = f"{aspect[0].capitalize()} {opinion[0]}. {verdict[0]}"
        when = stamp(event.when + timedelta(days=3))
        rows.append((event.user_id, event.item_id, str(stars), lang, text, when))
    return sorted(rows, key=lambda row: (row[5], row[0], row[1]))


def item_row(item: Item) -> tuple[str, ...]:
    """One row of items.csv."""
    style, style_zh, said, said_zh = STYLES[item.style]
    colour_zh = COLOURS[item.colour][0]
    title = f"{item.brand} {style} {item.material.capitalize()} {item.kind.noun}, {item.colour.capitalize()}"
    title_zh = f"{item.brand} {style_zh}{colour_zh}{MATERIALS_ZH[item.material]}{item.kind.noun_zh}"
    kind = item.kind
    return (
        item.item_id,
        title,
        title_zh,
        f"{kind.department} > {kind.group} > {kind.leaf}",
        item.brand,
        item.colour,
        item.material,
        f"{item.price:.2f}",
        "EUR",
        " | ".join(item.goes_with),
        f"{kind.noun} in {item.colour} {item.material}. {said}",
        f"images/{item.item_id}.png",
    )


def stamp(when: datetime) -> str:
    """ISO 8601, UTC."""
    return when.replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")


def table(header: str, rows: Iterable[Sequence[str]]) -> bytes:
    """A gzipped CSV file without the name and time that would make each one different."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)


def make_tables(seed: int) -> tuple[dict[str, bytes], list[Item]]:
    """File name → content for every table, and the items for their pictures."""
    random = np.random.default_rng(seed)
    items, users = make_items(random), make_users(random)
    shop = Shop(random, items)
    lives = [live(user, shop, random) for user in users]
    events = sorted(
        (e for life, _ in lives for e in life), key=lambda e: (e.when, e.user_id, e.event, e.item_id)
    )
    events = list({(e.user_id, e.item_id, e.event, stamp(e.when)): e for e in events}.values())
    reviews = make_reviews(random, events, shop)
    tables = {
        "items.csv.gz": table(
            "item_id,title,title_zh,category,brand,colour,material,price,currency,compatible_with,description,image",
            map(item_row, items),
        ),
        "users.csv.gz": table("user_id,age_band,city", ((u.user_id, u.age_band, u.city) for u in users)),
        "interactions.csv.gz": table(
            "user_id,item_id,event,value,datetime",
            ((e.user_id, e.item_id, e.event, e.value, stamp(e.when)) for e in events),
        ),
        "reviews.csv.gz": table("user_id,item_id,rating,lang,text,datetime", reviews),
        "ground_truth.csv.gz": table(
            "user_id,item_id,datetime,reason,evidence", (truth for _, truth in lives)
        ),
    }
    return tables, items


def main() -> None:
    """Write all files under a folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "demo")
    chosen = parser.parse_args()
    from drawing import picture

    tables, items = make_tables(chosen.seed)
    (chosen.out / "images").mkdir(parents=True, exist_ok=True)
    for name, content in tables.items():
        (chosen.out / name).write_bytes(content)
    for item in items:
        content = picture(item.kind.shape, item.kind.department, COLOURS[item.colour][1])
        (chosen.out / "images" / f"{item.item_id}.png").write_bytes(content)
    print(f"{len(items)} items written to {chosen.out}")


if __name__ == "__main__":
    main()
