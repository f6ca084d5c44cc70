"""A secret comes from the environment or from a file that it names, and no message quotes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgrec.errors import BadInput
from kgrec.settings import LONGEST_SECRET, secret


def test_a_secret_is_what_the_variable_or_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("pa ss=wörd\n", encoding="utf-8")
    assert secret("X", {}) == ""
    assert secret("X", {"X": "told"}) == "told"
    assert secret("X", {"X_FILE": str(file)}) == "pa ss=wörd"


@pytest.mark.parametrize(
    ("content", "told"), [(None, "cannot be read"), (b"\xff\xfe", "not UTF-8"), (b"s" * 9999, "too long")]
)
def test_a_file_that_cannot_be_it_is_said_without_its_content(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadInput, match=told) as error:
        secret("X", {"X_FILE": str(file)})
    assert "ssss" not in str(error.value)


def test_two_answers_are_none(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("kept here")
    with pytest.raises(BadInput, match="X and X_FILE are both set") as error:
        secret("X", {"X": "kept here too", "X_FILE": str(tmp_path / "password")})
    assert "kept here" not in str(error.value)
    with pytest.raises(BadInput, match="cannot be read"):
        secret("X", {"X_FILE": "/dev"})
    assert LONGEST_SECRET < 9999
