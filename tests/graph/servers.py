"""Real SPARQL servers for the tests: started on a free port of this machine, stopped with the test."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

OXIGRAPH = shutil.which("oxigraph", path=str(Path(sys.executable).parent))
VIRTUOSO = shutil.which("virtuoso-t")

_VIRTUOSO_INI = """
[Database]
DatabaseFile = v.db
ErrorLogFile = v.log
LockFile = v.lck
TransactionFile = v.trx
xa_persistent_file = v.pxa
FileExtend = 50
[TempDatabase]
DatabaseFile = t.db
TransactionFile = t.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 4000
MaxDirtyBuffers = 3000
DirsAllowed = .
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 4
[SPARQL]
ResultSetMaxRows = 100000
"""


@dataclass(frozen=True)
class Running:
    """Addresses of a server, and who may write there."""

    query: str
    update: str
    data: str
    user: str = ""
    password: str = ""

    def settings(self, **more: object) -> dict[str, object]:
        """What the [graph] part of a kgrec.toml says of it, with the Graph Store Protocol."""
        return {"store": self.query, "store_update": self.update, "store_data": self.data, **more}

    @property
    def environment(self) -> dict[str, str]:
        return {"KGREC_STORE_USER": self.user, "KGREC_STORE_PASSWORD": self.password}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def oxigraph(folder: Path, port: int | None = None) -> Iterator[Running]:
    """The Oxigraph server; with the port and the folder of an earlier one, that one again."""
    place = f"127.0.0.1:{port or free_port()}"
    words = [str(OXIGRAPH), "serve", "--bind", place, "--location", str(folder)]
    with _running(words, folder, f"http://{place}/query"):
        yield Running(*(f"http://{place}/{name}" for name in ("query", "update", "store")))


@contextmanager
def virtuoso(folder: Path) -> Iterator[Running]:
    """Virtuoso with an empty database; dba may write, with Digest authentication."""
    http = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "v.ini").write_text(_VIRTUOSO_INI.format(sql=free_port(), http=http))
    top = f"http://127.0.0.1:{http}"
    words = [str(VIRTUOSO), "+foreground", "+configfile", "v.ini"]
    with _running(words, folder, f"{top}/sparql"):
        yield Running(
            f"{top}/sparql-auth", f"{top}/sparql-auth", f"{top}/sparql-graph-crud-auth", "dba", "dba"
        )


@contextmanager
def _running(words: list[str], folder: Path, url: str) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    log = folder.with_name(f"{folder.name}.log")
    with log.open("ab") as out:
        process = subprocess.Popen(words, cwd=folder, stdout=out, stderr=out)
    try:
        for _ in range(600):
            if _answers(f"{url}?query={quote('ASK {}')}"):
                break
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            raise AssertionError(f"{words[0]} did not start: {log.read_text()}")
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False
