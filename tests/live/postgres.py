"""A real PostgreSQL for the tests: a cluster in a folder of its own, run by somebody who is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

from kgrec.live.engines import Address
from tests.graph.servers import free_port

PASSWORD = "p@ss word/1"  # of characters that a URL would have to escape
_FAST = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=40")


def programs() -> Path | None:
    """The folder of initdb and pg_ctl; Debian keeps them off the path."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: one.parent.name, reverse=True)
    return next((one for one in found if (one / "initdb").is_file() and (one / "pg_ctl").is_file()), None)


@dataclass(frozen=True)
class Postgres:
    """A server that runs."""

    folder: Path
    port: int
    run: Any  # a program of PostgreSQL with its arguments

    @property
    def address(self) -> Address:
        url = URL.create("postgresql+psycopg", "kgrec", None, "127.0.0.1", self.port, "postgres")
        return Address(url=url, password=PASSWORD)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of somebody else's."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="kgrec", password=PASSWORD, dbname="postgres"
        )

    def start(self) -> None:
        options = " ".join(f"-c {setting}" for setting in _FAST)
        options += f" -c port={self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        self.run("pg_ctl", "start", "-w", "-t", "60", "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-m", "immediate")


@contextmanager
def running(bin_folder: Path) -> Iterator[Postgres]:
    """A server with an empty database, until it is no longer needed."""
    folder = Path(tempfile.mkdtemp(prefix="kgrec-postgres-"))
    who: dict[str, Any] = {}
    if os.geteuid() == 0:  # which initdb refuses
        somebody = _somebody()
        os.chown(folder, somebody.pw_uid, somebody.pw_gid)
        who = {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}
    data = folder / "data"

    def run(program: str, *words: str) -> None:
        done = subprocess.run(
            [str(bin_folder / program), "-D", str(data), *words],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,  # a pipe would be kept open by the server
            stderr=subprocess.DEVNULL,
            **who,
        )
        if done.returncode:
            log = folder / "log"
            raise AssertionError(
                f"{program} {words[0]}: {log.read_text() if log.exists() else done.returncode}"
            )

    try:
        secret = folder / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)  # in a folder that is its owner's alone
        run(
            *("initdb", "--username=kgrec", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8"),
            *("--no-sync", "--no-instructions"),
        )
        server = Postgres(folder, free_port(), run)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _somebody() -> pwd.struct_passwd:
    known = {one.pw_name: one for one in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]
