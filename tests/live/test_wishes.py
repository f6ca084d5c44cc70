"""Wishes are kept until they are taken back, each user's apart, and those of an older kgrec are taken over once."""

import sqlite3

import pytest
from sqlalchemy import update

from kgrec.errors import BadBundle, BadInput, BadLog, UnknownName
from kgrec.live.database import Database
from kgrec.live.engines import Address
from kgrec.live.schema import WISH
from kgrec.live.wish_table import WishTable
from kgrec.live.wishes import WishBook


@pytest.fixture
def database(tmp_path):
    found = Database(Address(file=tmp_path / "events.sqlite"), patience=30.0)
    yield found
    found.close()


@pytest.fixture(params=["database", "memory"])
def book(request):
    return WishBook() if request.param == "memory" else WishTable(request.getfixturevalue("database"))


def test_a_wish_is_kept_for_its_user_alone(book):
    kept = book.add("ana", "less", "urn:brand")
    assert book.of("ana") == [kept]
    assert book.of("ben") == []


def test_a_new_wish_about_a_thing_takes_the_place_of_the_last(book):
    book.add("ana", "less", "urn:brand")
    book.add("ana", "more", "urn:brand")
    assert [wish.asked for wish in book.of("ana")] == ["more"]


def test_a_wish_can_be_taken_back_once_and_only_by_its_user(book):
    kept = book.add("ana", "gift", "urn:thing")
    with pytest.raises(BadInput, match="ben has asked for nothing"):
        book.take_back("ben", kept.number)
    with pytest.raises(UnknownName, match=f"known are {kept.number}"):
        book.take_back("ana", kept.number + 1)
    book.take_back("ana", kept.number)
    assert book.of("ana") == []
    with pytest.raises(BadInput, match="ana has asked for nothing"):
        book.take_back("ana", kept.number)


def test_numbers_are_never_given_twice(book):
    first = book.add("ana", "less", "urn:brand")
    book.take_back("ana", first.number)
    assert book.add("ana", "less", "urn:brand").number != first.number


def test_what_cannot_be_asked_for_is_refused(book):
    with pytest.raises(UnknownName, match="known are gift, less, more, never"):
        book.add("ana", "hide", "urn:brand")


def test_all_who_open_the_database_know_the_same_wishes(database):
    kept = WishTable(database).add("ana", "less", "urn:brand'; DROP TABLE wish; --")
    assert WishTable(database).of("ana") == [kept]


def test_asking_makes_no_file(database, tmp_path):
    assert WishTable(database).of("ana") == []
    assert not (tmp_path / "events.sqlite").exists()


def old_file(folder):
    """As an older kgrec kept them."""
    file = folder / "wishes.sqlite"
    with sqlite3.connect(file) as book:
        book.execute(
            "CREATE TABLE wish (number INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, "
            "asked TEXT NOT NULL, entity TEXT NOT NULL, since TEXT NOT NULL, UNIQUE (user_id, entity))"
        )
        rows = [("ana", "less", "urn:a", "2025-01-01"), ("ben", "gift", "urn:b", "2025-01-02")]
        book.executemany("INSERT INTO wish (user_id, asked, entity, since) VALUES (?, ?, ?, ?)", rows)
    book.close()
    return file


def test_the_wishes_of_an_older_kgrec_are_taken_over_once(database, tmp_path):
    file = old_file(tmp_path)
    book = WishTable(database, old=file)
    assert [(wish.asked, wish.entity) for wish in book.of("ana")] == [("less", "urn:a")]
    assert [wish.asked for wish in book.of("ben")] == ["gift"]
    assert not file.exists()
    book.take_back("ben", book.of("ben")[0].number)
    assert WishTable(database, old=file).of("ben") == []


def test_a_file_that_is_no_database_is_named_and_left(database, tmp_path):
    (tmp_path / "wishes.sqlite").write_text("once upon a time there was a shop " * 40)
    with pytest.raises(BadBundle, match=r"wishes\.sqlite: the wishes of an older kgrec cannot be read"):
        WishTable(database, old=tmp_path / "wishes.sqlite")
    assert (tmp_path / "wishes.sqlite").exists()


def test_a_row_that_asks_for_the_impossible_is_named(database):
    number = WishTable(database).add("ana", "less", "urn:brand").number
    database.write(lambda pen: pen.connection.execute(update(WISH).values(asked="hate")).rowcount)
    with pytest.raises(BadLog, match=f"wish {number} asks for 'hate'"):
        WishTable(database).of("ana")
