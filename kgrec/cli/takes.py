"""`kgrec takes`: what it would take to get an item out of a user's list, or into it."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP, note, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("user_id", metavar="USER")
@click.argument("item_id", metavar="ITEM")
@click.option("-k", default=10, show_default=True, help="How long the list is.")
@click.option("--lang", default="en", show_default=True, help="en or zh.")
def command(shop: Path, user_id: str, item_id: str, k: int, lang: str) -> None:
    """Say without which things known of USER, as few as possible, ITEM is none of the k best, or which purchases
    would bring it in.

    Example: kgrec takes my-shop u17 i9
    """
    note(f"opening {shop}")
    from kgrec.resources import web_package
    from kgrec.serving import open_guide

    print_json(web_package().present.takes_dict(open_guide(shop).takes(user_id, item_id, k, lang)))
