"""Wishes are kept until they are taken back, each user's apart, and a broken file says so."""

import sqlite3

import pytest

from kgrec.errors import BadBundle, BadInput, UnknownName
from kgrec.live.wishes import WishBook


@pytest.fixture(params=["file", "memory"])
def book(request, tmp_path):
    return WishBook(tmp_path / "wishes.sqlite" if request.param == "file" else None)


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
    with pytest.raises(UnknownName, match="known are gift, less, more"):
        book.add("ana", "fewer", "urn:brand")


def test_wishes_outlive_the_book(tmp_path):
    kept = WishBook(tmp_path / "wishes.sqlite").add("ana", "less", "urn:brand'; DROP TABLE wish; --")
    assert WishBook(tmp_path / "wishes.sqlite").of("ana") == [kept]


def test_asking_makes_no_file(tmp_path):
    assert WishBook(tmp_path / "wishes.sqlite").of("ana") == []
    assert not (tmp_path / "wishes.sqlite").exists()


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "wishes.sqlite").write_text("once upon a time there was a shop " * 40)
    with pytest.raises(BadBundle, match=r"wishes\.sqlite: the wishes cannot be read"):
        WishBook(tmp_path / "wishes.sqlite").of("ana")


def test_a_row_that_asks_for_the_impossible_is_named(tmp_path):
    WishBook(tmp_path / "wishes.sqlite").add("ana", "less", "urn:brand")
    with sqlite3.connect(tmp_path / "wishes.sqlite") as book:
        book.execute("UPDATE wish SET asked = 'hate'")
    with pytest.raises(BadBundle, match="wish 1 asks for 'hate'"):
        WishBook(tmp_path / "wishes.sqlite").of("ana")
