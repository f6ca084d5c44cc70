"""What users allow is asked in the queries themselves; what they hide and what is said of them is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kgrec.errors import BadInput, UnknownName
from kgrec.live.database import Database
from kgrec.live.engines import Address
from kgrec.live.erasure import Erasures, purge
from kgrec.live.events import EventLog
from kgrec.live.exposures import Exposure, ExposureBook, Shown
from kgrec.live.living import Living
from kgrec.live.people import MOST_NAMED, People, Person, Who, said_of
from kgrec.live.terms import DAY, Terms
from kgrec.live.told import Event
from kgrec.live.wish_table import WishTable

NOW = 1_800_000_000
KEY = b"a key of the shop"


def event(name: str, user_id: str, item_id: str = "x", days_ago: float = 0) -> Event:
    return Event(name, user_id, item_id, "buy", int(NOW - days_ago * DAY))


def opened(address: Address, terms: Terms | None = None) -> Database:
    return Database(address, terms=terms, clock=lambda: float(NOW), patience=30.0)


@pytest.fixture
def database(address: Address) -> Iterator[Database]:
    found = opened(address)
    yield found
    found.close()


def users_of(log: EventLog, purpose: str) -> list[str]:
    return [logged.event.user_id for logged in log.after(purpose=purpose)]  # type: ignore[arg-type]


def test_who_was_never_asked_allows_what_the_shop_says(database: Database) -> None:
    people, log = People(database), EventLog(database)
    assert people.consent("ana").asked == ()
    log.append([event("e1", "ana"), event("e2", "ben")])
    assert users_of(log, "recommend") == ["ana", "ben"]
    assert users_of(log, "research") == users_of(log, "marketing") == []
    assert people.consenting("recommend", ["ben", "nobody"]) == ["ben", "nobody"]
    assert people.consenting("marketing", ["ben", "nobody"]) == []


def test_an_answer_holds_in_every_query_of_events_from_then_on(database: Database) -> None:
    people, log = People(database), EventLog(database)
    log.append([event("e1", "ana"), event("e2", "ben")])
    assert people.consents("ana", {"recommend": False, "research": True}).asked == ("recommend", "research")
    assert users_of(log, "recommend") == ["ben"]
    assert log.of_user("ana") == []
    assert users_of(log, "research") == ["ana"]
    people.consents("ana", {"recommend": True})
    assert len(log.of_user("ana")) == 1 and users_of(log, "research") == ["ana"]
    assert people.consenting("research", ["ben", "ana"]) == ["ana"]


def test_a_shop_may_ask_first(address: Address) -> None:
    database = opened(address, Terms(recommend=False, marketing=True))
    people, log = People(database), EventLog(database)
    log.append([event("e1", "ana"), event("e2", "ben")])
    people.consents("ana", {"recommend": True, "marketing": False})
    assert users_of(log, "recommend") == ["ana"]
    assert people.consenting("marketing", ["ana", "ben"]) == ["ben"]
    many = ["ben", *(f"other {n}" for n in range(MOST_NAMED)), "ana"]
    assert people.consenting("marketing", many) == many[:-1]
    assert people.consenting("recommend", many) == ["ana"]
    assert Living(database).of("ben").allowed is False and Living(database).of("ana").allowed
    database.close()


def test_a_purpose_nobody_knows_is_refused(database: Database) -> None:
    with pytest.raises(UnknownName, match="known are recommend, research, marketing"):
        People(database).consents("ana", {"gossip": True})  # type: ignore[dict-item]


def test_what_is_older_than_it_is_kept_is_in_no_answer_and_then_in_no_row(address: Address) -> None:
    database = opened(address, Terms(events_days=30))
    log = EventLog(database)
    log.append([event("old", "ana", days_ago=31), event("new", "ana", days_ago=29)])
    assert [one.event.event_id for one in log.of_user("ana")] == ["new"]
    assert [one.event.event_id for one in log.after()] == ["new"]
    assert [one.event.event_id for one in Living(database).of("ana").events] == ["new"]
    assert log.counts().events == {"buy": 2}
    assert purge(database, exposures_before=0).events == 1
    assert log.counts().events == {"buy": 1}
    database.close()


def test_attributes_are_put_patched_and_taken_away(database: Database) -> None:
    people = People(database)
    assert people.describe("ana", {"city": "Ulm", "age_band": " 18-24 "}) == {
        "city": "Ulm",
        "age_band": "18-24",
    }
    assert people.describe("ana", {"city": None}) == {"city": None, "age_band": "18-24"}
    assert people.describe("ana", {"job": "baker"}, others=["city", "club"]) == {
        **{"age_band": None, "city": None, "club": None, "job": "baker"}
    }
    assert people.attributes("ben") == {} and not people.is_known("ben") and people.is_known("ana")


@pytest.mark.parametrize(
    "said",
    [
        {"": "x"},
        {"user_id": "x"},
        {"Two Words": "x"},
        {"a" * 65: "x"},
        {"city": "x" * 201},
        {"city": "Ulm\u202egnp"},
        {"city": "Ulm\0"},
        {f"c{n}": "x" for n in range(51)},
    ],
)
def test_what_cannot_be_an_attribute_is_refused_and_nothing_kept(
    database: Database, said: dict[str, str]
) -> None:
    with pytest.raises(BadInput):
        People(database).describe("ana", said)
    assert People(database).attributes("ana") == {}


def test_hiding_deletes_the_events_of_that_item_and_kind_alone(database: Database) -> None:
    people, log = People(database), EventLog(database)
    log.append([event("e1", "ana"), event("e2", "ana", "y"), event("e3", "ben"), event("e4", "ana")])
    assert people.hide("ana", ("bought", "urn:x"), item_id="x") == 2
    assert people.hide("ana", ("bought", "urn:x"), item_id="x") == 0
    assert [one.event.event_id for one in log.after()] == ["e2", "e3"]


def test_one_question_tells_what_was_said_after_a_graph_was_built(database: Database) -> None:
    people, wishes, erasures = People(database), WishTable(database), Erasures(database, KEY)
    who = Who("ana", erasures.person("ana"))
    people.describe("ana", {"city": "Ulm"})
    people.hide("ana", ("in_segment", "urn:bonn"))
    wish = wishes.add("ana", "less", "urn:brand")
    state = database.state()
    assert state is not None
    with database.reading() as connection:
        assert connection is not None
        now = said_of(connection, database, who, 0)
        later = said_of(connection, database, who, state.last_change)
    assert now == Person(True, {"city": "Ulm"}, frozenset({("in_segment", "urn:bonn")}), (wish,), False)
    assert later == Person(wishes=(wish,))  # a graph is never built from wishes


def test_who_is_forgotten_has_no_row_left_and_a_receipt_that_names_nobody(database: Database) -> None:
    people, log, erasures = People(database), EventLog(database), Erasures(database, KEY)
    log.append([event("e1", "ana"), event("e2", "ana"), event("e3", "ben")])
    people.consents("ana", {"research": True})
    people.hide("ana", ("bought", "urn:z"), item_id="z")
    WishTable(database).add("ana", "less", "urn:brand")
    shown = Exposure("r", "ana", NOW, "m", "g", None, None, "user", (Shown("x"),))
    ExposureBook(database).keep([shown])
    receipt = erasures.begin("ana", "asked")
    assert receipt["removed"]["database"] == {
        **{"events": 2, "person": 1, "hidden_facts": 1, "wishes": 1, "exposures": 1}
    }
    assert "ana" not in str(receipt) and not receipt["complete"]
    assert erasures.pending() == [erasures.person("ana")]
    assert not any(erasures.rows("ana").values()) and erasures.rows("ben")["events"] == 1
    assert Living(database, key=KEY).of("ana").erased and not Living(database, key=KEY).of("ben").erased
    erasures.keep(erasures.receipt(erasures.person("ana")) | {"complete": True})
    assert erasures.pending() == []


def test_beginning_again_adds_to_the_receipt_until_it_is_complete(database: Database) -> None:
    log, erasures = EventLog(database), Erasures(database, KEY)
    log.append([event("e1", "ana")])
    erasures.begin("ana")
    log.append([event("e2", "ana")])
    assert erasures.begin("ana")["removed"]["database"]["events"] == 2
    erasures.keep(erasures.receipt(erasures.person("ana")) | {"complete": True})
    log.append([event("e3", "ana")])
    assert erasures.begin("ana")["removed"]["database"]["events"] == 1  # somebody new under the same id


def test_no_byte_of_who_was_forgotten_is_left_in_a_file_of_the_database(tmp_path: Path) -> None:
    """Pages that were split keep copies that no row tells of; so many users are needed to have some."""
    database = opened(Address(file=tmp_path / "events.sqlite"))
    log, erasures = EventLog(database), Erasures(database, KEY)
    users = [f"customer-{(n * 7919) % 1000:04}" for n in range(1000)]
    for first in range(0, 1000, 100):
        log.append([event(f"e{n}.{user}", user) for n, user in enumerate(users[first : first + 100], first)])
    wanted = b"customer-0500"
    assert any(wanted in file.read_bytes() for file in erasures.files)
    erasures.begin("customer-0500")
    erasures.scrub(whole=True)
    assert not any(wanted in file.read_bytes() for file in erasures.files)
    assert log.counts().users == 999
    database.close()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[consent]\nrecommend = 1\n", "recommend is 1; write true or false"),
        ("[consent]\ngossip = true\n", "gossip"),
        ("[retention]\nevents_days = 0\n", "events_days is 0"),
        ("[retention]\nevents_days = true\n", "events_days is True"),
        ("[retention]\nmonths = 3\n", "months"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "kgrec.toml").write_text(text)
    with pytest.raises((BadInput, UnknownName), match=match):
        Terms.of(tmp_path)


def test_settings_are_read(tmp_path: Path) -> None:
    (tmp_path / "kgrec.toml").write_text("[consent]\nresearch = true\n[retention]\nevents_days = 90\n")
    assert Terms.of(tmp_path) == Terms(research=True, events_days=90)


def test_all_who_allow_a_purpose_are_named_by_the_database(database: Database) -> None:
    people = People(database)
    assert people.allowing("marketing", ["ben"]) == []
    people.consents("eve", {"marketing": True})
    people.consents("ana", {"marketing": True, "research": False})
    people.consents("ben", {"marketing": False})
    people.consents("cid", {"research": True})
    assert people.allowing("marketing", ["ben", "cid", "dan"]) == ["ana", "eve"]
    assert people.allowing("research") == ["cid"]
    people.consents("eve", {"marketing": False})
    assert people.allowing("marketing") == ["ana"]


def test_where_silence_is_consent_others_are_asked_about_and_a_no_counts(address: Address) -> None:
    database = opened(address, Terms(marketing=True))
    people = People(database)
    assert people.allowing("marketing", ["ben", "dan"]) == ["ben", "dan"]
    people.consents("ana", {"marketing": True})
    people.consents("ben", {"marketing": False})
    people.consents("cid", {"research": True})
    assert people.allowing("marketing", ["ana", "ben", "cid", "dan"]) == ["ana", "cid", "dan"]
    database.close()
