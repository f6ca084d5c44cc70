"""`kgrec forget`: a user is gone, from the database, the tables and the graphs, with a receipt."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from kgrec.cli.output import SHOP, print_json, progress_bars


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("user_id", metavar="[USER]", required=False)
@click.option("--reason", default="", help="Why; it is kept with the receipt, so name nobody in it.")
@click.option("--retrain", is_flag=True, help="Learn the model anew, from those who are left.")
@click.option(
    "--prove", is_flag=True, help="Compare recommendations of others with those of a shop built anew."
)
@click.option("--pending", is_flag=True, help="Finish what was begun and is not done.")
@click.option(
    "--expired", is_flag=True, help="Delete events and exposures that are older than the shop keeps them."
)
def command(
    shop: Path, user_id: str | None, reason: str, retrain: bool, prove: bool, pending: bool, expired: bool
) -> None:
    """Forget USER of SHOP for good and print a receipt: what was removed, and a search that finds nothing.

    It can be run again if it was stopped. The receipt names nobody; `person` is a keyed hash.

    Example: kgrec forget my-shop u0002 --reason "asked by mail"
    """
    from kgrec import forgetting, storage

    if sum((user_id is not None, pending, expired)) != 1:
        raise click.UsageError("name a user, or say --pending or --expired")
    if user_id is None and (retrain or prove or reason):
        raise click.UsageError("--reason, --retrain and --prove are about one user; name one")
    workspace = storage.open_workspace(shop)
    if expired:
        print_json({"deleted": asdict(forgetting.expire(workspace))})
        return
    with progress_bars() as progress:
        if user_id is None:
            print_json({"receipts": forgetting.finish(workspace, progress=progress)})
            return
        receipt = forgetting.forget(
            workspace, user_id, reason=reason, retrain=retrain, prove=prove, progress=progress
        )
    print_json(receipt)
