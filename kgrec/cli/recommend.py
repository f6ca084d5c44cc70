"""`kgrec recommend`: the best items for a user."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from kgrec.cli.output import AUDIENCE, SHOP, TODAY, note, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("user_id", metavar="USER")
@click.option("-k", default=10, show_default=True, help="How many items.")
@click.option("--explain", "explained", is_flag=True, help="With the reasons of each item.")
@click.option(
    "--balance",
    type=float,
    metavar="0…1",
    help="Explain the list as a whole, balanced by USER's interests: 0 by score alone, 1 by interests alone.",
)
@click.option("--lang", default="en", show_default=True, help="en or zh.")
@AUDIENCE
@TODAY
def command(
    shop: Path,
    user_id: str,
    k: int,
    explained: bool,
    balance: float | None,
    lang: str,
    audience: str,
    today: datetime | None,
) -> None:
    """Recommend items to USER.

    Example: kgrec recommend my-shop u17 -k 5 --explain
    """
    note(f"opening {shop}")
    from kgrec.explain.wording import language
    from kgrec.resources import web_package
    from kgrec.serving import open_guide

    present = web_package().present
    language(lang)  # an unknown language is said to be one even where nothing is told
    guide = open_guide(shop)
    answer: dict[str, Any]
    if balance is None:
        found = [present.recommendation_dict(one) for one in guide.recommend_for(user_id, k=k)]
        answer = {"user_id": user_id, "items": found}
    else:
        answer = present.overview_dict(guide.overview(user_id, k=k, balance=balance, lang=lang))
    if explained:
        reasons = guide.explain_all(
            [item["item_id"] for item in answer["items"]],
            user_id,
            lang=lang,
            audience=audience,
            today=today.date() if today else None,
        )
        for item, explanation in zip(answer["items"], reasons, strict=True):
            item["explanation"] = present.explanation_dict(explanation)
    print_json(answer)
