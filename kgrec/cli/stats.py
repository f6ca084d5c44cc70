"""`kgrec stats`: the graph in numbers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from kgrec.cli.output import SHOP, note, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
@click.option(
    "--bridges",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Also the N entities that most of the shortest ways through the catalogue lead over; takes a while.",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A drawing too, .png or .svg: what each relation reaches, and degrees.",
)
def command(shop: Path, form: str, bridges: int | None, plot: Path | None) -> None:
    """Count the graph of SHOP: entities and degrees by kind, relations and the share of items each reaches, components.

    Example: kgrec stats my-shop --plot graph.svg
    """
    from kgrec import storage
    from kgrec.errors import BadInput
    from kgrec.folders import new_file
    from kgrec.graph import statistics, statistics_report
    from kgrec.resources import check_plotting

    if plot is not None:
        check_plotting()
        if plot.suffix not in (".png", ".svg"):
            raise BadInput(f"--plot: {plot} ends neither in .png nor in .svg")
    workspace = storage.open_workspace(shop)
    graph = storage.load_graph(storage.current(workspace.graphs, "graph", "build"))
    found = statistics.statistics(graph)
    if bridges:
        note("looking for bridges")
    central = statistics.bridges(graph, bridges) if bridges else []
    if plot is not None:
        with new_file(plot) as out:
            statistics_report.draw(graph, found, out, "svg" if plot.suffix == ".svg" else "png")
    if form == "json":
        told = {"bridges": [asdict(one) for one in central]} if bridges else {}
        print_json(asdict(found) | told)
    else:
        click.echo(statistics_report.tables(found, central))
