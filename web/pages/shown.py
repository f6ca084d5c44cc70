"""Values of a shop → what a page shows of them: prices, dates, titles, text without control characters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from kgrec.domain import plain
from kgrec.shelf import ItemSummary

from .languages import current

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "INR": "₹", "KRW": "₩", "TWD": "NT$", "HKD": "HK$"}
_YEN = {"en": {"CNY": "CN¥", "JPY": "¥"}, "zh": {"CNY": "¥", "JPY": "JP¥"}}
_WHOLE = {"JPY", "KRW", "VND"}  # currencies without a smaller unit
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


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
    if item.price is None:
        return ""
    currency = item.currency.strip().upper()
    amount = f"{item.price:,.0f}" if currency in _WHOLE else f"{item.price:,.2f}"
    symbol = _YEN[current()].get(currency) or _SYMBOLS.get(currency)
    return f"{symbol}{amount}" if symbol else f"{plain(currency)} {amount}".strip()


def moment(seconds: int) -> datetime | None:
    """Unix seconds as a time in UTC; None if no calendar goes that far."""
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None


def day(when: datetime) -> str:
    """A date for people: 12 May 2025, 2025年5月12日."""
    if current() == "zh":
        return f"{when.year}年{when.month}月{when.day}日"
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


FILTERS: Mapping[str, Callable[..., object]] = {
    "day": day, "initial": initial, "moment": moment, "plain": plain, "price": price,
    "title_lang": title_lang, "title_of": title,
}  # fmt: skip
"""What templates may call on a value."""
