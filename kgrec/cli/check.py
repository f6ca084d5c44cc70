"""`kgrec check`: the validation report of a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP, note, print_json


@click.command()
@click.argument("shop", type=SHOP)
def command(shop: Path) -> None:
    """Say which columns were taken for what, what was dropped and why, and what the graph's shapes find.

    Example: kgrec check my-shop
    """
    note(f"checking {shop}")
    from kgrec import pipeline, storage

    print_json(pipeline.check(storage.open_workspace(shop)))
