"""What answers questions from outside can do nothing else, and whatever becomes of it the server goes on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from kgrec.errors import BadQuery, Busy, NotReady, SlowQuery
from kgrec.graph import query, store
from kgrec.graph.build import assemble
from kgrec.graph.sandbox.pool import Pool
from kgrec.graph.sandbox.walls import can_wall
from kgrec.graph.sandbox.wire import Head, Question, head, packed
from tests.graph.shop import NAMER, iri, toy_shop
from tests.web.sieged import gone

ROOT = Path(__file__).parents[2]
FOREVER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
DOUBLING = (
    f'SELECT ?x40 {{ BIND("{"a" * 64}" AS ?x0) '
    + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40))
    + " }"
)
walled = pytest.mark.skipif(not can_wall(), reason="this system has no seccomp that is known here")


def asked(text: str, **changes: object) -> Question:
    about = {"row_form": "json", "graph_form": "nt", "rows": 1000, "size": 2_000_000, **changes}
    return Question(text, **about)  # type: ignore[arg-type]


def names(pool: Pool, text: str) -> list[str]:
    """The values of the first column of an answer."""
    told = json.loads(pool.ask(asked(text)).body)
    return [row[told["head"]["vars"][0]]["value"] for row in told["results"]["bindings"]]


@pytest.fixture(scope="module")
def folder(graph, shop, tmp_path_factory) -> Path:
    place: Path = tmp_path_factory.mktemp("graph")
    store.write(graph, shop, place)
    return place / store.PUBLIC


@contextmanager
def opened(folder: Callable[[], Path], **changes: int | float) -> Iterator[Pool]:
    pool = Pool(folder, **{"workers": 1, "queue": 2, "memory": 256 << 20, "deadline": 5.0, **changes})  # type: ignore[arg-type]
    try:
        yield pool
    finally:
        pool.close()


@pytest.fixture(scope="module")
def pool(folder: Path) -> Iterator[Pool]:
    with opened(lambda: folder) as pool:
        yield pool


@pytest.mark.parametrize("name", ["brands-by-size", "categories-tree", "missing-attributes"])
def test_a_worker_answers_what_the_library_answers(pool: Pool, memory, name: str) -> None:
    text = query.named(name).text
    told = pool.ask(asked(text))
    assert told.body.decode() == query.render(query.run(memory, text), "json")
    assert told.head == Head("answered", kind="select")


def test_a_value_reaches_the_worker_as_a_term(pool: Pool) -> None:
    cream = {"item": {"type": "uri", "value": iri("item", "cream")}}
    told = pool.ask(asked(query.named("item-facts").text, parameters=cream))
    assert b"Lavera" in told.body and b"Weleda" not in told.body
    brand = {"x": {"type": "literal", "value": '玫瑰 "\n\\', "xml:lang": "zh"}}
    assert json.loads(pool.ask(asked("SELECT ?x {}", parameters=brand)).body)["results"]["bindings"] == [
        brand
    ]


def test_a_query_is_stopped_at_its_deadline_and_the_next_one_is_answered(pool: Pool) -> None:
    before = pool.pids
    with pytest.raises(SlowQuery, match=r"stopped after 0\.2 seconds"):
        pool.ask(asked(FOREVER), seconds=0.2)
    assert names(pool, "SELECT ?x { BIND(1 AS ?x) }") == ["1"]
    assert not pool.pids & before and all(map(gone, before))


def test_no_client_gets_more_time_than_the_pool_allows(folder: Path) -> None:
    with opened(lambda: folder, deadline=0.2) as hasty, pytest.raises(SlowQuery, match=r"0\.2 seconds"):
        hasty.ask(asked(FOREVER), seconds=3600.0)


def test_what_is_malformed_or_would_write_is_refused_without_loss(pool: Pool) -> None:
    names(pool, "SELECT ?x { BIND(1 AS ?x) }")
    before = pool.pids
    for text in ("SELECT", "INSERT DATA { <a:a> <a:a> 1 }", "SELECT * { " + "{" * 3000):
        with pytest.raises(BadQuery):
            pool.ask(asked(text))
    assert names(pool, "SELECT ?x { BIND(1 AS ?x) }") == ["1"] and pool.pids == before


def test_a_query_that_needs_too_much_memory_is_refused_and_the_next_one_is_answered(pool: Pool) -> None:
    with pytest.raises(BadQuery, match="memory") as refusal:
        pool.ask(asked(DOUBLING))
    assert type(refusal.value) is BadQuery
    assert names(pool, "SELECT ?x { BIND(1 AS ?x) }") == ["1"]


def test_a_worker_that_is_killed_meanwhile_is_replaced(pool: Pool) -> None:
    names(pool, "SELECT ?x { BIND(1 AS ?x) }")
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
        assert gone(pid)
    assert names(pool, "SELECT ?x { BIND(1 AS ?x) }") == ["1"]


def test_a_worker_that_is_killed_while_it_answers_is_no_fault_of_the_query(pool: Pool) -> None:
    names(pool, "SELECT ?x { BIND(1 AS ?x) }")
    (pid,) = pool.pids

    def kill() -> None:
        time.sleep(0.2)
        os.kill(pid, signal.SIGKILL)

    killer = Thread(target=kill)
    killer.start()
    with pytest.raises(Busy, match="SIGKILL"):
        pool.ask(asked(FOREVER))
    killer.join()


def test_rows_and_bytes_are_cut_and_it_is_said(pool: Pool) -> None:
    everything = "SELECT ?s ?p ?o { ?s ?p ?o }"
    by_rows = pool.ask(asked(everything, rows=3))
    assert by_rows.head.truncated and len(json.loads(by_rows.body)["results"]["bindings"]) == 3
    assert json.loads(by_rows.body)["truncated"] is True
    for form in ("json", "xml", "csv", "tsv"):
        by_size = pool.ask(asked(everything, size=3000, row_form=form))
        assert by_size.head.truncated and 1000 < len(by_size.body) <= 3000
    triples = pool.ask(asked("CONSTRUCT WHERE { ?s ?p ?o }", size=3000))
    assert triples.head.truncated and 1000 < len(triples.body) <= 3000
    assert not pool.ask(asked("SELECT ?x { BIND(1 AS ?x) }")).head.truncated


def test_one_value_that_is_too_large_is_left_out(pool: Pool) -> None:
    text = 'SELECT ?x { BIND(CONCAT("' + "a" * 3000 + '", "b") AS ?x) }'
    told = pool.ask(asked(text, size=1000))
    assert told.head.truncated and json.loads(told.body)["results"]["bindings"] == []


def test_an_answer_in_no_form_that_is_taken_is_not_given(pool: Pool) -> None:
    told = pool.ask(asked("ASK {}", row_form=None))
    assert (told.head.status, told.head.kind, told.body) == ("unacceptable", "ask", b"")


def test_only_the_graphs_that_are_named_are_asked_and_no_others_exist(pool: Pool) -> None:
    graphs = names(pool, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g")
    catalogue = next(name for name in graphs if "catalogue" in name)
    inside = json.loads(pool.ask(asked("ASK { ?s ?p ?o }", default_graphs=(catalogue,))).body)
    outside = json.loads(pool.ask(asked("ASK { ?s ?p ?o }", named_graphs=(catalogue,))).body)
    assert (inside["boolean"], outside["boolean"]) == (True, False)
    told = pool.ask(asked("SELECT DISTINCT ?g { GRAPH ?g {} }", named_graphs=(catalogue,)))
    assert [row["g"]["value"] for row in json.loads(told.body)["results"]["bindings"]] == [catalogue]
    for elsewhere in ("file:///etc/passwd", "http://127.0.0.1:9/", "no address"):
        with pytest.raises(BadQuery, match="graph"):
            pool.ask(asked("ASK {}", default_graphs=(elsewhere,)))


def test_who_comes_when_the_queue_is_full_is_told_to_come_again(folder: Path) -> None:
    with opened(lambda: folder, queue=1, deadline=1.0) as small:
        names(small, "SELECT ?x { BIND(1 AS ?x) }")
        outcomes: list[str] = []

        def ask() -> None:
            try:
                small.ask(asked(FOREVER))
            except (Busy, SlowQuery) as error:
                outcomes.append(type(error).__name__)

        askers = [Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        assert sorted(outcomes) == ["Busy", "Busy", "SlowQuery", "SlowQuery"]


def test_a_new_generation_of_the_graph_is_asked_as_soon_as_it_is_current(
    folder: Path, graph, tmp_path
) -> None:
    other = toy_shop(title=["Renamed", "", ""])
    store.write(assemble(other, NAMER), other, tmp_path)
    current = folder
    ask = "SELECT ?n { ?item a kg:Item ; rdfs:label ?n } ORDER BY ?n"
    with opened(lambda: current) as pool:
        assert "Renamed" not in names(pool, ask)
        current = tmp_path / store.PUBLIC
        assert "Renamed" in names(pool, ask)


def test_a_store_that_is_not_there_is_a_clear_error_and_one_that_comes_back_is_asked(
    folder: Path, tmp_path: Path
) -> None:
    current = tmp_path / "none"
    with opened(lambda: current) as pool:
        with pytest.raises(NotReady, match="none"):
            names(pool, "SELECT ?x { BIND(1 AS ?x) }")
        current = folder
        assert names(pool, "SELECT ?x { BIND(1 AS ?x) }") == ["1"]


def test_closing_ends_every_worker(folder: Path) -> None:
    with opened(lambda: folder, workers=2) as pool:
        names(pool, "SELECT ?x { BIND(1 AS ?x) }")
        pids = pool.pids
    assert pids and all(map(gone, pids))
    with pytest.raises(NotReady, match="stopping"):
        pool.ask(asked("ASK {}"))


def test_workers_end_with_their_server_even_when_that_is_killed(folder: Path) -> None:
    script = f"""
import sys, time
from pathlib import Path
from kgrec.graph.sandbox.pool import Pool
from kgrec.graph.sandbox.wire import Question
pool = Pool(lambda: Path({str(folder)!r}), workers=1, queue=2, memory=256 << 20, deadline=60.0)
pool.ask(Question("ASK {{}}", "json", "nt", 10, 1000))
print(*pool.pids, flush=True)
pool.ask(Question({FOREVER!r}, "json", "nt", 10, 1000))
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        assert server.stdout is not None
        (pid,) = map(int, server.stdout.readline().split())
        time.sleep(0.2)
        server.kill()
    assert gone(pid)


def test_a_worker_learns_nothing_of_its_server_and_imports_little(pool: Pool, monkeypatch) -> None:
    names(pool, "SELECT ?x { BIND(1 AS ?x) }")
    monkeypatch.setenv("KGREC_PASSWORD", "kept here")
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
        assert gone(pid)
    names(pool, "SELECT ?x { BIND(1 AS ?x) }")
    (pid,) = pool.pids
    if Path("/proc/self/environ").exists():
        assert b"KGREC_PASSWORD" not in Path(f"/proc/{pid}/environ").read_bytes()
    heavy = "import sys, kgrec.graph.sandbox.worker; print({'numpy', 'pandas', 'torch', 'rdflib'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"status": "ready"}',
        packed(Head("answered")).replace(b"answered", b"obeyed"),
        packed(Head("answered")).replace(b'""', b"7", 1),
    ],
)
def test_the_server_believes_a_worker_nothing_that_makes_no_sense(told: bytes) -> None:
    with pytest.raises(ValueError):
        head(told)


# Behind the walls

BEHIND = """
import ctypes, errno, json, os, resource, signal, socket, sys, threading
from pathlib import Path
from kgrec.graph.sandbox import walls
import pyoxigraph as ox

folder, outside, parent, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
libc = ctypes.CDLL(None, use_errno=True)
inherited = socket.socket()
raised = walls.wall_off(folder)

def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "")

x86 = os.uname().machine == "x86_64"
tried = {
    "open a socket": lambda: socket.socket(),
    "connect one that it has": lambda: inherited.connect(("127.0.0.1", port)),
    "send on one that it has": lambda: inherited.sendto(b"x", ("127.0.0.1", port)),
    "fork": os.fork,
    "run a program": lambda: os.execv("/bin/true", ["true"]),
    "write a file": lambda: open(folder / "new", "w"),
    "empty a file": lambda: os.open(outside, os.O_RDONLY | os.O_TRUNC),
    "truncate a file": lambda: os.truncate(outside, 0),
    "remove a file": lambda: os.unlink(outside),
    "rename a file": lambda: os.rename(outside, outside + "x"),
    "make a folder": lambda: os.mkdir(folder / "new"),
    "link to a file": lambda: os.symlink(outside, folder / "new"),
    "change the mode of a file": lambda: os.chmod(outside, 0o777),
    "kill its server": lambda: os.kill(parent, signal.SIGTERM),
    "signal a thread of its server": lambda: call(234 if x86 else 131, parent, parent, signal.SIGTERM),
    "change the limits of its server": lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE, (3, 3)),
    "trace another": lambda: call(101 if x86 else 117, 16, parent, 0, 0),
    "read the memory of another": lambda: call(310 if x86 else 270, parent, 0, 0, 0, 0, 0),
    "ask by io_uring": lambda: call(425, 1, 0),
    "ask by numbers of x32": lambda: call(0x40000000 + 41, 2, 1, 0),
    "ask what is too new to be known": lambda: call(463, 0, 0),
    "become another": lambda: os.setuid(0),
    "make a namespace": lambda: call(272 if x86 else 97, 0x10000000),
}
if "landlock" in raised:
    tried["read a file outside"] = lambda: open(outside).read()
    tried["list a folder outside"] = lambda: os.listdir("/")

def outcome(attempt):
    try:
        attempt()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

told = {name: outcome(attempt) for name, attempt in tried.items()}
threads = []
thread = threading.Thread(target=lambda: threads.append(outcome(lambda: socket.socket())))
thread.start(); thread.join()
told["open a socket from a new thread"] = threads[0]
service = "SELECT * { SERVICE <http://127.0.0.1:%d/> { ?s ?p ?o } }" % port
try:
    list(ox.Store().query(service))
    told["SERVICE"] = "done"
except (OSError, RuntimeError) as error:
    told["SERVICE"] = "EPERM" if "not permitted" in str(error) else str(error)
print(json.dumps([raised, told]))
"""


@walled
def test_nothing_but_reading_the_store_is_possible_behind_the_walls(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    outside = tmp_path / "outside"
    outside.write_text("kept")
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.2)
        told = subprocess.run(
            [
                sys.executable,
                "-c",
                BEHIND,
                tmp_path / "store",
                outside,
                str(os.getpid()),
                str(canary.getsockname()[1]),
            ],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert told.returncode == 0, told.stderr
        raised, outcomes = json.loads(told.stdout)
        assert {"limits", "seccomp"} <= set(raised)
        refused = {name: reason in ("EPERM", "EACCES", "ENOSYS") for name, reason in outcomes.items()}
        assert all(refused.values()), outcomes
        with pytest.raises(TimeoutError):
            canary.accept()
    assert outside.read_text() == "kept" and not list((tmp_path / "store").iterdir())


@walled
def test_a_call_in_the_numbers_of_another_machine_ends_the_process(tmp_path: Path) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("only x86-64 takes calls of another machine")
    # mov eax, 20 (getpid of i386); int 0x80; ret
    script = """
import ctypes, mmap, sys
from pathlib import Path
from kgrec.graph.sandbox import walls
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes([0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3]))
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
call()
walls.wall_off(Path(sys.argv[1]))
print("walled", flush=True)
call()
print("alive", flush=True)
"""
    told = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, cwd=ROOT)
    if "walled" not in told.stdout:
        pytest.skip("this kernel takes no calls of i386 anyway")
    assert (told.stdout.split(), told.returncode) == (["walled"], -signal.SIGSYS)
