"""What is told and asked of users over HTTP, by those who hold a key."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kgrec import pipeline, storage
from kgrec.guide import Guide
from kgrec.live.database import Database
from kgrec.live.engines import Address
from kgrec.live.erasure import Erasures
from kgrec.live.events import EventLog
from kgrec.live.keys import KeyRing
from kgrec.live.living import Living
from kgrec.live.people import People
from kgrec.live.registry import Registry
from kgrec.live.storefront import Storefront
from kgrec.live.told import Event
from kgrec.live.wish_table import WishTable
from tests.web.conftest import hostile_shop
from tests.web.opened import look_as
from tests.web.test_api import refused as problem
from web import create_app
from web.api import answers

KEY = b"a key of the shop"


@dataclass
class Served:
    """A client of a shop with a database, and the headers of its keys."""

    client: FlaskClient
    admin: dict[str, str]
    events: dict[str, str]
    read: dict[str, str]
    log: EventLog
    finished: list[bool]


@pytest.fixture
def served(guide: Guide, tmp_path: Path) -> Iterator[Served]:
    database = Database(Address(file=tmp_path / "events.sqlite"), patience=30.0)
    ring, finished = KeyRing(tmp_path / "keys.sqlite"), []
    keys = [{"Authorization": f"Bearer {ring.create(role)[0]}"} for role in ("admin", "events", "read")]
    erasures = Erasures(database, KEY)
    shop = Guide(
        guide.dataset,
        guide.graph,
        guide.model,
        name="hostile",
        wishes=WishTable(database),
        living=Living(database, key=KEY),
        registry=Registry(People(database), erasures, ring, lambda: finished.append(True)),
    )
    app = create_app(shop, storefront=Storefront(try_as=True))
    yield Served(app.test_client(), *keys, EventLog(database), finished)
    database.close()


def refused(answer: TestResponse, status: int, said: str) -> None:
    """Whether a problem document says so."""
    assert said in problem(answer, status)


def listed(served: Served, user_id: str) -> list[object]:
    answer = served.client.post("/api/v1/recommend", json={"user_id": user_id, "k": 5, "explain": True})
    assert answer.status_code == 200
    items = answer.get_json()["items"]
    for item in items:
        item["explanation"]["user_id"] = ""
    return items


def test_a_user_who_says_no_is_told_what_everybody_without_a_history_is_told(served: Served) -> None:
    before = listed(served, "u0")
    for user_id in ("u0", "u1"):
        answer = served.client.put(
            f"/api/v1/users/{user_id}/consent", json={"recommend": False}, headers=served.events
        )
        found = answers.ConsentAnswer.model_validate(answer.get_json())
        assert answer.status_code == 200 and not found.recommend and found.asked == ["recommend"]
    assert listed(served, "u0") == listed(served, "u1") != before
    served.client.put("/api/v1/users/u0/consent", json={"recommend": True}, headers=served.admin)
    assert listed(served, "u0") == before
    assert served.client.get("/api/v1/users/u1/consent", headers=served.events).get_json() == {
        **{"user_id": "u1", "recommend": False, "research": False, "marketing": False},
        "asked": ["recommend"],
    }


def test_facts_are_listed_and_hidden_one_by_one(served: Served) -> None:
    served.log.append([Event("e1", "u0", "soap", "view", 1_800_000_000)])
    answer = served.client.get("/api/v1/users/u0/facts", headers=served.admin)
    facts = answers.FactsAnswer.model_validate(answer.get_json()).facts
    seen = next(one for one in facts if one.source == "events:1")
    assert "looked at “Plain soap”" in seen.text
    chinese = served.client.get("/api/v1/users/u0/facts?lang=zh", headers=served.admin).get_json()["facts"]
    assert [one["fact"] for one in chinese] == [one.fact for one in facts]
    hidden = served.client.delete(f"/api/v1/users/u0/facts/{seen.fact}", headers=served.admin)
    assert answers.HiddenAnswer.model_validate(hidden.get_json()).deleted == 1
    left = served.client.get("/api/v1/users/u0/facts", headers=served.admin).get_json()["facts"]
    assert len(left) == len(facts) - 1 and list(served.log.after()) == []
    again = served.client.delete(f"/api/v1/users/u0/facts/{seen.fact}", headers=served.admin)
    refused(again, 404, "no fact named")
    refused(served.client.get("/api/v1/users/u0/facts?lang=xx", headers=served.admin), 422, "lang")


def test_attributes_are_put_and_patched(served: Served) -> None:
    url = "/api/v1/users/new-one"
    refused(served.client.patch(url, json={"city": "Ulm"}, headers=served.admin), 404, "no user named")
    answer = served.client.put(url, json={"city": "Ulm", "job": "baker"}, headers=served.admin)
    assert answers.UserAnswer.model_validate(answer.get_json()).attributes == {"city": "Ulm", "job": "baker"}
    answer = served.client.patch(url, json={"job": None}, headers=served.admin)
    assert answer.get_json() == {"user_id": "new-one", "attributes": {"city": "Ulm"}}
    assert served.client.put(url, json={}, headers=served.admin).get_json()["attributes"] == {}


def test_who_is_forgotten_is_unknown_at_once_and_the_receipt_can_be_asked_for(served: Served) -> None:
    served.log.append([Event("e1", "u0", "soap", "view", 1_800_000_000)])
    answer = served.client.delete("/api/v1/users/u0?reason=by+mail", headers=served.admin)
    receipt = answers.ErasureReceipt.model_validate(answer.get_json())
    assert answer.status_code == 202 and not receipt.complete and served.finished == [True]
    assert receipt.removed["database"]["events"] == 1 and receipt.reason == "by mail"
    found = served.client.get(answer.headers["Location"], headers=served.admin)
    assert found.get_json() == answer.get_json()
    refused(served.client.post("/api/v1/recommend", json={"user_id": "u0"}), 404, "no user named 'u0'")
    refused(served.client.delete("/api/v1/users/u0", headers=served.admin), 404, "no user named")
    refused(served.client.get("/api/v1/erasures/0123", headers=served.admin), 404, "no receipt named")


ALL = [
    ("put", "/users/u0", {}, "admin"),
    ("patch", "/users/u0", {}, "admin"),
    ("delete", "/users/u0", None, "admin"),
    ("get", "/users/u0/facts", None, "admin"),
    ("delete", "/users/u0/facts/0123456789abcdef", None, "admin"),
    ("get", "/erasures/0123", None, "admin"),
    ("get", "/users/u0/consent", None, "events"),
    ("put", "/users/u0/consent", {"research": True}, "events"),
]


@pytest.mark.parametrize(("method", "path", "body", "role"), ALL)
def test_nobody_may_without_a_key_of_the_right_role(
    served: Served, method: str, path: str, body: object, role: str
) -> None:
    def ask(headers: dict[str, str]) -> TestResponse:
        return served.client.open(f"/api/v1{path}", method=method.upper(), json=body, headers=headers)

    refused(ask({}), 401, f"needs a key of role {role}")
    refused(ask({"Authorization": "Bearer made-up"}), 401, "nobody has this key")
    refused(ask(served.read), 403, f"needs a key of role {role}")
    if role == "admin":
        refused(ask(served.events), 403, "needs a key of role admin")
    assert list(served.log.after()) == [] and served.finished == []


@pytest.mark.parametrize(("method", "path", "body", "role"), ALL)
def test_a_shop_without_a_database_says_so(
    client: FlaskClient, method: str, path: str, body: object, role: str
) -> None:
    answer = client.open(f"/api/v1{path}", method=method.upper(), json=body)
    refused(answer, 503, "serve a workspace")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "say yes or no"),
        ({"recommend": "no"}, "recommend"),
        ({"gossip": True}, "gossip"),
        ([], ""),
        ({"recommend": None}, "say yes or no"),
    ],
)
def test_what_is_no_consent_is_refused(served: Served, body: object, said: str) -> None:
    answer = served.client.put("/api/v1/users/u0/consent", json=body, headers=served.events)
    refused(answer, 422, said)


@pytest.mark.parametrize(
    "body", [{"city": 1}, {"user_id": "u1"}, {"City Name": "x"}, {"city": "a\u202eb"}, [], {"c": ["x"]}]
)
def test_what_is_no_attribute_is_refused(served: Served, body: object) -> None:
    refused(served.client.put("/api/v1/users/u0", json=body, headers=served.admin), 422, "")
    assert (
        served.client.patch("/api/v1/users/u0", json={}, headers=served.admin).get_json()["attributes"] == {}
    )


@pytest.mark.parametrize("user_id", ["a/b", "..", "a b", "玫瑰", "'; DROP TABLE kgrec_person; --", "x" * 512])
def test_an_id_may_be_any_text(served: Served, user_id: str) -> None:
    url = f"/api/v1/users/{quote(user_id, safe='')}/consent"
    if user_id == "..":
        url = "/api/v1/users/%2E%2E/consent"
    answer = served.client.put(url, json={"marketing": True}, headers=served.events)
    assert answer.get_json()["user_id"] == user_id and answer.get_json()["marketing"]


@pytest.mark.parametrize("user_id", ["%20", "x" * 513, "a%00b"])
def test_an_id_that_none_can_be_is_refused(served: Served, user_id: str) -> None:
    answer = served.client.put(
        f"/api/v1/users/{user_id}/consent", json={"marketing": True}, headers=served.events
    )
    refused(answer, 422, "user_id")


def test_prices_are_the_same_for_everybody(served: Served) -> None:
    """On every page and in every answer, whoever asks and whatever is known of them."""
    served.log.append([Event("e1", "u2", "soap", "buy", 1_800_000_000, 9.0)])
    served.client.put("/api/v1/users/u3/consent", json={"recommend": False}, headers=served.events)
    shown: dict[str, set[str]] = {}
    for user_id in ("u0", "u1", "u2", "u3"):
        for item_id in ("soap", "balm", "gel"):
            page = look_as(served.client, user_id).get(f"/item/{item_id}/why").get_data(as_text=True)
            prices = {
                word for word in page.replace("<", " ").replace(">", " ").split() if word.endswith(".50")
            }
            assert len(prices) == 1
            shown.setdefault(item_id, set()).update(prices)
        asked = {"user_id": user_id, "item_id": "soap", "k": 5}
        told = [served.client.post("/api/v1/why-not", json=asked).get_data(as_text=True)]
        told.append(served.client.post("/api/v1/recommend", json={"user_id": user_id}).get_data(as_text=True))
        assert not any("price" in text.lower() for text in told)
    assert all(len(prices) == 1 for prices in shown.values()), shown


def test_a_server_forgets_in_all_its_files_without_being_told_twice(tmp_path: Path) -> None:
    """The whole way: a workspace, its tables, its graph, by a process of its own."""
    from kgrec.generations import new_generation
    from kgrec.models.path import PathConfig, PathModel
    from kgrec.models.path.config import TrainingConfig
    from kgrec.remains import Wanted, remains
    from kgrec.serving import Served as Shop

    settings = {"format": "csv", "source": "nowhere"}
    workspace = storage.create_workspace(tmp_path / "shop", hostile_shop(), settings=settings)
    pipeline.build(workspace)
    graph = storage.load_graph(storage.current(workspace.graphs, "graph", "build"))
    config = PathConfig(training=TrainingConfig(rounds=1, steps=5, batch=32))
    model = PathModel(config).fit(storage.load_tables(workspace), graph, seed=0)
    about = {"kind": "model", "model": "path", "graph_version": graph.version, "seed": 0}
    with new_generation(workspace.models, about) as generation:
        model.save(generation)
    ring = KeyRing(workspace.folder / "keys.sqlite")
    admin = {"Authorization": f"Bearer {ring.create('admin')[0]}"}
    shop = Shop(workspace.folder)
    client = create_app(shop).test_client()
    before = client.post("/api/v1/recommend", json={"user_id": "u1"})
    assert before.status_code == 200
    answer = client.delete("/api/v1/users/u0", headers=admin)
    assert answer.status_code == 202
    give_up = time.monotonic() + 120
    while not client.get(answer.headers["Location"], headers=admin).get_json()["complete"]:
        assert time.monotonic() < give_up
        time.sleep(0.2)
    left = remains(workspace.folder, Wanted("u0", workspace.namer.user("u0")))
    assert left.places == ()
    shop.look()
    assert client.post("/api/v1/recommend", json={"user_id": "u0"}).status_code == 404
    after = client.post("/api/v1/recommend", json={"user_id": "u1"})
    assert after.status_code == 200
    assert after.get_json()["graph_version"] != before.get_json()["graph_version"]
    shop.database.close()
