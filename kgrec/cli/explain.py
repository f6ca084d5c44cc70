"""`kgrec explain`: why an item has its score for a user, as JSON, a tree, a drawing, a page or with its provenance."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kgrec import __version__
from kgrec.cli.output import AUDIENCE, SHOP, TODAY, json_text, note
from kgrec.errors import BadInput

if TYPE_CHECKING:
    from kgrec.domain import Explanation
    from kgrec.guide import Guide

SUFFIXES = {".json": "json", ".txt": "tree", ".svg": "svg", ".html": "html", ".jsonld": "jsonld"}
"""What a file's name says of what is to be in it."""


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("user_id", metavar="USER")
@click.argument("item_id", metavar="ITEM")
@click.option("--paths", default=3, show_default=True, help="How many paths to list.")
@click.option("--rather-than", "other", metavar="B", help="Why ITEM rather than B, as JSON.")
@click.option("--lang", default="en", show_default=True, help="en or zh.")
@AUDIENCE
@TODAY
@click.option(
    "--format",
    "form",
    type=click.Choice(list(SUFFIXES.values())),
    help="json, or tree on a terminal, unless said; svg draws the paths, html is a page, jsonld is PROV-O.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write to this file; its ending says the format."
)
def command(
    shop: Path,
    user_id: str,
    item_id: str,
    paths: int,
    other: str | None,
    lang: str,
    audience: str,
    today: datetime | None,
    form: str | None,
    out: Path | None,
) -> None:
    """Say why ITEM has its score for USER: prior + contributions of the paths + remainder = score.

    Example: kgrec explain my-shop u17 i9 --paths 5
    """
    if other is not None:
        form = form or (_usual(out) if out else "json")
        if form != "json":
            raise BadInput(
                f"--rather-than answers in JSON, not in {form}; leave out --format, or name a .json file"
            )
    form = _agreed(form, out)
    note(f"opening {shop}")
    from kgrec.serving import open_guide

    guide = open_guide(shop)
    if other is not None:
        _write(_contrast(guide, user_id, (item_id, other), paths, lang), out)
        return
    day = today.date() if today else None
    explanation = guide.explain(user_id, item_id, paths=paths, lang=lang, audience=audience, today=day)
    if form == "tree" and out is None:
        _print_tree(guide, explanation)
        return
    _write(FORMS[form](guide, explanation), out)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text.rstrip("\n"))
        return
    from kgrec.folders import new_text

    new_text(out, text.rstrip("\n") + "\n")
    click.echo(f"wrote {out}", err=True)


def _agreed(form: str | None, out: Path | None) -> str:
    """What is asked for, unless the name of the file says otherwise."""
    named = SUFFIXES.get(out.suffix.lower()) if out is not None else None
    if form and named and form != named:
        raise BadInput(f"--format {form} and --out {out} do not go together; leave one out")
    return form or _usual(out)


def _usual(out: Path | None) -> str:
    """What is printed where nobody says: a tree for people, JSON for programs, in a file what its name says."""
    if out is None:
        return "tree" if sys.stdout.isatty() else "json"
    if out.suffix.lower() not in SUFFIXES:
        raise BadInput(f"--out: {out.name} ends in none of {', '.join(SUFFIXES)}; say --format")
    return SUFFIXES[out.suffix.lower()]


def _json(guide: Guide, explanation: Explanation) -> str:
    from kgrec.resources import web_package

    return json_text(web_package().present.explanation_dict(explanation))


def _contrast(guide: Guide, user_id: str, item_ids: tuple[str, str], paths: int, lang: str) -> str:
    from kgrec.resources import web_package

    found = guide.contrast(user_id, *item_ids, lang=lang, paths=paths)
    return json_text(web_package().present.contrast_dict(found))


def _tree(guide: Guide, explanation: Explanation) -> str:
    from rich.console import Console

    text = StringIO()
    Console(file=text, width=120).print(guide.tree(explanation))
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _print_tree(guide: Guide, explanation: Explanation) -> None:
    from rich.console import Console

    Console().print(guide.tree(explanation))


def _svg(guide: Guide, explanation: Explanation) -> str:
    if not explanation.paths:
        raise BadInput(
            f"no path is listed that leads from {explanation.user_id} to {explanation.item_id}: "
            "there is nothing to draw; try --format tree"
        )
    return guide.drawing(explanation)


def _html(guide: Guide, explanation: Explanation) -> str:
    return guide.page(explanation)


def _jsonld(guide: Guide, explanation: Explanation) -> str:
    now = datetime.now(UTC).replace(microsecond=0)
    return json_text(guide.provenance(explanation, program=f"kgrec {__version__}", generated=now))


FORMS: dict[str, Callable[[Guide, Explanation], str]] = {
    "json": _json, "tree": _tree, "svg": _svg, "html": _html, "jsonld": _jsonld,
}  # fmt: skip
"""An explanation as a text, by the name of the format."""
