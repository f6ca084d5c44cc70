"""`kgrec explain` for the eye: a tree whose parts add up, pictures and pages that stand alone, files written whole."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path as FilePath
from xml.etree import ElementTree

import pytest
from rich.console import Console

from kgrec.cli import main
from kgrec.domain import Explanation, Granted, Hop, Path, Receipt, Remainder
from kgrec.explain import wording
from kgrec.explain.tree import tree
from kgrec.explain.wording import captions
from kgrec.guide import Guide

HOSTILE = "[red]a[/red]\x1b[31m\x9b2Jb\u202e\r\n\a<i>"


def told(
    text: str = "Rose Cream", lang: str = "en", contributions: tuple[float, ...] = (0.5, 0.25)
) -> Explanation:
    """An explanation whose every text is the one given."""
    labels = {"subject": text, "relation": text, "object": text}
    hop = Hop("urn:you", "urn:bought", "urn:item", False, text, labels)
    paths = tuple(Path("bought", value, value, (hop,), text) for value in contributions)
    total = 0.125 + sum(contributions) + 0.125
    receipt = Receipt(1, 0.25, 7, 0.25, 2)
    return Explanation(
        text, text, lang, total, 3, 0.125, text, paths, Remainder(0.125, 9), text, text, receipt,
        (Granted("less", "urn:x", text, 0.25),),
    )  # fmt: skip


def shown(explanation: Explanation, width: int = 100) -> str:
    out = StringIO()
    Console(file=out, width=width, force_terminal=True, color_system=None).print(tree(explanation))
    return out.getvalue()


def test_the_figures_of_the_tree_add_up_to_the_score_it_shows() -> None:
    text = shown(told())
    score = re.search(r"Score ([\d.]+)", text)
    parts = re.findall(r"^├── ([\d.]+) ", text, re.MULTILINE)
    assert score is not None and float(score[1]) == sum(map(float, parts)) == 1.0
    assert "9 more paths, not listed" in text and "12.5%" in text


def test_a_bar_is_as_long_as_its_share() -> None:
    lengths = [len(found) for found in re.findall("█+", shown(told()))]
    assert lengths == [2, 8, 4, 2]


def test_the_receipt_and_what_was_asked_for_are_told() -> None:
    text = shown(told(), width=300).replace("\xa0", " ")
    assert "without the 1 event or segment these paths start from, the score is 0.250" in text
    assert "(foretold: 0.250), place 7." in text
    assert "With these paths alone it takes place 2." in text
    assert "less of Rose Cream" in text


@pytest.mark.parametrize("width", [20, 100])
@pytest.mark.parametrize("lang", captions.LANGUAGES)
def test_no_title_commands_the_terminal_or_is_taken_for_markup(width: int, lang: str) -> None:
    text = shown(told(HOSTILE, lang), width)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert "[red]a[/red]" in text


def test_what_takes_away_is_told_with_its_sign() -> None:
    assert "-0.25" in shown(told(contributions=(0.75, -0.25)))


def test_an_explanation_is_one_short_line_in_a_prompt() -> None:
    explanation = told()
    assert repr(explanation) == "<Explanation Rose Cream → Rose Cream: score 1, prior 0.125, 2 of 11 paths>"
    assert str(explanation) == "Rose Cream for Rose Cream, place 3, score 1: Rose Cream"
    assert "\n" not in str(told(HOSTILE)) and "\x1b" not in repr(told(HOSTILE))
    assert "place" not in str(replace(explanation, rank=None))


def test_captions_are_there_in_every_language_that_sentences_are() -> None:
    assert set(captions.LANGUAGES) == set(wording.LANGUAGES)


# The command


@pytest.fixture(scope="module")
def bundle(parity_guide: Guide, tmp_path_factory: pytest.TempPathFactory) -> FilePath:
    folder = tmp_path_factory.mktemp("shops") / "bundle"
    parity_guide.save(folder)
    return folder


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        shown = capsys.readouterr()
        return int(stopped.value.code or 0), shown.out, shown.err

    return call


def test_a_program_gets_json_and_a_person_a_tree(
    run: Run, bundle: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("explain", bundle, "u1", "i3")
    assert json.loads(run(*asked)[1])["item_id"] == "i3"
    assert run(*asked, "--format", "tree")[1].startswith("odd thing 3\n")
    monkeypatch.setattr(sys, "stdout", _Terminal(sys.stdout))
    assert "odd thing 3" in run(*asked)[1].splitlines()[0]


class _Terminal:
    def __init__(self, stream: object) -> None:
        self._stream = stream

    def isatty(self) -> bool:
        return True

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@pytest.mark.parametrize("ending", ["json", "txt", "svg", "html", "jsonld"])
def test_a_file_holds_what_its_name_says_and_nothing_is_left_beside_it(
    run: Run, bundle: FilePath, tmp_path: FilePath, ending: str
) -> None:
    out = tmp_path / f"why.{ending}"
    code, printed, said = run("explain", bundle, "u1", "i3", "--out", out)
    assert (code, printed) == (0, "") and said.strip().endswith(f"wrote {out}")
    assert [file.name for file in tmp_path.iterdir()] == [out.name]
    text = out.read_text(encoding="utf-8")
    if ending in ("json", "jsonld"):
        assert isinstance(json.loads(text), dict)
    elif ending == "svg":
        assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    else:
        assert "odd thing 3" in text and text.startswith({"html": "<!doctype html>", "txt": "odd"}[ending])


def test_mistakes_with_files_are_one_line(run: Run, bundle: FilePath, tmp_path: FilePath) -> None:
    for out, hint in [(tmp_path / "why.doc", "--format"), (tmp_path / "none" / "why.svg", "is no folder")]:
        code, printed, said = run("explain", bundle, "u1", "i3", "--out", out)
        assert (code, printed) == (2, "") and hint in said and said.count("\n") == 1
    (tmp_path / "why.svg").mkdir()
    assert "is a folder" in run("explain", bundle, "u1", "i3", "--out", tmp_path / "why.svg")[2]
    assert [file.name for file in tmp_path.iterdir()] == ["why.svg"]


def test_where_there_is_nothing_to_draw_it_says_so(run: Run, bundle: FilePath) -> None:
    code, printed, said = run("explain", bundle, "u1", "i3", "--paths", 0, "--format", "svg")
    assert (code, printed) == (2, "") and "nothing to draw" in said


def test_json_on_a_terminal_has_no_character_that_commands_it() -> None:
    from kgrec.cli.output import json_text

    text = json_text({"title": HOSTILE + "\ud800"})
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800]", text)
    assert json.loads(text) == {"title": HOSTILE + "\ud800"}
