"""Drawings of what people wear and put on their skin."""

from __future__ import annotations

from pen import INK, METAL, PAPER, SHINE, Pen

_SLEEVES = ((84, 24), (106, 36), (117, 96), (101, 100), (94, 62), (94, 108))


def _garment(p: Pen, *right: tuple[float, float]) -> None:
    """A symmetric outline from its right half, neck to hem."""
    left = [(128 - x, y) for x, y in reversed(right)]
    p.shape(p.body, *right, *left)


def shirt(p: Pen) -> None:
    _garment(p, (82, 24), (118, 44), (106, 66), (93, 58), (93, 108))
    p.shape(p.dark, (93, 58), (93, 62), (106, 66))
    p.shape(p.dark, (35, 58), (35, 62), (22, 66))
    if p.pattern == 1:
        for y in (66, 80, 94):
            p.box(35, y, 93, y + 6, p.accent, 0)
    elif p.pattern == 2:
        p.box(70, 58, 86, 76, p.dark, 2)
        p.box(70, 58, 86, 62, p.accent, 1)
    p.oval(46, 10, 82, 40, p.dark)
    p.oval(49, 8, 79, 36, p.halo)


def sweater(p: Pen) -> None:
    _garment(p, *_SLEEVES)
    p.arc(46, 10, 82, 40, 0, 180, p.dark, 6)
    p.oval(51, 8, 77, 34, p.halo)
    p.box(34, 100, 94, 110, p.dark, 3)
    for x in (11, 101):
        p.box(x, 94, x + 16, 102, p.dark, 3)
    if p.pattern == 1:
        for y in (56, 70, 84):
            p.box(34, y, 94, y + 6, p.accent, 0)
    elif p.pattern == 2:
        for x in (40, 52, 64, 76):
            p.shape(p.accent, (x, 66), (x + 6, 58), (x + 12, 66), (x + 6, 74))
    else:
        for x in (46, 58, 70, 82):
            p.line(x, 48, x, 96, p.light, 2)


def jacket(p: Pen) -> None:
    _garment(p, *_SLEEVES)
    p.shape(p.dark, (44, 24), (64, 50), (84, 24), (74, 18), (54, 18))
    p.line(64, 44, 64, 106, p.light, 3)
    for x in (41, 73):
        p.box(x, 80, x + 14, 84, p.dark, 1)
    if p.pattern == 1:
        p.box(42, 56, 56, 68, p.accent, 2)
    elif p.pattern == 2:
        for y in (58, 72, 86, 100):
            p.oval(67, y - 2, 72, y + 3, p.accent)


def hat(p: Pen) -> None:
    if p.pattern == 2:
        p.half(30, 26, 98, 130, 180, p.body)
        p.box(26, 70, 102, 92, p.dark, 8)
        for x in (40, 52, 64, 76, 88):
            p.line(x, 75, x, 87, p.body, 2)
        p.oval(54, 14, 74, 34, p.accent)
        return
    p.oval(10, 70, 118, 102, p.dark)
    p.oval(10, 67, 118, 97, p.body)
    p.box(36, 30, 92, 88, p.body, 20)
    p.half(36, 74, 92, 96, 0, p.body)
    p.box(36, 66, 92, 78, p.accent if p.pattern else p.dark, 0)
    p.half(36, 70, 92, 86, 0, p.accent if p.pattern else p.dark)
    p.box(44, 38, 50, 60, p.light, 3)


def scarf(p: Pen) -> None:
    p.box(66, 52, 90, 110, p.dark, 3)
    p.box(46, 56, 70, 112, p.body, 3)
    p.oval(26, 20, 102, 76, p.body)
    p.oval(40, 22, 88, 54, p.dark)
    p.oval(44, 22, 84, 48, p.halo)
    stripe = p.accent if p.pattern else p.light
    p.box(46, 86, 70, 91, stripe, 0)
    p.box(46, 96, 70, 101, stripe, 0)
    p.box(70, 88, 90, 92, stripe, 0)
    for x in (49, 55, 61, 67):
        p.line(x, 112, x, 117, p.body, 2)


def belt(p: Pen) -> None:
    p.oval(14, 28, 114, 104, p.dark)
    p.oval(14, 24, 114, 100, p.body)
    p.oval(27, 36, 101, 90, p.dark)
    p.oval(27, 38, 101, 92, p.halo)
    for x, y in ((34, 86), (40, 90), (47, 93)):
        p.oval(x - 1.6, y - 1.6, x + 1.6, y + 1.6, INK)
    p.box(54, 80, 86, 108, METAL, 5)
    p.box(60, 86, 80, 102, p.body, 2)
    p.line(64, 94, 84, 94, SHINE, 3)


def jar(p: Pen) -> None:
    p.box(26, 52, 102, 106, p.body, 13)
    p.box(30, 28, 98, 54, PAPER if p.pattern == 1 else p.dark, 7)
    for x in range(38, 94, 8):
        p.line(x, 34, x, 48, p.light, 1.5)
    p.box(40, 66, 88, 94, PAPER, 4)
    p.box(47, 73, 81, 76, p.accent, 1)
    p.box(53, 82, 75, 84, METAL, 1)


def tube(p: Pen) -> None:
    p.shape(p.body, (34, 20), (94, 20), (82, 90), (46, 90))
    p.box(32, 14, 96, 24, p.dark, 2)
    p.box(47, 89, 81, 110, PAPER if p.pattern == 1 else INK, 5)
    p.shape(p.light, (42, 28), (48, 28), (54, 82), (50, 82))
    p.oval(56, 40, 76, 60, PAPER)
    p.shape((120, 168, 120), (66, 43), (71, 50), (66, 57), (61, 50))
    p.box(58, 66, 74, 69, p.accent, 1)


def soap(p: Pen) -> None:
    p.box(18, 56, 110, 104, p.dark, 18)
    p.box(18, 50, 110, 96, p.body, 18)
    p.box(32, 60, 96, 86, p.light, 11)
    p.box(46, 70, 82, 74, p.dark, 2)
    for x, y, r in ((36, 32, 10), (60, 20, 7), (84, 34, 12)):
        p.oval(x - r, y - r, x + r, y + r, PAPER)
        p.oval(x - r + 2, y - r + 2, x + r - 2, y + r - 2, p.ground)
        p.oval(x - r / 2, y - r / 2, x - r / 2 + 4, y - r / 2 + 4, PAPER)


def brush(p: Pen) -> None:
    p.box(55, 66, 73, 118, p.dark, 9)
    p.oval(34, 8, 94, 82, p.body)
    p.oval(42, 16, 86, 74, p.accent if p.pattern else p.light)
    for x in range(51, 84, 9):
        for y in range(28, 68, 9):
            p.oval(x - 1.8, y - 1.8, x + 1.8, y + 1.8, INK)


def lipstick(p: Pen) -> None:
    p.shape(p.body, (51, 54), (51, 34), (66, 14), (77, 18), (77, 54))
    p.shape(p.light, (51, 36), (66, 15), (70, 17), (56, 42), (51, 54))
    p.box(48, 50, 80, 70, (222, 190, 120), 3)
    p.box(42, 66, 86, 110, INK, 5)
    p.box(42, 74, 86, 78, p.accent, 0)


def razor(p: Pen) -> None:
    p.box(26, 16, 102, 30, METAL, 6)
    p.box(22, 28, 106, 33, SHINE, 2)
    p.box(30, 32, 98, 40, METAL, 4)
    p.box(59, 40, 69, 50, METAL, 1)
    p.box(56, 48, 72, 112 if p.pattern != 1 else 100, p.body, 8)
    for y in (60, 68, 76):
        p.line(60, y, 68, y, p.dark, 2)


def blades(p: Pen) -> None:
    p.box(38, 54, 118, 106, p.body, 6)
    p.box(48, 64, 108, 74, PAPER, 3)
    p.box(56, 82, 100, 86, p.light, 2)
    p.box(56, 92, 88, 95, p.light, 1)
    for x, y, fill in ((10, 22, METAL), (18, 34, SHINE)):
        p.box(x, y, x + 76, y + 26, fill, 5)
        p.box(x + 20, y + 11, x + 56, y + 15, INK, 2)
        p.oval(x + 10, y + 10, x + 15, y + 16, INK)
        p.oval(x + 61, y + 10, x + 66, y + 16, INK)
