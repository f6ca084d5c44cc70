"""What docs/operations.md tells to do, done: nginx in front, a copy that is restored, a dump that is restored."""

import os
import re
import shutil
import subprocess
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from benchmarks.siege import small_shop
from kgrec.checkup import checkup, worst
from kgrec.live.database import Database
from kgrec.live.events import EventLog
from kgrec.live.told import Event
from kgrec.serving import open_guide
from tests.graph.servers import free_port
from tests.live.postgres import programs, running
from tests.web.sieged import serving

DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"


def block(language):
    return re.search(rf"```{language}\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)[1]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return small_shop(tmp_path_factory.mktemp("shops") / "my-shop")


def told(n):
    return [Event(f"e{i}", f"u{i % 3}", "i0", "view", 1_760_000_000 + i) for i in range(n)]


@pytest.mark.skipif(
    shutil.which("nginx") is None, reason="nginx is not installed; on Debian: apt-get install nginx"
)
def test_the_documented_nginx_serves_the_shop(shop, tmp_path):
    port = free_port()
    with serving(shop, 2) as server:
        text = block("nginx").replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
        user = "user root;\n" if os.geteuid() == 0 else ""  # the tests' folder is root's alone
        (tmp_path / "nginx.conf").write_text(user + text.replace("127.0.0.1:8080", f"127.0.0.1:{port}"))
        command = ["nginx", "-p", str(tmp_path), "-c", "nginx.conf", "-e", "error.log", "-g", "daemon off;"]
        proxy = subprocess.Popen(command, stderr=subprocess.PIPE)
        try:
            for _ in range(100):
                try:
                    answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10)
                    break
                except OSError:
                    assert proxy.poll() is None, proxy.stderr.read()
                    time.sleep(0.1)
            with answer:
                assert answer.status == 200 and answer.headers["Server"].startswith("nginx")
        finally:
            proxy.terminate()
            proxy.communicate(timeout=20)


def test_the_documented_copy_is_restored_with_what_was_told_meanwhile(shop, tmp_path):
    log = EventLog.of(shop)
    log.append(told(40))  # and the log stays open, so that some of it lies in the -wal file
    (tmp_path / "my-shop").symlink_to(shop)
    done = subprocess.run(["bash", "-ec", block("sh")], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    restored = tmp_path / "restored"
    restored.mkdir()
    subprocess.run(["tar", "-xf", tmp_path / "copy" / "files.tar", "-C", restored], check=True)
    for file in (tmp_path / "copy").glob("*.sqlite"):
        shutil.copy(file, restored)
    again = EventLog.of(restored)
    assert [one.event for one in again.after()] == [one.event for one in log.after()] != []
    assert worst(checkup(restored)) != "error"
    before, after = open_guide(shop), open_guide(restored)
    for user_id in map(str, before.dataset.users.ids[:5]):
        assert before.recommend_for(user_id) == after.recommend_for(user_id)
    again.database.close()
    log.database.close()


@pytest.mark.skipif(
    programs() is None or shutil.which("pg_dump") is None, reason="PostgreSQL and pg_dump are not installed"
)
def test_a_dump_of_postgresql_is_restored():
    with running(programs()) as server:
        log = EventLog(Database(server.address))
        log.append(told(40))
        where = ["-h", "127.0.0.1", "-p", str(server.port), "-U", "kgrec"]
        environment = {**os.environ, "PGPASSWORD": server.address.password}
        dump = subprocess.run(
            ["pg_dump", *where, "postgres"], env=environment, check=True, capture_output=True
        ).stdout
        for command, given in (
            (["psql", *where, "-c", "CREATE DATABASE again", "postgres"], b""),
            (["psql", *where, "-q", "-v", "ON_ERROR_STOP=1", "again"], dump),
        ):
            subprocess.run(command, env=environment, check=True, capture_output=True, input=given)
        again = EventLog(
            Database(replace(server.address, url=make_url(server.address.url).set(database="again")))
        )
        assert [one.event for one in again.after()] == [one.event for one in log.after()] != []
        again.append([Event("new", "u9", "i0", "view", 1_760_000_100)])  # and it goes on
        assert again.counts().last_number == log.counts().last_number + 1
        again.database.close()
        log.database.close()
