"""The tables of docs/benchmarks.md: every row and seed a run of the command line, kept as JSON, then the tables.

    python benchmarks/accuracy.py DATA [--out FOLDER] [--shops FOLDER] [--seeds 5] [--jobs 2] [--only ROW …] [--table]

A run whose JSON is in --out is not repeated, so that a stopped benchmark goes on where it was. The figures that the
project states are kept in benchmarks/results, each with the commit it was measured at; to measure all of them again,
give another folder.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev
from typing import Any

SHOPS = {  # name → format, source, catalogue
    "beauty": ("s3rec", "amazon-beauty/sequences", "amazon-beauty/catalogue.tsv.gz"),
    "paths": ("pgpr", "amazon-beauty/paths", "amazon-beauty/catalogue.tsv.gz"),
    "sports": ("s3rec", "amazon-sports", "amazon-sports/catalogue.tsv.gz"),
    "book": ("kgat", "amazon-book", ""),
    "ml-100k": ("recbole", "ml-100k-kg", ""),
}


@dataclass(frozen=True)
class Row:
    """A line of a table: what is run, and the figures to reach."""

    name: str
    shop: str
    protocol: str
    model: str = "path"
    words: Sequence[str] = ()  # more of the command line
    inside: str = ""  # the row whose runs hold these figures too, as those without crawled relations
    goal: Mapping[str, float] = field(default_factory=dict)


GOALS = [
    Row("beauty", "beauty", "leave-one-out", goal={"hr@10": 0.1150, "ndcg@10": 0.0665}),
    Row(
        "beauty-no-text",
        "beauty",
        "leave-one-out",
        words=("--without", "text"),
        goal={"hr@10": 0.1040, "ndcg@10": 0.0615},
    ),
    Row("sports", "sports", "leave-one-out", goal={"hr@10": 0.0640, "ndcg@10": 0.0370}),
    Row(
        "paths",
        "paths",
        "given-split",
        goal={"ndcg@10": 0.094, "recall@10": 0.144, "hr@10": 0.231, "precision@10": 0.029},
    ),
    Row(
        "paths-bare",
        "paths",
        "given-split",
        inside="paths",
        goal={"ndcg@10": 0.086, "recall@10": 0.130, "hr@10": 0.213, "precision@10": 0.0267},
    ),
    Row("book", "book", "given-split", goal={"recall@20": 0.1730, "ndcg@20": 0.0985}),
    Row("cold-items", "beauty", "cold-items"),
    Row("cold-users", "ml-100k", "cold-users"),
]
SEEDED = [  # what rows above are measured against: other seeds, other cold items and users
    *(Row(f"cold-items-{m}", "beauty", "cold-items", m) for m in ("content-attributes", "content-text")),
    Row("cold-users-popularity", "ml-100k", "cold-users", "popularity"),
]
OTHERS = (
    "popularity",
    "item-knn",
    "user-knn",
    "rp3beta",
    "ease",
    "als",
    "content-attributes",
    "content-text",
)
NETWORKS = ("deep", "gru", "sasrec")
LARGE = ("--set", "most_items=25000")  # EASE keeps a dense matrix, here of 2.5 GB, and asks before it does
BASELINES = [
    Row(f"{shop}-{model}", shop, protocol, model, LARGE if (shop, model) == ("book", "ease") else ())
    for shop, protocol in (("beauty", "leave-one-out"), ("paths", "given-split"), ("book", "given-split"))
    for model in (*OTHERS, *(NETWORKS if shop == "beauty" else ()))
    if not (shop == "book" and model.startswith("content"))
]
ABLATIONS = [  # the path model once more without each relation
    Row("ablation", "beauty", "leave-one-out"),
    Row("ablation-cold-items", "beauty", "cold-items"),
]
RESULTS = Path(__file__).parent / "results"
COLUMNS = ("hr@10", "ndcg@10", "recall@10", "precision@10", "recall@20", "ndcg@20")


def main() -> None:
    """Run what is missing, then print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", help="the public data sets")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument(
        "--shops", type=Path, default=Path(".benchmarks/shops"), help="where workspaces are made"
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, with one thread each if over 1")
    parser.add_argument("--only", nargs="+", metavar="ROW", help="rows by name; otherwise all")
    parser.add_argument("--table", action="store_true", help="run nothing, print what is there")
    parser.add_argument(
        "--write", type=Path, metavar="FILE.md", help="put the tables between the marks of a page too"
    )
    asked = parser.parse_args()
    rows = [*GOALS, *SEEDED, *BASELINES, *ABLATIONS]
    unknown = set(asked.only or ()) - {row.name for row in rows}
    if unknown:
        named = ", ".join(map(ascii, sorted(unknown)))
        sys.exit(f"there is no row {named}; there are {', '.join(row.name for row in rows)}")
    if not asked.table:
        if asked.data is None:
            parser.error("name the folder of the public data sets")
        wanted = [row for row in rows if asked.only is None or row.name in asked.only]
        run_all(wanted, asked.data, Folders(asked.out, asked.shops), asked.seeds, asked.jobs)
    for title, text in tables(asked.out).items():
        print(f"\n## {title}\n\n{text}")
    if asked.write:
        asked.write.write_text(written(asked.write.read_text(encoding="utf-8"), asked.out), encoding="utf-8")


@dataclass(frozen=True)
class Folders:
    """Where results and workspaces lie."""

    out: Path
    shops: Path


def run_all(rows: Sequence[Row], data: Path, folders: Folders, n_seeds: int, jobs: int) -> None:
    """Every row with the first seed, then every row with the second …; baselines with one."""
    folders.out.mkdir(parents=True, exist_ok=True)
    for shop in {row.shop for row in rows}:
        make_shop(shop, data, folders.shops)
    once = [*BASELINES, *ABLATIONS]
    own = [row for row in rows if not row.inside]
    tasks = [(row, seed) for seed in range(n_seeds) for row in own if seed == 0 or row not in once]
    threads = {"OMP_NUM_THREADS": "1"} if jobs > 1 else {}
    with ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(run, row, seed, folders, threads) for row, seed in tasks]:
            done.result()


def make_shop(shop: str, data: Path, shops: Path) -> None:
    """A workspace of one data set, once."""
    kind, source, catalogue = SHOPS[shop]
    if (shops / shop).exists():
        return
    shops.mkdir(parents=True, exist_ok=True)
    words = ["init", str(shops / shop), "--format", kind, "--source", str(data / source)]
    words += ["--catalogue", str(data / catalogue)] if catalogue else []
    if subprocess.run(kgrec(*words)).returncode:
        sys.exit(f"there is no workspace of {shop}, for the reason above")


def kgrec(*words: str) -> list[str]:
    """The command line, in this environment."""
    return [sys.executable, "-m", "kgrec.cli", *words]


def run(row: Row, seed: int, folders: Folders, threads: Mapping[str, str]) -> None:
    """One JSON file, unless it is there."""
    file = folders.out / f"{row.name}.{seed}.json"
    if file.exists():
        return
    shop = str(folders.shops / row.shop)
    words = ["evaluate", shop, "--protocol", row.protocol, "--model", row.model, *row.words]
    compared = folders.shops / row.name
    if row in ABLATIONS:
        words = ["compare", shop, "--protocol", row.protocol, "--models", row.model]
        words += ["--ablate", "each", "--out", str(compared)]
    done = subprocess.run(
        kgrec(*words, "--seed", str(seed)), capture_output=True, text=True, env={**os.environ, **threads}
    )
    if done.returncode:
        sys.exit(f"{row.name}, seed {seed}: {done.stderr.strip().splitlines()[-1]}")
    found = {"commit": commit(), **json.loads(done.stdout)}
    beside = file.with_suffix(".part")
    beside.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    beside.rename(file)
    if row in ABLATIONS:
        (folders.out / f"{row.name}.md").write_text((compared / "table.md").read_text(encoding="utf-8"))
        print(f"{row.name}: done", flush=True)
        return
    told = "  ".join(f"{name} {found['metrics'][name]:.4f}" for name in COLUMNS)
    print(f"{row.name}, seed {seed}: {told}  {found['seconds']['train']:.0f} s", flush=True)


def commit() -> str:
    """The commit of this checkout; "+" where files differ from it."""
    told = subprocess.run(["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True)
    return told.stdout.strip()


def tables(out: Path) -> dict[str, str]:
    """Every table there is something for, by its name."""
    warm = [row for row in GOALS if not row.protocol.startswith("cold")]
    parts = {"goals": warm, "cold": [row for row in GOALS if row not in warm] + SEEDED, "others": BASELINES}
    found = {name: table(rows, out) for name, rows in parts.items() if any(results(row, out) for row in rows)}
    told = {row.name: out / f"{row.name}.md" for row in ABLATIONS}
    return found | {
        name: file.read_text(encoding="utf-8").strip() for name, file in told.items() if file.exists()
    }


def written(page: str, out: Path) -> str:
    """The page with each table between its marks, <!-- name --> and <!-- end -->."""
    for name, text in tables(out).items():
        before, mark, after = page.partition(f"<!-- {name} -->\n")
        if mark:
            page = f"{before}{mark}{text}\n<!-- end -->{after.partition('<!-- end -->')[2]}"
    return page


def table(rows: Sequence[Row], out: Path) -> str:
    """Mean ± sample standard deviation over the seeds there are, the shortest time; goals in brackets."""
    lines = [
        ["row", "seeds", *COLUMNS, "train, s", "peak, MB"],
        ["---"] * (len(COLUMNS) + 4),
    ]
    for row in rows:
        found = results(row, out)
        if found:
            seconds = min(result["seconds"]["train"] for result in found)
            peak = max(result["peak_memory_mb"] for result in found)
            cells = [cell(found, name, row.goal.get(name)) for name in COLUMNS]
            lines.append([row.name, str(len(found)), *cells, f"{seconds:.0f}", f"{peak:,}"])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def results(row: Row, out: Path) -> list[dict[str, Any]]:
    """What there is of a row, seed by seed."""
    files = sorted(out.glob(f"{row.inside or row.name}.*.json"))
    found = [result_in(file) for file in files]
    return [result | result["without"] for result in found] if row.inside else found


def result_in(file: Path) -> dict[str, Any]:
    """What is kept of one run."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict) or not {"metrics", "seconds", "peak_memory_mb"} <= set(found):
        sys.exit(f"{file} is not the result of a run; remove it, and it is measured again")
    return found


def cell(found: Sequence[Mapping[str, Any]], name: str, goal: float | None) -> str:
    """ ".1215 ± .0007 (goal .1150)"."""
    values = [result["metrics"][name] for result in found]
    spread = f" ± {stdev(values):.4f}" if len(values) > 1 else ""
    return f"{mean(values):.4f}{spread}" + (f" (goal {goal:.4f})" if goal else "")


if __name__ == "__main__":
    main()
