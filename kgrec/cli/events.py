"""`kgrec events`: how much is in a shop's event log, and the log as a table."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kgrec.cli.output import SHOP, print_json

if TYPE_CHECKING:
    from kgrec.live.events import EventLog
    from kgrec.live.terms import Purpose

HEADER = ("user_id", "item_id", "event", "datetime", "value", "event_id", "request_id", "number", "received")


@click.command()
@click.argument("shop", type=SHOP)
@click.option("--export", "out", type=click.Path(path_type=Path), help="Write the events to this CSV file.")
@click.option(
    "--after",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Only events written after this number; last_number of an earlier call.",
)
@click.option(
    "--purpose",
    type=click.Choice(["recommend", "research", "marketing"]),
    default="recommend",
    show_default=True,
    help="Only events of users who allow this.",
)
def command(shop: Path, out: Path | None, after: int, purpose: Purpose) -> None:
    """Check the event log of SHOP and count it; with --export, write it to a file that `kgrec init` reads.

    Example: kgrec events my-shop --export events.csv
    """
    from kgrec import storage
    from kgrec.live.events import EventLog

    workspace = storage.open_workspace(shop)
    log = EventLog.of(workspace.folder)
    try:
        log.database.check()
        counts = log.counts()
        told: dict[str, Any] = {
            "log": log.database.name,
            "events": sum(counts.events.values()),
            "by_kind": counts.events,
            "users": counts.users,
            "items": counts.items,
            "last_number": counts.last_number,
            "last_received": None if counts.last_received is None else _iso(counts.last_received),
        }
        if out is not None:
            told["exported"] = {"file": str(out), "events": _export(log, out, after, purpose)}
    finally:
        log.database.close()
    print_json(told)


def _export(log: EventLog, out: Path, after: int, purpose: Purpose) -> int:
    """Write a table in the columns that the source `csv` reads; ids stay as they are, quoted."""
    from kgrec.folders import new_file

    written = 0
    with new_file(out) as file, io.TextIOWrapper(file, encoding="utf-8", newline="") as text:
        table = csv.writer(text, quoting=csv.QUOTE_ALL)
        table.writerow(HEADER)
        for logged in log.after(after, purpose=purpose):
            event = logged.event
            table.writerow(
                (
                    event.user_id,
                    event.item_id,
                    event.event,
                    _iso(event.time),
                    "" if event.value is None else repr(event.value),
                    event.event_id,
                    event.request_id or "",
                    logged.number,
                    _iso(logged.received),
                )
            )
            written += 1
        text.flush()
    return written


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
