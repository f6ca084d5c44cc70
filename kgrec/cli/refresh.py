"""`kgrec refresh`: what was told since the last build → a new graph and a model for it, once or on a schedule."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kgrec.cli.output import SHOP, print_json, progress_bars

if TYPE_CHECKING:
    from kgrec.storage import Workspace

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LEAST = 10  # seconds between two rounds


def _every(_: click.Context, __: click.Parameter, text: str | None) -> int | None:
    """Seconds of a span such as 30m, 6h or 1d."""
    if text is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no span of time; write 30m, 6h or 1d")
    seconds = int(found[1]) * _SECONDS[found[2]]
    if seconds < LEAST:
        raise click.BadParameter(f"{text} is too often; {LEAST}s is the least")
    return seconds


@click.command()
@click.argument("shop", type=SHOP)
@click.option("--every", callback=_every, metavar="SPAN", help="Go on, once in so long: 30m, 6h, 1d.")
@click.option("--retrain", is_flag=True, help="Train anew instead of moving the model to the new graph.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31 - 1))
def command(shop: Path, every: int | None, retrain: bool, seed: int) -> None:
    """Build SHOP from all that it was told since, and move its model to the new graph, or train it.

    Servers go on with what they have and take over both when they are there.

    Example: kgrec refresh my-shop --every 6h
    """
    from kgrec import storage
    from kgrec.errors import KgrecError

    workspace = storage.open_workspace(shop)
    if every is None:
        _refresh(workspace, retrain, seed)
        return
    while True:
        began = time.monotonic()
        try:
            _refresh(workspace, retrain, seed)
        except KgrecError as error:  # the next round may do better
            click.echo(f"this round failed: {error}", err=True)
        time.sleep(max(0.0, began + every - time.monotonic()))


def _refresh(workspace: Workspace, retrain: bool, seed: int) -> None:
    from kgrec import pipeline

    with progress_bars() as progress:
        print_json(pipeline.refresh(workspace, retrain=retrain, seed=seed, progress=progress))
