"""`kgrec explain`: why an item has its score for a user."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP, note, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("user_id", metavar="USER")
@click.argument("item_id", metavar="ITEM")
@click.option("--paths", default=3, show_default=True, help="How many paths to list.")
@click.option("--lang", default="en", show_default=True, help="en or zh.")
def command(shop: Path, user_id: str, item_id: str, paths: int, lang: str) -> None:
    """Say why ITEM has its score for USER: prior + contributions of the paths + remainder = score.

    Example: kgrec explain my-shop u17 i9 --paths 5
    """
    note(f"opening {shop}")
    from kgrec.guide import open_guide
    from kgrec.resources import web_package

    explanation = open_guide(shop).explain(user_id, item_id, paths=paths, lang=lang)
    print_json(web_package().present.explanation_dict(explanation))
