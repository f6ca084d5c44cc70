"""What came of what was shown: the figures of a shop's database, by group and by day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kgrec.live import outcomes
from kgrec.live.database import Database
from kgrec.live.exposures import DAY, ExposureBook, ExposureSettings
from kgrec.live.outcomes import By, Difference, Outcome, Series
from kgrec.storage import Workspace


@dataclass(frozen=True)
class Outcomes:
    """The figures of the last days, of each group as a whole and day by day."""

    by: By
    since_days: float
    window_days: float
    k: int
    groups: tuple[Outcome, ...]
    days: tuple[str, ...]  # from the first that anything was shown on to the last, UTC
    series: tuple[Series, ...]  # a group each
    differences: tuple[Difference, ...]  # of the arms of experiments


def outcomes_over_time(
    workspace: Workspace,
    *,
    now: float,
    days: float = 30,
    by: By = "all",
    window_days: float = 7,
    k: int = 10,
    database: Database | None = None,
) -> Outcomes:
    """What came of the lists of the last `days` before `now` (Unix seconds), see `kgrec.live.outcomes`.

    Without a database at hand that of the workspace is opened, and closed again.
    """
    opened = Database.of(workspace.folder) if database is None else database
    try:
        since = int(now - days * DAY)
        settings = ExposureSettings.read(workspace.folder / "kgrec.toml")
        book = ExposureBook(opened, days=settings.days)
        shown, told, groups, names = outcomes.read(book.since(since), book.responses(since), by)
    finally:
        if database is None:
            opened.close()
    window = outcomes.window_of(window_days)
    found = outcomes.outcomes(shown, told, groups, names, window=window, k=k)
    spanned, series = outcomes.series(shown, told, groups, names, window=window, k=k)
    return Outcomes(
        by=by,
        since_days=days,
        window_days=window_days,
        k=k,
        groups=tuple(found),
        days=spanned,
        series=tuple(series),
        differences=tuple(_differences(found, by)),
    )


def _differences(found: Iterable[Outcome], by: By) -> list[Difference]:
    return outcomes.differences(list(found)) if by == "arm" else []
