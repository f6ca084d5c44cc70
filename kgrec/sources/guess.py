"""A column of items whose header is not a usual one in, what it looks like by its values, and why, out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from itertools import islice

import pandas as pd

from kgrec.domain import ObjectArray
from kgrec.sources.mapping import Column
from kgrec.sources.values import ISO_DATE, factor, measured, split, truths

USUAL_SEPARATOR = " | "
_SEPARATORS = (USUAL_SEPARATOR, ";", "；", "、", "|", ", ", ",", "，", " / ")
"""What may stand between the values of a cell, tried in this order."""

MAX_VALUES = 1_000
_LONGEST_VALUE = 40  # characters on average; what is longer is prose
_LINKED = 0.9
_MOST_LOOKED_AT = 10_000  # cells of a long column, for what takes several looks
_CODE = re.compile(r"0[0-9]+|[0-9]{19,}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?(?![0-9:])")
_DATE_FORMATS = (
    (re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}"), ("%d.%m.%Y",)),
    (re.compile(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}"), ("%d/%m/%Y", "%m/%d/%Y")),
    (re.compile(r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}"), ("%Y/%m/%d",)),
    (re.compile(r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日"), ("%Y年%m月%d日",)),
)
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")), ("ko", re.compile("[\uac00-\ud7af]")), ("zh", re.compile("[\u4e00-\u9fff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")), ("el", re.compile("[\u0370-\u03ff]")), ("he", re.compile("[\u0590-\u05ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")), ("ru", re.compile("[\u0400-\u04ff]")),
)  # fmt: skip
"""Language → letters that tell it; Cyrillic and Arabic are of many, and the one with most readers is guessed."""

Guess = tuple[Column, str]


def guessed(texts: ObjectArray, item_ids: Collection[str]) -> Guess:
    """What a column of items becomes, and the reason in words."""
    filled = [text for text in map(str.strip, texts) if text]
    if not filled:
        return Column("text"), "every cell is empty"
    distinct = set(filled)
    if any(map(_CODE.fullmatch, distinct)) and all(map(str.isdecimal, distinct)):
        return Column("text"), "digits that are no number: they begin with 0 or are very long"
    for look in (_truth, _date, _number, _measure, _link(item_ids)):
        found = look(filled, distinct)
        if found is not None:
            return found
    found = _shared(filled, distinct)
    if found is not None:
        return found
    if len(distinct) == 1:
        return Column("text"), "every cell says the same"
    return Column("text"), f"{_values(len(distinct))} in {_cells(len(filled))}, too many to be shared"


def _truth(filled: list[str], distinct: set[str]) -> Guess | None:
    if not truths(distinct):
        return None
    return Column("boolean"), f"every cell is {_either(sorted(distinct)[:4])}"


def _date(filled: list[str], distinct: set[str]) -> Guess | None:
    if all(map(ISO_DATE.fullmatch, distinct)):
        timed = any(re.search("[T ]", text) and not _MIDNIGHT.search(text) for text in distinct)
        return Column("datetime" if timed else "date"), f"every cell is a {'time' if timed else 'date'}"
    for pattern, formats in _DATE_FORMATS:
        if all(map(pattern.fullmatch, distinct)):
            fitting = [each for each in formats if all(_is_date(text, each) for text in distinct)]
            if len(fitting) == 1:
                return Column("date", format=fitting[0]), "every cell is a date written so"
            if fitting:
                return Column(
                    "text"
                ), f'looks like dates; write as = "date" and which format: {_either(fitting)}'
    return None


def _is_date(text: str, format: str) -> bool:
    try:
        datetime.strptime(text, format)
    except ValueError:
        return False
    return True


def _number(filled: list[str], distinct: set[str]) -> Guess | None:
    if all(map(_INTEGER.fullmatch, distinct)):
        numbers = list(map(int, distinct))
        return Column("integer"), f"whole numbers, {min(numbers):,} … {max(numbers):,}"
    for decimal in (".", ","):
        said = [measured(text, decimal) for text in distinct]
        amounts = [one[0] for one in said if one is not None and not one[1]]
        if len(amounts) == len(said):
            reason = f"numbers, {min(amounts):f} … {max(amounts):f}"
            return Column("decimal", decimal="" if decimal == "." else decimal), reason
    return None


def _measure(filled: list[str], distinct: set[str]) -> Guess | None:
    for decimal in (".", ","):
        said = [measured(text, decimal) for text in filled]
        units = Counter(one[1] for one in said if one is not None and one[1])
        if None in said or not units or sum(units.values()) < len(said):
            continue
        unit = units.most_common(1)[0][0]
        if any(factor(other, unit) is None for other in units):
            continue
        others = f", others in {', '.join(sorted(set(units) - {unit})[:4])}" if len(units) > 1 else ""
        mark = "" if decimal == "." else decimal
        return Column("decimal", unit=unit, decimal=mark), f"numbers with a unit, most in {unit}{others}"
    return None


def _link(item_ids: Collection[str]) -> Callable[[list[str], set[str]], Guess | None]:
    known = set(item_ids)
    telling = not all(map(str.isdecimal, known))  # plain numbers are found everywhere

    def look(filled: list[str], distinct: set[str]) -> Guess | None:
        if not telling or len(distinct) < 2:
            return None
        some = list(islice(distinct, _MOST_LOOKED_AT))
        for separator in ("", *_SEPARATORS):
            values = {part for text in some for part in split(text, separator)}
            share = sum(value in known for value in values) / max(len(values), 1)
            if share >= _LINKED:
                found = f"{int(100 * share)} % of its values are ids of items"
                reason = f'{found}; add relation = "compatible_with" for paths to walk it'
                return Column("link", separator=separator), reason
        return None

    return look


def _shared(filled: list[str], distinct: set[str]) -> Guess | None:
    """An attribute, if items share its values."""
    if groups(filled):
        separator = separator_in(filled)
        values = {part for text in distinct for part in split(text, separator)}
        return Column("attribute", separator=separator), f"{_values(len(values))} in {_cells(len(filled))}"
    some = filled[:_MOST_LOOKED_AT]
    for separator in _SEPARATORS:
        parts = [part for text in some for part in split(text, separator)]
        few = len(set(parts))
        parted = sum(len(split(text, separator)) > 1 for text in some)
        if 5 * parted < len(some) or not 2 <= few <= MAX_VALUES or 3 * few > len(parts):
            continue
        if sum(map(len, parts)) <= _LONGEST_VALUE * len(parts):
            reason = f"{_values(few)} in {_cells(len(some))}, {len(parts) / len(some):.1f} a cell"
            return Column("attribute", separator=separator), reason
    return None


def separator_in(filled: list[str]) -> str:
    """What parts the values of cells that are values already or lists of them; "" if nothing does."""
    some = filled[:_MOST_LOOKED_AT]
    for separator in _SEPARATORS[1:]:
        parts = [part for text in some for part in split(text, separator)]
        if len(parts) > len(some) and len(set(parts)) < len(set(some)) and not usually_parted(filled):
            return separator
    return USUAL_SEPARATOR if usually_parted(filled) else ""


def usually_parted(texts: Iterable[str]) -> bool:
    """Whether a cell holds several values parted as they usually are."""
    return any(USUAL_SEPARATOR.strip() in text and len(split(text, USUAL_SEPARATOR)) > 1 for text in texts)


def groups(texts: Collection[str]) -> bool:
    """Whether a column puts rows into groups: text, few values, shared by two rows or more on average."""
    filled = [text for text in texts if text.strip()]
    distinct = {part for text in set(filled) for part in split(text, USUAL_SEPARATOR)}
    if not 2 <= len(distinct) <= MAX_VALUES or 2 * len(set(filled)) > len(filled):
        return False
    return bool(pd.to_numeric(pd.Series(list(distinct), dtype=object), errors="coerce").isna().any())


def language(texts: ObjectArray) -> str:
    """The language that the letters of most titles tell; "en" for Latin ones."""
    filled = [text for text in texts if text.strip()][:1_000]
    for lang, letters in _SCRIPTS:
        if 2 * sum(bool(letters.search(text)) for text in filled) > len(filled):
            return lang
    return "en"


def _values(n: int) -> str:
    return f"{n:,} distinct value{'s' if n != 1 else ''}"


def _cells(n: int) -> str:
    return f"{n:,} cell{'s' if n != 1 else ''}"


def _either(words: list[str]) -> str:
    return " or ".join(words)
