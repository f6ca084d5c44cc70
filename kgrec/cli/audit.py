"""`kgrec audit`: items whose evidence comes from doubtful accounts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kgrec.cli.output import SHOP, print_json

if TYPE_CHECKING:
    from kgrec.domain import Dataset
    from kgrec.evaluation.bursts import Suspect


@click.command()
@click.argument("shop", type=SHOP)
@click.option(
    "--days",
    default=30,
    show_default=True,
    type=click.IntRange(0),
    help="Only choices of the last days; 0: all.",
)
@click.option(
    "--few",
    default=2,
    show_default=True,
    type=click.IntRange(0),
    help="An account of so many events is doubtful.",
)
@click.option(
    "--hours",
    default=48.0,
    show_default=True,
    type=click.FloatRange(0),
    help="So is one that did everything within so many hours.",
)
@click.option("--users", "with_users", is_flag=True, help="Name the accounts behind each item.")
def command(shop: Path, days: int, few: int, hours: float, with_users: bool) -> None:
    """List the items of SHOP that too many doubtful accounts chose, of those the graph was built from.

    Too many is what chance would bring about in one shop of a thousand. What to do about it is in docs/security.md.

    Example: kgrec audit my-shop --days 7 --users
    """
    from kgrec import storage
    from kgrec.evaluation.bursts import Doubt, suspects

    dataset = storage.load_tables(storage.open_workspace(shop))
    doubt = Doubt(days=days, few=few, hours=hours)
    found = suspects(dataset.interactions, len(dataset.users), len(dataset.items), doubt)
    print_json(
        {
            "days": days,
            "clock": dataset.interactions.clock,
            "suspects": [_told(suspect, dataset, with_users=with_users) for suspect in found],
        }
    )


def _told(suspect: Suspect, dataset: Dataset, *, with_users: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "item_id": dataset.items.ids[suspect.item],
        "title": str(dataset.item_table["title"].iloc[suspect.item]),
        "choosers": suspect.choosers,
        "doubtful": suspect.doubtful,
        "usual_share": round(suspect.usual, 4),
        "began_together": suspect.born,
        "began_on": suspect.day,
        "chance": float(f"{suspect.chance:.3g}"),
    }
    return told | ({"users": list(dataset.users.ids[suspect.accounts])} if with_users else {})
