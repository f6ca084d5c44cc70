"""A living shop behind the API, for tests: a copy of the small workspace, its keys, and a client."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kgrec.live.access import Access
from kgrec.live.keys import KeyRing, Role
from kgrec.serving import Served
from web import create_app


@dataclass(frozen=True)
class LivingShop:
    """One that is served."""

    folder: Path
    served: Served
    app: Flask
    client: FlaskClient

    def key(self, role: Role) -> str:
        """Another key."""
        return KeyRing(self.folder / "keys.sqlite").create(role)[0]

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str
    ) -> TestResponse:
        """An answer of the API; names of headers are written with _ in place of -."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)


@contextmanager
def living_shop(workspace: Path, folder: Path, settings: str = "") -> Iterator[LivingShop]:
    """A copy of a workspace, served; `settings` are added to its kgrec.toml."""
    shutil.copytree(workspace, folder, symlinks=True)
    file = folder / "kgrec.toml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{settings}\n", encoding="utf-8")
    served = Served(folder)
    app = create_app(served, access=Access.of(folder))
    yield LivingShop(folder, served, app, app.test_client())
    served.database.close()
    served.guide.endpoint.close()
