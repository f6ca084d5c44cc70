"""A client of kgrec's API in the standard library alone: copy it, and change what you like.

shop = Client("http://127.0.0.1:8000", key=os.environ["KGREC_KEY"])
for item in shop.recommend(user_id="u0002", k=5, explain=True)["items"]:
    print(item["title"], "-", item["explanation"]["text"])
shop.tell([{"user_id": "u0002", "item_id": "K0426", "event": "view"}])
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urljoin

Json = Any

MOST_EVENTS = 1000  # in one request
LONGEST_WAIT = 30.0  # seconds between two attempts


class Refused(Exception):
    """What the server says of a request that it does not take: `status`, and `detail` for people."""

    def __init__(self, status: int, detail: str, request_id: str | None = None) -> None:
        super().__init__(f"{status}: {detail}")
        self.status, self.detail, self.request_id = status, detail, request_id


class Client:
    """A shop, asked over HTTP. It may be used from several threads."""

    def __init__(
        self, address: str, key: str | None = None, *, timeout: float = 10.0, attempts: int = 4
    ) -> None:
        """`key` is a key or a token; what may be sent again is tried `attempts` times while the server is busy."""
        self._base = address.rstrip("/") + "/api/v1/"
        self._key, self._timeout, self._attempts = key, timeout, attempts

    # Recommendations and their reasons

    def recommend(self, **asked: Json) -> dict[str, Json]:
        """The best items: user_id or session, k, explain, lang, exclude, filter."""
        return self._json("POST", "recommend", asked)

    def similar(self, item_ids: Sequence[str], **asked: Json) -> dict[str, Json]:
        """Items that go with some items: k, explain, lang."""
        return self._json("POST", "similar", {"item_ids": list(item_ids), **asked})

    def explain(self, item_id: str, **asked: Json) -> dict[str, Json]:
        """Why an item has its score: user_id or session, paths, lang."""
        return self._json("POST", "explain", {"item_id": item_id, **asked})

    def why_not(self, item_id: str, **asked: Json) -> dict[str, Json]:
        """By how much an item misses a list, and why."""
        return self._json("POST", "why-not", {"item_id": item_id, **asked})

    def what_if(self, **asked: Json) -> dict[str, Json]:
        """The list as it would be: user_id or session, add, remove, k."""
        return self._json("POST", "what-if", asked)

    # What happens in the shop

    def tell(self, events: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
        """Write events down; an event without event_id or datetime gets them here, so that sending again is safe.

        `rejected` names events by their place in what was given.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        whole = [{"event_id": uuid.uuid4().hex, "datetime": now, **event} for event in events]
        told: dict[str, Json] = {"accepted": 0, "duplicates": 0, "rejected": []}
        for first in range(0, len(whole), MOST_EVENTS):
            done = self._json("POST", "events", whole[first : first + MOST_EVENTS])
            told["accepted"] += done["accepted"]
            told["duplicates"] += done["duplicates"]
            told["rejected"] += [{**one, "index": one["index"] + first} for one in done["rejected"]]
        return told

    def item(self, item_id: str) -> tuple[dict[str, Json], str]:
        """The attributes of an item, and its ETag for `put_item`."""
        content, headers = self._send("GET", f"items/{quote(item_id, safe='')}")
        return json.loads(content)["attributes"], headers["ETag"]

    def put_item(
        self, item_id: str, attributes: Mapping[str, Json], *, etag: str | None = None
    ) -> dict[str, Json]:
        """All that an item is from now on; with an ETag only if nobody has changed it meanwhile (else Refused, 412)."""
        headers = {} if etag is None else {"If-Match": etag}
        return self._json("PUT", f"items/{quote(item_id, safe='')}", dict(attributes), headers)

    def items(self, query: str = "", **asked: Json) -> Iterator[dict[str, Json]]:
        """All items that words are about; `asked` are order, lang, limit, and facets with a value or a list."""
        address: str | None = "items?" + urlencode({"q": query, **asked}, doseq=True)
        while address is not None:
            content, headers = self._send("GET", address)
            yield from json.loads(content)["items"]
            following = _next(headers.get("Link", ""))
            address = None if following is None else urljoin(address, following)

    # For a page

    def token(self, user_id: str, seconds: int = 900) -> str:
        """What a browser may hold to ask for this user, as far as our own key may."""
        path = f"users/{quote(user_id, safe='')}/token"
        return str(self._json("POST", path, {"seconds": seconds})["token"])

    # Inside

    def _json(
        self, method: str, path: str, body: Json, headers: Mapping[str, str] | None = None
    ) -> dict[str, Json]:
        found: dict[str, Json] = json.loads(self._send(method, path, body, headers)[0])
        return found

    def _send(
        self, method: str, path: str, body: Json = None, headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, Mapping[str, str]]:
        sent = {"Accept": "application/json", **(headers or {})}
        if self._key is not None:
            sent["Authorization"] = f"Bearer {self._key}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(urljoin(self._base, path), content, sent, method=method)
        for attempt in range(1, self._attempts + 1):
            try:
                with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                    return answer.read(), answer.headers
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in (429, 503) or attempt == self._attempts:
                        raise _refused(error) from None
                    wait = _seconds(error.headers.get("Retry-After"), attempt)
            except (urllib.error.URLError, TimeoutError):
                # Whether it arrived is not known. All of this may be sent again: questions, states, events with ids.
                if attempt == self._attempts:
                    raise
                wait = _seconds(None, attempt)
            time.sleep(wait)
        raise AssertionError("there is at least one attempt")


def _seconds(retry_after: str | None, attempt: int) -> float:
    """How long to wait: as the server says, else twice as long each time."""
    try:
        wanted = float(retry_after or "")
    except ValueError:
        wanted = 0.25 * 2**attempt
    return min(max(wanted, 0.0), LONGEST_WAIT)


def _refused(error: urllib.error.HTTPError) -> Refused:
    try:
        told = json.loads(error.read())
        return Refused(error.code, str(told["detail"]), told.get("request_id"))
    except (ValueError, KeyError, TypeError):  # from a proxy, perhaps
        return Refused(error.code, error.reason)


def _next(link: str) -> str | None:
    """The address of the next part in a Link header (RFC 8288)."""
    for part in link.split(", "):
        address, _, rest = part.partition(">")
        if 'rel="next"' in rest:
            return address.removeprefix("<")
    return None
