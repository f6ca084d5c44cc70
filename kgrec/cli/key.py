"""`kgrec key`: keys of programs that ask the API."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kgrec.cli.output import SHOP, print_json

if TYPE_CHECKING:
    from kgrec.live.keys import KeyRing

ROLE = click.Choice(["read", "events", "admin"])

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _span(_: click.Context, __: click.Parameter, text: str | None) -> timedelta | None:
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,4})([mhdw])", text.strip(), re.ASCII)
    if not found:
        raise click.BadParameter(f"{text!r} is no span of time; write 90d, 12h, 30m or 2w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


@click.command()
@click.argument("shop", type=SHOP)
@click.argument("action", type=click.Choice(["create", "list", "rotate", "revoke"]))
@click.argument("key_id", metavar="[ID]", required=False)
@click.option("--role", type=ROLE, help="What the key is for; needed to create one.")
@click.option("--expires", callback=_span, metavar="TIME", help="How long a new key is good: 90d, 12h.")
@click.option(
    "--grace", callback=_span, metavar="TIME", help="How long a rotated key is still good.  [default: 1d]"
)
@click.option("--per-minute", type=click.IntRange(1), help="Requests a new key may make a minute.")
def command(
    shop: Path,
    action: str,
    key_id: str | None,
    role: str | None,
    expires: timedelta | None,
    grace: timedelta | None,
    per_minute: int | None,
) -> None:
    """Create a key for SHOP, list its keys, or rotate or revoke the one called ID.

    A key is printed once, when it is made; the shop keeps only a hash of it. With read a program may ask
    /api/v1/sparql, with events tell what users do, with admin everything. Rotating makes a new key for what the old
    one is for, and lets the old one end after a day.

    Example: kgrec key my-shop create --role read --expires 90d
    """
    from kgrec import storage
    from kgrec.live.keys import GRACE, KeyRing

    _check(action, key_id, {"role": role, "expires": expires, "grace": grace, "per-minute": per_minute})
    ring = KeyRing(storage.open_workspace(shop).folder / "keys.sqlite")
    if action == "create":
        _create(ring, str(role), expires, per_minute)
    elif action == "rotate":
        key, kept, old = ring.rotate(str(key_id), grace=GRACE if grace is None else grace, lasts=expires)
        told = {"key": key, "send": f"Authorization: Bearer {key}"}
        print_json(asdict(kept) | told | {"instead_of": old.key_id, "old_key_until": old.until})
    elif action == "revoke":
        ring.revoke(str(key_id))
        print_json({"revoked": key_id})
    else:
        print_json({"keys": [asdict(kept) for kept in ring.kept()]})


_OPTIONS = {
    "create": {"role", "expires", "per-minute"},
    "rotate": {"expires", "grace"},
    "revoke": set[str](),
    "list": set[str](),
}


def _check(action: str, key_id: str | None, given: dict[str, object]) -> None:
    """A usage error for an option that would be passed over, or a word that is missing."""
    if (action == "create") != (given["role"] is not None):
        raise click.UsageError("--role says what a new key is for: kgrec key SHOP create --role read")
    if (action in ("rotate", "revoke")) != (key_id is not None):
        raise click.UsageError(
            f"name the key to rotate or revoke: kgrec key SHOP {action if key_id is None else 'revoke'} ID "
            "(list tells which there are)"
        )
    for option, value in given.items():
        if value is not None and option not in _OPTIONS[action]:
            raise click.UsageError(f"--{option} has no meaning for {action}; leave it out")


def _create(ring: KeyRing, role: str, expires: timedelta | None, per_minute: int | None) -> None:
    from kgrec.live.keys import ROLES

    known = next(known for known in ROLES if known == role)
    key, kept = ring.create(known, lasts=expires, per_minute=per_minute)
    print_json(asdict(kept) | {"key": key, "send": f"Authorization: Bearer {key}"})
