"""`kgrec key`: keys of programs that ask the API."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from kgrec.cli.output import SHOP, print_json

ROLE = click.Choice(["read", "events", "admin"])


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("action", type=click.Choice(["create", "list", "revoke"]))
@click.argument("key_id", metavar="[ID]", required=False)
@click.option("--role", type=ROLE, help="What the key is for; needed to create one.")
def command(shop: Path, action: str, key_id: str | None, role: str | None) -> None:
    """Create a key for SHOP, list its keys, or revoke the one called ID.

    A key is printed once, when it is made; the shop keeps only a hash of it. With read a program may ask
    /api/v1/sparql, with events tell what users do, with admin everything.

    Example: kgrec key my-shop create --role read
    """
    from kgrec import storage
    from kgrec.live.keys import ROLES, KeyRing

    if (action == "create") != (role is not None):
        raise click.UsageError("--role says what a new key is for: kgrec key SHOP create --role read")
    if (action == "revoke") != (key_id is not None):
        raise click.UsageError(
            "name the key to revoke: kgrec key SHOP revoke ID (list tells which there are)"
        )
    ring = KeyRing(storage.open_workspace(shop).folder / "keys.sqlite")
    if action == "create":
        key, kept = ring.create(next(known for known in ROLES if known == role))
        print_json(asdict(kept) | {"key": key, "send": f"Authorization: Bearer {key}"})
    elif action == "revoke":
        ring.revoke(str(key_id))
        print_json({"revoked": key_id})
    else:
        print_json({"keys": [asdict(kept) for kept in ring.kept()]})
