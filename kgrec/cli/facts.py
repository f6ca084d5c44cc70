"""`kgrec facts`: all that is known of a user and used, and what is not to be."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from kgrec.cli.output import SHOP, note, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("user_id", metavar="USER")
@click.option("--hide", multiple=True, metavar="FACT", help="Never use this one again; may be repeated.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
def command(shop: Path, user_id: str, hide: tuple[str, ...], lang: str) -> None:
    """Print every fact that is used about USER of SHOP: what they did, and the segments they belong to.

    A fact that is hidden is gone from every answer at once, and an event of the log is deleted.

    Example: kgrec facts my-shop u0002 --hide 3f1c2a9b8d7e6f50
    """
    note(f"opening {shop}")
    from kgrec.serving import open_guide

    guide = open_guide(shop)
    deleted = sum(guide.hide_fact(user_id, fact) for fact in hide)
    told = [asdict(fact) for fact in guide.facts(user_id, lang)]
    print_json(
        {"user_id": user_id, "facts": told, **({"hidden": list(hide), "deleted": deleted} if hide else {})}
    )
