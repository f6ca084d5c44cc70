"""A moment and the day on which it is read of → how long ago that was, in no language yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_WEEK = 7
_MONTH = 28


@dataclass(frozen=True)
class When:
    """A moment as a sentence tells it: `key` names the template of the language."""

    key: str  # today, yesterday, days, week, weeks, last_month, month, month_of_year
    count: int = 0  # of days or weeks
    year: int = 0
    month: int = 0


def when(seconds: int, today: date | None) -> When | None:
    """How a moment (Unix seconds, UTC) is told on a day; by month and year if the day is unknown or earlier.

    None if no calendar goes that far.
    """
    try:
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).date()
    except OverflowError:
        return None
    ago = -1 if today is None else (today - day).days
    if today is None or ago < 0:
        return When("month_of_year", year=day.year, month=day.month)
    if ago < _MONTH:
        return _days(ago)
    months = (today.year - day.year) * 12 + today.month - day.month
    if months <= 1:
        return When("last_month")
    return When("month" if day.year == today.year else "month_of_year", year=day.year, month=day.month)


def _days(ago: int) -> When:
    if ago < 2:
        return When(("today", "yesterday")[ago])
    if ago < _WEEK:
        return When("days", ago)
    weeks = ago // _WEEK
    return When("week") if weeks == 1 else When("weeks", weeks)
