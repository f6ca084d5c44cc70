"""What the page on the graph shows from CSV to an answer works as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from kgrec.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "graph.md").read_text(encoding="utf-8")
WALK = PAGE.partition("## From CSV to an answer")[2].partition("\n## ")[0]


def test_the_walk_from_csv_to_an_answer_is_true(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, text in re.findall(r"`([\w/]+\.csv)`:\n\n```csv\n(.*?)```", WALK, re.S):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    blocks = re.findall(r"```(console|toml)\n(.*?)```", WALK, re.S)
    assert [kind for kind, _ in blocks] == ["console", "toml", "console", "console"]
    for kind, block in blocks:
        if kind == "toml":
            edit(tmp_path / "tea-shop" / "mapping.toml", block.strip())
        for command, shown in re.findall(r"^\$ kgrec (.*)\n((?:[^$].*\n)*)", block, re.M):
            with pytest.raises(SystemExit) as stopped:
                main(shlex.split(command))
            told = capsys.readouterr()
            assert not stopped.value.code, told.err
            for line in shown.splitlines():
                assert line in told.out.splitlines(), (command, told.out)
    assert (tmp_path / "tea.ttl").read_text(encoding="utf-8").count("compatibleWith") == 3


def edit(file: Path, line: str) -> None:
    """Put a line of a mapping in the place of the one with its key."""
    key = line.partition(" = {")[0]
    lines = [line if old.startswith(key) else old for old in file.read_text(encoding="utf-8").splitlines()]
    assert line in lines
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
