"""`kgrec outcomes`: what came of what was recommended."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kgrec.cli.output import SHOP, print_json

if TYPE_CHECKING:
    from kgrec.live.outcomes import Difference, Outcome, Share

SHARES = ("click_through", "conversion", "precision", "recall", "users_clicked", "users_bought")


@click.command()
@click.argument("shop", type=SHOP)
@click.option(
    "--since",
    "days",
    default=30.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    metavar="DAYS",
    help="Only lists that were shown in the last so many days.",
)
@click.option(
    "--by",
    default="all",
    show_default=True,
    type=click.Choice(["all", "model", "arm", "explanation", "day"]),
    help="Figures of each model, arm of an experiment, kind of explanation shown, or day (UTC).",
)
@click.option(
    "--window",
    default=7.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    metavar="DAYS",
    help="How long after a list was shown something may still be laid to it.",
)
@click.option("-k", "k", default=10, show_default=True, type=click.IntRange(1, 1000), help="Depth.")
@click.option(
    "--format", "form", default="table", show_default=True, type=click.Choice(["table", "json", "csv"])
)
def command(shop: Path, days: float, by: Any, window: float, k: int, form: str) -> None:
    """Count what was shown to users of SHOP, clicked and bought, from its exposures and its event log.

    Example: kgrec outcomes my-shop --since 7 --by explanation
    """
    from kgrec import storage
    from kgrec.live import outcomes
    from kgrec.live.database import Database
    from kgrec.live.exposures import DAY, ExposureBook, ExposureSettings

    folder = storage.open_workspace(shop).folder
    database = Database.of(folder)
    try:
        since = int(time.time() - days * DAY)
        book = ExposureBook(database, days=ExposureSettings.read(folder / "kgrec.toml").days)
        shown, told, groups, names = outcomes.read(book.since(since), book.responses(since), by)
    finally:
        database.close()
    found = outcomes.outcomes(shown, told, groups, names, window=outcomes.window_of(window), k=k)
    compared = outcomes.differences(found) if by == "arm" else []
    if form == "csv":
        click.echo(_csv(found, k), nl=False)
    elif form == "json":
        asked = {"by": by, "since_days": days, "window_days": window, "k": k}
        print_json(
            {
                **asked,
                "groups": [_told(one, k) for one in found],
                **({"differences": [_difference(one) for one in compared]} if by == "arm" else {}),
            }
        )
    else:
        click.echo(_table(found, compared, window, k))


def _named(name: str, k: int) -> str:
    return f"{name}@{k}" if name in ("precision", "recall") else name


def _told(one: Outcome, k: int) -> dict[str, Any]:
    counts = {"group": one.group, "lists": one.lists, "users": one.users, "impressions": one.impressions}
    return {**counts, "few": one.few, **{_named(name, k): _share(getattr(one, name)) for name in SHARES}}


def _share(share: Share) -> dict[str, Any]:
    interval = share.interval
    return {
        "value": share.value,
        "n": share.n,
        "of": share.of,
        "interval": None if interval is None else list(interval),
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "figure": one.figure,
        "arms": list(one.arms),
        "difference": one.difference,
        "interval": list(one.interval),
        "p_value": one.p_value,
    }


def _csv(found: list[Outcome], k: int) -> str:
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    parts = [f"{_named(name, k)}{part}" for name in SHARES for part in ("", " n", " of", " low", " high")]
    table.writerow(["group", "lists", "users", "impressions", "few", *parts])
    for one in found:
        cells: list[Any] = [one.group, one.lists, one.users, one.impressions, int(one.few)]
        for name in SHARES:
            share: Share = getattr(one, name)
            low, high = share.interval or ("", "")
            cells += ["" if share.value is None else share.value, share.n, share.of, low, high]
        table.writerow(cells)
    return text.getvalue()


def _table(found: list[Outcome], compared: list[Difference], window: float, k: int) -> str:
    if not found:
        return "nothing was shown in that time, or nothing that belongs to a group"
    heads = ("click-through", "conversion", f"precision@{k}", f"recall@{k}", "users clicked", "users bought")
    rows = [["group", "lists", "users", "impressions", *heads]]
    for one in found:
        counts = [f"{one.lists:,}", f"{one.users:,}", f"{one.impressions:,}{' (few)' if one.few else ''}"]
        rows.append([one.group, *counts, *(_percent(getattr(one, name)) for name in SHARES)])
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    lines.append(
        f"Percent with 95 % intervals (Wilson), and counts. Laid to a list for {window:g} days; "
        f"few: under 100 impressions."
    )
    lines += [_sentence(one) for one in compared]
    return "\n".join(lines)


def _percent(share: Share) -> str:
    if share.value is None or share.interval is None:
        return "–"
    low, high = share.interval
    return f"{100 * share.value:.2f} [{100 * low:.2f}, {100 * high:.2f}] {share.n:,}/{share.of:,}"


def _sentence(one: Difference) -> str:
    low, high = one.interval
    return (
        f"{one.arms[1]} less {one.arms[0]}, {one.figure.replace('_', ' ')}: "
        f"{100 * one.difference:+.2f} points [{100 * low:+.2f}, {100 * high:+.2f}], p = {one.p_value:.3g}"
    )
