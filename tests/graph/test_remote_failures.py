"""A SPARQL server that fails, lies or is named wrongly ends in one line that says so, and tells no secret."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kgrec.errors import BadInput, BadServer
from kgrec.graph import publish, remote
from kgrec.graph.publish import Place
from kgrec.graph.remote import Server, server
from tests.graph.servers import free_port

ASK = b'{"head": {}, "boolean": true}'
SECRET = "s3cret-word"


@contextmanager
def answering(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[tuple[Server, list[dict[str, str]]]]:
    """A server on this machine that gives some answers in order, the last one for ever, and the headers it heard."""
    left, heard = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(dict(self.headers))
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            state, headers, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(state)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_POST

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    url = f"http://127.0.0.1:{listener.server_address[1]}/sparql"
    try:
        yield Server(url, url, url, waits=(0.0, 0.0)), heard
    finally:
        listener.shutdown()
        listener.server_close()


def asked(known: Server) -> bytes:
    return known.query("ASK {}", [], "application/sparql-results+json")


def test_a_server_that_is_busy_for_a_while_is_asked_again() -> None:
    busy = (503, {"Retry-After": "0"}, b"")
    with answering(busy, (429, {}, b""), (200, {}, ASK)) as (known, heard):
        assert asked(known) == ASK
        assert len(heard) == 3


def test_it_is_waited_as_long_as_the_server_asks_but_not_for_ever(monkeypatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(remote.time, "sleep", waited.append)
    answers = [(503, {"Retry-After": seconds}, b"") for seconds in ("7", "86400")]
    with answering(*answers, (200, {}, ASK)) as (known, _):
        asked(replace(known, waits=(1.0, 3.0, 9.0)))
    assert waited == [7.0, 60.0]


def test_a_server_that_stays_down_is_told_in_one_line(monkeypatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(remote.time, "sleep", waited.append)
    url = f"http://127.0.0.1:{free_port()}/query"
    with pytest.raises(BadServer, match=r"does not answer .*refused.* tried 4 times.*try again later"):
        asked(Server(url, url))
    assert waited == [1.0, 3.0, 9.0]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((302, {"Location": "http://127.0.0.1:1/elsewhere"}, b""), "sends elsewhere"),
        ((307, {"Location": "http://127.0.0.1:1/elsewhere"}, b""), "sends elsewhere"),
        ((403, {}, b""), "KGREC_STORE_USER"),
        ((400, {}, b"line 1:\n\x1b[31m no such \xff thing"), "no such"),
        ((404, {}, b""), "refuses"),
    ],
)
def test_a_refusal_is_told_and_not_tried_again(answer, told) -> None:
    with answering(answer) as (known, heard):
        with pytest.raises(BadServer, match=told) as raised:
            asked(known)
        assert len(heard) == 1
        assert str(raised.value).isprintable()


def test_an_answer_without_end_is_cut_off(monkeypatch) -> None:
    monkeypatch.setattr(remote, "MOST_BYTES", 1 << 20)
    with answering((200, {}, b" " * (2 << 20))) as (known, _), pytest.raises(BadServer, match="add a LIMIT"):
        asked(known)


def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    with answering((200, {"Content-Length": "999"}, ASK), (200, {}, ASK)) as (known, heard):
        assert asked(known) == ASK
        assert len(heard) == 2


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b"{}", b'{"head": {"vars": ["x"]}}', b"\xff"])
def test_an_answer_in_another_form_is_told_as_such(body) -> None:
    with answering((200, {}, body)) as (known, _):
        place = Place(known, "https://toy.example/", "shop")
        with pytest.raises(BadServer, match="answers in a form that is not"):
            publish.ask(place, "ASK {}")


@pytest.mark.parametrize(
    ("challenge", "begins"),
    [('Basic realm="a"', "Basic "), ('Digest realm="a", nonce="n", qop="auth", algorithm=MD5', "Digest ")],
)
def test_user_and_password_go_out_when_the_server_asks_and_are_in_no_text(challenge, begins) -> None:
    with answering((401, {"WWW-Authenticate": challenge}, b""), (200, {}, ASK)) as (known, heard):
        known = replace(known, user="shop", password=SECRET)
        assert asked(known) == ASK
    assert "Authorization" not in heard[0]
    assert heard[1]["Authorization"].startswith(begins)
    assert SECRET not in repr(known)
    if begins == "Basic ":
        assert base64.b64decode(heard[1]["Authorization"].removeprefix(begins)).decode() == f"shop:{SECRET}"


def test_a_wrong_password_is_told_without_the_password() -> None:
    with answering((401, {"WWW-Authenticate": 'Basic realm="a"'}, b"")) as (known, _):
        with pytest.raises(BadServer, match="does not let kgrec in") as raised:
            asked(replace(known, user="shop", password=SECRET))
        assert SECRET not in str(raised.value)


def test_a_token_goes_out_with_every_request() -> None:
    with answering((200, {}, ASK)) as (known, heard):
        asked(replace(known, token=SECRET))
    assert heard[0]["Authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    "challenge", ["Negotiate", 'Digest realm="a", nonce="n", algorithm=ROT13', "Digest", ""]
)
def test_a_kind_of_credentials_that_is_not_known_is_told(challenge) -> None:
    refused = pytest.raises(BadServer, match="of a kind that kgrec has not")
    with answering((401, {"WWW-Authenticate": challenge}, b"")) as (known, _), refused:
        asked(replace(known, user="shop", password=SECRET))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"store": f"https://me:{SECRET}@host/sparql"}, "in the environment"),
        ({"store": "ftp://host/sparql"}, "https://HOST/PATH"),
        ({"store": "file:///etc/passwd"}, "https://HOST/PATH"),
        ({"store": "host/sparql"}, "https://HOST/PATH"),
        ({"store": 7}, "https://HOST/PATH"),
        ({"store": "https://host:port/"}, "https://HOST/PATH"),
        ({"store": "https://[::1/"}, "https://HOST/PATH"),
        ({"store": "https://host/a b\r\nX: y"}, "percent-encode"),
        ({"store": "https://host/", "store_update": "https://ü/"}, "store_update"),
        ({"store": "https://host/", "store_users": "yes"}, "true or false"),
        ({"store_update": "https://host/"}, "but no store"),
    ],
)
def test_settings_that_make_no_sense_are_named(settings, told) -> None:
    with pytest.raises(BadInput, match=told) as raised:
        server(settings, "kgrec.toml", {})
    assert "kgrec.toml: [graph]" in str(raised.value)
    assert SECRET not in str(raised.value)


def test_credentials_are_not_sent_in_the_clear_to_another_machine() -> None:
    secrets = {"KGREC_STORE_TOKEN": SECRET}
    with pytest.raises(BadInput, match="in the clear"):
        server({"store": "http://host.example/sparql"}, "kgrec.toml", secrets)
    assert server({"store": "http://127.0.0.1:7878/query"}, "kgrec.toml", secrets)
    assert server({"store": "https://host.example/sparql"}, "kgrec.toml", secrets)
    assert server({"store": "http://host.example/sparql"}, "kgrec.toml", {})
    assert server({}, "kgrec.toml", secrets) is None
