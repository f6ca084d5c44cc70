"""The house stands: top level, one sentence per module, public names, no registry or machine in any file."""

import ast
import subprocess
from pathlib import Path

import kgrec

ROOT = Path(__file__).parents[1]
TOP = {
    *("pyproject.toml", "README.md", "kgrec", "tests", "ontology", "data", "web"),
    *("Makefile", "CHANGELOG.md", "LICENSE", "benchmarks", "docs", "constraints.txt"),
}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_the_top_level_is_the_house_and_nothing_else():
    found = {path.parts[0] for path in tracked()}
    assert {name for name in found if not name.startswith(".")} == TOP


def test_every_module_opens_with_a_sentence():
    for path in tracked():
        if path.suffix == ".py" and path.parts[0] in ("kgrec", "web", "data", "benchmarks"):
            text = ast.get_docstring(ast.parse((ROOT / path).read_text()))
            assert text, path


def test_no_module_has_a_name_without_meaning():
    names = {path.stem for path in tracked() if path.suffix == ".py"}
    assert not names & {"utils", "helpers", "common", "misc", "manager"}


def test_public_names_are_there_and_sorted():
    assert sorted(kgrec.__all__) == kgrec.__all__
    for name in kgrec.__all__:
        assert getattr(kgrec, name) is not None


def test_nothing_is_unpickled_anywhere():
    for path in tracked():
        if path.suffix == ".py" and path.parts[0] in ("kgrec", "web"):
            text = (ROOT / path).read_text()
            assert "import pickle" not in text, path
            assert "allow_pickle=True" not in text, path
            assert "torch.load" not in text, path
