"""Amazon Beauty through the command line, from files to figures, with the time and memory of each step.

python benchmarks/beauty.py DATA      where DATA holds amazon-beauty/{sequences,paths,catalogue.tsv.gz}
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Run init, build, train and evaluate on the sequences, and the given split on the paths."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    folder = parser.parse_args().data / "amazon-beauty"
    if not folder.is_dir():
        sys.exit(f"{folder} is not there; say where the data lies")
    catalogue = str(folder / "catalogue.tsv.gz")
    with tempfile.TemporaryDirectory() as place:
        shop, paths = f"{place}/beauty", f"{place}/paths"
        step(
            "init", shop, "--format", "s3rec", "--source", str(folder / "sequences"), "--catalogue", catalogue
        )
        step("build", shop)
        step("train", shop)
        step("evaluate", shop, "--protocol", "leave-one-out", "--dump", f"{place}/best.tsv.gz")
        step("init", paths, "--format", "pgpr", "--source", str(folder / "paths"), "--catalogue", catalogue)
        step("evaluate", paths, "--protocol", "given-split")
        views = str(Path(__file__).with_name("three_views.py"))
        print(
            subprocess.run([sys.executable, views, shop], check=True, capture_output=True, text=True).stdout
        )


def step(command: str, *words: str) -> None:
    """Run one command, print its time, the peak memory of all so far, and its figures."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "kgrec.cli", command, *words], check=True, stdout=subprocess.PIPE, text=True
    )
    result = json.loads(done.stdout)
    kept = {name: result[name] for name in ("metrics", "without", "peak_memory_mb") if name in result}
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"{command}: {time.perf_counter() - began:.0f} s, peak {memory} MB", json.dumps(kept), flush=True)


if __name__ == "__main__":
    main()
