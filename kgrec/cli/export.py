"""`kgrec export`: a workspace's graph → a file or folder for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kgrec.cli.output import SHOP, print_json

if TYPE_CHECKING:
    from kgrec.storage import Workspace


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
@click.option(
    "--actions", is_flag=True, help="Every event as a schema.org action instead; needs --with-users."
)
def command(shop: Path, out: Path, form: str | None, with_users: bool, actions: bool) -> None:
    """Write the graph of SHOP to OUT, a file (or for kgat and recbole a folder).

    Example: kgrec export my-shop my-shop.ttl
    """
    from kgrec import storage
    from kgrec.graph import export, store

    name = export.format_of(out, form)
    workspace = storage.open_workspace(shop)
    if actions:
        _write_actions(workspace, out, name, with_users)
        return
    generation = storage.current(workspace.graphs, "graph", "build")
    graph = storage.load_graph(generation)
    part = generation / (store.PEOPLE if with_users else store.PUBLIC)
    counts = export.export(graph, lambda: store.open_store(part), out, name, with_users=with_users)
    print_json({"file": str(out), "format": name, "users": with_users, **_named(counts)})


def _write_actions(workspace: Workspace, out: Path, name: str, with_users: bool) -> None:
    from kgrec import storage
    from kgrec.errors import BadInput
    from kgrec.graph.actions import export_actions

    if not with_users:
        raise BadInput(
            "--actions writes what each user did, under keyed hashes; say --with-users too if that is meant"
        )
    counts = export_actions(storage.load_tables(workspace), workspace.namer, out, name)
    print_json({"file": str(out), "format": name, "users": True, **_named(counts)})


def _named(counts: dict[str, int]) -> dict[str, int]:
    return {f"n_{name}": number for name, number in counts.items()}
