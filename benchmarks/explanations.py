"""The tables of docs/explanations.md: how faithful reasons are, on the demo shop and Amazon Beauty.

    python benchmarks/explanations.py DATA [--out FOLDER] [--only ROW …] [--table] [--write FILE.md]

Every row is a run of `kgrec evaluate --explanations`, kept as JSON; a run whose JSON is in FOLDER is not repeated.
DATA holds amazon-beauty/sequences and amazon-beauty/catalogue.tsv.gz.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgrec.evaluation.faithfulness_report import draw, table

RESULTS = Path(__file__).with_name("results") / "explanations"


@dataclass(frozen=True)
class Row:
    """One run: its shop, and more words of the command line."""

    title: str
    shop: str
    words: tuple[str, ...] = ()


ROWS = {
    "demo": Row("Demo shop", "demo", ("--gnn-users", "30")),
    "demo-without-looks": Row(
        "Demo shop, looks and baskets left out of the graph",
        "demo",
        ("--without", "viewed", "--without", "carted", "--gnn-users", "0", "--seeds-compared", "1"),
    ),
    "beauty": Row("Amazon Beauty", "beauty", ("--gnn-users", "15")),
}


def main() -> None:
    """Run what is missing, then print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", help="the public data sets")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--shops", type=Path, default=Path(".benchmarks/explanations"))
    parser.add_argument("--only", nargs="+", metavar="ROW", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--table", action="store_true", help="run nothing, print what is there")
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE.md",
        help="put the tables between the marks of a page, and plots beside it",
    )
    asked = parser.parse_args()
    if asked.data is None and not asked.table:
        parser.error("name the folder of the public data sets")
    asked.out.mkdir(parents=True, exist_ok=True)
    for name in asked.only if not asked.table else ():
        run(name, asked.data, asked.shops, asked.out)
    found = {name: asked.out / f"{name}.json" for name in ROWS}
    results = {name: json.loads(file.read_text("utf-8")) for name, file in found.items() if file.exists()}
    print(tables(results))
    if asked.write:
        page = asked.write.read_text(encoding="utf-8")
        asked.write.write_text(written(page, tables(results)), encoding="utf-8")
        for name in {"demo", "beauty"} & set(results):
            draw(results[name], asked.write.with_name(f"faithfulness-{name}.png"))


def run(name: str, data: Path, shops: Path, out: Path) -> None:
    """One row, unless it is there."""
    file, row = out / f"{name}.json", ROWS[name]
    if file.exists():
        return
    shop = shops / row.shop
    if not shop.exists():
        shops.mkdir(parents=True, exist_ok=True)
        kgrec("init", str(shop), *source(row.shop, data))
    words = ("evaluate", str(shop), "--protocol", "leave-one-out", "--explanations", *row.words)
    done = json.loads(kgrec(*words))
    file.write_text(json.dumps(done["explanations"], indent=1) + "\n", encoding="utf-8")


def source(shop: str, data: Path) -> tuple[str, ...]:
    """Where a shop's tables come from, in words of `kgrec init`."""
    if shop == "demo":
        return ("--format", "demo")
    folder = data / "amazon-beauty"
    if not folder.is_dir():
        sys.exit(f"{folder} is not there; say where the data lies")
    where = ("--source", str(folder / "sequences"), "--catalogue", str(folder / "catalogue.tsv.gz"))
    return ("--format", "s3rec", *where)


def kgrec(*words: str) -> str:
    """What the command line prints, in this environment."""
    command = [sys.executable, "-m", "kgrec.cli", *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def tables(results: Mapping[str, Any]) -> str:
    """The tables of every row that was run."""
    parts = []
    for name, found in results.items():
        row = ROWS[name]
        command = " ".join(
            ["kgrec evaluate", row.shop, "--protocol leave-one-out --explanations", *row.words]
        )
        parts.append(f"### {row.title}\n\n    {command}\n\n{table(found)}")
    return "\n".join(parts)


def written(page: str, text: str) -> str:
    """A page with the tables between its marks."""
    marks = r"(<!-- faithfulness -->\n).*?(<!-- /faithfulness -->)"
    if not re.search(marks, page, flags=re.DOTALL):
        sys.exit("the page has no marks <!-- faithfulness --> and <!-- /faithfulness --> to write between")
    return re.sub(marks, lambda found: f"{found[1]}\n{text}\n{found[2]}", page, flags=re.DOTALL)


if __name__ == "__main__":
    main()
