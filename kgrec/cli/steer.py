"""`kgrec steer`: what a user asks of their recommendations, kept and undone."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from kgrec.cli.output import SHOP, note, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("user_id", metavar="USER")
@click.option("--less", multiple=True, metavar="WHAT", help='Less of what items have, as "brand: Conair".')
@click.option("--more", multiple=True, metavar="WHAT", help="More of it.")
@click.option("--gift", multiple=True, metavar="ITEM", help="Conclude nothing from an item USER has.")
@click.option("--undo", multiple=True, type=int, metavar="N", help="Take back the wish of this number.")
def command(
    shop: Path,
    user_id: str,
    less: tuple[str, ...],
    more: tuple[str, ...],
    gift: tuple[str, ...],
    undo: tuple[int, ...],
) -> None:
    """Keep or undo wishes of USER and print those in force; without options, print them.

    They change scores at once, and explanations say which of them did.

    Example: kgrec steer my-shop u17 --less "brand: Conair" --gift i9
    """
    note(f"opening {shop}")
    from kgrec.guide import open_guide

    guide = open_guide(shop)
    for number in undo:
        guide.take_back(user_id, number)
    for what in less:
        guide.wish(user_id, "less", what)
    for what in more:
        guide.wish(user_id, "more", what)
    for item_id in gift:
        guide.wish(user_id, "gift", item_id)
    print_json({"user_id": user_id, "wishes": [asdict(wish) for wish in guide.wishes(user_id)]})
