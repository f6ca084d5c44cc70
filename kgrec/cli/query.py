"""`kgrec query`: SPARQL over the graph of a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kgrec.cli.output import SHOP

if TYPE_CHECKING:
    from kgrec.graph.query import NamedQuery


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("text", metavar="[QUERY]", required=False)
@click.option(
    "--format",
    "form",
    default="table",
    type=click.Choice(["table", "json", "xml", "csv", "tsv", "ttl", "nt", "rdf"]),
)
@click.option(
    "--list", "listing", is_flag=True, help="Say which queries come along and what may be set in them."
)
@click.option(
    "--param",
    "words",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value of a library query; may be repeated. Items, users, brands and categories by id or label.",
)
@click.option("--local", is_flag=True, help="Ask the store in SHOP even if kgrec.toml names a server.")
def command(
    shop: Path, text: str | None, form: str, listing: bool, words: tuple[str, ...], local: bool
) -> None:
    """Ask the graph of SHOP; QUERY is a file ending in .rq, SPARQL itself, or the name of a library query.

    Example: kgrec query my-shop items-of-brand --param brand=Lavera
    """
    from kgrec import storage
    from kgrec.errors import BadInput
    from kgrec.graph import publish, query, store

    if listing:
        click.echo("\n".join(_told(query.named(name)) for name in query.library()))
        return
    if text is None:
        raise BadInput("what to ask is missing; name a query (--list tells which), a file or SPARQL")
    workspace = storage.open_workspace(shop)
    place = None if local else storage.place(workspace)
    values = {}
    if text.endswith(".rq"):
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{text}: cannot be read as a query ({error})") from None
    elif not any(mark in text for mark in "{ \n"):
        asked = query.named(text)
        if place and asked.personal and not place.server.with_users:
            raise BadInput(f"{text} asks of people, and {place.server.name} has none; ask here with --local")
        values = query.bind(asked, _values(words), workspace.namer)
        text, words = asked.text, ()
    if words:
        raise BadInput(
            "--param sets a value of a library query; write values of your own query into its text"
        )
    if place:
        result = publish.ask(place, text, parameters=values)
    else:
        generation = storage.current(workspace.graphs, "graph", "build")
        result = query.run(store.open_store(generation / store.PEOPLE), text, parameters=values)
    click.echo(query.render(result, form).rstrip("\n"))


def _told(asked: NamedQuery) -> str:
    """A query of the library, what it answers, and a line per parameter."""
    parameters = [f"    --param {one.name}=…  {one.meaning}" for one in asked.parameters]
    return "\n".join([f"{asked.name}: {asked.title}", *parameters])


def _values(words: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE words by name."""
    values = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{word!r} is no NAME=VALUE; try --param item=…")
        values[name] = value
    return values
