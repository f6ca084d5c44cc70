"""`kgrec query`: SPARQL over the graph of a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("text", metavar="QUERY")
@click.option("--format", "form", default="table", type=click.Choice(["table", "json", "csv", "ttl"]))
def command(shop: Path, text: str, form: str) -> None:
    """Ask the graph of SHOP; QUERY is a file ending in .rq, SPARQL itself, or the name of a library query.

    Example: kgrec query my-shop brands-by-size
    """
    from kgrec import storage
    from kgrec.errors import BadInput
    from kgrec.graph import query, store

    generation = storage.current(storage.open_workspace(shop).graphs, "graph", "build")
    if text.endswith(".rq"):
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{text}: cannot be read as a query ({error})") from None
    elif not any(mark in text for mark in "{ \n"):
        text = query.named(text).text
    result = query.run(store.open_store(generation / "store"), text)
    click.echo(query.render(result, form).rstrip("\n"))
