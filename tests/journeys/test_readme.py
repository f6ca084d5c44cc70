"""What the README says works: its Python runs as printed, and it names real commands."""

import re
from pathlib import Path

import kgrec
from kgrec.cli import COMMANDS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_ten_lines_of_python_run_as_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(re.search(r"```python\n(.*?)```", README, re.S)[1], {})
    assert "You bought “" in capsys.readouterr().out
    assert kgrec.open("my-bundle").explain("a", "w").paths


def test_the_readme_names_real_commands_only():
    named = set(re.findall(r"^(?:\s*)kgrec (\w[\w-]*)", README, re.M))
    assert named
    assert named <= set(COMMANDS)


def test_pictures_and_pages_that_the_readme_links_are_there():
    root = Path(__file__).parents[2]
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (root / target).is_file(), target
