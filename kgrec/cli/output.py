"""What commands print: one JSON object on standard output, progress on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

SHOP = click.Path(path_type=Path, file_okay=True, dir_okay=True)
"""A workspace or bundle; whether it exists is the library's to say, in its own words."""

MODEL_NAMES = "Any model by name; `kgrec doctor` lists them."

SETTINGS = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    callback=lambda _, __, words: _settings(words),
    help="A setting of the model; may be repeated.",
)
"""Settings of a model by name, as a dict."""


AUDIENCE = click.option(
    "--for",
    "audience",
    type=click.Choice(["shopper", "staff", "merchandiser", "engineer"]),
    default="shopper",
    show_default=True,
    help="Who reads the text: one sentence, shares of the score, or every hop and digit.",
)
TODAY = click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day on which it is read, for words such as yesterday; without it moments are told by month.",
)
"""How the text of an explanation is told."""


def _settings(words: tuple[str, ...]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise click.BadParameter(f"{name!r} is no NAME=VALUE; try --set training.rounds=3")
    return {name.strip(): value for name, _, value in pairs}


def print_json(content: Any) -> None:
    """One object, readable by people and programs; NaN never gets out."""
    click.echo(json_text(content))


def json_text(content: Any) -> str:
    """The same as a text in which no character commands a terminal or turns a line around: those are escaped."""
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    return _COMMANDING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_COMMANDING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def note(text: str) -> None:
    """What is going on, for a person who waits; nothing where nobody watches."""
    if sys.stderr.isatty():
        click.echo(f"{text} …", err=True)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int, str], None]]:
    """A bar per stage on standard error; a line per stage where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield _lines
        return
    stages: dict[str, TaskID] = {}
    columns = (
        TextColumn("{task.description:>10}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[figure]}"),
    )
    with Progress(*columns, console=console) as bars:

        def show(stage: str, done: int, total: int, figure: str) -> None:
            if stage not in stages or (done == 0 and bars.tasks[stages[stage]].finished):
                stages[stage] = bars.add_task(stage, total=total, figure="")
            bars.update(stages[stage], completed=done, total=total, figure=figure)

        yield show


def _lines(stage: str, done: int, total: int, figure: str) -> None:
    step = max(1, total // 6)
    if done == total or done % step == 0:
        click.echo(f"{stage}: {done}/{total} {figure}".rstrip(), err=True)
