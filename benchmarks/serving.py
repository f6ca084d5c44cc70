"""How many recommendations a second `kgrec serve` gives, how long each takes, and what the workers hold in memory.

    python benchmarks/serving.py SHOP [--seconds 60] [--workers 2] [--connections 8] [--explain] [--sample 5]

SHOP is a built and trained workspace; a copy of it is served, and driven by `wrk` (a Debian package) with users drawn
at random, on connections that are kept open. Memory is the proportional set size of each process (what it shares is
divided among those who share it), sampled all the while. Then, in this process on one thread and in turns, users are
asked for in-process and of `implicit` (ALS of 64 factors fitted on the same choices, its own `recommend` call), ten
items each. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from kgrec.domain import EVENTS
from kgrec.guide import Guide
from kgrec.serving import open_guide
from tests.web.sieged import Server, children, serving

SCRIPT = """
local users = {}
for line in io.lines(os.getenv("KGREC_USERS")) do users[#users + 1] = line end
local headers = {["Content-Type"] = "application/json"}
function init(arguments) math.randomseed(tonumber(arguments[1])) end
function request()
  return wrk.format("POST", "/api/v1/recommend", headers, users[math.random(#users)])
end
function done(summary, latency, requests)
  local wrong = summary.errors
  io.write(string.format('\\nJSON {"requests": %d, "seconds": %.3f, "p50_ms": %.2f, "p90_ms": %.2f, "p99_ms": %.2f, ' ..
    '"errors": %d}\\n', summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(90) / 1e3, latency:percentile(99) / 1e3,
    wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout))
end
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shop", type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--explain", action="store_true", help="three explained paths for each item")
    parser.add_argument("--sample", type=float, default=5.0, help="seconds between two looks at memory")
    parser.add_argument("--users", type=int, default=1000, help="drawn for the comparison in one process")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed; on Debian: apt-get install wrk")
    load = os.getloadavg()
    guide = open_guide(given.shop)
    told = {"http": over_http(guide, given), "one_process": side_by_side(guide, given.users, given.seed)}
    print(json.dumps({"load_average": {"before": load[0], "after": os.getloadavg()[0]}, **told}, indent=1))


def over_http(guide: Guide, given: argparse.Namespace) -> dict[str, Any]:
    """wrk against a server of a copy of the shop."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        shutil.copytree(given.shop, shop, symlinks=True)
        bodies = [
            {"user_id": str(user), "k": 10, "explain": given.explain} for user in guide.dataset.users.ids
        ]
        (Path(folder) / "users").write_text("\n".join(map(json.dumps, bodies)) + "\n", "utf-8")
        (Path(folder) / "drive.lua").write_text(SCRIPT, "utf-8")
        with serving(shop, given.workers) as server:
            driven(server, Path(folder), given, seconds=min(5, given.seconds))  # to warm up
            before = held(server)
            found, samples = driven(server, Path(folder), given, seconds=given.seconds)
    return {
        "workers": given.workers,
        "connections": given.connections,
        "explained": given.explain,
        **found,
        "per_second": round(found["requests"] / found["seconds"], 1),
        "memory_mb": {
            "before": before,
            "samples": samples,
            "growth_per_minute": growth(samples, given.sample),
        },
    }


def driven(
    server: Server, folder: Path, given: argparse.Namespace, *, seconds: int
) -> tuple[dict[str, Any], list[dict[str, int]]]:
    """What wrk found, and the memory meanwhile."""
    command = ["wrk", "-t1", f"-c{given.connections}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", str(folder / "drive.lua"), f"http://127.0.0.1:{server.port}", "--", str(given.seed)]
    environment = {**os.environ, "KGREC_USERS": str(folder / "users")}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    samples = []
    while process.poll() is None:
        time.sleep(min(given.sample, 0.2 + seconds))
        samples.append(held(server))
    out = process.communicate()[0]
    line = next((line for line in out.splitlines() if line.startswith("JSON ")), None)
    if process.returncode or line is None:
        sys.exit(f"wrk failed: {out[-500:]}")
    found: dict[str, Any] = json.loads(line[5:])
    if found["errors"] or not found["requests"]:  # refusals are quick: they would pass for speed
        sys.exit(f"{found['errors']} of {found['requests']} requests failed; nothing was measured")
    return found, samples


def held(server: Server) -> dict[str, int]:
    """The proportional set size of the server's parent and workers, and what only each worker has, in MB."""
    workers = children(server.process.pid)
    found = {"parent": _rollup(server.process.pid, "Pss")}
    for n, pid in enumerate(workers, start=1):
        found[f"worker {n}"] = _rollup(pid, "Pss")
        found[f"worker {n} alone"] = _rollup(pid, "Private_Dirty")
    return found


def _rollup(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) // 1024


def growth(samples: list[dict[str, int]], every: float) -> dict[str, float]:
    """MB a minute that each worker grew by in the second half, when all is warm."""
    half = samples[len(samples) // 2 :]
    if len(half) < 3:
        return {}
    minutes = np.arange(len(half)) * every / 60
    names = [name for name in half[0] if name.endswith("alone")]
    return {name: round(float(np.polyfit(minutes, [one[name] for one in half], 1)[0]), 2) for name in names}


def side_by_side(guide: Guide, n_users: int, seed: int) -> dict[str, Any]:
    """Milliseconds of one list of ten, here and of implicit, each user asked of both in turn."""
    from implicit.als import AlternatingLeastSquares

    known = guide.dataset.interactions
    chosen = np.isin(known.event, [EVENTS.index("buy"), EVENTS.index("rate")])
    ones = np.ones(int(chosen.sum()), np.float32)
    shape = (len(guide.dataset.users), len(guide.dataset.items))
    matrix = sp.csr_matrix((ones, (known.user[chosen], known.item[chosen])), shape=shape)
    drawn = np.random.default_rng(seed).integers(shape[0], size=n_users)
    with threadpool_limits(1):
        als = AlternatingLeastSquares(factors=64, iterations=5, num_threads=1, random_state=seed)
        als.fit(matrix, show_progress=False)
        questions: dict[str, Callable[[int], object]] = {
            "kgrec": lambda row: guide.recommend_for(str(guide.dataset.users.ids[row]), k=10),
            "kgrec, three paths of each explained": lambda row: _explained(guide, row),
            "implicit als": lambda row: als.recommend(
                row, matrix[row], N=10, filter_already_liked_items=True
            ),
        }
        for row in drawn[:20]:
            for question in questions.values():
                question(int(row))
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in questions}
        for row in drawn:
            for name, question in questions.items():
                began, busy = time.perf_counter(), time.thread_time()
                question(int(row))
                took[name].append((time.perf_counter() - began, time.thread_time() - busy))
    return {
        name: {
            f"{clock}p{percent}_ms": round(1000 * float(np.percentile([one[n] for one in all_], percent)), 3)
            for n, clock in enumerate(("", "cpu_"))
            for percent in (50, 99)
        }
        for name, all_ in took.items()
    }


def _explained(guide: Guide, user_row: int) -> object:
    user_id = str(guide.dataset.users.ids[user_row])
    best = guide.recommend_for(user_id, k=10)
    return guide.explain_all([one.item_id for one in best], user_id, paths=3)


if __name__ == "__main__":
    main()
