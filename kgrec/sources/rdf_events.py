"""What RDF says of people in, tables of what they did, of their segments and of their reviews out.

Actions are those of https://schema.org/Action; the ontology says which of its relations each class stands for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from kgrec import rdf
from kgrec.rdf import Text
from kgrec.sources.labels import clean
from kgrec.sources.mapping import ShopMapping
from kgrec.sources.names import snake
from kgrec.sources.rdf_items import Items
from kgrec.sources.table import Table
from kgrec.sources.things import KG, NAMES, SCHEMA, Term, Things, language_of, local, ontology

_OBJECTS = ("object", "result")
_WITHIN = ("itemOffered", "orderedItem", "acceptedOffer", "object")
"""Where an item is found within an offer, an order or a line of one."""

_DEEPEST = 3
_UNDONE = {"PotentialActionStatus", "FailedActionStatus"}


@dataclass
class People:
    """What people did and wrote; a table that would be empty is None."""

    interactions: Table | None = None
    users: Table | None = None
    reviews: Table | None = None
    segments: list[str] = field(default_factory=list)  # columns of users that put them into segments
    events: dict[str, str] = field(default_factory=dict)  # what the table calls an event → what it is
    notes: list[str] = field(default_factory=list)


def people_of(things: Things, items: Items, mapping: ShopMapping) -> People:
    """Actions with who, what and when, or where there are none the edges of the graph, whose order is not known."""
    people = People()
    names = {**ontology().events, **mapping.events}
    left_out: Counter[str] = Counter()
    rows = list(_actions(things, items, names, left_out))
    edges = list(_edges(things, items, left_out)) if not rows else []
    if rows and things.events:
        left_out["edges of what users did, as actions tell it"] += len(things.events)
    if any(row["event"] == "rated" for row in edges):
        people.notes.append(
            f"{things.name}: the edges do not tell how items were rated; each rating counts 1"
        )
    _with_whole_column(rows, "datetime", left_out)
    rows = rows or edges
    people.events = {name: names[name] for name in dict.fromkeys(row["event"] for row in rows)}
    people.interactions = _table(things, rows, "edges" if edges else "actions")
    people.reviews = _table(things, list(_reviews(things, items, left_out)), "reviews")
    people.users, people.segments = _users(things)
    people.notes += [f"{things.name}: {n:,} {what} were left out" for what, n in left_out.items() if n]
    return people


def _table(things: Things, rows: list[dict[str, Any]], what: str) -> Table | None:
    if not rows:
        return None
    frame = pd.DataFrame(rows, dtype=object)
    frame = frame.drop(columns=[name for name in _MAYBE if name in frame and (frame[name] == "").all()])
    return Table(
        f"{things.name} ({what})",
        frame,
        np.arange(1, len(rows) + 1, dtype=np.int64),
        unit=what.removesuffix("s"),
    )


_MAYBE = ("rating", "datetime", "lang")


def _with_whole_column(rows: list[dict[str, Any]], name: str, left_out: Counter[str]) -> None:
    """Rows without a value that others have are left out."""
    if any(row[name] for row in rows):
        kept = [row for row in rows if row[name]]
        left_out[f"actions without a {name}, which others have"] += len(rows) - len(kept)
        rows[:] = kept


# Actions


def _actions(
    things: Things, items: Items, names: Mapping[str, str], left_out: Counter[str]
) -> Iterator[dict[str, Any]]:
    classes_of: dict[str, list[str]] = {}
    for iri, some in things.of_class.items():
        name = local(iri)
        if iri.startswith(SCHEMA) and (name.endswith("Action") or name in names):
            for thing in some:
                classes_of.setdefault(thing, []).append(name)
    for thing, actions in classes_of.items():
        name = next((one for one in actions if one in names), "")
        if not name:
            left_out[f"actions of class {actions[0]}"] += 1
        elif local(things.text(thing, SCHEMA + "actionStatus")) in _UNDONE:
            left_out[f"{name}s that were not done"] += 1
        else:
            yield from _done(things, items, thing, name, names[name], left_out)


def _done(
    things: Things, items: Items, thing: str, name: str, event: str, left_out: Counter[str]
) -> Iterator[dict[str, Any]]:
    """A row for each item that one action is about."""
    user_id = next(filter(None, map(things.id_of, things.values(thing, SCHEMA + "agent"))), "")
    objects = [value for one in _OBJECTS for value in things.values(thing, SCHEMA + one)]
    item_ids = dict.fromkeys(found for value in objects for found in _items_in(things, items, value))
    rating = _rating(things, thing) if event == "rate" else ""
    if not user_id:
        left_out[f"{name}s without an agent that has an identifier or an IRI"] += 1
    elif not item_ids:
        left_out[f"{name}s whose object is no item"] += 1
    elif event == "rate" and not rating:
        left_out[f"{name}s without a rating"] += 1
    else:
        time = things.text(thing, SCHEMA + "startTime") or things.text(thing, SCHEMA + "endTime")
        for item_id in item_ids:
            yield {"user_id": user_id, "item_id": item_id, "event": name, "rating": rating, "datetime": time}


def _items_in(things: Things, items: Items, value: Term) -> Iterator[str]:
    """The items that a value is, or that lie in it: in an offer, an order or a line of one."""
    seen, at = {value}, [value]
    for _ in range(_DEEPEST + 1):
        found = {one: items.find(one) for one in at}
        yield from filter(None, found.values())
        inside = [
            one
            for holder, item_id in found.items()
            if not item_id
            for name in _WITHIN
            for one in things.values(holder, SCHEMA + name)
        ]
        at = [one for one in dict.fromkeys(inside) if one not in seen]
        seen.update(at)


def _rating(things: Things, thing: Term) -> str:
    """What somebody gave, in a rating that an action or review has, or in the review that it led to."""
    for name in ("result", "resultReview", "reviewRating"):
        for value in things.values(thing, SCHEMA + name):
            found = things.text(value, SCHEMA + "ratingValue") or (
                things.text(inner, SCHEMA + "ratingValue")
                if (inner := next(iter(things.values(value, SCHEMA + "reviewRating")), None))
                else ""
            )
            if found:
                return found
    return things.text(thing, SCHEMA + "ratingValue")


def _edges(things: Things, items: Items, left_out: Counter[str]) -> Iterator[dict[str, Any]]:
    for user, relation, item in things.events:
        user_id, item_id = things.id_of(user), items.find(item)
        if user_id and item_id:
            yield {"user_id": user_id, "item_id": item_id, "event": relation}
        else:
            left_out[f"edges of {relation} without a user or an item"] += 1


# Users and reviews


def _users(things: Things) -> tuple[Table | None, list[str]]:
    """Those whom the files describe, with their segments: "age band: 25-34" is a value of the column age_band."""
    rows: dict[str, dict[str, str]] = {}
    for thing in things.of_class.get(KG + "User", ()):
        if user_id := things.id_of(thing):
            rows.setdefault(user_id, {"user_id": user_id})
    segments: dict[str, None] = {}
    for user, segment in things.segments:
        name, _, value = clean(things.named(segment)).partition(": ")
        name, value = (snake(name), value) if value else ("segment", name)
        name = "segment" if name == "user_id" else name
        user_id = things.id_of(user)
        if user_id and value:
            rows.setdefault(user_id, {"user_id": user_id}).setdefault(name, value)
            segments[name] = None
    if not rows:
        return None, []
    frame = pd.DataFrame(list(rows.values()), columns=["user_id", *segments], dtype=object).fillna("")
    table = Table(f"{things.name} (users)", frame, np.arange(1, len(rows) + 1, dtype=np.int64), unit="user")
    return table, list(segments)


def _reviews(things: Things, items: Items, left_out: Counter[str]) -> Iterator[dict[str, Any]]:
    reviewed = _reviewed(things, items)
    written = things.of_class.get(SCHEMA + "Review", ())
    found = [row for thing in written if (row := _review(things, items, thing, reviewed, left_out))]
    undated = sum(not row["datetime"] for row in found)
    if 0 < undated < len(found):  # a column of times is for all or none
        left_out["times of reviews, as others have none,"] += len(found) - undated
    for row in found:
        yield row | {"datetime": ""} if undated else row


def _reviewed(things: Things, items: Items) -> dict[Term, str]:
    """Review → the item that names it."""
    found: dict[Term, str] = {}
    for thing, item_id in items.id_of.items():
        for name in ("review", "reviews"):
            found |= dict.fromkeys(things.values(thing, SCHEMA + name), item_id)
    return found


def _review(
    things: Things, items: Items, thing: str, reviewed: Mapping[Term, str], left_out: Counter[str]
) -> dict[str, Any] | None:
    about = things.values(thing, SCHEMA + "itemReviewed")
    item_id = next(filter(None, map(items.find, about)), reviewed.get(thing, ""))
    texts = things.values(thing, SCHEMA + "reviewBody", SCHEMA + "description")
    text = next((one for one in texts if isinstance(one, Text)), Text("", "", ""))
    user_id = next(
        filter(None, (_author(things, one) for one in things.values(thing, SCHEMA + "author"))), ""
    )
    if not (item_id and user_id and text.value.strip()):
        left_out["reviews without an item, an author or a text"] += 1
        return None
    return {
        "user_id": user_id,
        "item_id": item_id,
        "rating": _rating(things, thing),
        "text": text.value,
        "lang": things.text(thing, SCHEMA + "inLanguage") or language_of(text),
        "datetime": things.text(thing, SCHEMA + "datePublished", SCHEMA + "dateCreated"),
    }


def _author(things: Things, author: Term) -> str:
    """The id of who wrote, else the name."""
    if isinstance(author, str) and rdf.nameless(author):
        return things.id_of(author) or things.text(author, *NAMES)
    return things.id_of(author)
