"""`kgrec recommend`: the best items for a user."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP, note, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("user_id", metavar="USER")
@click.option("-k", default=10, show_default=True, help="How many items.")
@click.option("--explain", "explained", is_flag=True, help="With the reasons of each item.")
@click.option("--lang", default="en", show_default=True, help="en or zh.")
def command(shop: Path, user_id: str, k: int, explained: bool, lang: str) -> None:
    """Recommend items to USER.

    Example: kgrec recommend my-shop u17 -k 5 --explain
    """
    note(f"opening {shop}")
    from kgrec.guide import open_guide
    from kgrec.resources import web_package

    present = web_package().present
    guide = open_guide(shop)
    items = []
    for found in guide.recommend_for(user_id, k=k):
        item = present.recommendation_dict(found)
        if explained:
            item["explanation"] = present.explanation_dict(guide.explain(user_id, found.item_id, lang=lang))
        items.append(item)
    print_json({"user_id": user_id, "items": items})
