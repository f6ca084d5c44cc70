"""`kgrec send`: a workspace's graph → the SPARQL server that its kgrec.toml names."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP, print_json, progress_bars


@click.command()
@click.argument("shop", type=SHOP)
def command(shop: Path) -> None:
    """Send the current graph of SHOP to its SPARQL server, as `kgrec build` does.

    Example: kgrec send my-shop
    """
    from kgrec import pipeline, storage

    with progress_bars() as progress:
        result = pipeline.send(storage.open_workspace(shop), progress=progress)
    print_json(result)
