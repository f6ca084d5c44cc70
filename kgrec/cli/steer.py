"""`kgrec steer`: what a user asks of their recommendations, kept and undone."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from kgrec.cli.output import SHOP, note, print_json
from kgrec.domain import Asked
from kgrec.errors import BadInput


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("user_id", metavar="USER")
@click.option("--less", multiple=True, metavar="WHAT", help='Less of what items have, as "brand: Conair".')
@click.option("--more", multiple=True, metavar="WHAT", help="More of it.")
@click.option("--gift", multiple=True, metavar="ITEM", help="Conclude nothing from an item USER has.")
@click.option("--never", multiple=True, metavar="ITEM", help="Leave ITEM out, and conclude nothing from it.")
@click.option("--undo", multiple=True, type=int, metavar="N", help="Take back the wish of this number.")
def command(
    shop: Path,
    user_id: str,
    less: tuple[str, ...],
    more: tuple[str, ...],
    gift: tuple[str, ...],
    never: tuple[str, ...],
    undo: tuple[int, ...],
) -> None:
    """Keep or undo wishes of USER and print those in force; without options, print them.

    They change scores at once, and explanations say which of them did.

    Example: kgrec steer my-shop u17 --less "brand: Conair" --gift i9
    """
    if (shop / "manifest.json").is_file():
        raise BadInput(f"{shop} is a saved bundle, which keeps no wishes; name a workspace")
    note(f"opening {shop}")
    from kgrec.serving import open_guide

    guide = open_guide(shop)
    asked: list[tuple[Asked, str]] = [("less", what) for what in less]
    asked += [("more", what) for what in more] + [("gift", item_id) for item_id in gift]
    asked += [("never", item_id) for item_id in never]
    about = [guide.wished(user_id, kind, what) for kind, what in asked]  # all are good, or none is kept
    if len(set(about)) < len(about):
        raise BadInput("two of these wishes are about the same thing; ask for one of them")
    for number in undo:
        guide.take_back(user_id, number)
    for kind, what in asked:
        guide.wish(user_id, kind, what)
    kept = [asdict(wish) | {"label": guide.called(wish.entity)} for wish in guide.wishes(user_id)]
    print_json({"user_id": user_id, "wishes": kept})
