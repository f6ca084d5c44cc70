"""What users allow, what they hide, and what programs say of them: the database's part about people."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    Connection,
    bindparam,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy import union_all as all_of

from kgrec.domain import EVENT_RELATIONS, EVENTS, plain
from kgrec.errors import BadInput, BadLog
from kgrec.live.database import Database, Pen
from kgrec.live.schema import ERASED, EVENT, HIDDEN, PERSON, WISH
from kgrec.live.terms import PURPOSES, Purpose
from kgrec.live.wish_table import kept
from kgrec.live.wishes import KeptWish

MOST_ATTRIBUTES = 50
LONGEST_NAME, LONGEST_VALUE = 64, 200  # characters of an attribute
MOST_NAMED = 1000  # of more users than are asked about by name, the answers of all are read


@dataclass(frozen=True)
class Consent:
    """What a user allows; `asked` are the purposes that they were asked about, the others are as the shop has it."""

    recommend: bool
    research: bool
    marketing: bool
    asked: tuple[Purpose, ...] = ()


Hidden = tuple[str, str]
"""The relation and the IRI at its end of something known of a user that is not to be used."""


@dataclass(frozen=True)
class Who:
    """A user, and what they are called among those who were forgotten."""

    user_id: str
    person: str


@dataclass(frozen=True)
class Person:
    """What was said of one user since a graph was built, and what they wish."""

    allowed: bool = True  # whether they want recommendations of their own
    attributes: Mapping[str, str | None] = field(default_factory=dict)  # None: it is known of them no more
    hidden: frozenset[Hidden] = frozenset()
    wishes: tuple[KeptWish, ...] = ()  # oldest first
    erased: bool = False  # whether they were forgotten, so that nothing in the graph is theirs


@dataclass(frozen=True)
class Wills:
    """What was ever said of users, as whoever builds a graph needs it."""

    refusing: frozenset[str] = frozenset()  # users who do not want recommendations of their own
    hidden: Mapping[str, frozenset[Hidden]] = field(default_factory=dict)  # by user
    attributes: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)  # by user


class People:
    """The users of a shop, in its database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # Consent

    def consent(self, user_id: str) -> Consent:
        """What a user allows."""
        rows = self.database.rows(_CONSENT, {"user_id": user_id})
        said = dict(zip(PURPOSES, rows[0], strict=True)) if rows else {}
        return self._consent(said)

    def consents(self, user_id: str, said: Mapping[Purpose, bool]) -> Consent:
        """Keep what a user says to some purposes; what they allow from now on."""
        for purpose in said:
            self.database.terms.unasked(purpose)

        def work(pen: Pen) -> Consent:
            _touched(pen, user_id, {str(purpose): answer for purpose, answer in said.items()})
            row = pen.connection.execute(_CONSENT, {"user_id": user_id}).one()
            return self._consent(dict(zip(PURPOSES, row, strict=True)))

        return self.database.write(work)

    def _consent(self, said: Mapping[Purpose, bool | None]) -> Consent:
        terms = self.database.terms
        allowed = {
            purpose: terms.unasked(purpose) if said.get(purpose) is None else bool(said[purpose])
            for purpose in PURPOSES
        }
        return Consent(**allowed, asked=tuple(one for one in PURPOSES if said.get(one) is not None))

    def consenting(self, purpose: Purpose, user_ids: Iterable[str]) -> list[str]:
        """Those of some users who allow a purpose, in their order."""
        users = list(dict.fromkeys(user_ids))
        if len(users) > MOST_NAMED:
            unasked, asked = self.otherwise(purpose)
        else:
            unasked = self.database.terms.unasked(purpose)
            other = {"user_ids": users, "answer": not unasked}
            asked = frozenset(row.user_id for row in self.database.rows(_ANSWERED_OF[purpose], other))
        return [user_id for user_id in users if (user_id in asked) != unasked]

    def otherwise(self, purpose: Purpose) -> tuple[bool, frozenset[str]]:
        """Whether who was never asked allows a purpose, and the users who said otherwise."""
        unasked = self.database.terms.unasked(purpose)
        rows = self.database.rows(_ANSWERED[purpose], {"answer": not unasked}, unhurried=True)
        return unasked, frozenset(row.user_id for row in rows)

    def allowing(self, purpose: Purpose, others: Iterable[str] = ()) -> list[str]:
        """All who allow a purpose: those who said so, in the order of their ids, and those of some others who were
        never asked, where the shop takes that for a yes."""
        said = [row.user_id for row in self.database.rows(_ALLOWING[purpose], unhurried=True)]
        if not self.database.terms.unasked(purpose):
            return said
        known = set(said)
        return said + [user_id for user_id in self.consenting(purpose, others) if user_id not in known]

    # Attributes

    def attributes(self, user_id: str) -> dict[str, str | None]:
        """What programs said of a user; None where they said that nothing is known."""
        rows = self.database.rows(_ATTRIBUTES, {"user_id": user_id})
        return _parsed(rows[0].attributes, self.database.name) if rows else {}

    def describe(
        self, user_id: str, said: Mapping[str, str | None], *, others: Collection[str] | None = None
    ) -> dict[str, str | None]:
        """Keep some attributes, None for one that is taken away; all that are kept now.

        With `others`, that is all there is to say of the user: of those names, and of what was said before, nothing
        else is known. BadInput for what cannot be an attribute.
        """
        said = {_name(name): _value(name, value) for name, value in said.items()}

        def work(pen: Pen) -> dict[str, str | None]:
            row = pen.connection.execute(_ATTRIBUTES, {"user_id": user_id}).one_or_none()
            before = {} if row is None else _parsed(row.attributes, self.database.name)
            gone = {} if others is None else dict.fromkeys((*before, *others))
            kept: dict[str, str | None] = {**(before if others is None else gone), **said}
            if len(kept) > MOST_ATTRIBUTES:
                raise BadInput(f"a user has at most {MOST_ATTRIBUTES} attributes; leave some out")
            _touched(pen, user_id, {"attributes": json.dumps(kept, ensure_ascii=False, sort_keys=True)})
            return kept

        return self.database.write(work)

    def is_known(self, user_id: str) -> bool:
        """Whether they did or said anything, or anything was said of them."""
        return bool(self.database.rows(_KNOWN, {"user_id": user_id}))

    # What users hide

    def hide(self, user_id: str, hidden: Hidden, *, item_id: str | None = None) -> int:
        """Never use this of what is known of a user; how many events were deleted with it.

        What they did with an item is deleted from the log, and what they do with it later is known again.
        """
        relation, entity = hidden

        def work(pen: Pen) -> int:
            row = {"user_id": user_id, "relation": relation, "entity": entity}
            pen.connection.execute(_UNHIDE, row)
            pen.connection.execute(insert(HIDDEN), row | {"changed": pen.change(), "received": pen.now})
            if item_id is None or relation not in EVENT_RELATIONS:
                return 0
            event = EVENTS[EVENT_RELATIONS.index(relation)]
            done = pen.connection.execute(_UNDO, {"user_id": user_id, "item_id": item_id, "event": event})
            return int(done.rowcount)

        return self.database.write(work)

    # For whoever builds

    def wills(self) -> Wills:
        """Of all users who said anything, or of whom anything was said."""
        with self.database.reading() as connection:
            if connection is None:
                return Wills()
            hidden: dict[str, set[Hidden]] = {}
            for user_id, relation, entity in connection.execute(_ALL_HIDDEN):
                hidden.setdefault(user_id, set()).add((relation, entity))
            people = connection.execute(_ALL, {"unasked": self.database.terms.recommend}).all()
        return Wills(
            refusing=frozenset(user_id for user_id, allowed, _ in people if not allowed),
            hidden={user_id: frozenset(some) for user_id, some in hidden.items()},
            attributes={
                user_id: parsed
                for user_id, _, text in people
                if (parsed := _parsed(text, self.database.name))
            },
        )


def said_of(connection: Connection, database: Database, who: Who, changes_until: int) -> Person:
    """What was said of a user in the changes after one, what they wish and whether they want recommendations.

    It is one query, as every request waits for it.
    """
    terms = {"unasked": database.terms.recommend, "after": changes_until}
    person = Person(allowed=database.terms.recommend)
    hidden: set[Hidden] = set()
    wishes: list[tuple[int, str, str, int]] = []
    for kind, number, one, other, flag, received in connection.execute(_SAID, {**vars(who), **terms}):
        if kind == "person":
            person = replace(person, allowed=bool(flag), attributes=_parsed(one or "{}", database.name))
        elif kind == "erased":
            person = replace(person, erased=True)
        elif kind == "wish":
            wishes.append((number, one, other, received))
        else:
            hidden.add((one, other))
    return replace(person, hidden=frozenset(hidden), wishes=tuple(kept(sorted(wishes), database.name)))


_UNASKED = bindparam("unasked", type_=Boolean)

# Made once: to make a query takes longer than to answer it.
_CONSENT = select(*(PERSON.c[purpose] for purpose in PURPOSES)).where(
    PERSON.c.user_id == bindparam("user_id")
)
_ATTRIBUTES = select(PERSON.c.attributes).where(PERSON.c.user_id == bindparam("user_id"))
_ANSWERED = {
    purpose: select(PERSON.c.user_id).where(PERSON.c[purpose] == bindparam("answer", type_=Boolean))
    for purpose in PURPOSES
}
_ANSWERED_OF = {
    purpose: query.where(PERSON.c.user_id.in_(bindparam("user_ids", expanding=True)))
    for purpose, query in _ANSWERED.items()
}
_ALLOWING = {
    purpose: select(PERSON.c.user_id).where(PERSON.c[purpose].is_(True)).order_by(PERSON.c.user_id)
    for purpose in PURPOSES
}
_KNOWN = all_of(
    select(PERSON.c.user_id).where(PERSON.c.user_id == bindparam("user_id")),
    select(EVENT.c.user_id).where(EVENT.c.user_id == bindparam("user_id")),
).limit(1)
_UNHIDE = delete(HIDDEN).where(
    HIDDEN.c.user_id == bindparam("user_id"),
    HIDDEN.c.relation == bindparam("relation"),
    HIDDEN.c.entity == bindparam("entity"),
)
_UNDO = delete(EVENT).where(
    EVENT.c.user_id == bindparam("user_id"),
    EVENT.c.item_id == bindparam("item_id"),
    EVENT.c.event == bindparam("event"),
)
_ALL_HIDDEN = select(HIDDEN.c.user_id, HIDDEN.c.relation, HIDDEN.c.entity)
_ALL = select(PERSON.c.user_id, func.coalesce(PERSON.c.recommend, _UNASKED), PERSON.c.attributes)
_USER: BindParameter[str] = bindparam("user_id")
_SAID = all_of(
    select(
        literal("person"),
        PERSON.c.changed,
        case((PERSON.c.changed > bindparam("after"), PERSON.c.attributes), else_=""),
        literal(""),
        func.coalesce(PERSON.c.recommend, _UNASKED),
        PERSON.c.received,
    ).where(PERSON.c.user_id == _USER),
    select(
        literal("hidden"), HIDDEN.c.changed, HIDDEN.c.relation, HIDDEN.c.entity, false(), HIDDEN.c.received
    ).where(HIDDEN.c.user_id == _USER, HIDDEN.c.changed > bindparam("after")),
    select(literal("wish"), WISH.c.number, WISH.c.asked, WISH.c.entity, false(), WISH.c.received).where(
        WISH.c.user_id == _USER
    ),
    select(literal("erased"), ERASED.c.changed, literal(""), literal(""), false(), ERASED.c.received).where(
        ERASED.c.person == bindparam("person"), ERASED.c.changed > bindparam("after")
    ),
)


def _touched(pen: Pen, user_id: str, values: Mapping[str, Any]) -> None:
    """Write some columns of a person, who is made if need be."""
    row = {"changed": pen.change(), "received": pen.now, **values}
    done = pen.connection.execute(update(PERSON).where(PERSON.c.user_id == user_id).values(**row))
    if not done.rowcount:
        pen.connection.execute(insert(PERSON), {"user_id": user_id, "attributes": "{}", **row})


def _parsed(text: str, name: str) -> dict[str, str | None]:
    try:
        found = json.loads(text)
        return {str(key): None if value is None else str(value) for key, value in found.items()}
    except (AttributeError, ValueError):
        raise BadLog(f"{name} holds a user whose attributes cannot be read; restore it from a copy") from None


def _name(name: str) -> str:
    if not name.isidentifier() or name != name.lower() or len(name) > LONGEST_NAME or name == "user_id":
        raise BadInput(
            f"an attribute cannot be called {name!r:.80}; write it as a column is called: age_band, city"
        )
    return name


def _value(name: str, value: str | None) -> str | None:
    if value is None or not value.strip():
        return None
    if len(value) > LONGEST_VALUE or plain(value) != value.strip():
        raise BadInput(
            f"attribute {name}: {value!r:.80} is no value; use at most {LONGEST_VALUE} characters, "
            "none that command or turn text"
        )
    return value.strip()
