"""What reviews speak of is found clause by clause, in English and in Chinese, and is never one person's own word."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgrec.errors import BadBundle
from kgrec.understand import aspects, chinese, english, mentions
from kgrec.understand.clauses import LONGEST, clauses, language_of
from kgrec.understand.mentions import Mentions


def reviews(*texts: str, ratings: float = 5.0) -> pd.DataFrame:
    """Reviews by as many people."""
    return pd.DataFrame(
        {
            "user_id": [f"u{n}" for n in range(len(texts))],
            "rating": ratings,
            "text": pd.Series(list(texts), dtype=object),
            "lang": "",
        }
    )


def told(found: Mentions) -> set[tuple[str, str, int]]:
    codes = zip(found.aspect.tolist(), found.polarity.tolist(), strict=True)
    return {(found.labels[code], found.langs[code], side) for code, side in codes}


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("the battery is great", {("battery", 1)}),
        ("The battery life is not good", {("battery life", -1)}),
        ("the screen and the speakers are excellent", {("screen", 1), ("speakers", 1)}),
        ("great sound", {("sound", 1)}),
        ("I love the colour", {("colour", 1)}),
        ("disappointed with the quality", {("quality", -1)}),
        ("no problems with the zip", {("zip", 1)}),
        ("it smells wonderful", {("smell", 1)}),
        ("the zipper broke", {("zipper", -1)}),
        ("the handle sits well in the hand", {("handle", 1)}),
        ("the quality of the paper is terrible", {("quality", -1)}),
        ("the straps are too short", {("straps", -1)}),
        ("easy to clean", {("cleaning", 1)}),
        ("the sound is clear", {("sound", 1)}),
        ("my sister loves it", set()),
        ("worth every penny", set()),
        ("nothing like the picture", set()),
        ("who would not love the colour", set()),
    ],
)
def test_english_clauses(clause: str, expected: set[tuple[str, int]]) -> None:
    assert {(" ".join(one.words), one.opinion) for one in english.said(clause)} == expected


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("屏幕很清晰", {("屏幕", 1)}),
        ("音质不好", {("音质", -1)}),
        ("外观和手感都不错", {("外观", 1), ("手感", 1)}),
        ("面料有点薄", {("面料", -1)}),
        ("待机时间很长", {("待机时间", 0)}),
        ("不错的音质", {("音质", 1)}),
        ("做工无可挑剔", {("做工", 1)}),
        ("颜色和图片差很多", {("颜色", -1)}),
        ("女儿很喜欢", set()),
        ("今天收到了", set()),
    ],
)
def test_chinese_clauses(clause: str, expected: set[tuple[str, int]]) -> None:
    assert {("".join(one.words), one.opinion) for one in chinese.said(clause)} == expected


def test_a_but_parts_praise_from_fault_and_both_clauses_are_shown_as_evidence() -> None:
    text = "The screen is bright and clear, but the battery is awful."
    table = reviews(text, text.upper())
    found = aspects.find(table)
    assert told(found) == {("screen", "en", 1), ("battery", "en", -1)}
    said = {text[start:end] for start, end in zip(found.start[:2], found.end[:2], strict=True)}
    assert said == {"The screen is bright and clear", "the battery is awful"}
    assert found.learned == {"en": 0}


def test_plurals_spelling_and_case_are_one_aspect_and_languages_are_two() -> None:
    found = aspects.find(
        reviews(
            "The colours are lovely.",
            "the Color is lovely",
            "The colours are nice",
            "颜色很好看。",
            "颜色不错",
            "logo很漂亮",
            "The logo is ugly",
        )
    )
    assert told(found) == {("colours", "en", 1), ("颜色", "zh", 1), ("logo", "en", 1), ("logo", "en", -1)}


def test_what_only_one_person_speaks_of_is_no_aspect() -> None:
    table = reviews("The spigot is great", "The spigot is great", "The lid is great", "The lid is good")
    table["user_id"] = ["ana", "ana", "ana", "ben"]
    assert told(aspects.find(table)) == {("lid", "en", 1)}


def test_of_a_lamp_the_lamp_is_no_aspect() -> None:
    table = reviews("The lamp is great, the lamp shade is ugly", "The lamp is nice, the lamp shade is great")
    assert {label for label, _, _ in told(aspects.find(table))} == {"lamp", "lamp shade"}
    kinds = ["Home > Desk lamps"] * 2
    assert {label for label, _, _ in told(aspects.find(table, kinds))} == {"shade"}


def test_words_that_say_nothing_by_themselves_are_told_by_the_shops_ratings() -> None:
    good = [f"The strap is long number {n}" for n in range(30)]
    bad = [f"The lid is long gone number {n}" for n in range(30)]
    table = reviews(*good, *bad)
    table["rating"] = [5.0] * 30 + [1.0] * 30
    found = aspects.find(table)
    assert found.learned == {"en": 60}
    assert told(found) == {("strap", "en", 1), ("lid", "en", -1)}
    table["rating"] = np.nan
    assert told(aspects.find(table)) == set()


def test_languages_are_told_by_their_letters() -> None:
    assert [language_of(text) for text in ("Good", "很好", "很好 good", "とても良い", "좋아요", "😀", "")] == [
        "en", "zh", "zh", "", "", "", "",
    ]  # fmt: skip
    assert language_of("Sehr gut", "de") == "" and language_of("Good", "en-gb") == "en"
    assert language_of("很好", "en") == "zh"


HOSTILE = (
    "<script>alert('the size is great')</script>",
    "The size is great " * 3_000,
    "the " * 20_000 + "size is great",
    "好" * 20_000,
    "\x00\x1b[31mThe size\u202e is great\u202c\ufeff",
    "😀" * 5_000,
    "הגודל מצוין. The size is great",
    "\ud800 The size is great",
    "<" * 10_000 + "&" * 10_000,
    "İİİ the size is great",
    "",
    "\n\n\t",
)


def test_hostile_texts_crash_nothing_and_labels_stay_plain_words() -> None:
    found = aspects.find(reviews(*HOSTILE, *HOSTILE))
    assert {label for label, _, _ in told(found)} <= {"size"} and len(found)
    texts = [*HOSTILE, *HOSTILE]
    for row, start, end in zip(found.review, found.start, found.end, strict=True):
        assert 0 <= start < end <= min(len(texts[row]), LONGEST)
        assert "size" in texts[row][start:end] and "script" not in texts[row][start:end]


@given(st.lists(st.text(max_size=80), max_size=6))
@settings(deadline=None, max_examples=60)
def test_any_texts_give_mentions_that_lie_in_them(texts: list[str]) -> None:
    seeded = [f"{text}. The size is great. 尺寸很好。" for text in texts]
    found = aspects.find(reviews(*seeded, *seeded))
    assert len(found.review) == len(found.aspect) == len(found.polarity)
    assert (np.diff(found.review) >= 0).all() and set(found.polarity.tolist()) <= {-1, 1}
    for row, start, end in zip(found.review, found.start, found.end, strict=True):
        assert 0 <= start < end <= len((seeded + seeded)[row])
    assert all(label.replace(" ", "").isalpha() and len(label) <= 41 for label in found.labels)


@given(st.text(max_size=200), st.sampled_from(["en", "zh"]))
@settings(deadline=None)
def test_clauses_come_in_order_and_do_not_overlap(text: str, lang: str) -> None:
    found = clauses(text, lang)
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
    assert all(text[one.start : one.end].strip() == text[one.start : one.end] != "" for one in found)


# Kept


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, list[str]]:
    table = reviews("The size is great", "The size is awful")
    texts = table["text"].tolist()
    mentions.save(aspects.find(table), tmp_path / "reviews", texts=texts, made_from="these")
    return tmp_path / "reviews", texts


def test_mentions_come_back_as_they_were(kept: tuple[Path, list[str]]) -> None:
    folder, texts = kept
    found = mentions.load(folder, texts)
    assert told(found) == {("size", "en", 1), ("size", "en", -1)} and found.learned == {"en": 0}
    assert found.of(np.array([1, 0])).tolist() == [1, 0] and found.of(np.array([], int)).tolist() == []
    assert mentions.made_from(folder) == "these" and mentions.made_from(folder / "none") == ""


def test_no_word_of_a_review_is_kept_but_labels(kept: tuple[Path, list[str]]) -> None:
    content = b"".join(path.read_bytes() for path in kept[0].iterdir())
    assert b"size" in content and b"great" not in content and b"awful" not in content


def test_mentions_of_other_reviews_or_broken_ones_are_refused(kept: tuple[Path, list[str]]) -> None:
    folder, texts = kept
    with pytest.raises(BadBundle, match="other reviews"):
        mentions.load(folder, texts[::-1])
    np.save(folder / "end.npy", np.array([17, 10_000]), allow_pickle=False)
    with pytest.raises(BadBundle, match="a clause is not in its review"):
        mentions.load(folder, texts)
    np.save(folder / "aspect.npy", np.array([0, 7]), allow_pickle=False)
    with pytest.raises(BadBundle, match="an aspect is not there"):
        mentions.load(folder, texts)
    np.save(folder / "aspect.npy", np.array([None, "x"], dtype=object), allow_pickle=True)
    with pytest.raises(BadBundle):
        mentions.load(folder, texts)
    (folder / "mentions.json").write_text(json.dumps({"version": 99}))
    with pytest.raises(BadBundle, match="version 99"):
        mentions.load(folder, texts)


def test_the_segmenter_is_loaded_by_nobody_who_only_reads() -> None:
    script = "import sys, kgrec.serving, kgrec.pipeline, web; assert not {'jieba'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_the_segmenter_takes_nothing_from_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "from kgrec.understand import chinese; assert chinese.said('屏幕很清晰')"
    (tmp_path / "jieba.cache").write_bytes(b"nothing that could be read")
    subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        check=True,
        timeout=120,
        env={"TMPDIR": str(tmp_path), "PATH": "", "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert [path.name for path in tmp_path.iterdir()] == ["jieba.cache"]
    assert (tmp_path / "jieba.cache").read_bytes() == b"nothing that could be read"
