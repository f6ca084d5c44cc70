"""Colours that can be told apart: WCAG 2.2 AA, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kgrec.resources import web_package

STYLE = (Path(str(web_package().__file__)).parent / "static" / "style.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", root))
    for root in re.findall(r":root \{(.*?)\}", STYLE, re.S)[:2]
)

TEXT = [
    ("ink", "paper"), ("ink", "card"), ("ink", "sunk"), ("soft", "paper"), ("soft", "card"), ("soft", "sunk"),
    ("accent", "paper"), ("accent", "card"), ("accent", "tint"), ("accent-ink", "accent"), ("paper", "ink"),
]  # fmt: skip
SHAPES = [("edge", "card"), ("prior", "card"), ("rest", "card"), *((f"p{n}", "card") for n in range(1, 11))]


def brightness(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    dark, light = sorted((brightness(first), brightness(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_and_shapes_can_be_seen(colours: dict[str, str]) -> None:
    for pairs, least in ((TEXT, 4.5), (SHAPES, 3.0)):
        for front, back in pairs:
            assert contrast(colours[front], colours[back]) >= least, (front, back)


def test_what_is_measured_is_what_is_drawn() -> None:
    for rule in (".edge", ".tip", "rect.prior", "rect.rest"):
        (body,) = re.findall(rf"(?:^|\s){re.escape(rule)} \{{(.*?)\}}", STYLE)
        assert "var(--" in body and "opacity" not in body, rule  # a veil would thin the colour again
