"""`kgrec check`: everything that is wrong with a workspace's data, where, and what to do."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import SHOP, note, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.option("--format", "form", default="json", show_default=True, type=click.Choice(["json", "text"]))
@click.option("--lang", default="en", show_default=True, type=click.Choice(["en", "zh"]), help="Of the text.")
@click.option("--all", "all_items", is_flag=True, help="Look at every item, not at 2,000 of them.")
@click.option("--strict", is_flag=True, help="Exit with 2 for warnings too, not for violations only.")
def command(shop: Path, form: str, lang: str, all_items: bool, strict: bool) -> None:
    """Say which columns were taken for what, what was left out and why, and what the shapes of the graph find.

    Example: kgrec check my-shop --format text --strict
    """
    note(f"checking {shop}")
    from kgrec import checking, storage
    from kgrec.errors import BadGraph

    found, described = checking.check(storage.open_workspace(shop), all_items=all_items)
    if form == "json":
        print_json(described)
    else:
        click.echo("\n".join(checking.told(found.findings, lang)) or "nothing is wrong")
    violations, warnings = found.worst("violation"), found.worst("warning")
    if violations or (strict and warnings):
        raise BadGraph(
            f"{shop} has {violations:,} violations and {warnings:,} warnings; correct them as it says and build again"
        )
