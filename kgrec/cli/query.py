"""`kgrec query`: SPARQL over the graph of a workspace."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kgrec.cli.output import SHOP

if TYPE_CHECKING:
    from kgrec.graph.query import NamedQuery


@click.command()
@click.argument("shop", type=SHOP, required=False)
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
    help="A value of a library query; may be repeated. Items and users by id, brands and categories by label, "
    "segments as COLUMN=VALUE.",
)
@click.option("--local", is_flag=True, help="Ask the store in SHOP even if kgrec.toml names a server.")
def command(
    shop: Path | None, text: str | None, form: str, listing: bool, words: tuple[str, ...], local: bool
) -> None:
    """Ask the graph of SHOP; QUERY is a file ending in .rq, SPARQL itself, or the name of a library query.

    Example: kgrec query my-shop items-of-brand --param brand=Lavera
    """
    from kgrec import storage
    from kgrec.errors import BadInput
    from kgrec.graph import parameters, publish, query, store

    if listing:
        click.echo("\n".join(_told(query.named(name)) for name in query.library()))
        return
    if shop is None or text is None:
        missing = "which shop" if shop is None else "what to ask"
        raise BadInput(
            f"{missing} is missing; name a shop and a query (--list tells which), a file or SPARQL"
        )
    workspace = storage.open_workspace(shop)
    place = None if local else storage.place(workspace)
    if place:
        ask = partial(publish.ask, place)
    else:
        generation = storage.current(workspace.graphs, "graph", "build")
        ask = partial(query.run, store.open_store(generation / store.PEOPLE))
    terms = {}
    if text.endswith(".rq"):
        text = _read(text)
    elif not any(mark in text for mark in "{ \n"):
        asked = query.named(text)
        if place and asked.personal and not place.server.with_users:
            raise BadInput(f"{text} asks of people, and {place.server.name} has none; ask here with --local")
        values = _values(words)
        terms = query.bind(asked, values, workspace.namer)
        parameters.check_known(asked, values, terms, workspace.namer, ask)
        text, words = asked.text, ()
    if words:
        raise BadInput(
            "--param sets a value of a library query; write values of your own query into its text"
        )
    result = ask(text, parameters=terms)
    click.echo(query.render(result, form).rstrip("\n"))


def _read(file: str) -> str:
    from kgrec.errors import BadInput

    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error.strerror}); name a file of SPARQL") from None
    except UnicodeDecodeError:
        raise BadInput(f"{file}: is not UTF-8; save the query in UTF-8") from None


def _told(asked: NamedQuery) -> str:
    """A query of the library, what it answers, and a line per parameter."""
    lines = [f"{asked.name}: {asked.title}"]
    lines += [f"    --param {one.name}=…  {one.meaning}" for one in asked.parameters]
    lines += ["    about people: not answered over HTTP"] if asked.personal else []
    return "\n".join([*lines, f"    slow: {asked.slow}"] if asked.slow else lines)


def _values(words: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE words by name."""
    values = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{word!r} is no NAME=VALUE; try --param item=…")
        values[name] = value
    return values
