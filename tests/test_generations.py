"""A generation is whole and on disk before it is current, and whoever is killed on the way leaves the last good one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kgrec import generations
from kgrec.errors import BadBundle, NotReady
from kgrec.generations import alone, chain, current, make_current, new_generation, read_manifest
from kgrec.graph import store

ROOT = Path(__file__).parents[1]


def made(parent: Path, text: str) -> Path:
    with new_generation(parent, {"kind": "test"}) as folder:
        (folder / "said.txt").write_text(text)
    return current(parent, "graph", "build")


KILLED = """
import os, signal, sys
from pathlib import Path
from kgrec import generations
from kgrec.graph import store
from kgrec.graph.build import assemble
from tests.graph.shop import NAMER, toy_shop

parent, moments = Path(sys.argv[1]), int(sys.argv[2])
shop = toy_shop()
graph = assemble(shop, NAMER)
events = {"open", "os.mkdir", "os.rename", "os.symlink", "os.remove", "os.rmdir", "os.chmod", "os.truncate"}

def build():
    with generations.new_generation(parent, {"kind": "graph", "graph_version": graph.version}) as folder:
        (folder / "arrays").mkdir()
        (folder / "arrays" / "numbers.npy").write_bytes(b"0" * 1000)
        store.write(graph, shop, folder)

def child(stop):
    pid = os.fork()
    if not pid:
        seen = 0
        def count(event, _):
            nonlocal seen
            if event in events:
                seen += 1
                if seen == stop:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(count)
        build()
        os._exit(min(seen, 255))
    return os.waitpid(pid, 0)[1]

total = os.waitstatus_to_exitcode(child(-1))
for moment in range(moments):
    status = child(1 + moment * total // moments)
    print(os.waitstatus_to_exitcode(status), os.readlink(parent / "CURRENT"), flush=True)
"""


def test_a_build_killed_at_any_moment_leaves_a_whole_graph_and_the_next_one_cleans_up(tmp_path) -> None:
    words = [sys.executable, "-c", KILLED, str(tmp_path), "12"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == [str(-signal.SIGKILL)] * 12
    generation = current(tmp_path, "graph", "build")
    assert read_manifest(generation)["kind"] == "graph"
    assert (
        len(store.open_store(generation / store.PEOPLE))
        > len(store.open_store(generation / store.PUBLIC))
        > 0
    )
    made(tmp_path, "next")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert {path.name for path in tmp_path.glob("gen-*")} == {path.name for path in chain(tmp_path)}


def test_a_generation_knows_which_one_was_current_before_it(tmp_path) -> None:
    first, second = made(tmp_path, "one"), made(tmp_path, "two")
    make_current(first)
    third = made(tmp_path, "three")
    assert chain(tmp_path) == [third, first]
    assert not second.exists()  # nobody goes back to what was gone back from


def test_what_failed_is_never_current_and_leaves_nothing(tmp_path) -> None:
    first = made(tmp_path, "one")
    with pytest.raises(ZeroDivisionError), new_generation(tmp_path, {}) as folder:
        (folder / "half.txt").write_text("half")
        1 / 0  # noqa: B018
    assert current(tmp_path, "graph", "build") == first
    assert {path.name for path in tmp_path.iterdir()} == {"CURRENT", "gen-0001"}


def test_all_files_and_folders_are_on_disk_before_a_generation_is_current(tmp_path, monkeypatch) -> None:
    synced = []

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        assert not (tmp_path / "CURRENT").is_symlink() or synced[-1] == tmp_path

    monkeypatch.setattr(generations.os, "fsync", fsync)
    with new_generation(tmp_path, {}) as folder:
        (folder / "arrays").mkdir()
        (folder / "arrays" / "numbers.npy").touch()
    names = [path.name for path in synced]
    assert {"manifest.json", "numbers.npy", "arrays"} <= set(names)
    assert names[-2:] == [tmp_path.name] * 2  # the new name, then the pointer to it


def test_two_writers_at_once_are_not_let_in(tmp_path) -> None:
    with (
        new_generation(tmp_path, {}),
        pytest.raises(NotReady, match="written by another"),
        new_generation(tmp_path, {}, wait=0),
    ):
        pass
    with alone(tmp_path, wait=0):
        pass


def test_one_who_waits_comes_after_the_other(tmp_path) -> None:
    held = (
        f"import sys\nfrom pathlib import Path\nfrom kgrec.generations import alone\n"
        f"with alone(Path({str(tmp_path)!r}), wait=0): print('held', flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", held], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout and other.stdin
        assert other.stdout.readline() == "held\n"
        with pytest.raises(NotReady), new_generation(tmp_path, {}, wait=0.1):
            pass
        other.stdin.write("\n")
        other.stdin.flush()
        assert made(tmp_path, "after").name == "gen-0001"


def test_a_generation_of_a_newer_layout_is_refused(tmp_path) -> None:
    manifest = made(tmp_path, "one") / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "kgrec": generations.VERSION + 1}))
    with pytest.raises(BadBundle, match="newer kgrec"):
        current(tmp_path, "graph", "build")
