"""A browser in which the studio is open, and what is written down of what it shows."""

from __future__ import annotations

import re
import secrets
import time
from html import unescape
from pathlib import Path

from flask.testing import FlaskClient

from kgrec.live.exposures import Exposure, ExposureWriter
from kgrec.live.keys import KeyRing, Role
from kgrec.live.registry import Registry


class Kept(list[Exposure]):
    """A writer whose exposures are looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.writer = ExposureWriter(self.extend, every=0.01)

    def all(self) -> list[Exposure]:
        self.writer.flush(30)
        return list(self)


def keys_alone(folder: Path) -> Registry:
    """What a guide needs so that its studio can be opened; it keeps nothing about people."""
    return Registry(None, None, KeyRing(folder / "keys.sqlite"), lambda: None)


def open_studio(client: FlaskClient, keys: KeyRing, role: Role = "read") -> FlaskClient:
    """The same client, which has shown a key."""
    _, kept = keys.create(role)
    with client.session_transaction() as session:
        session["studio"] = [kept.key_id, int(time.time()), secrets.token_hex(16)]
    return client


def look_as(client: FlaskClient, user_id: str) -> FlaskClient:
    """The same client, which looks at the shop as one of its users."""
    with client.session_transaction() as session:
        session["user"] = user_id
    return client


def form(page: str, action: str) -> dict[str, str]:
    """The fields of the form that a page sends to an address, as a browser would send them."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert found, f"no form for {action}"
    fields = {}
    for tag in re.findall(r"<input[^>]*>", found[1]):
        told = dict(re.findall(r'(name|value)="([^"]*)"', tag))
        fields[told["name"]] = unescape(told.get("value", ""))
    for name, text in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', found[1], re.DOTALL
    ):
        fields[name] = unescape(text)
    return fields
