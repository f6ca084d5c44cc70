"""Attacks on the pages, as somebody would make them: on cookies, on other people, on the machine, on spreadsheets."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import numpy as np
import pytest

from kgrec.domain import IdMap
from kgrec.guide import Guide
from kgrec.insight import Campaign, table
from kgrec.insight.campaign import Led
from kgrec.live import registry
from kgrec.live.storefront import Storefront
from tests.web.lived import Lived, lived
from tests.web.opened import look_as
from web import create_app
from web.pages.studio.sparql import _for_spreadsheets

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001"
    "e221bc330000000049454e44ae426082"
)


@pytest.fixture
def here(guide: Guide, tmp_path: Path) -> Iterator[Lived]:
    with lived(guide, tmp_path) as found:
        yield found


# Cookies and caches


@pytest.mark.parametrize("address", ["/static/style.css", "/media/one.png"])
def test_what_a_cache_keeps_for_everybody_holds_nobodys_cookie(
    guide: Guide, tmp_path: Path, address: str
) -> None:
    (tmp_path / "one.png").write_bytes(PIXEL)
    client = create_app(guide, image_folder=tmp_path, storefront=Storefront(try_as=True)).test_client()
    with client.session_transaction() as session:
        session["user"], session["studio"] = "u3", ["0a1b2c3d", 1, "0"]
        session.permanent = True
    with client.get(address) as answer:
        assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.headers.get("Vary", "")
    page = client.get("/")  # there it is renewed, and the page is for them alone
    assert "Set-Cookie" in page.headers and page.headers["Cache-Control"] == "no-store"


# Other people


def test_a_shopper_who_was_chosen_is_nobodys_any_more_once_that_is_closed(here: Lived) -> None:
    here.look_as("u1")
    assert here.client.get("/you/data.json").get_json()["user_id"] == "u1"
    closed = look_as(create_app(here.shop).test_client(), "u1")
    told = closed.get("/you/data.json").get_json()
    assert told["user_id"].startswith("visitor-") and not told["tables"]["events"] and not told["used"]
    assert "You look as" not in closed.get("/").text


def test_a_visitor_whom_a_build_has_put_into_the_tables_can_be_chosen_by_nobody(guide: Guide) -> None:
    victim = "visitor-" + "a" * 32
    names = np.array([victim, *map(str, guide.dataset.users.ids[1:])], dtype=object)
    dataset = replace(guide.dataset, users=IdMap(guide.dataset.users.kind, names))
    shop = Guide(dataset, guide.graph, guide.model, name="hostile")
    app = create_app(shop, storefront=Storefront(try_as=True))
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    for address in ("/try", "/try?q=visitor-"):
        assert victim not in client.get(address).text
    assert client.post("/try", data={"user_id": victim}).status_code == 404
    assert client.post("/try", data={"user_id": "u1"}).status_code == 303


def test_a_user_takes_no_name_of_an_event_from_the_shop_or_from_others(here: Lived) -> None:
    told = {"event_id": "order-1", "item_id": "soap", "event": "view", "datetime": 1_790_000_000}
    for user_id in ("u1", "u2"):
        taken = [here.shop.intake.take([{**told, "user_id": user_id}], told_by=user_id) for _ in range(2)]
        assert [(one.accepted, one.duplicates) for one in taken] == [(1, 0), (0, 1)]
    order = {**told, "user_id": "u3", "event": "buy"}
    assert here.shop.intake.take([order]).accepted == 1
    assert [one.event.event_id for one in here.log.after()][-1] == "order-1"


def test_only_ids_that_visitors_get_here_are_those_of_visitors(here: Lived) -> None:
    here.look_as("visitor-7")  # a user of a shop that calls its users so
    assert "You look as visitor-7" in here.page("/")


# The machine


def test_what_it_would_take_is_looked_for_only_so_long(
    guide: Guide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.storefront.why_not.SECONDS", 1e-6)
    with lived(guide, tmp_path) as here:
        here.page("/item/gel/why-not?takes=yes")
        refused = here.client.get("/item/gel/why-not?takes=yes")
        assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0
        assert refused.mimetype == "text/html"
        here.page("/item/gel/why-not")
        elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
        assert here.client.get("/item/gel/why-not?takes=yes", environ_overrides=elsewhere).status_code == 200


def test_searches_for_what_it_would_take_never_hold_all_of_a_server(
    guide: Guide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.storefront.why_not.AT_ONCE", 0)
    with lived(guide, tmp_path) as here:
        refused = here.client.get("/item/gel/why-not?takes=yes")
        assert refused.status_code == 503 and refused.headers["Retry-After"] == "5"
        here.page("/item/gel/why-not")


class Process:
    """One that ends when it is told to."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    def wait(self) -> int:
        self.ended.wait(30)
        return 0


def _joined() -> None:
    for thread in threading.enumerate():
        if thread.name == "kgrec-forgetting":
            thread.join(30)


def test_many_who_want_to_be_forgotten_take_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: Queue[Process] = Queue()

    def start(command: list[str], **how: Any) -> Process:
        process = Process()
        started.put(process)
        return process

    monkeypatch.setattr(registry.subprocess, "Popen", start)
    finishing = registry._Finishing()
    for _ in range(50):
        finishing.begin(tmp_path)
    first = started.get(timeout=30)
    assert started.empty()
    first.ended.set()
    second = started.get(timeout=30)  # those who came while the first was at work
    second.ended.set()
    _joined()
    with pytest.raises(Empty):
        started.get_nowait()
    finishing.begin(tmp_path)
    started.get(timeout=30).ended.set()
    _joined()


def test_a_process_that_cannot_begin_is_tried_again_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(command: list[str], **how: Any) -> Process:
        raise OSError("no memory")

    finishing = registry._Finishing()
    monkeypatch.setattr(registry.subprocess, "Popen", fail)
    for _ in range(2):
        finishing.begin(tmp_path)
    assert caplog.text.count("kgrec forget SHOP --pending") == 2


# Spreadsheets

FORMULAS = ("=1+1", "+cmd", "-cmd", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(1)")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_of_a_file_is_a_formula(text: str) -> None:
    led = Led(text, text, text, 1.0, 1, 1, text, None)
    found = Campaign("x", "en", 10, (led,), 1, 1, 1, True, "model", "graph")
    _, row = table(found)
    assert [cell[0] for cell in (*row[:3], row[6])] == ["'"] * 4
    sent = io.StringIO()
    csv.writer(sent).writerow([text])
    (told,) = csv.reader(
        io.StringIO(_for_spreadsheets(sent.getvalue().encode()).decode("utf-8-sig"), newline="")
    )
    assert told == [f"'{text}"]


def test_numbers_of_a_file_stay_numbers() -> None:
    assert _for_spreadsheets(b"-1.5e3,+2\r\n").decode("utf-8-sig") == "-1.5e3,+2\r\n"
