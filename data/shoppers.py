"""A random generator and items → a year of shoppers: their events, and why each bought what they bought last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from catalogue import Item, Random, grouped, pick
from kinds import KINDS
from words import AGE_BANDS, CITIES

N_USERS = 2000
START, DAYS = datetime(2025, 1, 1, tzinfo=UTC), 364
REASONS = ("brand", "material", "colour", "complement", "segment", "fashion", "chance")
CHARACTER = (0.8, 0.4, 0.4, 1.1, 0.6, 0.5, 0.35)  # below one: a person has one or two reasons, not all
BLANK_SHARE = 0.12  # of users with no age band; as many have no city
RECENT = 3  # purchases that are still on a shopper's mind
SOON = (0.2, 6.0)  # days between something and what goes with it
HOURS = (1, 1, 0, 0, 0, 1, 3, 5, 6, 7, 8, 8, 9, 8, 7, 7, 8, 9, 11, 14, 16, 14, 9, 4)  # when people shop


@dataclass(frozen=True)
class User:
    """One row of users.csv and the character behind it."""

    user_id: str
    age_band: str
    city: str
    weights: npt.NDArray[np.float64]  # how often each of REASONS moves them
    home: str  # the department they shop in most


@dataclass(frozen=True)
class Event:
    """One row of interactions.csv."""

    user_id: str
    item_id: str
    event: str
    value: int  # a quantity; stars for rate
    when: datetime


@dataclass(frozen=True)
class Purchase:
    """Something bought, and why."""

    item: Item
    when: datetime
    reason: str
    evidence: str


@dataclass(frozen=True)
class Life:
    """A user's year, oldest first."""

    user: User
    events: list[Event]
    purchases: list[Purchase]


def make_users(random: Random) -> list[User]:
    """People: some loyal, some matching colours, some following the season."""
    departments = sorted({kind.department for kind in KINDS})
    users = []
    for number in range(N_USERS):
        age = "" if random.random() < BLANK_SHARE else pick(random, AGE_BANDS, AGE_BANDS.values())
        city = "" if random.random() < BLANK_SHARE else pick(random, CITIES, CITIES.values())
        weights = random.dirichlet(np.array(CHARACTER))
        users.append(User(f"u{number + 1:04d}", age, city, weights, pick(random, departments)))
    return users


def drawn(random: Random, items: Sequence[Item]) -> Item:
    """One item, the appealing ones more often."""
    return pick(random, items, (item.appeal for item in items))


class Shop:
    """What shoppers choose from, indexed by what they choose for."""

    def __init__(self, random: Random, items: Sequence[Item]) -> None:
        self.items = {item.item_id: item for item in items}
        self.by_brand = grouped(items, lambda item: item.brand)
        self.by_material = grouped(items, lambda item: (item.kind.department, item.material))
        self.by_colour = grouped(items, lambda item: (item.kind.department, item.colour))
        self.by_department = grouped(items, lambda item: item.kind.department)
        self.by_leaf = grouped(items, lambda item: item.kind.leaf)
        self.of_segment = {name: self._favourites(random, 4) for name in (*AGE_BANDS, *CITIES)}
        self.of_month = {month: self._favourites(random, 3) for month in range(1, 13)}

    def _favourites(self, random: Random, count: int) -> list[Item]:
        """The most wanted items of a few kinds of goods."""
        leaves = random.choice(sorted(self.by_leaf), count, replace=False).tolist()
        return [i for leaf in leaves for i in sorted(self.by_leaf[leaf], key=lambda i: -i.appeal)[:6]]

    def considered(
        self, random: Random, reason: str, user: User, bought: Sequence[Purchase], when: datetime
    ) -> tuple[list[Item], str]:
        """What a reason makes a shopper consider, and its evidence: an earlier purchase, or who or when they are."""
        if reason == "chance":
            return self.by_department[user.home], ""
        if reason == "fashion":
            return self.of_month[when.month], f"{when:%Y-%m}"
        if reason == "segment":
            segments = [name for name in (user.age_band, user.city) if name]
            name = pick(random, segments) if segments else ""
            return self.of_segment.get(name, []), name
        if not bought:
            return [], ""
        # What goes with something follows it at once; a taste lasts a little longer.
        own = bought[-1].item if reason == "complement" else pick(random, bought[-RECENT:]).item
        alike: dict[str, Callable[[], list[Item]]] = {
            "brand": lambda: self.by_brand[own.brand],
            "material": lambda: self.by_material[own.kind.department, own.material],
            "colour": lambda: self.by_colour[own.kind.department, own.colour],
            "complement": lambda: [self.items[item_id] for item_id in own.goes_with],
        }
        return alike[reason](), own.item_id

    def choose(self, random: Random, user: User, bought: Sequence[Purchase], when: datetime) -> Purchase:
        """The next purchase: a reason, then an item by it that the shopper does not have."""
        owned = {purchase.item.item_id for purchase in bought}
        for _ in range(6):
            reason = pick(random, REASONS, user.weights.tolist())
            # A complement is fetched within days, not at the next occasion.
            soon = bought[-1].when + timedelta(days=float(random.uniform(*SOON))) if bought else when
            at = min(when, soon) if reason == "complement" else when
            found, evidence = self.considered(random, reason, user, bought, at)
            fresh = [item for item in found if item.item_id not in owned]
            if fresh:
                return Purchase(drawn(random, fresh), at, reason, evidence)
        fresh = [item for item in self.by_department[user.home] if item.item_id not in owned]
        return Purchase(drawn(random, fresh), when, "chance", "")


def live(random: Random, user: User, shop: Shop) -> Life:
    """One shopper's year; its last event is its last purchase."""
    purchases: list[Purchase] = []
    for when in _occasions(random, 3 + int(random.poisson(1.5) + random.exponential(2.6))):
        # Two occasions may fall on one evening, or a complement may have come between them.
        after = max(when, purchases[-1].when + timedelta(hours=3)) if purchases else when
        purchases.append(shop.choose(random, user, purchases, after))
    last = purchases[-1].when
    events = [event for purchase in purchases for event in _visit(random, user, purchase, shop)]
    events += [event for purchase in purchases[:-1] for event in _afterwards(random, user, purchase, last)]
    for when in _occasions(random, int(random.poisson(0.2))):
        events += _look_round(random, user, when, last, shop)
    return Life(user, sorted(events, key=lambda event: event.when), purchases)


def _occasions(random: Random, count: int) -> list[datetime]:
    """Moments of the year at which a person goes shopping, mostly in the evening; whole seconds, oldest first."""
    found = []
    for day in random.integers(1, DAYS - 2, count).tolist():
        hour = pick(random, range(24), HOURS)
        found.append(START + timedelta(days=day, hours=hour, seconds=int(random.integers(3600))))
    return sorted(found)


def _visit(random: Random, user: User, purchase: Purchase, shop: Shop) -> list[Event]:
    """Looks at similar things, half of the time at the thing itself, then the purchase."""
    item, when = purchase.item, purchase.when
    steps = [("buy", item)]
    if random.random() < 0.25:
        steps.append(("cart", item))
    if random.random() < 0.5:
        steps.append(("view", item))
    steps += [
        ("view", drawn(random, shop.by_leaf[item.kind.leaf])) for _ in range(int(random.integers(0, 3)))
    ]
    events = []
    for event, seen in steps:  # backwards from the purchase
        value = 2 if event == "buy" and random.random() < 0.1 else 1
        events.append(Event(user.user_id, seen.item_id, event, value, when))
        when -= timedelta(seconds=int(random.integers(40, 420)))
    return events


def _look_round(random: Random, user: User, when: datetime, last: datetime, shop: Shop) -> list[Event]:
    """A visit that ends without a purchase, sometimes with something left in the basket."""
    if when > last - timedelta(hours=1):
        return []
    leaf = pick(random, sorted({item.kind.leaf for item in shop.by_department[user.home]}))
    events = []
    for _ in range(int(random.integers(1, 4))):
        item = drawn(random, shop.by_leaf[leaf])
        events.append(Event(user.user_id, item.item_id, "view", 1, when))
        when += timedelta(seconds=int(random.integers(40, 420)))
    if random.random() < 0.3:
        events.append(Event(user.user_id, events[-1].item_id, "cart", 1, when))
    return events


def _afterwards(random: Random, user: User, purchase: Purchase, last: datetime) -> list[Event]:
    """A return or a rating, days later, but before the last purchase so that the story ends with that."""
    when = purchase.when + timedelta(seconds=int(86400 * random.uniform(2, 8)))
    fate, stars = random.random(), given_stars(random, purchase.item)
    if when >= last - timedelta(hours=1):
        return []
    returned = 0.13 if stars <= 2 else 0.055
    if fate < returned:
        return [Event(user.user_id, purchase.item.item_id, "return", 1, when)]
    if fate < returned + 0.25:
        return [Event(user.user_id, purchase.item.item_id, "rate", stars, when)]
    return []


def given_stars(random: Random, item: Item) -> int:
    """What one buyer makes of an item, 1 … 5."""
    return int(np.clip(round(float(random.normal(item.quality, 0.9))), 1, 5))
