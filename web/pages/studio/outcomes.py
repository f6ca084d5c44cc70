"""What was shown, and what came of it: figures with their intervals, over time, and arms of an experiment compared."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from flask import render_template, request
from flask.typing import ResponseReturnValue

from kgrec.domain import plain
from kgrec.guide import Guide
from kgrec.insight import Outcomes, outcomes_over_time
from kgrec.live.outcomes import By, Difference, Outcome, Share

from ...charts import Cell, Chart, Figures, Row, lines
from ...watching import watching
from ..languages import N_, current, gettext
from ..shown import day, number, percent

DAYS = (1, 90)
LENGTHS = (1, 100)  # of the first k
WINDOWS = (0.04, 90.0)  # days
MOST_DRAWN = 4  # groups in a chart; the table has all
SURE = 0.05  # p-value below which a difference is told as one
FEW_USERS = 30  # of an arm; below that nothing is told of it

BYS: Mapping[By, str] = {
    "all": N_("Everything"),
    "model": N_("Model"),
    "arm": N_("Arm of the experiment"),
    "explanation": N_("Kind of reason"),
    "day": N_("Day"),
}

SHARES: Mapping[str, str] = {
    "precision": N_("Precision"),
    "recall": N_("Recall"),
    "click_through": N_("Click-through"),
    "conversion": N_("Conversion"),
}
"""Fields of an outcome, and what they are called."""

MEANINGS: Mapping[str, str] = {
    "precision": N_("Of what stood in the first places: the share that was bought within the window."),
    "recall": N_("Of what was bought within the window: the share that had stood in the first places."),
    "click_through": N_("Of all that was shown: the share that was looked at or put into the basket."),
    "conversion": N_("Of all that was shown: the share that was bought."),
}


@dataclass(frozen=True)
class Verdict:
    """What can be said of two arms by one figure."""

    few: str
    alike: str
    more: str


VERDICTS: Mapping[str, Verdict] = {
    "users_clicked": Verdict(
        N_("Too few shoppers to say in which arm more of them click."),
        N_("No difference can be told in how many shoppers click: %(first)s and %(second)s."),
        N_("More shoppers click with %(more)s than with %(less)s."),
    ),
    "users_bought": Verdict(
        N_("Too few shoppers to say in which arm more of them buy."),
        N_("No difference can be told in how many shoppers buy: %(first)s and %(second)s."),
        N_("More shoppers buy with %(more)s than with %(less)s."),
    ),
}

KINDS: Mapping[str, str] = {
    "popular": N_("Because everybody chooses it"),
    "rule": N_("Because the shop placed it"),
    "none": N_("Without a reason"),
}
"""Of reasons, besides ways through the graph."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for, within bounds."""

    by: By
    days: int
    k: int
    window: float  # days

    @classmethod
    def asked(cls) -> Wanted:
        """That of the address; what makes no sense there is as if it were not there."""
        by = request.args.get("by", "")
        return cls(
            by=cast(By, by) if by in BYS else "all",
            days=round(_bounded("days", 30, DAYS)),
            k=round(_bounded("k", 10, LENGTHS)),
            window=_bounded("window", 7, WINDOWS),
        )


@dataclass(frozen=True)
class Compared:
    """Two arms of an experiment, in words."""

    said: str
    figures: str
    sure: bool


def view(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """The page of what came of what was shown."""

    def outcomes() -> ResponseReturnValue:
        served, wanted = watching().served, Wanted.asked()
        if served is None:
            return render_template("studio/outcomes.html", found=None, wanted=wanted, bys=BYS)
        found = outcomes_over_time(
            served.workspace,
            now=time.time(),
            days=wanted.days,
            by=wanted.by,
            window_days=wanted.window,
            k=wanted.k,
            database=served.database,
        )
        names = _names(guide, found)
        return render_template(
            "studio/outcomes.html",
            found=found,
            wanted=wanted,
            bys=BYS,
            shares=SHARES,
            meanings=MEANINGS,
            names=names,
            drawings=_charts(found, names),
            drawn=min(MOST_DRAWN, len(found.groups)),
            compared=[_compared(one, found.groups) for one in found.differences],
            experiment=watching().watch.experiment,
            kept=watching().watch.writer is not None,
            days=DAYS,
            lengths=LENGTHS,
            windows=WINDOWS,
            few=few,
            interval=interval,
        )

    return outcomes


def few(share: Share, outcome: Outcome) -> bool:
    """Whether a figure rests on too little to say anything."""
    return outcome.few or share.value is None


def interval(share: Share) -> str:
    """Between what the true share lies, with a certainty of 95 %."""
    if share.interval is None:
        return ""
    low, high = share.interval
    return gettext("%(low)s to %(high)s", low=percent(low, 1), high=percent(high, 1))


def _bounded(name: str, usual: float, bounds: tuple[float, float]) -> float:
    try:
        value = float(request.args.get(name, "")[:20])
    except ValueError:
        return usual
    return min(max(value, bounds[0]), bounds[1]) if math.isfinite(value) else usual


def _names(guide: Guide, found: Outcomes) -> dict[str, str]:
    """What each group is called on the page."""
    return {one.group: _name(guide, one.group, found.by) for one in found.groups}


def _name(guide: Guide, group: str, by: By) -> str:
    if by == "all":
        return gettext("Everything")
    if by == "day":
        return day(date.fromisoformat(group))
    if by == "explanation":
        return gettext(KINDS[group]) if group in KINDS else plain(_way(guide, group))
    return plain(group)


def _way(guide: Guide, name: str) -> str:
    """A metapath by the labels of its relations, there and back as one."""
    return guide.way(re.sub(r"(\w+) · \1⁻¹", r"\1", name).replace(" · ", " → "), current())


def _charts(found: Outcomes, names: Mapping[str, str]) -> list[Chart]:
    """Each figure over the days; of many groups those with most impressions."""
    return [
        lines(
            Figures(
                name=name.replace("_", "-"),
                title=_called(name, found.k),
                summary=gettext(MEANINGS[name]),
                head=(gettext("Day"), *heads),
                rows=rows,
                percent=True,
            ),
            lambda share: percent(share, 1),
        )
        for name in SHARES
        for heads, rows in [_rows(found, names, name)]
        if any(cell.value is not None for row in rows for cell in row.cells)
    ]


def _rows(found: Outcomes, names: Mapping[str, str], name: str) -> tuple[list[str], tuple[Row, ...]]:
    if found.by == "day":
        by_day = {one.group: one for one in found.groups}
        return [_called(name, found.k)], tuple(_row(one, [by_day.get(one)], name) for one in found.days)
    most = sorted(found.groups, key=lambda one: -one.impressions)[:MOST_DRAWN]
    of_group = {one.group: one.days for one in found.series}
    columns = [of_group[one.group] for one in most]
    rows = (_row(one, [column[place] for column in columns], name) for place, one in enumerate(found.days))
    return [names[one.group] for one in most], tuple(rows)


def _row(when: str, cells: Sequence[Outcome | None], name: str) -> Row:
    return Row(day(date.fromisoformat(when)), tuple(_cell(one, name) for one in cells), day=when)


def _cell(outcome: Outcome | None, name: str) -> Cell:
    share: Share | None = None if outcome is None else getattr(outcome, name)
    if share is None or share.value is None or share.interval is None:
        return Cell("–")
    low, high = share.interval
    text = gettext(
        "%(share)s (%(low)s to %(high)s)",
        share=percent(share.value, 1),
        low=percent(low, 1),
        high=percent(high, 1),
    )
    return Cell(text, share.value, low, high)


def _called(name: str, k: int) -> str:
    words = gettext(SHARES[name])
    if name in ("precision", "recall"):
        return gettext("%(figure)s at %(k)s", figure=words, k=k)
    return words


def _compared(one: Difference, groups: Sequence[Outcome]) -> Compared:
    """Two arms, of which one is said to do better only where chance is a poor explanation."""
    words = VERDICTS[one.figure]
    first, second = (arm.partition(": ")[2] or arm for arm in one.arms)
    low, high = one.interval
    figures = gettext(
        "%(difference)s points (%(low)s to %(high)s), p = %(p)s",
        difference=_points(one.difference),
        low=_points(low),
        high=_points(high),
        p=number(one.p_value, 3),
    )
    users = {group.group: group.users for group in groups}
    if min(users.get(arm, 0) for arm in one.arms) < FEW_USERS:
        return Compared(gettext(words.few), figures, sure=False)
    if one.p_value >= SURE:
        return Compared(gettext(words.alike, first=first, second=second), figures, sure=False)
    more, less = (second, first) if one.difference > 0 else (first, second)
    return Compared(gettext(words.more, more=more, less=less), figures, sure=True)


def _points(share: float) -> str:
    """A difference of shares, in points of percent with its sign."""
    return ("+" if share > 0 else "−" if share < 0 else "") + number(abs(100 * share), 1)
