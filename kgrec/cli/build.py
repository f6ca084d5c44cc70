"""`kgrec build`: a workspace's tables → its graph."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP, print_json, progress_bars


@click.command()
@click.argument("shop", type=SHOP)
@click.option(
    "--strict", is_flag=True, help="Keep the graph as it is if anything was left out or a shape warns."
)
def command(shop: Path, strict: bool) -> None:
    """Turn the tables of SHOP into a new generation of its knowledge graph.

    Example: kgrec build my-shop --strict
    """
    from kgrec import pipeline, storage

    with progress_bars() as progress:
        result = pipeline.build(storage.open_workspace(shop), strict=strict, progress=progress)
    print_json(result)
