"""A table of figures → a drawing of it as SVG, with the table behind it.

A drawing is as wide as its place: lengths along it are percent and its text keeps its size. Colours are classes of the
style sheets. It is one picture to a screen reader, which reads the table; see templates/charts.html.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

from kgrec.domain import plain
from kgrec.errors import BadInput

COLOURS = ("p1", "p4", "prior", "p7", "p10", "p2", "p5", "p8")
"""Of the columns of a table, in their order; `chart.js` has the same."""

LONGEST_LABEL = 40  # columns of text over a bar; what is longer is whole in the table
_DASHES = ("none", "7 4", "2 3", "10 3 2 3")  # lines differ in more than colour
_WIDEST = 72.0  # percent: of the longest bar; its figure stands beside it
_ROW, _BAR, _TEXT = 44, 16, 14  # pixels: of a bar with its label, of the bar alone, of a line of text
_PLOT, _ABOVE, _BELOW = 180, 22, 24  # pixels: of what is drawn over days, and of the words over and under it
_WIDE = 1000  # units that a line is drawn in across, whatever its place is wide
_EDGE = 0.01  # of the width, left free at either end of a line
_TICKS = 4

Write = Callable[[float], str]
"""How the reader writes a figure at an axis."""


@dataclass(frozen=True)
class Cell:
    """A figure, as it counts and as it is written; `low` and `high` are the interval it is sure to lie in."""

    text: str
    value: float | None = None  # None where there is nothing to draw
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Row:
    """A line of a table: what it is about, and a figure for each column."""

    label: str
    cells: tuple[Cell, ...]
    day: str = ""  # ISO 8601, of a table over time
    link: str = ""  # where it leads to from the table


@dataclass(frozen=True)
class Figures:
    """A table: what its rows are called, its columns, and its rows in order."""

    name: str  # an id that the page has once: letters, digits and hyphens
    title: str
    summary: str  # what there is to see, in a sentence
    head: tuple[str, ...]  # of the rows' labels first, then of every column
    rows: tuple[Row, ...]
    percent: bool = False  # whether the figures are shares of one

    @property
    def columns(self) -> tuple[str, ...]:
        """What the figures of each column are."""
        return self.head[1:]


@dataclass(frozen=True)
class Key:
    """How a column is drawn."""

    label: str
    colour: str
    dash: str = "none"


@dataclass(frozen=True)
class Chart:
    """A drawing and its table."""

    figures: Figures
    drawn: Markup
    keys: tuple[Key, ...]  # of a table of several columns
    over_time: bool = False


_SVG = Markup(
    '<svg class="chart-drawn" width="100%" height="{height}" role="img" aria-labelledby="{name}-title {name}-desc">'
    '<title id="{name}-title">{title}</title><desc id="{name}-desc">{summary}</desc>{parts}</svg>'
)
# A page has hundreds of these. Only their text is not ours: to escape every slot would take ten times as long.
_WORD = '<text class="{kind}" x="{x}%" y="{y}" dx="{dx}" text-anchor="{anchor}">{text}</text>'
_PIECE = (
    '<rect class="{colour}" x="{x}%" y="{y}" width="{width}%" height="{height}"><title>{text}</title></rect>'
)
_GRID = Markup('<line class="chart-grid" x1="0" x2="100%" y1="{y}" y2="{y}"/>')
_STAGE = Markup(
    '<svg x="0" y="{y}" width="100%" height="{height}" viewBox="0 0 {wide} {height}" preserveAspectRatio="none">'
    "{parts}</svg>"
)
_BAND = Markup('<path class="chart-band {colour}" d="{d}"/>')
_LINE = Markup('<path class="chart-line {colour}" d="{d}" stroke-dasharray="{dash}"/>')
_POINT = Markup('<circle class="{colour}" cx="{x}%" cy="{y}" r="3"><title>{text}</title></circle>')


# Bars


def bars(figures: Figures) -> Chart:
    """Every row as a bar from the left, the figures of several columns end to end.

    BadInput where parts that are put end to end are below 0.
    """
    ends = [_ends(row) for row in figures.rows]
    low, high = min([0.0, *(one for one, _ in ends)]), max([0.0, *(two for _, two in ends)])
    span = (high - low) or 1.0
    parts = [
        piece
        for place, row in enumerate(figures.rows)
        for piece in _bar(row, figures.columns, place * _ROW, lambda value: _WIDEST * (value - low) / span)
    ]
    return _chart(figures, len(figures.rows) * _ROW, parts)


def _bar(row: Row, columns: Sequence[str], top: int, along: Callable[[float], float]) -> Iterator[Markup]:
    yield _word("chart-label", 0, top + _TEXT, shortened(row.label, LONGEST_LABEL))
    for colour, column, cell, first, last in _laid(row, columns):
        start, end = sorted((along(first), along(last)))
        yield _piece(colour, (start, end - start), (top + _TEXT + 6, _BAR), _said(row, column, cell))
    text = " · ".join(cell.text for cell in row.cells if cell.text)
    yield _word("chart-value", along(max(0.0, _ends(row)[1])), top + _TEXT + 6 + _BAR - 3, text, dx=8)


def _laid(row: Row, columns: Sequence[str]) -> Iterator[tuple[str, str, Cell, float, float]]:
    """The cells of a row that can be drawn, each with its colour and from where to where it goes."""
    at = 0.0
    for place, (column, cell) in enumerate(zip(columns, row.cells, strict=True)):
        value = _finite(cell.value)
        if value is None:
            continue
        yield COLOURS[place % len(COLOURS)], column, cell, at, at + value
        at += value


def _ends(row: Row) -> tuple[float, float]:
    """From where to where the bar of a row goes."""
    values = [value for cell in row.cells if (value := _finite(cell.value)) is not None]
    if len(row.cells) > 1 and min(values, default=0.0) < 0:
        raise BadInput(f"a part of {row.label!r:.80} is below 0 and cannot be put end to end with others")
    total = sum(values)
    return min(0.0, total), max(0.0, total)


# Over days


def columns(figures: Figures, write: Write) -> Chart:
    """Every row as a column, in order from left to right, the figures of several columns upon each other."""
    top = max([0.0, *(_ends(row)[1] for row in figures.rows)])
    ticks = _ticks(top, whole=_whole(figures))
    scale, slot = _PLOT / ticks[-1], 100 / max(1, len(figures.rows))
    pieces = [
        _piece(
            colour,
            (slot * (place + 0.1), slot * 0.8),
            (_ABOVE + _PLOT - last * scale, (last - first) * scale),
            _said(row, column, cell),
        )
        for place, row in enumerate(figures.rows)
        for colour, column, cell, first, last in _laid(row, figures.columns)
        if last > first
    ]
    return _over_days(figures, ticks, write, pieces, timed=False)


def lines(figures: Figures, write: Write) -> Chart:
    """Every column as a line over the days of the rows, with a band where its figures have an interval.

    BadInput for a row without a day.
    """
    places = _places(figures.rows)
    highest = [
        value
        for row in figures.rows
        for cell in row.cells
        for value in (_finite(cell.value), _finite(cell.high))
        if value is not None
    ]
    ticks = _ticks(max([0.0, *highest]), whole=_whole(figures))
    scale = _PLOT / ticks[-1]
    drawn, points = [], []
    for column, label in enumerate(figures.columns):
        cells = [row.cells[column] for row in figures.rows]
        key = _key(column, label)
        for run in _runs(cells):
            spot = [(places[row], cells[row]) for row in run]
            drawn.append(_BAND.format(colour=key.colour, d=_outline(spot, scale)))
            drawn.append(_LINE.format(colour=key.colour, dash=key.dash, d=_trace(spot, scale)))
        points += [
            _POINT.format(
                colour=key.colour,
                x=_short(100 * x),
                y=_short(_ABOVE + _PLOT - scale * float(cell.value or 0)),
                text=_said(row, label, cell),
            )
            for x, row, cell in zip(places, figures.rows, cells, strict=True)
            if _finite(cell.value) is not None
        ]
    stage = _STAGE.format(y=_ABOVE, height=_PLOT, wide=_WIDE, parts=Markup("").join(drawn))
    return _over_days(figures, ticks, write, [stage, *points], timed=True)


def _places(rows: Sequence[Row]) -> list[float]:
    """Where the day of each row lies between the first and the last, as a share of the width."""
    try:
        days = [date.fromisoformat(row.day[:10]).toordinal() for row in rows]
    except ValueError:
        raise BadInput("a row of a table over time has no day; give each one as 2025-05-12") from None
    first, last = min(days, default=0), max(days, default=0)
    span = last - first
    return [_EDGE + (1 - 2 * _EDGE) * ((day - first) / span if span else 0.5) for day in days]


def _runs(cells: Sequence[Cell]) -> Iterator[list[int]]:
    """The rows between which a line is not interrupted."""
    run: list[int] = []
    for row, cell in enumerate(cells):
        if _finite(cell.value) is not None:
            run.append(row)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _trace(spots: Sequence[tuple[float, Cell]], scale: float) -> str:
    return _through(((x, float(cell.value or 0)) for x, cell in spots), scale)


def _outline(spots: Sequence[tuple[float, Cell]], scale: float) -> str:
    """There by the upper bounds, back by the lower ones; nothing where an interval is missing."""
    bounds = [(x, _finite(cell.low), _finite(cell.high)) for x, cell in spots]
    known = [(x, low, high) for x, low, high in bounds if low is not None and high is not None]
    if len(known) < 2:
        return ""
    there = [(x, high) for x, _, high in known]
    back = [(x, low) for x, low, _ in reversed(known)]
    return _through((*there, *back), scale) + "Z"


def _through(points: Iterable[tuple[float, float]], scale: float) -> str:
    return "M" + "L".join(f"{_short(_WIDE * x)} {_short(_PLOT - scale * y)}" for x, y in points)


def _over_days(
    figures: Figures, ticks: Sequence[float], write: Write, parts: Sequence[Markup], *, timed: bool
) -> Chart:
    """What is drawn over days, with lines at round figures and the first and the last day under it."""
    scale = _PLOT / ticks[-1]
    heights = [_ABOVE + _PLOT - tick * scale for tick in ticks]
    grid = [_GRID.format(y=_short(height)) for height in heights]
    words = [
        _word("chart-tick", 0, height - 4, write(tick))
        for tick, height in zip(ticks[1:], heights[1:], strict=True)
    ]
    ends = figures.rows[:1] + (figures.rows[-1:] if len(figures.rows) > 1 else ())
    under = [
        _word("chart-tick", x, _ABOVE + _PLOT + _BELOW - 7, row.label, anchor=anchor)
        for x, anchor, row in zip((0, 100), ("start", "end"), ends, strict=False)
    ]
    # Words come last, so that nothing is drawn over them.
    return _chart(figures, _ABOVE + _PLOT + _BELOW, [*grid, *parts, *words, *under], timed=timed)


def _ticks(top: float, *, whole: bool) -> list[float]:
    """Round figures from 0 to one that is not below the top."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / _TICKS
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough * (1 - 1e-9))
    if whole:
        step = max(1.0, math.ceil(step))
    count = math.ceil(top / step - 1e-9)
    return [step * number for number in range(count + 1)]


def _whole(figures: Figures) -> bool:
    """Whether the figures are counts."""
    values = (cell.value for row in figures.rows for cell in row.cells)
    return not figures.percent and all(value is None or float(value).is_integer() for value in values)


# Parts of any drawing


def _chart(figures: Figures, height: float, parts: Sequence[Markup], *, timed: bool = False) -> Chart:
    drawn = _SVG.format(
        height=_short(height),
        name=figures.name,
        title=plain(figures.title),
        summary=plain(figures.summary),
        parts=Markup("").join(parts),
    )
    several = len(figures.columns) > 1
    keys = tuple(_key(place, label) for place, label in enumerate(figures.columns)) if several else ()
    return Chart(figures, drawn, keys, timed)


def _key(place: int, label: str) -> Key:
    return Key(label, COLOURS[place % len(COLOURS)], _DASHES[place % len(_DASHES)])


def _word(kind: str, x: float, y: float, text: str, *, dx: int = 0, anchor: str = "start") -> Markup:
    slots = {"kind": kind, "x": _short(x), "y": _short(y), "dx": dx, "anchor": anchor}
    return Markup(_WORD.format(**slots, text=escape(plain(text))))


def _piece(colour: str, across: tuple[float, float], down: tuple[float, float], text: str) -> Markup:
    x, width = map(_short, across)
    y, height = map(_short, down)
    slots = {"colour": colour, "x": x, "y": y, "width": width, "height": height}
    return Markup(_PIECE.format(**slots, text=escape(text)))


def _said(row: Row, column: str, cell: Cell) -> str:
    return plain(f"{row.label} · {column} · {cell.text}")


def shortened(text: str, columns: int) -> str:
    """A text in so many columns at most, of which letters as wide as Chinese ones take two."""
    text, kept, taken = plain(text), [], 0
    widths = [2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text]
    if sum(widths) <= columns:
        return text
    for letter, width in zip(text, widths, strict=True):
        taken += width
        if taken > columns - 1:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
