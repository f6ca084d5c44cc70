"""Both languages say everything, and prices and dates are written as their readers write them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from flask import Flask

from kgrec.domain import EVENTS
from kgrec.resources import web_package
from kgrec.shelf import ItemSummary
from web.pages import shown
from web.pages.languages import t

FOLDER = Path(str(web_package().__file__)).parent
EN, ZH = (
    tomllib.loads((FOLDER / "translations" / f"{lang}.toml").read_text(encoding="utf-8"))
    for lang in ("en", "zh")
)


def flat(tables: dict[str, dict[str, str]]) -> dict[str, str]:
    return {f"{table}.{key}": text for table, entries in tables.items() for key, text in entries.items()}


def test_both_languages_have_the_same_keys_and_slots_and_none_is_empty() -> None:
    en, zh = flat(EN), flat(ZH)
    assert en.keys() == zh.keys()
    for key in en:
        assert en[key].strip() and zh[key].strip(), key
        assert set(re.findall(r"{(\w+)}", en[key])) == set(re.findall(r"{(\w+)}", zh[key])), key


def test_every_string_a_template_asks_for_is_there() -> None:
    for file in (*FOLDER.glob("templates/*.html"), *FOLDER.glob("pages/**/*.html")):
        for key, slots in re.findall(r"\bt\('([\w.]+)'([^~)]*)", file.read_text(encoding="utf-8")):
            if key.endswith(("_", ".")):  # completed by a value
                assert any(known.startswith(key) for known in flat(EN)), (file.name, key)
            else:
                assert key in flat(EN) or ("n=" in slots and f"{key}_many" in flat(EN)), (file.name, key)


def test_every_event_has_a_word() -> None:
    assert tuple(EN["event"]) == EVENTS


def test_one_and_many_are_told_apart_and_values_are_not_filled_in_twice() -> None:
    with Flask("test").test_request_context("/?lang=en"):
        assert t("home.interactions", n=1) == "1 interaction"
        assert t("home.interactions", n=1200) == "1,200 interactions"
        assert t("item.page_title", item="{user}", user="ana") == "Why {user}, for ana"


@pytest.mark.parametrize(
    ("lang", "amount", "currency", "expected"),
    [
        ("en", 12.9, "EUR", "€12.90"),
        ("zh", 12.9, "EUR", "€12.90"),
        ("en", 1234.5, "USD", "$1,234.50"),
        ("zh", 1234, "CNY", "¥1,234.00"),
        ("en", 1234, "JPY", "¥1,234"),
        ("en", 5, "XYZ", "XYZ 5.00"),
        ("en", 5, "", "5.00"),
        ("en", None, "EUR", ""),
    ],
)
def test_prices_carry_their_currency(lang: str, amount: float | None, currency: str, expected: str) -> None:
    with Flask("test").test_request_context(f"/?lang={lang}"):
        assert shown.price(ItemSummary("i", "t", "", "", amount, currency, "", "")) == expected


def test_a_time_beyond_the_calendar_is_no_time() -> None:
    assert shown.moment(10**18) is None and shown.moment(-(10**18)) is None
    when = shown.moment(1747008000)
    assert when is not None and when.isoformat() == "2025-05-12T00:00:00+00:00"


def test_control_characters_and_marks_of_direction_are_dropped() -> None:
    assert shown.plain("a\0b\u202ec\nd") == "abc d"
