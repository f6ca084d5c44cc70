"""The [api] table of kgrec.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgrec.errors import BadInput, UnknownName
from kgrec.live.openings import Openings


def read(tmp_path: Path, text: str) -> Openings:
    file = tmp_path / "kgrec.toml"
    file.write_text(text, encoding="utf-8")
    return Openings.read(file)


@pytest.mark.parametrize(
    ("text", "origins", "closed"),
    [
        ("", (), False),
        ("[api]", (), False),
        ('[api]\nusers = "key"', (), True),
        ('[api]\norigins = ["https://shop.example"]', ("https://shop.example",), True),
        ('[api]\norigins = ["https://shop.example"]\nusers = "open"', ("https://shop.example",), False),
        (
            '[api]\norigins = ["http://localhost:9000", "https://[::1]:8443", "http://localhost:9000"]',
            ("http://localhost:9000", "https://[::1]:8443"),
            True,
        ),
    ],
)
def test_origins_close_questions_about_users_unless_the_shop_says_otherwise(
    tmp_path: Path, text: str, origins: tuple[str, ...], closed: bool
) -> None:
    found = read(tmp_path, text)
    assert (found.origins, found.users_closed) == (origins, closed)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('"https://shop.example"', "list"),
        ("[1]", "no text"),
        ('["*"]', "every page"),
        ('["null"]', "every page"),
        ('["shop.example"]', "no origin"),
        ('["https://shop.example/"]', "no origin"),
        ('["https://Shop.example"]', "no origin"),
        ('["https://*.shop.example"]', "no origin"),
        ('["https://a@shop.example"]', "no origin"),
        ('["ftp://shop.example"]', "no origin"),
        ('["https://shop.example\\n"]', "no origin"),
        ('["https://shop.example:443"]', "write https://shop.example"),
        ('["https://shop.example:99999"]', "port"),
    ],
)
def test_what_no_browser_sends_as_an_origin_is_refused(tmp_path: Path, given: str, told: str) -> None:
    with pytest.raises(BadInput, match=told) as error:
        read(tmp_path, f"[api]\norigins = {given}")
    assert "kgrec.toml: [api] origins" in str(error.value)


def test_other_settings_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="origins"):
        read(tmp_path, '[api]\norigin = ["https://shop.example"]')
    with pytest.raises(BadInput, match="users"):
        read(tmp_path, '[api]\nusers = "all"')
