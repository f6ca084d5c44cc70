"""`kgrec why-not`: by how much an item misses a user's list, and why."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP, note, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("user_id", metavar="USER")
@click.argument("item_id", metavar="ITEM")
@click.option("-k", default=10, show_default=True, help="How long the list is.")
@click.option("--paths", default=3, show_default=True, help="How many paths of the item itself to list.")
@click.option("--lang", default="en", show_default=True, help="en or zh.")
def command(shop: Path, user_id: str, item_id: str, k: int, paths: int, lang: str) -> None:
    """Say by how much ITEM misses the k best of USER, what blocks it, and what its rivals have instead.

    Example: kgrec why-not my-shop u17 i9
    """
    note(f"opening {shop}")
    from kgrec.resources import web_package
    from kgrec.serving import open_guide

    found = open_guide(shop).why_not(user_id, item_id, k, lang, paths=paths)
    print_json(web_package().present.why_not_dict(found))
