"""A shape and a colour → a small flat picture, drawn large and scaled down so that its edges are smooth."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image, ImageDraw

SIZE, SCALE = 128, 4
RGB = tuple[int, int, int]

GROUNDS: dict[str, RGB] = {
    "Kitchen": (246, 236, 224),
    "Home": (232, 238, 230),
    "Outdoor": (224, 236, 238),
    "Electronics": (230, 232, 242),
    "Clothing": (244, 230, 232),
    "Beauty": (242, 234, 244),
}


def mixed(colour: RGB, other: RGB, share: float) -> RGB:
    """A colour with a share of another."""
    return tuple(round(a * (1 - share) + b * share) for a, b in zip(colour, other, strict=True))  # type: ignore[return-value]


class Pen:
    """Draws in units of the final picture."""

    def __init__(self, ground: RGB, colour: RGB) -> None:
        self.image = Image.new("RGB", (SIZE * SCALE, SIZE * SCALE), ground)
        self._draw = ImageDraw.Draw(self.image)
        self.body = colour
        self.dark = mixed(colour, (20, 22, 30), 0.35)
        self.light = mixed(colour, (255, 255, 255), 0.45)
        self.metal: RGB = (170, 176, 184)
        self.ink: RGB = (58, 60, 68)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: RGB, radius: float = 4) -> None:
        self._draw.rounded_rectangle(self._scaled(x0, y0, x1, y1), radius * SCALE, fill)

    def oval(self, x0: float, y0: float, x1: float, y1: float, fill: RGB) -> None:
        self._draw.ellipse(self._scaled(x0, y0, x1, y1), fill)

    def half(self, x0: float, y0: float, x1: float, y1: float, start: int, fill: RGB) -> None:
        """Half an oval, from an angle on: 180 is its upper half, 0 its lower."""
        self._draw.chord(self._scaled(x0, y0, x1, y1), start, start + 180, fill)

    def shape(self, fill: RGB, *points: tuple[float, float]) -> None:
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill)

    def arc(
        self, x0: float, y0: float, x1: float, y1: float, start: int, end: int, fill: RGB, width: float
    ) -> None:
        self._draw.arc(self._scaled(x0, y0, x1, y1), start, end, fill, round(width * SCALE))

    def line(self, x0: float, y0: float, x1: float, y1: float, fill: RGB, width: float) -> None:
        self._draw.line(self._scaled(x0, y0, x1, y1), fill, round(width * SCALE))

    @staticmethod
    def _scaled(*values: float) -> list[float]:
        return [value * SCALE for value in values]


def _mug(p: Pen) -> None:
    p.arc(74, 46, 104, 84, -90, 90, p.dark, 7)
    p.box(30, 36, 84, 98, p.body, 9)
    p.oval(30, 30, 84, 44, p.dark)
    p.box(36, 54, 42, 88, p.light, 3)


def _machine(p: Pen) -> None:
    p.box(28, 26, 100, 104, p.body, 8)
    p.box(40, 50, 88, 92, p.dark, 5)
    p.box(54, 50, 74, 60, p.metal, 2)
    p.box(54, 74, 74, 90, (250, 250, 248), 4)
    for x in (42, 56, 70):
        p.oval(x, 33, x + 8, 41, p.light)


def _filter(p: Pen) -> None:
    p.shape(p.body, (30, 40), (98, 40), (74, 92), (54, 92))
    p.oval(30, 32, 98, 50, p.dark)
    for x in (46, 60, 74):
        p.line(x, 54, x * 0.5 + 32, 86, p.light, 2)
    p.box(52, 92, 76, 100, p.metal, 2)


def _kettle(p: Pen) -> None:
    p.arc(44, 20, 90, 66, 180, 360, p.ink, 6)
    p.shape(p.body, (40, 50), (92, 50), (100, 100), (32, 100))
    p.shape(p.dark, (40, 62), (20, 50), (26, 46), (44, 52))
    p.box(54, 42, 78, 52, p.dark, 4)


def _pan(p: Pen) -> None:
    p.box(76, 58, 118, 68, p.ink, 5)
    p.oval(16, 34, 88, 96, p.dark)
    p.oval(22, 40, 82, 90, p.body)
    p.arc(30, 46, 74, 84, 180, 250, p.light, 4)


def _pot(p: Pen) -> None:
    p.box(16, 56, 112, 66, p.dark, 5)
    p.box(26, 50, 102, 100, p.body, 8)
    p.box(22, 42, 106, 52, p.dark, 5)
    p.oval(56, 30, 72, 46, p.ink)
    p.box(34, 60, 40, 90, p.light, 3)


def _lid(p: Pen) -> None:
    p.half(22, 48, 106, 108, 180, p.body)
    p.box(16, 74, 112, 84, p.dark, 5)
    p.oval(54, 34, 74, 54, p.ink)


def _knife(p: Pen) -> None:
    p.shape(p.metal, (18, 70), (80, 44), (88, 60), (30, 78))
    p.shape((216, 220, 224), (18, 70), (80, 44), (84, 50))
    p.shape(p.body, (80, 42), (114, 28), (120, 44), (88, 60))


def _bowl(p: Pen) -> None:
    p.half(20, 6, 108, 104, 0, p.body)
    p.oval(20, 44, 108, 66, p.dark)
    p.box(48, 98, 80, 106, p.dark, 3)


def _board(p: Pen) -> None:
    p.box(34, 38, 94, 108, p.body, 10)
    p.box(54, 18, 74, 46, p.body, 8)
    p.oval(60, 24, 68, 32, GROUNDS["Kitchen"])
    for y in (56, 72, 88):
        p.line(42, y, 86, y, p.dark, 2)


def _lamp(p: Pen) -> None:
    p.shape(p.body, (48, 22), (80, 22), (98, 62), (30, 62))
    p.box(61, 62, 67, 98, p.ink, 1)
    p.box(44, 96, 84, 104, p.dark, 4)
    p.shape(p.light, (52, 26), (60, 26), (52, 58), (40, 58))


def _bulb(p: Pen) -> None:
    p.oval(36, 20, 92, 78, (250, 224, 140))
    p.shape((250, 224, 140), (46, 68), (82, 68), (76, 86), (52, 86))
    p.box(52, 84, 76, 104, p.body, 3)
    p.line(52, 91, 76, 91, p.dark, 2)
    p.line(52, 98, 76, 98, p.dark, 2)


def _candle(p: Pen) -> None:
    p.oval(58, 18, 70, 42, (244, 172, 72))
    p.line(64, 36, 64, 52, p.ink, 2)
    p.box(38, 50, 90, 106, p.body, 6)
    p.box(46, 68, 82, 90, (250, 250, 246), 3)


def _cushion(p: Pen) -> None:
    p.shape(p.body, (22, 26), (64, 34), (106, 26), (98, 66), (106, 104), (64, 96), (22, 104), (30, 66))
    p.shape(p.light, (44, 48), (64, 44), (84, 48), (80, 66), (84, 84), (64, 80), (44, 84), (48, 66))


def _blanket(p: Pen) -> None:
    for n, y in enumerate((34, 56, 78)):
        p.box(22, y, 106, y + 22, p.body if n % 2 == 0 else p.light, 10)
    for x in range(28, 104, 10):
        p.line(x, 100, x, 110, p.dark, 2)


def _towel(p: Pen) -> None:
    p.box(20, 22, 108, 30, p.metal, 4)
    p.box(36, 24, 92, 106, p.body, 4)
    p.box(36, 80, 92, 86, p.light, 0)
    p.box(36, 92, 92, 96, p.light, 0)


def _chair(p: Pen) -> None:
    p.box(40, 18, 88, 62, p.body, 10)
    p.box(34, 64, 94, 76, p.dark, 5)
    for x in (38, 84):
        p.box(x, 76, x + 6, 110, p.ink, 1)


def _table(p: Pen) -> None:
    p.oval(20, 40, 108, 60, p.body)
    p.line(40, 56, 30, 106, p.dark, 5)
    p.line(88, 56, 98, 106, p.dark, 5)
    p.line(64, 58, 64, 108, p.dark, 5)


def _vase(p: Pen) -> None:
    p.line(64, 46, 56, 16, (98, 140, 92), 3)
    p.line(64, 46, 76, 20, (98, 140, 92), 3)
    p.oval(46, 8, 64, 26, (226, 150, 130))
    p.oval(70, 12, 86, 28, (236, 190, 110))
    p.oval(36, 50, 92, 110, p.body)
    p.box(52, 42, 76, 62, p.body, 3)
    p.oval(44, 66, 56, 92, p.light)


def _tent(p: Pen) -> None:
    p.shape(p.body, (64, 22), (114, 100), (14, 100))
    p.shape(p.dark, (64, 44), (84, 100), (44, 100))
    p.line(8, 101, 120, 101, p.ink, 3)


def _mat(p: Pen) -> None:
    p.shape(p.body, (28, 50), (116, 50), (100, 96), (12, 96))
    p.shape(p.light, (38, 58), (102, 58), (92, 88), (26, 88))


def _stove(p: Pen) -> None:
    p.shape((240, 150, 64), (52, 46), (64, 20), (76, 46))
    p.shape((110, 160, 220), (58, 48), (64, 32), (70, 48))
    p.box(34, 48, 94, 58, p.ink, 3)
    p.box(54, 58, 74, 78, p.metal, 2)
    p.box(40, 76, 88, 106, p.body, 8)


def _canister(p: Pen) -> None:
    p.box(56, 22, 72, 40, p.metal, 3)
    p.box(36, 38, 92, 106, p.body, 14)
    p.box(36, 60, 92, 82, p.light, 0)


def _backpack(p: Pen) -> None:
    p.arc(48, 12, 80, 48, 180, 360, p.ink, 5)
    p.box(32, 28, 96, 108, p.body, 18)
    p.box(42, 66, 86, 100, p.dark, 8)
    p.box(42, 44, 86, 52, p.light, 3)


def _cover(p: Pen) -> None:
    p.oval(26, 22, 102, 110, p.body)
    p.arc(36, 32, 92, 100, 190, 260, p.light, 5)
    p.arc(26, 22, 102, 110, 20, 160, p.dark, 5)


def _boot(p: Pen) -> None:
    p.box(38, 24, 70, 92, p.body, 6)
    p.box(38, 66, 104, 94, p.body, 12)
    p.box(34, 90, 108, 104, p.ink, 4)
    for y in (36, 48, 60):
        p.line(52, y, 70, y, p.light, 4)


def _bottle(p: Pen) -> None:
    p.box(54, 16, 74, 32, p.ink, 4)
    p.box(44, 30, 84, 110, p.body, 12)
    p.box(50, 46, 56, 96, p.light, 3)


def _phone(p: Pen) -> None:
    p.box(40, 16, 88, 112, p.ink, 9)
    p.box(44, 24, 84, 104, p.body, 4)
    p.shape(p.light, (44, 24), (76, 24), (44, 84))


def _case(p: Pen) -> None:
    p.box(38, 16, 90, 112, p.body, 12)
    p.box(46, 24, 66, 48, p.dark, 6)
    p.oval(49, 27, 57, 35, p.ink)
    p.oval(49, 37, 57, 45, p.ink)


def _charger(p: Pen) -> None:
    p.box(34, 44, 82, 100, p.body, 9)
    p.box(46, 24, 52, 46, p.metal, 1)
    p.box(64, 24, 70, 46, p.metal, 1)
    p.arc(70, 62, 116, 112, 180, 330, p.ink, 4)
    p.oval(52, 66, 64, 78, p.light)


def _headphones(p: Pen) -> None:
    p.arc(24, 24, 104, 108, 180, 360, p.dark, 8)
    p.box(18, 62, 42, 104, p.body, 10)
    p.box(86, 62, 110, 104, p.body, 10)


def _pads(p: Pen) -> None:
    for x in (16, 66):
        p.oval(x, 38, x + 46, 92, p.body)
        p.oval(x + 13, 52, x + 33, 78, p.dark)


def _speaker(p: Pen) -> None:
    p.box(36, 18, 92, 110, p.body, 10)
    p.oval(44, 58, 84, 98, p.ink)
    p.oval(56, 70, 72, 86, p.light)
    p.oval(54, 28, 74, 48, p.ink)


def _shirt(p: Pen) -> None:
    p.shape(
        p.body,
        (44, 26),
        (84, 26),
        (116, 46),
        (104, 66),
        (92, 58),
        (92, 106),
        (36, 106),
        (36, 58),
        (24, 66),
        (12, 46),
    )
    p.oval(50, 16, 78, 38, GROUNDS["Clothing"])


def _sweater(p: Pen) -> None:
    p.shape(
        p.body,
        (44, 26),
        (84, 26),
        (106, 40),
        (118, 98),
        (102, 100),
        (92, 62),
        (92, 106),
        (36, 106),
        (36, 62),
        (26, 100),
        (10, 98),
        (22, 40),
    )
    p.arc(48, 14, 80, 40, 0, 180, p.dark, 5)
    for y in (62, 74, 86):
        p.line(40, y, 88, y, p.light, 3)


def _jacket(p: Pen) -> None:
    p.shape(
        p.body,
        (42, 24),
        (86, 24),
        (108, 38),
        (116, 98),
        (100, 100),
        (94, 62),
        (94, 108),
        (34, 108),
        (34, 62),
        (28, 100),
        (12, 98),
        (20, 38),
    )
    p.line(64, 30, 64, 108, p.light, 3)
    p.shape(p.dark, (46, 24), (64, 46), (82, 24), (74, 20), (54, 20))
    p.box(42, 78, 56, 82, p.dark, 1)
    p.box(72, 78, 86, 82, p.dark, 1)


def _hat(p: Pen) -> None:
    p.box(38, 34, 90, 84, p.body, 20)
    p.oval(14, 72, 114, 98, p.dark)
    p.oval(34, 68, 94, 86, p.body)
    p.box(38, 66, 90, 74, p.light, 0)


def _scarf(p: Pen) -> None:
    p.arc(30, 16, 98, 74, 0, 360, p.body, 18)
    p.box(68, 58, 90, 112, p.body, 3)
    for y in (78, 90):
        p.box(68, y, 90, y + 5, p.light, 0)


def _belt(p: Pen) -> None:
    p.arc(16, 34, 112, 98, 0, 360, p.body, 13)
    p.box(50, 80, 80, 104, p.metal, 4)
    p.box(56, 86, 74, 98, p.dark, 2)


def _jar(p: Pen) -> None:
    p.box(30, 34, 98, 56, p.dark, 6)
    p.box(26, 54, 102, 102, p.body, 10)
    p.box(42, 66, 86, 90, (250, 250, 246), 3)


def _tube(p: Pen) -> None:
    p.shape(p.body, (40, 20), (88, 20), (80, 92), (48, 92))
    p.box(50, 92, 78, 110, p.ink, 3)
    p.box(38, 16, 90, 24, p.dark, 1)
    p.box(52, 42, 76, 70, p.light, 3)


def _soap(p: Pen) -> None:
    p.box(20, 52, 108, 100, p.body, 16)
    p.box(34, 62, 94, 90, p.light, 10)
    for x, y, r in ((38, 30, 9), (62, 22, 7), (84, 34, 10)):
        p.oval(x - r, y - r, x + r, y + r, (255, 255, 255))


def _brush(p: Pen) -> None:
    p.box(56, 68, 72, 116, p.dark, 7)
    p.oval(36, 12, 92, 80, p.body)
    for x in range(50, 84, 9):
        for y in range(30, 66, 9):
            p.oval(x - 2, y - 2, x + 2, y + 2, p.ink)


def _lipstick(p: Pen) -> None:
    p.shape(p.body, (52, 52), (52, 30), (74, 16), (76, 52))
    p.box(50, 48, 78, 70, p.metal, 2)
    p.box(44, 68, 84, 110, p.ink, 4)


def _razor(p: Pen) -> None:
    p.box(28, 22, 100, 40, p.metal, 4)
    p.box(32, 38, 96, 44, p.ink, 1)
    p.box(58, 44, 70, 114, p.body, 5)


def _blades(p: Pen) -> None:
    for n in range(3):
        y = 30 + 24 * n
        p.box(22 + 6 * n, y, 94 + 6 * n, y + 20, p.metal if n < 2 else p.body, 3)
        p.box(44 + 6 * n, y + 8, 72 + 6 * n, y + 12, p.ink, 2)


SHAPES: dict[str, Callable[[Pen], None]] = {
    name[1:]: draw
    for name, draw in list(globals().items())
    if name.startswith("_") and callable(draw) and name[1:].isalpha()
}


def picture(shape: str, department: str, colour: RGB) -> bytes:
    """The PNG file of an item: 128 × 128, at most 48 colours."""
    pen = Pen(GROUNDS[department], colour)
    pen.oval(14, 96, 114, 118, mixed(GROUNDS[department], (90, 90, 110), 0.16))
    SHAPES[shape](pen)
    small = pen.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    # A fixed palette method and no metadata: the same picture is the same bytes.
    few = small.quantize(colors=48, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, format="PNG", optimize=True)
    return file.getvalue()
