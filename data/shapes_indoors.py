"""Drawings of what stands in kitchens and homes."""

from __future__ import annotations

from pen import INK, METAL, PAPER, SHINE, Pen

_LEAF = (98, 148, 98)
_WAX_LIGHT = (250, 224, 140)


def mug(p: Pen) -> None:
    p.arc(72, 46, 106, 84, -90, 90, p.dark, 7)
    p.box(30, 36, 86, 102, p.body, 11)
    if p.pattern == 1:
        p.box(30, 64, 86, 76, p.accent, 0)
    elif p.pattern == 2:
        for x in (44, 58, 72):
            p.oval(x - 4, 66, x + 4, 74, p.accent)
    p.oval(30, 30, 86, 43, p.dark)
    p.oval(35, 33, 81, 41, (104, 72, 54))
    p.box(36, 50, 41, 92, p.light, 2.5)


def machine(p: Pen) -> None:
    p.box(26, 22, 102, 106, p.body, 9)
    p.box(26, 22, 102, 44, p.dark, 9)
    p.box(26, 36, 102, 46, p.body, 0)
    for x in (36, 49):
        p.oval(x, 27, x + 8, 35, p.light)
    p.box(74, 28, 92, 34, p.accent, 3)
    p.box(38, 50, 90, 94, p.dark, 6)
    p.box(54, 48, 74, 60, METAL, 3)
    p.box(60, 60, 63, 66, METAL, 1)
    p.box(66, 60, 69, 66, METAL, 1)
    p.box(54, 72, 72, 90, PAPER, 4)
    p.arc(66, 74, 80, 88, -90, 90, PAPER, 3)
    p.box(38, 92, 90, 97, METAL, 2)


def filter_cone(p: Pen) -> None:
    p.arc(84, 44, 110, 72, -100, 100, p.dark, 6)
    p.shape(p.body, (26, 38), (102, 38), (76, 86), (52, 86))
    p.oval(26, 29, 102, 47, p.dark)
    p.oval(34, 32, 94, 44, (104, 72, 54))
    for x in (46, 64, 82):
        p.line(x, 52, 64 + (x - 64) * 0.5, 80, p.light, 2.5)
    p.box(38, 86, 90, 94, p.dark, 4)
    p.box(56, 94, 72, 102, p.accent, 3)


def kettle(p: Pen) -> None:
    p.arc(40, 16, 92, 70, 180, 360, INK, 7)
    p.shape(p.dark, (44, 74), (14, 50), (20, 44), (50, 56))
    p.shape(p.body, (42, 48), (88, 48), (102, 98), (30, 98))
    p.box(30, 90, 102, 106, p.body, 8)
    p.box(46, 42, 84, 52, p.dark, 5)
    p.oval(60, 34, 70, 44, INK)
    p.shape(p.light, (50, 58), (56, 58), (48, 92), (41, 92))
    if p.pattern:
        p.box(30, 96, 102, 101, p.accent, 0)


def pan(p: Pen) -> None:
    p.box(76, 57, 122, 68, INK, 5)
    p.oval(113, 60, 118, 65, p.halo)
    p.oval(12, 30, 88, 98, p.dark)
    p.oval(18, 36, 82, 92, p.body)
    p.arc(26, 43, 74, 85, 180, 255, p.light, 4)
    if p.pattern == 1:
        p.oval(36, 52, 64, 76, PAPER)
        p.oval(44, 58, 56, 70, (244, 190, 72))


def pot(p: Pen) -> None:
    p.box(12, 60, 116, 70, p.dark, 5)
    p.box(24, 50, 104, 104, p.body, 12)
    p.half(24, 30, 104, 74, 180, p.light if p.pattern == 2 else p.body)
    p.box(20, 48, 108, 56, p.dark, 4)
    p.oval(56, 22, 72, 38, p.accent if p.pattern else INK)
    p.box(33, 64, 39, 94, p.light, 3)


def lid(p: Pen) -> None:
    p.half(20, 42, 108, 116, 180, p.body)
    p.arc(32, 52, 96, 106, 200, 250, p.light, 4)
    p.box(14, 76, 114, 86, p.dark, 5)
    p.box(60, 38, 68, 48, METAL, 1)
    p.oval(52, 26, 76, 42, p.accent if p.pattern else INK)


def knife(p: Pen) -> None:
    p.shape(METAL, (12, 88), (78, 38), (88, 54), (62, 74))
    p.shape(SHINE, (12, 88), (78, 38), (82, 45))
    p.line(84, 43, 110, 24, p.body, 15)
    p.line(80, 45, 84, 52, p.dark, 4)
    for x, y in ((90, 40), (99, 33.5), (108, 27)):
        p.oval(x - 2, y - 2, x + 2, y + 2, p.light)


def bowl(p: Pen) -> None:
    p.box(46, 94, 82, 104, p.dark, 3)
    p.half(16, 4, 112, 100, 0, p.body)
    p.oval(16, 42, 112, 64, p.dark)
    p.oval(22, 45, 106, 61, p.light)
    if p.pattern == 1:
        p.arc(18, 8, 110, 94, 20, 160, p.accent, 4)
    elif p.pattern == 2:
        for x in (44, 64, 84):
            p.oval(x - 4, 72, x + 4, 80, p.accent)


def board(p: Pen) -> None:
    p.box(54, 14, 74, 44, p.body, 9)
    p.box(32, 34, 96, 108, p.body, 11)
    p.oval(60, 20, 68, 28, p.halo)
    for y, inset in ((52, 2), (66, 8), (80, 0), (94, 6)):
        p.line(42 + inset, y, 88 - inset, y, p.dark, 2)


def lamp(p: Pen) -> None:
    p.box(61, 60, 67, 100, INK, 2)
    p.half(40, 92, 88, 116, 180, p.dark)
    p.oval(40, 54, 88, 70, _WAX_LIGHT)
    p.shape(p.body, (47, 18), (81, 18), (100, 62), (28, 62))
    p.shape(p.light, (52, 18), (60, 18), (50, 62), (38, 62))
    if p.pattern:
        p.shape(p.accent, (30, 57), (98, 57), (100, 62), (28, 62))


def bulb(p: Pen) -> None:
    p.oval(34, 16, 94, 76, _WAX_LIGHT)
    p.shape(_WAX_LIGHT, (41, 64), (87, 64), (76, 86), (52, 86))
    p.arc(42, 24, 86, 68, 190, 250, PAPER, 4)
    p.line(56, 52, 60, 82, (214, 164, 70), 2)
    p.line(72, 52, 68, 82, (214, 164, 70), 2)
    p.line(56, 52, 64, 58, (214, 164, 70), 2)
    p.line(64, 58, 72, 52, (214, 164, 70), 2)
    p.box(51, 84, 77, 104, p.body, 4)
    for y in (90, 97):
        p.line(53, y, 75, y, p.dark, 2)
    p.box(58, 103, 70, 109, INK, 3)


def candle(p: Pen) -> None:
    p.shape((244, 172, 72), (64, 10), (72, 30), (64, 38), (56, 30))
    p.oval(56, 22, 72, 38, (244, 172, 72))
    p.oval(60, 27, 68, 37, (252, 226, 140))
    p.line(64, 36, 64, 48, INK, 2)
    p.box(36, 46, 92, 108, p.body, 8)
    p.oval(36, 41, 92, 53, p.light)
    p.box(46, 66, 82, 90, PAPER, 3)
    p.box(52, 73, 76, 76, p.accent, 1)
    p.box(56, 80, 72, 82, p.dark, 1)


def cushion(p: Pen) -> None:
    p.shape(p.body, (20, 26), (64, 33), (108, 26), (101, 66), (108, 106), (64, 99), (20, 106), (27, 66))
    p.box(25, 31, 103, 101, p.body, 16)
    if p.pattern == 1:
        for x in (42, 60, 78):
            p.box(x, 33, x + 8, 99, p.accent, 0)
    elif p.pattern == 2:
        p.shape(p.accent, (64, 42), (88, 66), (64, 90), (40, 66))
        p.shape(p.body, (64, 54), (76, 66), (64, 78), (52, 66))
    else:
        p.arc(36, 40, 96, 96, 190, 250, p.light, 4)
        p.oval(60, 62, 68, 70, p.dark)


def blanket(p: Pen) -> None:
    for n, y in enumerate((30, 54, 78)):
        p.box(20, y, 108, y + 26, p.body if n % 2 == 0 else p.light, 12)
        if p.pattern:
            p.box(78, y, 86, y + 26, p.accent, 0)
        if p.pattern == 2:
            p.box(92, y, 95, y + 26, p.accent, 0)
    p.line(26, 54, 100, 54, p.dark, 1.5)
    p.line(26, 79, 100, 79, p.dark, 1.5)


def towel(p: Pen) -> None:
    p.box(16, 20, 112, 28, METAL, 4)
    p.box(32, 22, 80, 108, p.body, 4)
    p.box(72, 22, 96, 92, p.dark, 4)
    p.box(32, 24, 80, 100, p.body, 0)
    for y, height in ((78, 7), (90, 4)):
        p.box(32, y, 80, y + height, p.accent if p.pattern else p.light, 0)


def chair(p: Pen) -> None:
    for x0, x1 in ((42, 34), (86, 94)):
        p.line(x0, 70, x1, 108, INK, 5)
    for x in (46, 82):
        p.line(x, 56, x, 70, INK, 4)
    if p.pattern == 1:
        for x in (42, 53, 64, 75, 86):
            p.line(x, 24, x, 62, p.body, 4)
        p.box(36, 16, 92, 28, p.body, 6)
    else:
        p.box(36, 16, 92, 58, p.body, 14)
        p.box(44, 23, 50, 48, p.light, 3)
    p.box(32, 64, 96, 78, p.dark if p.pattern == 1 else p.accent if p.pattern == 2 else p.dark, 7)


def table(p: Pen) -> None:
    for x0, x1 in ((42, 30), (86, 98), (64, 64)):
        p.line(x0, 54, x1, 106, p.dark, 5)
    p.oval(16, 42, 112, 66, p.dark)
    p.oval(16, 37, 112, 61, p.body)
    p.arc(26, 41, 102, 57, 190, 240, p.light, 3)
    if p.pattern:
        p.box(56, 26, 72, 48, p.accent, 4)
        p.oval(56, 22, 72, 30, INK)


def vase(p: Pen) -> None:
    for x0, y0 in ((48, 18), (66, 10), (82, 22)):
        p.line(64, 52, x0, y0, _LEAF, 2.5)
    p.oval(40, 10, 56, 26, (228, 148, 130))
    p.oval(58, 2, 74, 18, PAPER)
    p.oval(63, 7, 69, 13, (236, 190, 110))
    p.oval(75, 15, 89, 29, (236, 190, 110))
    if p.pattern == 1:
        p.box(42, 44, 86, 108, p.body, 12)
    else:
        p.oval(34, 52, 94, 110, p.body)
        p.box(52, 44, 76, 66, p.body, 3)
    p.box(50, 42, 78, 49, p.dark, 3)
    p.oval(44, 66, 51, 92, p.light)
    if p.pattern == 2:
        p.box(36, 78, 92, 85, p.accent, 2)
