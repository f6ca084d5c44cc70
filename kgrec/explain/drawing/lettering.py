"""A text and a width → the text in so many lines of that width, cut with an ellipsis where it is longer."""

from __future__ import annotations

import unicodedata

SIZE = 13.0  # pixels, of the letters in drawings
_WIDE, _USUAL = 1.04, 0.59  # widths of a letter, in letter sizes: Chinese and other wide ones, all others
_ELLIPSIS = "…"


def width(text: str) -> float:
    """About how many pixels wide a text is drawn: rather too many than too few."""
    return sum(_letter(c) for c in text) * SIZE


def _letter(c: str) -> float:
    if unicodedata.east_asian_width(c) in "WF":
        return _WIDE
    if unicodedata.combining(c):
        return 0.0
    return 0.76 if c.isupper() or c in "mwMW@%&" else _USUAL


def cut(text: str, room: float) -> str:
    """The text, or as much of its beginning as there is room for, and an ellipsis."""
    if width(text) <= room:
        return text
    kept, used = 0, width(_ELLIPSIS)
    for c in text:
        used += _letter(c) * SIZE
        if used > room:
            break
        kept += 1
    return text[:kept].rstrip(" ,;·-–，、；") + _ELLIPSIS


def lines(text: str, room: float, most: int) -> list[str]:
    """At most so many lines, broken at spaces or between Chinese letters."""
    done: list[str] = []
    rest = text
    while rest and len(done) < most - 1 and width(rest) > room:
        first, rest = _break(rest, room)
        done.append(first)
    return [*done, cut(rest, room)] if rest else done


def _break(text: str, room: float) -> tuple[str, str]:
    """What fits on one line, and the rest."""
    fits, used = 0, 0.0
    for c in text:
        used += _letter(c) * SIZE
        if used > room:
            break
        fits += 1
    fits = max(fits, 1)
    space = text.rfind(" ", 0, fits + 1)
    wide = unicodedata.east_asian_width(text[fits : fits + 1] or " ") in "WF"
    place = space if space > fits // 3 and not wide else fits
    return text[:place].rstrip(), text[place:].lstrip()
