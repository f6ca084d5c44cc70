"""What programs say of items, over HTTP: new, corrected and withdrawn ones are in the next list, with reasons."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from kgrec import pipeline, storage
from kgrec.live.keys import KeyRing
from kgrec.serving import Served, open_guide
from tests.web.test_api import refused
from web import create_app
from web.api.answers import ItemAnswer

NEW: dict[str, Any] = {"title": "even thing 99", "brand": "Even & Co", "price": 3.5, "currency": "EUR"}
Ask = Callable[..., TestResponse]


@pytest.fixture
def shop(parity_workspace: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(parity_workspace, tmp_path / "shop", symlinks=True))


@pytest.fixture
def served(shop: Path) -> Iterator[Served]:
    served = Served(shop)
    yield served
    served.database.close()


@pytest.fixture
def app(served: Served) -> Flask:
    return create_app(served)


@pytest.fixture
def ask(app: Flask, shop: Path) -> Ask:
    key, _ = KeyRing(shop / "keys.sqlite").create("admin")

    def asked(method: str, path: str, body: Any = None, key: str | None = key, **more: Any) -> TestResponse:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return app.test_client().open(f"/api/v1{path}", method=method, json=body, headers=headers, **more)

    return asked


def listed(ask: Ask, user_id: str = "u0", **more: Any) -> dict[str, dict[str, Any]]:
    answer = ask("POST", "/recommend", {"user_id": user_id, "k": 30, **more})
    assert answer.status_code == 200, answer.json
    return {item["item_id"]: item for item in answer.json["items"]}


def test_a_new_item_is_recommended_with_reasons_when_the_answer_comes(ask: Ask) -> None:
    answer = ask("PUT", "/items/i99", NEW)
    assert answer.status_code == 200
    assert ItemAnswer.model_validate(answer.json) == ItemAnswer(item_id="i99", recommendable=True)
    found = listed(ask, explain=3)["i99"]
    assert found["title"] == "even thing 99"
    hops = [hop for path in found["explanation"]["paths"] for hop in path["hops"]]
    assert any(hop["source"].startswith("items API") for hop in hops)
    explained = found["explanation"]
    total = (
        explained["prior"]
        + sum(path["contribution"] for path in explained["paths"])
        + explained["remainder"]["contribution"]
    )
    assert total == pytest.approx(explained["score"], rel=1e-5)


def test_a_new_item_can_be_bought_and_leads_on(ask: Ask, served: Served, shop: Path) -> None:
    ask("PUT", "/items/i99", NEW)
    key, _ = KeyRing(shop / "keys.sqlite").create("events")
    event = {"event_id": "e1", "user_id": "eve", "item_id": "i99", "event": "buy", "datetime": 1_700_000_000}
    assert ask("POST", "/events", [event], key=key).json["accepted"] == 1
    found = listed(ask, "eve", k=3, explain=1)
    assert all(int(item_id[1:]) % 2 == 0 for item_id in found) and "i99" not in found


def test_a_corrected_brand_counts_at_once_and_only_that_changes(ask: Ask, served: Served) -> None:
    before = served.guide.item("i3")
    assert ask("PATCH", "/items/i3", {"brand": "Even & Co"}).json["recommendable"]
    after = served.guide.item("i3")
    assert (after.brand, after.title) == ("Even & Co", before.title)
    told = ask("POST", "/explain", {"user_id": "u0", "item_id": "i3", "paths": 20}).json
    labels = {hop["labels"]["object"] for path in told["paths"] for hop in path["hops"]}
    assert "Even & Co" in labels and "Odd Ltd" not in labels


def test_put_forgets_what_it_does_not_say_and_patch_does_not(ask: Ask, served: Served) -> None:
    ask("PUT", "/items/i99", NEW)
    ask("PATCH", "/items/i99", {"price": None})
    assert (served.guide.item("i99").price, served.guide.item("i99").brand) == (None, "Even & Co")
    ask("PUT", "/items/i99", {"title": "even thing 99"})
    assert served.guide.item("i99").brand == ""


def test_a_withdrawn_item_is_gone_at_once_and_comes_back(ask: Ask, served: Served) -> None:
    first = next(iter(listed(ask)))
    assert ask("DELETE", f"/items/{first}").status_code == 204
    assert first not in listed(ask)
    assert first not in listed(ask, user_id="u2")
    assert ask("DELETE", f"/items/{first}").status_code == 404
    why_not = ask("POST", "/why-not", {"user_id": "u0", "item_id": first}).json
    assert why_not["blocked"] == "withdrawn"
    ask("PUT", f"/items/{first}", {**NEW, "title": "it is back"})
    assert listed(ask)[first]["title"] == "it is back"


def test_what_was_said_outlives_a_restart_and_a_refresh(ask: Ask, served: Served, shop: Path) -> None:
    ask("PUT", "/items/i99", NEW)
    ask("DELETE", "/items/i98")
    first, second = [item_id for item_id in listed(ask) if item_id != "i99"][:2]
    ask("DELETE", f"/items/{second}")
    ask("PATCH", "/items/i3", {"brand": "Even & Co"})
    restarted = open_guide(shop)
    assert restarted.item("i99").title == "even thing 99"
    assert not restarted.offers(second) and restarted.offers(first)
    assert second not in [one.item_id for one in restarted.recommend_for("u0", k=30)]
    refreshed = pipeline.refresh(storage.open_workspace(shop))
    assert refreshed["model"]["moved"]
    guide = open_guide(shop)
    assert "i99" in guide.dataset.items and guide.item("i3").brand == "Even & Co"
    best = [one.item_id for one in guide.recommend_for("u0", k=30)]
    assert "i99" in best and first in best and second not in best
    served.look()
    assert set(listed(ask)) == set(best)


def test_another_worker_follows_by_itself(ask: Ask, shop: Path) -> None:
    other = Served(shop)
    assert ask("PUT", "/items/i99", NEW).status_code == 200
    other.look()
    assert other.guide.item("i99").title == "even thing 99"
    other.database.close()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"title": "x", "colours": "red"}, "colours"),
        ({"title": ["a"]}, "title"),
        ({"title": "x", "price": "cheap"}, "price"),
        ({"title": "x", "brand": {"a": 1}}, "brand"),
        ({"title": "x", "brand": "y" * 200_000}, "brand"),
        ([], "object"),
        ({f"a{n}": "x" for n in range(101)}, "100"),
    ],
)
def test_what_no_item_can_be_is_refused_by_name_and_not_kept(
    ask: Ask, served: Served, body: Any, told: str
) -> None:
    assert told in refused(ask("PUT", "/items/i99", body), 422)
    assert list(served.items.after()) == [] and "i99" not in listed(ask)


def test_titles_that_turn_their_surroundings_around_are_cleaned(ask: Ask) -> None:
    ask("PUT", "/items/i99", {**NEW, "title": "\u202eevil\u202c <script>alert(1)</script>\x00"})
    assert listed(ask)["i99"]["title"] == "evil <script>alert(1)</script>"


def test_nobody_without_an_admin_key_may_say_anything(
    ask: Ask, app: Flask, shop: Path, served: Served
) -> None:
    events, _ = KeyRing(shop / "keys.sqlite").create("events")
    for method in ("PUT", "PATCH", "DELETE"):
        refused(ask(method, "/items/i3", NEW, key=None), 401)
        refused(ask(method, "/items/i3", NEW, key=events), 403)
    refused(ask("PATCH", "/items/nobody", {"price": 1}), 404)
    assert list(served.items.after()) == []


@pytest.mark.parametrize("item_id", ["a/b", "../../etc", "ä ö", "%2e", "=cmd()", "i?x=1#y"])
def test_any_id_is_an_id(ask: Ask, item_id: str) -> None:
    from urllib.parse import quote

    assert ask("PUT", f"/items/{quote(item_id, safe='')}", NEW).json["item_id"] == item_id
    assert item_id in listed(ask)
