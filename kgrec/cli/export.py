"""`kgrec export`: a workspace's graph → a file or folder for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    help="ttl, nt, nq, jsonld, graphml, csv, kgat or recbole; without it the ending of OUT says which.",
)
@click.option(
    "--with-users", is_flag=True, help="What users did and their segments too, users under keyed hashes."
)
def command(shop: Path, out: Path, form: str | None, with_users: bool) -> None:
    """Write the graph of SHOP to OUT, a file (or for kgat and recbole a folder).

    Example: kgrec export my-shop my-shop.ttl
    """
    from kgrec import storage
    from kgrec.graph import export, store

    name = export.format_of(out, form)
    generation = storage.current(storage.open_workspace(shop).graphs, "graph", "build")
    graph = storage.load_graph(generation)
    counts = export.export(
        graph, lambda: store.open_store(generation / "store"), out, name, with_users=with_users
    )
    print_json({"file": str(out), "format": name, "users": with_users, **_named(counts)})


def _named(counts: dict[str, int]) -> dict[str, int]:
    return {f"n_{name}": number for name, number in counts.items()}
