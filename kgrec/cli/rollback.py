"""`kgrec rollback`: back to an earlier generation of a shop's graph and model."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.option("--to", metavar="GENERATION", help="Which graph; without it, the one before the current.")
@click.option("--graph-only", is_flag=True, help="Even if no model that is kept was trained on that graph.")
@click.option("--list", "listing", is_flag=True, help="Say which graphs are kept and which models fit them.")
def command(shop: Path, to: str | None, graph_only: bool, listing: bool) -> None:
    """Go back to an earlier graph of SHOP and a model that was trained on it; nothing is built or trained.

    Example: kgrec rollback my-shop
    """
    from kgrec import rollback, storage

    workspace = storage.open_workspace(shop)
    if listing:
        print_json({"generations": rollback.generations(workspace)})
    else:
        print_json(rollback.roll_back(workspace, to, graph_only=graph_only))
