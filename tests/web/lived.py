"""A shop with a database of its own, and a browser in it: what pages about a visitor's data are tried on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kgrec.guide import Guide
from kgrec.live.database import Database
from kgrec.live.engines import Address
from kgrec.live.erasure import Erasures
from kgrec.live.events import EventLog
from kgrec.live.intake import Intake
from kgrec.live.keys import KeyRing
from kgrec.live.living import Living
from kgrec.live.people import People
from kgrec.live.registry import Registry
from kgrec.live.storefront import Storefront
from kgrec.live.told import Event
from kgrec.live.wish_table import WishTable
from web import create_app

KEY = b"a key of the shop"


@dataclass
class Lived:
    """A browser, the shop that it looks at, and its log."""

    client: FlaskClient
    shop: Guide
    log: EventLog
    finished: list[bool] = field(default_factory=list)

    @property
    def user_id(self) -> str | None:
        """As whom the browser is known."""
        with self.client.session_transaction() as session:
            found: str | None = session.get("user")
            return found

    def page(self, address: str, status: int = 200) -> str:
        """The text of a page."""
        answer = self.client.get(address)
        assert answer.status_code == status, (address, answer.status_code)
        return answer.get_data(as_text=True)

    def send(self, address: str, status: int = 303, **fields: object) -> TestResponse:
        """The answer to a form."""
        answer = self.client.post(address, data={name: str(value) for name, value in fields.items()})
        assert answer.status_code == status, (address, answer.status_code, answer.get_data(as_text=True))
        return answer

    def visited(self, *item_ids: str) -> str:
        """A visitor who is in no table and has bought some items; the browser is theirs."""
        user_id = "visitor-" + "1" * 32
        events = [
            Event(f"e{n}", user_id, item_id, "buy", 1_790_000_000 + n) for n, item_id in enumerate(item_ids)
        ]
        self.log.append(events)
        self.look_as(user_id)
        return user_id

    def look_as(self, user_id: str) -> None:
        """Look at the shop as somebody from now on."""
        with self.client.session_transaction() as session:
            session["user"] = user_id

    def listed(self, user_id: str, k: int = 10) -> list[str]:
        """The items of somebody's list."""
        return [one.item_id for one in self.shop.recommend_for(user_id, k=k)]


@contextmanager
def lived(guide: Guide, folder: Path, *, made_up: bool = True, forms: bool = False) -> Iterator[Lived]:
    """The same shop with a database; `forms` are checked for their token only where that is tried."""
    database = Database(Address(file=folder / "events.sqlite"), patience=30.0)
    log, ring, finished = EventLog(database), KeyRing(folder / "keys.sqlite"), []
    shop = Guide(
        guide.dataset,
        guide.graph,
        guide.model,
        name="hostile",
        wishes=WishTable(database),
        living=Living(database, key=KEY),
        intake=Intake(log, ring),
        registry=Registry(People(database), Erasures(database, KEY), ring, lambda: finished.append(True)),
    )
    app = create_app(shop, storefront=Storefront(try_as=True, made_up=made_up))
    app.config["WTF_CSRF_ENABLED"] = forms
    yield Lived(app.test_client(), shop, log, finished)
    database.close()


def words(page: str) -> str:
    """What a person reads of a page: no tags, one space at a time."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))
