"""An explanation → the lines of its bill: rounded so that what is shown adds up to the score that is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kgrec.domain import Explanation

BAR = 1000.0  # the bar's width in its own units


@dataclass(frozen=True)
class Line:
    """One part of a score."""

    kind: str  # "prior", "path" or "rest"
    number: int  # of the path, from 1; 0 for the others
    paths: int  # how many paths it stands for
    text: str  # the path's sentence
    contribution: str
    share: str  # of the score, "" if that is nothing
    start: float  # where its piece of the bar begins, 0 … BAR
    width: float
    negative: bool  # what it takes away is a piece that reaches back

    @property
    def colour(self) -> str:
        """The classes that give it its colour, which comes again after ten paths."""
        return f"{self.kind} n{(self.number - 1) % 10 + 1 if self.number else 0}"


@dataclass(frozen=True)
class Ledger:
    """All parts of a score, and the score."""

    lines: tuple[Line, ...]
    score: str
    decimals: int  # of all its figures

    def figure(self, value: float) -> str:
        """Another value with as many decimals."""
        return f"{value:z.{self.decimals}f}"


def ledger(explanation: Explanation) -> Ledger:
    """Prior, listed paths and, if there are others, the remainder, each once."""
    parts = [("prior", 0, 0, "", explanation.prior)]
    for number, path in enumerate(explanation.paths, start=1):
        parts.append(("path", number, 1, path.text, path.contribution))
    rest, decimals = explanation.remainder, _decimals(explanation.score)
    if rest.paths or round(rest.contribution, decimals):
        parts.append(("rest", 0, rest.paths, "", rest.contribution))
    values = [contribution for *_, contribution in parts]
    shown = adding_up(values, explanation.score, decimals)
    shares = adding_up([100 * value / explanation.score for value in values], 100.0, 1) if (
        explanation.score > 0
    ) else [""] * len(values)  # fmt: skip
    lines = tuple(
        Line(kind, number, paths, text, contribution, share, start, width, value < 0)
        for (kind, number, paths, text, value), contribution, share, (start, width) in zip(
            parts, shown, shares, _pieces(values), strict=True
        )
    )
    return Ledger(lines, f"{explanation.score:.{decimals}f}", decimals)


def adding_up(values: Sequence[float], total: float, decimals: int) -> list[str]:
    """The values with so many decimals, those cut most rounded up, so that they add up to the rounded total."""
    unit = 10**decimals
    exact = [value * unit for value in values]
    whole = [math.floor(value) for value in exact]
    missing = round(total * unit) - sum(whole)
    by_cut = sorted(range(len(values)), key=lambda place: whole[place] - exact[place])
    every, more = divmod(missing, len(values))
    for order, place in enumerate(by_cut):
        whole[place] += every + (order < more)
    return [f"{number / unit:.{decimals}f}" for number in whole]


def _decimals(score: float) -> int:
    """As many as show four digits of the score."""
    return min(8, max(2, 3 - math.floor(math.log10(abs(score))))) if score else 2


def _pieces(values: Sequence[float]) -> list[tuple[float, float]]:
    """Where each value's piece of the bar begins and how wide it is.

    What adds is laid end to end from the left; from where that ends, what takes away is laid end to end back.
    """
    added = math.fsum(value for value in values if value > 0)
    taken = -math.fsum(value for value in values if value < 0)
    unit = BAR / (max(added, taken) or 1.0)
    place = max(taken - added, 0.0)
    back, pieces = place + added, []
    for value in values:
        if value < 0:
            back += value
        pieces.append((round(unit * (back if value < 0 else place), 2), round(unit * abs(value), 2)))
        place += max(value, 0.0)
    return pieces
