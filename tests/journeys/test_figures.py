"""The figures that pages state are those that were measured and kept."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def script(name):
    """A module of benchmarks/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look up the names of their types
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def accuracy():
    return script("accuracy")


def test_the_tables_of_the_benchmarks_page_are_made_from_the_results(accuracy):
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert accuracy.written(page, accuracy.RESULTS) == page


def test_the_tables_of_the_explanations_page_are_made_from_the_results():
    faithfulness = script("explanations")
    page = (ROOT / "docs" / "explanations.md").read_text(encoding="utf-8")
    files = {name: faithfulness.RESULTS / f"{name}.json" for name in faithfulness.ROWS}
    found = {name: json.loads(file.read_text(encoding="utf-8")) for name, file in files.items()}
    assert faithfulness.written(page, faithfulness.tables(found)) == page


def test_a_table_says_how_many_seeds_stand_behind_a_figure(accuracy, tmp_path):
    text = '{"metrics": {"hr@10": %s}, "seconds": {"train": 1}, "peak_memory_mb": 1}'
    for seed, value in enumerate((0.1, 0.3)):
        metrics = ", ".join(f'"{name}": {value}' for name in accuracy.COLUMNS)
        (tmp_path / f"beauty.{seed}.json").write_text(text.replace('"hr@10": %s', metrics))
    row = accuracy.table(accuracy.GOALS[:1], tmp_path).splitlines()[-1]
    assert row.startswith("| beauty | 2 | 0.2000 ± 0.1414 (goal 0.1150) |")


@pytest.mark.parametrize("text", ["", "[]", '{"metrics": {}}'])
def test_a_file_that_is_no_result_is_named(accuracy, tmp_path, text):
    file = tmp_path / "beauty.0.json"
    file.write_text(text)
    with pytest.raises(SystemExit, match="beauty.0.json is not the result of a run"):
        accuracy.table(accuracy.GOALS[:1], tmp_path)
