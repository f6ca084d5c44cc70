"""Values of a shop → what a page shows of them: prices, dates, numbers, titles, text without control characters."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import localcontext
from functools import cache

from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import (
    NumberPattern,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_symbol,
    parse_pattern,
)

from kgrec.domain import plain
from kgrec.shelf import ItemSummary

from ..present import moment
from .languages import current, locale
from .words import error_hint, error_title, event_name

_DIGITS = 400
"""As many as any float has before and after its point: no amount is too large to be written."""

_CENTS, _WHOLE = "#,##0.00", "#,##0"
"""How the figure of a price is written."""


def title(item: ItemSummary) -> str:
    """The title of an item in the language of the page if it has one, else as the shop has it."""
    chosen = item.title_zh if current() == "zh" and item.title_zh else item.title
    return plain(chosen) or plain(item.item_id) or "?"


def title_lang(item: ItemSummary) -> str:
    """The language of that title: "" where it is unknown, so that it is not read out as Chinese."""
    return "" if current() == "zh" and not item.title_zh else current()


def initial(item: ItemSummary) -> str:
    """The letter that stands for a picture: the first of the title that is one."""
    letters = (c for c in title(item) if c.isalnum())
    return next(letters, "·").upper()[:1]


def price(item: ItemSummary) -> str:
    """A price with its currency: €12.90; empty if there is none."""
    return "" if item.price is None else amount(item.price, item.currency)


def amount(value: float, currency: str, *, whole: bool = False) -> str:
    """An amount of money as the reader writes it, without its cents if it is `whole`.

    A currency that is no ISO 4217 code stands before it as it is, one whose sign ends in a letter with a space.
    """
    if not math.isfinite(value):
        return ""
    code, figure = plain(currency).strip().upper(), _WHOLE if whole else _CENTS
    with localcontext(prec=_DIGITS):
        if not re.fullmatch("[A-Z]{3}", code):
            return f"{code} {format_decimal(value, figure, locale=locale())}".strip()
        space = "\u00a0" if get_currency_symbol(code, locale()).isalpha() else ""
        pattern = f"¤{space}{figure}" if space or whole else None
        return format_currency(value, code, pattern, locale=locale(), currency_digits=not whole)


def number(value: float, digits: int | None = None) -> str:
    """A number with its thousands told apart: 12,101; with exactly `digits` decimals if they are given."""
    pattern = None if digits is None else _pattern(digits)
    with localcontext(prec=_DIGITS):
        return format_decimal(value, pattern, locale=locale())


def percent(share: float, digits: int = 0) -> str:
    """A share of one in percent: 0.1234 is 12%, and 12.3% with one digit."""
    with localcontext(prec=_DIGITS):
        return format_percent(share, _pattern(digits, "%"), locale=locale())


@cache
def _pattern(digits: int, sign: str = "") -> NumberPattern:
    """Thousands told apart and so many decimals, read once: a page of the studio has eighty numbers."""
    return parse_pattern("#,##0" + ("." + "0" * digits if digits else "") + sign)


def listing(words: Iterable[object]) -> str:
    """Words as a list in a sentence: a, b, and c; a、b和c."""
    return format_list([str(word) for word in words], locale=locale())


def day(when: date) -> str:
    """A date for people: May 12, 2025, 2025年5月12日."""
    return format_date(when, "long", locale=locale())


def clock(when: datetime) -> str:
    """A time for people: May 12, 2025, 14:03; 2025年5月12日 14:03. It is told as it is, without its zone."""
    joined = "{}, {}" if current() == "en" else "{} {}"
    return joined.format(day(when), format_time(when, "HH:mm", locale=locale()))


FILTERS: Mapping[str, Callable[..., object]] = {
    "amount": amount, "clock": clock, "day": day, "error_hint": error_hint, "error_title": error_title,
    "event_name": event_name, "initial": initial, "listing": listing, "moment": moment, "number": number,
    "percent": percent, "plain": plain, "price": price, "title_lang": title_lang, "title_of": title,
}  # fmt: skip
"""What templates may call on a value."""
