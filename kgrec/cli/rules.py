"""`kgrec rules`: a shop's expert rules — which hold, what they are about, whether a file of them is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kgrec.cli.output import SHOP, note, print_json
from kgrec.errors import BadInput

if TYPE_CHECKING:
    from datetime import datetime

    from kgrec.guide import Guide
    from kgrec.insight.rules import RuleLine
    from kgrec.rules import RuleSet


@click.command()
@click.argument("shop", type=SHOP)
@click.option(
    "--check",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Look at this file in place of SHOP/rules.toml; nothing changes.",
)
@click.option("--preview", "user_id", metavar="USER", help="USER's list with the rules and without.")
@click.option("-k", default=10, show_default=True, help="How many items of a preview.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="As of this day (UTC) in place of today's.")
def command(shop: Path, file: Path | None, user_id: str | None, k: int, today: datetime | None) -> None:
    """List the rules of SHOP/rules.toml: whether they hold today, and how many items each is about.

    A rule that cannot be read, or speaks of what the shop does not have, is an error.

    Example: kgrec rules my-shop --check new-rules.toml --preview u17
    """
    if file is None and (shop / "manifest.json").is_file():
        raise BadInput(
            f"{shop} is a saved bundle, which has no rules; name a workspace, or a file with --check"
        )
    if file is not None and not file.is_file():
        raise BadInput(f"{file} is no file; name a file of rules")
    note(f"opening {shop}")
    from kgrec.explain.rules import RulesOn
    from kgrec.insight.rules import rule_line
    from kgrec.live.rules import FILE, read_rules
    from kgrec.serving import open_guide, rule_words

    guide = open_guide(shop)
    path = file or shop / FILE
    given = read_rules(path, rule_words(guide.dataset, guide.graph))
    found = RulesOn(given, guide.graph, guide.model)
    if found.faults:
        raise BadInput(found.faults[0] + _more(found.faults))
    day = today.date() if today else guide.today()
    answer: dict[str, Any] = {
        "file": str(path),
        "today": day.isoformat(),
        "rules": [_listed(rule_line(one, day)) for one in found.found],
    }
    if user_id is not None:
        answer["preview"] = _preview(guide, given, user_id, k, today)
    print_json(answer)


def _more(faults: list[str]) -> str:
    return f" (and {len(faults) - 1:,} more such)" if len(faults) > 1 else ""


def _listed(one: RuleLine) -> dict[str, Any]:
    told: dict[str, Any] = {"name": one.name, "do": one.do, "today": one.holds, "items": one.items}
    told |= {name: value for name in ("of", "factor", "place") if (value := getattr(one, name)) is not None}
    told["from"] = None if one.first is None else one.first.isoformat()
    told["until"] = None if one.last is None else one.last.isoformat()
    return told


def _preview(guide: Guide, given: RuleSet, user_id: str, k: int, today: datetime | None) -> dict[str, Any]:
    """Both lists."""
    from kgrec.insight.changes import pair
    from kgrec.resources import web_package

    present = web_package().present
    day = None if today is None else today.date()
    before, after = (guide.under(rules, day).asker(user_id) for rules in (None, given))
    found = pair(user_id, before, after, k, guide.teller())
    return {
        "user_id": user_id,
        "with": [present.recommendation_dict(one) for one in found.after],
        "without": [present.recommendation_dict(one) for one in found.before],
    }
