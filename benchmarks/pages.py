"""How long pages take on the server: each as many users see it, one after the other, over HTTP.

    python benchmarks/pages.py SHOP [--users 100] [--workers 2] [--key KEY] [--out FILE]

SHOP is a trained workspace; the server works on a copy of it in which anybody may look as one of its users. With an
admin key of SHOP the studio is measured, too. Figures are of a process that has answered before (warm), in
milliseconds.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np

STOREFRONT = ("/", "/search?q={word}", "/item/{item}", "/item/{item}/why", "/item/{item}/why?part=card",
              "/item/{item}/why-not", "/you", "/you/what-if")  # fmt: skip
STUDIO = ("/studio/", "/studio/items", "/studio/items/{item}", "/studio/relations", "/studio/rules",
          "/studio/outcomes", "/studio/sparql", "/studio/shoppers", "/studio/shoppers/{user}")  # fmt: skip
WARM = 5  # users before it is measured


class Browser:
    """One connection, and the cookies that came over it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._cookies: dict[str, str] = {}

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, float]:
        """Status, text and seconds of a page, or of what a form is answered with."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self._connection.request("GET" if form is None else "POST", path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        seconds = time.perf_counter() - began
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, text, seconds

    def send(self, page: str, form: dict[str, str]) -> None:
        """A form of a page, with the token that stands there."""
        (token, *_) = re.findall(r'name="csrf_token" value="([^"]+)"', self.ask(page)[1])
        status, text, _ = self.ask(page, {**form, "csrf_token": token})
        if status != 303:
            sys.exit(f"{page}: {status} {text[:300]}")


@contextmanager
def serving(shop: Path, workers: int) -> Iterator[int]:
    """The port of a server of a copy of the shop."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        copy, port = Path(folder) / "shop", free.getsockname()[1]
        shutil.copytree(shop, copy, symlinks=True)
        settings = copy / "kgrec.toml"
        settings.write_text(settings.read_text() + "\n[storefront]\ntry_as = true\n")
        free.close()
        command = [sys.executable, "-m", "kgrec.cli", "serve", str(copy), "--port", str(port)]
        command += ["--workers", str(workers), "--log-level", "error"]
        with subprocess.Popen(command) as process:
            try:
                wait_for(port)
                yield port
            finally:
                process.terminate()


def wait_for(port: int) -> None:
    for _ in range(600):
        try:
            if Browser(port).ask("/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit("the server does not answer")


def measured(
    port: int, users: list[str], items: list[str], words: list[str], key: str
) -> dict[str, list[float]]:
    """Milliseconds of each page, by its address."""
    found: dict[str, list[float]] = {}
    for place, user_id in enumerate(users):
        browser = Browser(port)
        browser.send("/try", {"user_id": user_id})
        if key:
            browser.send("/studio/sign-in", {"key": key})
        names = {"item": quote(items[place], safe=""), "user": quote(user_id, safe=""), "word": words[place]}
        for page in (*STOREFRONT, *(STUDIO if key else ())):
            status, text, seconds = browser.ask(page.format(**names))
            if status != 200:
                sys.exit(f"{page.format(**names)}: {status} {text[:300]}")
            if place >= WARM:
                found.setdefault(page, []).append(1000 * seconds)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shop", type=Path)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--key", default="")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()

    import kgrec

    dataset = kgrec.open(given.shop).dataset
    random = np.random.default_rng(0)
    n = given.users + WARM
    users = [str(one) for one in random.choice(dataset.users.ids, n, replace=n > len(dataset.users))]
    items = [str(one) for one in random.choice(dataset.items.ids, n)]
    titles = random.choice(dataset.item_table["title"].to_numpy(dtype=object), n)
    words = [quote(" ".join(str(title).split()[:2])) for title in titles]
    with serving(given.shop, given.workers) as port:
        found = measured(port, users, items, words, given.key)
    told = {
        page: {name: round(float(np.percentile(times, at)), 1) for name, at in (("p50", 50), ("p95", 95))}
        for page, times in found.items()
    }
    text = json.dumps(
        {"shop": given.shop.name, "users": given.users, "workers": given.workers, "ms": told}, indent=1
    )
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
