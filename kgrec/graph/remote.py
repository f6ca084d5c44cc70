"""A SPARQL 1.1 server by its addresses: queries, updates and whole graphs over HTTP.

https://www.w3.org/TR/sparql11-protocol/ and https://www.w3.org/TR/sparql11-http-rdf-update/. Certificates are checked,
redirects are not followed, every request has a deadline and every answer a limit. Credentials come from the environment
only: KGREC_STORE_USER and KGREC_STORE_PASSWORD (Basic or Digest, as the server asks), or KGREC_STORE_TOKEN (Bearer).
"""

from __future__ import annotations

import base64
import http.client
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from functools import cache
from typing import IO, Any, Literal
from urllib.parse import urlencode, urlsplit

from kgrec.errors import BadInput, BadServer
from kgrec.settings import secret

MOST_BYTES = 64 << 20
"""The longest answer that is read."""

_WAITS = (1.0, 3.0, 9.0)  # seconds before it is tried again
_AGAIN = (429, 502, 503, 504)  # states of a server that may be over soon
_LONGEST_WAIT = 60  # seconds, whatever a server asks for
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Server:
    """Where a SPARQL server is, and whether it may know of users."""

    query_url: str
    update_url: str
    graph_url: str = ""  # of the Graph Store HTTP Protocol; without it graphs are sent as updates
    with_users: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    waits: tuple[float, ...] = _WAITS
    seconds: float = 120  # for one request and its answer

    @property
    def name(self) -> str:
        """How messages call it: host and port, nothing secret."""
        return urlsplit(self.query_url).netloc

    def query(self, sparql: str, graphs: Sequence[str], accept: str) -> bytes:
        """The answer to a query over some named graphs: their union, and each by its name."""
        asked = {"query": sparql, "default-graph-uri": graphs, "named-graph-uri": graphs}
        return self._asked("POST", self.query_url, _form(asked), _FORM, accept)

    def update(self, sparql: str) -> None:
        """Carry out an update."""
        self._asked("POST", self.update_url, _form({"update": sparql}), _FORM, "*/*")

    def graph(self, method: Literal["PUT", "POST"], iri: str, ntriples: bytes) -> None:
        """Replace a named graph by some triples (PUT), or add them (POST)."""
        url = f"{self.graph_url}{'&' if '?' in self.graph_url else '?'}{urlencode({'graph': iri})}"
        self._asked(method, url, ntriples, "application/n-triples", "*/*")

    def _asked(self, method: str, url: str, body: bytes, content: str, accept: str) -> bytes:
        """Ask until there is an answer; whatever is sent twice says the same twice."""
        headers = {"Content-Type": content, "Accept": accept, "User-Agent": "kgrec"}
        request = urllib.request.Request(url, body, headers, method=method)
        if self.token:
            request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        problem = ""
        for wait in (*self.waits, None):
            try:
                return self._once(request)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in _AGAIN:
                        raise _refusal(self.name, error) from None
                    problem = f"it says {error.code} {error.reason}"
                    wait = wait and max(wait, _asked_to_wait(error))
            except (OSError, http.client.HTTPException) as error:
                reason = getattr(error, "reason", error)
                if isinstance(reason, ssl.SSLCertVerificationError):
                    raise BadServer(f"the certificate of {self.name} is not valid: {reason}") from None
                problem = str(reason) or type(reason).__name__
            if wait is not None:
                time.sleep(wait)
        tries = len(self.waits) + 1
        raise BadServer(
            f"the SPARQL server at {self.name} does not answer ({problem}; tried {tries} times); try again later"
        )

    def _once(self, request: urllib.request.Request) -> bytes:
        """One try; user and password go out only when the server asks for them."""
        try:
            return self._read(request)
        except urllib.error.HTTPError as error:
            if error.code != 401 or not self.user:
                raise
            with error:
                asks = error.headers.get_all("WWW-Authenticate") or []
        request.add_unredirected_header("Authorization", self._authorization(request, asks))
        return self._read(request)

    def _read(self, request: urllib.request.Request) -> bytes:
        give_up = time.monotonic() + self.seconds
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=_trusted()), _NoRedirect())
        with opener.open(request, timeout=self.seconds) as answer:
            parts, size = [], 0
            while part := answer.read1(1 << 16):
                size += len(part)
                if size > MOST_BYTES:
                    raise BadServer(
                        f"the answer of {self.name} is longer than {MOST_BYTES >> 20} MiB; add a LIMIT"
                    )
                if time.monotonic() > give_up:
                    raise TimeoutError(f"no whole answer within {self.seconds:g} s")
                parts.append(part)
            if answer.length:  # it was cut off
                raise http.client.IncompleteRead(b"", answer.length)
        return b"".join(parts)

    def _authorization(self, request: urllib.request.Request, asks: Sequence[str]) -> str:
        """User and password as the server wants them: https://www.rfc-editor.org/rfc/rfc7616 and rfc7617."""
        for scheme, _, challenge in (ask.partition(" ") for ask in asks):
            if scheme.lower() == "digest":
                known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
                known.add_password(None, request.full_url, self.user, self.password)
                parts = urllib.request.parse_keqv_list(urllib.request.parse_http_list(challenge))
                with suppress(ValueError):  # an algorithm that Python has not
                    digest = urllib.request.AbstractDigestAuthHandler(known).get_authorization(request, parts)
                    if digest:
                        return f"Digest {digest}"
            elif scheme.lower() == "basic":
                pair = f"{self.user}:{self.password}".encode()
                return f"Basic {base64.b64encode(pair).decode()}"
        raise BadServer(f"{self.name} asks for credentials of a kind that kgrec has not")


@cache
def _trusted() -> ssl.SSLContext:
    """What certificates are checked against; reading it takes longer than a request."""
    return ssl.create_default_context()


def server(
    settings: Mapping[str, Any], file: str, environment: Mapping[str, str] = os.environ
) -> Server | None:
    """The server that the [graph] settings of a workspace name, None if they name none."""
    if "store" not in settings:
        for key in ("store_update", "store_data", "store_users"):
            if key in settings:
                raise BadInput(
                    f"{file}: [graph] has {key} but no store; add the address of the query service"
                )
        return None
    query = _url(settings["store"], "store", file)
    update = _url(settings.get("store_update", query), "store_update", file)
    data = _url(settings["store_data"], "store_data", file) if "store_data" in settings else ""
    users = settings.get("store_users", False)
    if not isinstance(users, bool):
        raise BadInput(f"{file}: [graph] store_users is to be true or false")
    user, password, token = (
        secret(f"KGREC_STORE_{name}", environment) for name in ("USER", "PASSWORD", "TOKEN")
    )
    if user or token:
        for url in filter(None, (query, update, data)):
            parts = urlsplit(url)
            if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
                raise BadInput(
                    f"{file}: credentials are not sent to {parts.netloc} in the clear; use an https:// address"
                )
    return Server(query, update, data, users, user, password, token)


def _url(value: object, key: str, file: str) -> str:
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise BadInput(f"{file}: [graph] {key} is no address; write https://HOST/PATH") from None
    if parts.username is not None or parts.password is not None:
        raise BadInput(
            f"{file}: [graph] {key} holds a user name or password; take it out and set KGREC_STORE_USER and "
            "KGREC_STORE_PASSWORD in the environment"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_fine or parts.fragment:
        raise BadInput(f"{file}: [graph] {key} is no address; write https://HOST/PATH")
    text = str(value)
    if not text.isascii() or any(c.isspace() or not c.isprintable() for c in text):
        raise BadInput(f"{file}: [graph] {key} holds characters that no address has; percent-encode them")
    return text


_FORM = "application/x-www-form-urlencoded"


def _form(asked: Mapping[str, str | Sequence[str]]) -> bytes:
    return urlencode(asked, doseq=True).encode()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A server that sends elsewhere is a mistake in the settings: credentials and data go where they say."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        return None


def _refusal(name: str, error: urllib.error.HTTPError) -> BadServer:
    if error.code in (401, 403):
        return BadServer(
            f"{name} does not let kgrec in ({error.code}); set KGREC_STORE_USER and KGREC_STORE_PASSWORD, "
            "or KGREC_STORE_TOKEN, in the environment"
        )
    if 300 <= error.code < 400:
        return BadServer(f"{name} sends elsewhere ({error.code}); write the address it means into kgrec.toml")
    try:
        said = " ".join(error.read(2000).decode("utf-8", "replace").split())[:200]
    except (OSError, http.client.HTTPException):
        said = ""
    return BadServer(f"{name} refuses ({error.code} {error.reason}): {said or 'without a word'}")


def _asked_to_wait(error: urllib.error.HTTPError) -> float:
    seconds = error.headers.get("Retry-After", "")
    return min(float(seconds), _LONGEST_WAIT) if seconds.isascii() and seconds.isdigit() else 0.0
