"""A real server of a small shop, and clients that ask it over HTTP as strangers do."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Told:
    """What came back."""

    status: int
    kind: str
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Server:
    """A server that runs: its port and its process, whose one child serves."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path  # what it has written to standard error

    @property
    def serving(self) -> list[int]:
        """The processes that hold the guide."""
        return children(self.process.pid)

    def ask(
        self, path: str, parameters: dict[str, str] | None = None, key: str = "", *, post: bool = False
    ) -> Told:
        """One request on a connection of its own."""
        began = time.perf_counter()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        encoded = urlencode(parameters or {}, errors="surrogatepass")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            if post:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                connection.request("POST", path, encoded, headers)
            else:
                connection.request("GET", f"{path}?{encoded}" if encoded else path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        return Told(answer.status, answer.headers.get_content_type(), body, time.perf_counter() - began)

    def tell(self, path: str, body: object, key: str = "", *, method: str = "POST") -> Told:
        """One request with a JSON body."""
        began = time.perf_counter()
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        return Told(answer.status, answer.headers.get_content_type(), content, time.perf_counter() - began)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return sorted(int(child) for file in found for child in file.read_text().split())


def gone(pid: int) -> bool:
    """Whether a process has ended with all its threads, after a while if need be; one that waits to be buried has."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z" and threads == 1:  # its parent is told of its end when the last thread has ended
            return True
        time.sleep(0.02)
    return False


def resident(pid: int) -> int:
    """The memory of a process, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024


@contextmanager
def serving(shop: Path, workers: int = 1, *options: str) -> Iterator[Server]:
    """`kgrec serve` of a workspace, until it is no longer needed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "kgrec.cli", "serve", str(shop), "--port", str(port)]
    command += ["--workers", str(workers), *options]
    log = shop.parent / f"{shop.name}-{port}.log"  # a file: a pipe that nobody reads fills up
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, stderr=file)
    server = Server(port, process, log)
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise AssertionError(f"the server did not start: {log.read_text()}")
            try:
                if server.ask("/healthz").status == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def canary() -> Iterator[tuple[str, socket.socket]]:
    """A listener that nobody should call, and its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        listener.settimeout(0.2)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", listener


def heard(listener: socket.socket) -> bool:
    """Whether somebody called."""
    try:
        connection, _ = listener.accept()
    except TimeoutError:
        return False
    connection.close()
    return True
