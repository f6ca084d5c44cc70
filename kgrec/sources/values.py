"""Cells of one column in, values in the lexical form of their XSD type out: numbers with units, dates, truths, lists.

A cell that cannot be read is None, an empty one "".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache

import numpy as np
import pandas as pd

from kgrec.domain import ObjectArray

Read = Callable[[str], str | None]

_GAPS = r"[  \u00a0\u202f'’]"
_NUMBERS = {
    ".": re.compile(
        rf"[+−-]?(?:[0-9]{{1,3}}(?:(?:,|{_GAPS})[0-9]{{3}})+|[0-9]{{1,30}})?(?:\.[0-9]{{1,30}})?"
    ),
    ",": re.compile(
        rf"[+−-]?(?:[0-9]{{1,3}}(?:(?:\.|{_GAPS})[0-9]{{3}})+|[0-9]{{1,30}})?(?:,[0-9]{{1,30}})?"
    ),
}
_UNIT = re.compile(r"[^\s\d.,+−-][^\d]{0,19}")
MAX_DIGITS = 30

_FACTORS: tuple[dict[str, str], ...] = (
    {"mg": "0.001", "g": "1", "gr": "1", "kg": "1000", "t": "1000000", "oz": "28.349523125", "lb": "453.59237",
     "lbs": "453.59237"},
    {"ml": "1", "cl": "10", "dl": "100", "l": "1000", "fl oz": "29.5735295625"},
    {"mm": "1", "cm": "10", "dm": "100", "m": "1000", "km": "1000000", "in": "25.4", "inch": "25.4", '"': "25.4",
     "ft": "304.8"},
    {"w": "1", "kw": "1000"},
    {"mah": "1", "ah": "1000"},
    {"kb": "0.001", "mb": "1", "gb": "1000", "tb": "1000000"},
    {"s": "1", "sec": "1", "min": "60", "h": "3600", "hours": "3600"},
)  # fmt: skip
"""Units of one dimension → how many of one of them, exactly; oz, lb, in and ft are the international ones of 1959."""

_TRUTHS = (
    ("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"), ("1", "0"), ("ja", "nein"),
    ("oui", "non"), ("sí", "no"), ("si", "no"), ("是", "否"), ("有", "无"), ("真", "假"),
)  # fmt: skip
_TRUE = {yes for yes, _ in _TRUTHS}
_FALSE = {no for _, no in _TRUTHS}

ISO_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?", re.A
)


def split(text: str, separator: str) -> list[str]:
    """The values of a cell; a separator with blanks around it needs blanks there, as many as there are."""
    if not separator:
        return [whole] if (whole := text.strip()) else []
    return [part for part in (part.strip() for part in _pattern(separator).split(text)) if part]


@lru_cache(maxsize=64)
def _pattern(separator: str) -> re.Pattern[str]:
    bare = separator.strip()
    if not bare:
        return re.compile(re.escape(separator))
    before, after = separator[: separator.index(bare[0])], separator[separator.rindex(bare[-1]) + 1 :]
    return re.compile((r"\s+" if before else "") + re.escape(bare) + (r"\s+" if after else ""))


def measured(text: str, decimal: str = ".") -> tuple[Decimal, str] | None:
    """The number and the unit ("" if none) that a cell says: "1,200.5 ml" is (1200.5, "ml")."""
    text = text.strip()
    found = _NUMBERS[decimal].match(text)
    if found is None or not any("0" <= c <= "9" for c in found[0]):
        return None
    unit = text[found.end() :].strip()
    if unit and not _UNIT.fullmatch(unit):
        return None
    bare = re.sub(rf"{_GAPS}|{'[,]' if decimal == '.' else '[.]'}", "", found[0])
    return Decimal(bare.replace("−", "-").replace(",", ".")), unit


def factor(unit: str, into: str) -> Decimal | None:
    """How many of one unit another is; None if one cannot be had from the other."""
    unit, into = unit.casefold(), into.casefold()
    if unit == into:
        return Decimal(1)
    for units in _FACTORS:
        if unit in units and into in units:
            return Decimal(units[unit]) / Decimal(units[into])
    return None


def number(decimal: str, unit: str, *, whole: bool) -> Read:
    """Reads numbers into one unit; a cell that names none is in that unit already."""

    def read(text: str) -> str | None:
        said = measured(text, decimal or ".")
        if said is None:
            return None
        amount, of = said
        times = factor(of, unit) if of else Decimal(1)
        if times is None or (of and not unit):
            return None
        amount *= times
        if whole and amount != amount.to_integral_value():
            return None
        return lexical(amount)

    return read


def lexical(amount: Decimal) -> str:
    """The shortest way to write a number as xsd:decimal."""
    if amount == 0:
        return "0"
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def boolean(text: str) -> str | None:
    """ "true" or "false" for the usual ways to say so."""
    said = text.strip().casefold()
    return "true" if said in _TRUE else "false" if said in _FALSE else None


def truths(texts: Iterable[str]) -> bool:
    """Whether texts are the two of one way to say yes and no; "1" and "0" are numbers unless somebody knows better."""
    said = {text.strip().casefold() for text in texts}
    alone = bool(said) and said <= {"true", "false"}
    return alone or any(said == {yes, no} for yes, no in _TRUTHS if yes != "1")


def is_date_format(format: str) -> bool:
    """Whether dates can be read so."""
    try:
        pd.to_datetime(pd.Series(["x"], dtype=object), format=format, utc=True, errors="coerce")
    except (ValueError, re.error):
        return False
    return "%" in format


def dates(texts: ObjectArray, format: str, *, with_time: bool) -> list[str | None]:
    """Dates as xsd:date, or moments as xsd:dateTime in UTC; without a zone they are in UTC."""
    stripped = pd.Series(texts, dtype=object).str.strip()
    iso = stripped.str.replace(r"\s*(UTC|GMT)$", "Z", regex=True)
    stamps = pd.to_datetime(iso, format=format or "ISO8601", utc=True, errors="coerce")
    said = stamps.dt.strftime("%Y-%m-%dT%H:%M:%SZ" if with_time else "%Y-%m-%d")
    return [
        "" if not text else None if gone else str(when)
        for text, when, gone in zip(stripped, said, stamps.isna().to_numpy(dtype=np.bool_), strict=True)
    ]
