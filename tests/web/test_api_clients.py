"""The example clients of docs/examples, against a server that listens."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.web.living import LivingShop, living_shop

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


@pytest.fixture(scope="module")
def kgrec_client() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kgrec_client", EXAMPLES / "kgrec_client.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def shop(parity_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingShop]:
    folder = tmp_path_factory.mktemp("clients") / "shop"
    with living_shop(parity_workspace, folder, '[api]\nusers = "key"') as shop:
        yield shop


@pytest.fixture(scope="module")
def address(shop: LivingShop) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, shop.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(kgrec_client: ModuleType, shop: LivingShop, address: str) -> Any:
    return kgrec_client.Client(address, shop.key("admin"))


def test_lists_come_with_their_reasons(client: Any) -> None:
    found = client.recommend(user_id="u0", k=3, explain=True)["items"]
    assert len(found) == 3 and all(item["explanation"]["text"] for item in found)
    told = client.explain(found[0]["item_id"], user_id="u0")
    assert told["score"] == found[0]["score"]
    assert client.why_not("i3", user_id="u0")["item_id"] == "i3"
    assert client.what_if(user_id="u0", add=[{"item_id": "i3"}])["moves"]
    assert client.similar(["i4"], k=2)["items"]


def test_events_are_told_in_batches_and_once(client: Any, kgrec_client: ModuleType, monkeypatch) -> None:
    monkeypatch.setattr(kgrec_client, "MOST_EVENTS", 2)
    sent = [{"event_id": f"c{n}", "user_id": "u1", "item_id": "i3", "event": "view"} for n in range(5)]
    sent[3]["event"] = "look"
    told = client.tell(sent)
    assert (told["accepted"], told["duplicates"]) == (4, 0)
    assert [one["index"] for one in told["rejected"]] == [3]
    moment = {"datetime": "2026-01-01"}
    named = [{**moment, "event_id": "same", "user_id": "u1", "item_id": "i3", "event": "view"}]
    assert [client.tell(named)["accepted"], client.tell(named)["duplicates"]] == [1, 1]
    unnamed = [{"user_id": "u1", "item_id": "i3", "event": "view"}] * 3
    assert client.tell(unnamed)["accepted"] == 3


def test_an_item_is_changed_only_as_it_was_known(client: Any, kgrec_client: ModuleType) -> None:
    attributes, etag = client.item("i5")
    assert client.put_item("i5", {**attributes, "title": "renamed"}, etag=etag)["recommendable"]
    with pytest.raises(kgrec_client.Refused) as refused:
        client.put_item("i5", attributes, etag=etag)
    assert refused.value.status == 412 and refused.value.request_id
    assert client.item("i5")[0]["title"] == "renamed"


def test_all_items_are_walked_through_their_parts(client: Any) -> None:
    ids = [item["item_id"] for item in client.items("thing", limit=5, brand=["Even & Co", "Odd Ltd"])]
    assert len(ids) == len(set(ids)) > 20


def test_a_token_is_held_to_its_user(client: Any, kgrec_client: ModuleType, address: str) -> None:
    browser = kgrec_client.Client(address, client.token("u0"))
    assert browser.explain("i4", user_id="u0")["text"]
    with pytest.raises(kgrec_client.Refused) as refused:
        browser.explain("i4", user_id="u1")
    assert refused.value.status == 403 and "another user" in refused.value.detail


@pytest.fixture
def busy_server() -> Iterator[tuple[str, list[int]]]:
    """A server that answers with the statuses of a list, one after the other."""
    statuses: list[int] = []

    class Busy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status = statuses.pop(0)
            body = json.dumps({"items": []} if status == 200 else {"detail": "later"}).encode()
            self.send_response(status)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Busy)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", statuses
    server.shutdown()
    thread.join()
    server.server_close()


def test_who_is_told_to_come_again_does(kgrec_client: ModuleType, busy_server: tuple[str, list[int]]) -> None:
    address, statuses = busy_server
    statuses[:] = [503, 429, 200]
    assert kgrec_client.Client(address).recommend(user_id="u0") == {"items": []} and statuses == []
    statuses[:] = [503, 503, 200]
    with pytest.raises(kgrec_client.Refused, match="503: later"):
        kgrec_client.Client(address, attempts=2).recommend(user_id="u0")
    statuses[:] = [500, 200]
    with pytest.raises(kgrec_client.Refused, match="500"):
        kgrec_client.Client(address).recommend(user_id="u0")


@pytest.mark.parametrize(
    ("given", "seconds"), [("3", 3.0), ("-1", 0.0), ("1e9", 30.0), (None, 0.5), ("Wed", 0.5)]
)
def test_how_long_is_waited_is_bounded(kgrec_client: ModuleType, given: str | None, seconds: float) -> None:
    assert kgrec_client._seconds(given, 1) == seconds


def test_the_python_client_needs_nothing_but_python() -> None:
    text = (EXAMPLES / "kgrec_client.py").read_text(encoding="utf-8")
    imported = {
        line.split()[1].partition(".")[0] for line in text.splitlines() if line.startswith(("import", "from"))
    }
    assert imported <= sys.stdlib_module_names


def test_the_card_sets_texts_and_no_html() -> None:
    text = (EXAMPLES / "why-card.js").read_text(encoding="utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "import "):
        assert way not in text
    assert "textContent" in text


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")


@needs_node
def test_the_card_is_a_module_whose_parts_are_those_of_the_explanation(
    shop: LivingShop, tmp_path: Path
) -> None:
    module = tmp_path / "why-card.mjs"  # a name that every Node takes for a module
    module.write_bytes((EXAMPLES / "why-card.js").read_bytes())
    told = shop.ask("POST", "/explain", {"user_id": "u0", "item_id": "i4"}, key=shop.key("read")).json
    program = f"""
        import {{ partsOf }} from {json.dumps(module.as_uri())};
        const words = {{ always: "always", rest: (n) => `${{n}} more` }};
        console.log(JSON.stringify(partsOf({json.dumps(told)}, words)));
    """
    done = subprocess.run(
        ["node", "--input-type=module", "-e", program], capture_output=True, text=True, check=True, timeout=60
    )
    parts = json.loads(done.stdout)
    assert [part["text"] for part in parts[: len(told["paths"])]] == [path["text"] for path in told["paths"]]
    assert sum(part["share"] for part in parts) == pytest.approx(1.0, abs=1e-5)
