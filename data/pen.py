"""A ground and three colours → a canvas that draws in units of the final picture, four times as large."""

from __future__ import annotations

from PIL import Image, ImageDraw
from words import RGB

SIZE, SCALE = 128, 4

GROUNDS: dict[str, RGB] = {
    "Kitchen": (248, 236, 220),
    "Home": (229, 238, 227),
    "Outdoor": (220, 236, 240),
    "Electronics": (228, 231, 245),
    "Clothing": (248, 229, 231),
    "Beauty": (243, 231, 247),
}
PAPER: RGB = (252, 251, 248)
INK: RGB = (58, 60, 68)
METAL: RGB = (176, 182, 190)
SHINE: RGB = (218, 222, 227)


def mixed(colour: RGB, other: RGB, share: float) -> RGB:
    """A colour with a share of another."""
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


class Pen:
    """Draws with an item's colour, lighter and darker, and the accent of its brand; `pattern` is 0, 1 or 2."""

    def __init__(self, department: str, colour: RGB, accent: RGB, pattern: int) -> None:
        self.ground = GROUNDS[department]
        self.halo = mixed(self.ground, (110, 112, 140), 0.13)
        self.image = Image.new("RGB", (SIZE * SCALE, SIZE * SCALE), self.ground)
        self._draw = ImageDraw.Draw(self.image)
        self.body = colour
        self.dark = mixed(colour, (24, 26, 40), 0.28)
        self.light = mixed(colour, (255, 255, 255), 0.42)
        # On something of the accent's own colour the accent would vanish.
        alike = sum(abs(a - b) for a, b in zip(colour, accent, strict=True)) < 110
        self.accent = self.light if alike else mixed(accent, (255, 255, 255), 0.12)
        self.pattern = pattern

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: RGB, radius: float = 4) -> None:
        """A rectangle with round corners."""
        self._draw.rounded_rectangle(_scaled(x0, y0, x1, y1), radius * SCALE, fill)

    def oval(self, x0: float, y0: float, x1: float, y1: float, fill: RGB) -> None:
        """An ellipse in a box."""
        self._draw.ellipse(_scaled(x0, y0, x1, y1), fill)

    def half(self, x0: float, y0: float, x1: float, y1: float, start: int, fill: RGB) -> None:
        """Half an ellipse, from an angle on: 180 is its upper half, 0 its lower."""
        self._draw.chord(_scaled(x0, y0, x1, y1), start, start + 180, fill)

    def shape(self, fill: RGB, *points: tuple[float, float]) -> None:
        """A polygon."""
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill)

    def arc(
        self, x0: float, y0: float, x1: float, y1: float, start: int, end: int, fill: RGB, width: float
    ) -> None:
        """A part of an ellipse's rim."""
        self._draw.arc(_scaled(x0, y0, x1, y1), start, end, fill, round(width * SCALE))

    def line(self, x0: float, y0: float, x1: float, y1: float, fill: RGB, width: float) -> None:
        """A straight stroke with round ends."""
        self._draw.line(_scaled(x0, y0, x1, y1), fill, round(width * SCALE))
        for x, y in ((x0, y0), (x1, y1)):
            self.oval(x - width / 2, y - width / 2, x + width / 2, y + width / 2, fill)


def _scaled(*values: float) -> list[float]:
    return [value * SCALE for value in values]
