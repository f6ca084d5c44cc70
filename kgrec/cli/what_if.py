"""`kgrec what-if`: a user's list if they had done something more or less, or items were different."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kgrec.cli.output import SHOP, note, print_json

if TYPE_CHECKING:
    from kgrec.domain import IdMap
    from kgrec.guide import SessionEvent


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("user_id", metavar="USER")
@click.option(
    "--add", multiple=True, metavar="ITEM[:EVENT]", help="USER does this now, last; a purchase unless said."
)
@click.option("--remove", multiple=True, metavar="ITEM", help="USER has done nothing with this item.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="ITEM.RELATION=VALUE",
    help="An item has this instead, as i9.has_brand=Conair; with no VALUE, nothing.",
)
@click.option("-k", default=10, show_default=True, help="How long the list is.")
@click.option("--lang", default="en", show_default=True, help="en or zh.")
def command(
    shop: Path,
    user_id: str,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    changes: tuple[str, ...],
    k: int,
    lang: str,
) -> None:
    """Print the k best of USER as they are and as they would be, and why each item that moves does.

    Example: kgrec what-if my-shop u17 --add i9 --remove i3 --set i4.has_brand=Conair
    """
    change = _changes(changes)
    note(f"opening {shop}")
    from kgrec.resources import web_package
    from kgrec.serving import open_guide

    guide = open_guide(shop)
    events = [_event(word, guide.dataset.items) for word in add]
    found = guide.what_if(user_id, events, remove, change, k, lang)
    print_json(web_package().present.what_if_dict(found))


def _event(word: str, items: IdMap) -> SessionEvent:
    """i9 or i9:view → an event; an item's id may hold colons."""
    from kgrec.guide import SessionEvent

    item_id, colon, event = word.rpartition(":")
    return SessionEvent(item_id, event) if colon and word not in items else SessionEvent(word, "buy")


def _changes(words: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """i9.has_brand=Conair → item, relation, value; an item's id may hold dots."""
    found: dict[str, dict[str, str]] = {}
    for word in words:
        what, equals, value = word.partition("=")
        item_id, dot, relation = what.rpartition(".")
        if not (equals and dot and item_id and relation):
            raise click.BadParameter(f"{word!r} is no ITEM.RELATION=VALUE; try --set i9.has_brand=Conair")
        found.setdefault(item_id, {})[relation] = value
    return found
