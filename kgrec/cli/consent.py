"""`kgrec consent`: what a user allows, by purpose."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from kgrec.cli.output import SHOP, print_json

_ANSWER = click.Choice(["yes", "no"])


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("user_id", metavar="USER")
@click.option(
    "--recommend", type=_ANSWER, help="Recommendations of their own, and learning from what they do."
)
@click.option("--research", type=_ANSWER, help="Studying how the shop does with what they do.")
@click.option("--marketing", type=_ANSWER, help="Being written to.")
def command(
    shop: Path, user_id: str, recommend: str | None, research: str | None, marketing: str | None
) -> None:
    """Keep what USER of SHOP says to a purpose, and print what they allow.

    Without recommendations of their own, they are shown what a newcomer is shown.

    Example: kgrec consent my-shop u0002 --recommend no
    """
    from kgrec import storage
    from kgrec.live.database import Database
    from kgrec.live.people import People
    from kgrec.live.terms import Purpose

    given: dict[Purpose, str | None] = {
        "recommend": recommend,
        "research": research,
        "marketing": marketing,
    }
    said: dict[Purpose, bool] = {
        purpose: answer == "yes" for purpose, answer in given.items() if answer is not None
    }
    database = Database.of(storage.open_workspace(shop).folder)
    try:
        people = People(database)
        consent = people.consents(user_id, said) if said else people.consent(user_id)
    finally:
        database.close()
    print_json({"user_id": user_id, **asdict(consent)})
