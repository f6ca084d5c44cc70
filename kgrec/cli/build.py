"""`kgrec build`: a workspace's tables → its graph."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP, print_json, progress_bars


@click.command()
@click.argument("shop", type=SHOP)
def command(shop: Path) -> None:
    """Turn the tables of SHOP into a new generation of its knowledge graph.

    Example: kgrec build my-shop
    """
    from kgrec import pipeline, storage

    with progress_bars() as progress:
        result = pipeline.build(storage.open_workspace(shop), progress=progress)
    print_json(result)
