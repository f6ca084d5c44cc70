"""`kgrec import-graph`: corrections of the graph, kept and taken out by source."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP, print_json, progress_bars


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--source", "name", help="What to call the source; without it, the name of FILE.")
@click.option("--remove", "removed", metavar="NAME", help="Take the source of that name out.")
@click.option("--rebuild", is_flag=True, help="Build the graph, and move the model to it without training.")
def command(shop: Path, file: Path | None, name: str | None, removed: str | None, rebuild: bool) -> None:
    """Merge the triples of FILE (.ttl, .nt, .jsonld, .rdf or .csv) into the graph of SHOP.

    Example: kgrec import-graph my-shop fixes.csv --rebuild
    """
    from kgrec import amending, pipeline, storage

    if (file is None) == (removed is None):
        raise click.UsageError("give a FILE of triples, or --remove and the NAME of a source")
    if removed is not None and name is not None:
        raise click.UsageError("--source names what FILE brings; --remove takes the name itself")
    workspace = storage.open_workspace(shop)
    done = amending.add(workspace, file, name) if file else amending.remove(workspace, str(removed))
    if not rebuild:
        done["next"] = f"kgrec build {shop}"
    else:
        with progress_bars() as progress:
            done |= pipeline.rebuild(workspace, progress=progress)
    print_json(done)
