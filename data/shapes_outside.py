"""Drawings of what goes out of doors and what needs electricity."""

from __future__ import annotations

from pen import INK, METAL, PAPER, SHINE, Pen


def tent(p: Pen) -> None:
    if p.pattern == 1:
        p.half(12, 30, 116, 172, 180, p.body)
        p.half(44, 56, 84, 146, 180, p.dark)
        p.line(64, 58, 64, 100, p.accent, 2.5)
        p.arc(12, 30, 116, 172, 190, 240, p.light, 3)
    else:
        p.shape(p.body, (64, 22), (116, 100), (12, 100))
        p.shape(p.light, (64, 22), (12, 100), (30, 100))
        p.shape(p.dark, (64, 42), (86, 100), (42, 100))
        p.shape(p.accent, (64, 42), (76, 100), (86, 100))
        p.line(64, 14, 64, 24, INK, 3)
    p.line(8, 101, 120, 101, INK, 3)


def mat(p: Pen) -> None:
    p.shape(p.body, (32, 48), (118, 48), (98, 98), (10, 98))
    p.shape(p.light, (40, 55), (106, 55), (92, 91), (24, 91))
    p.shape(p.body, (44, 59), (100, 59), (89, 87), (31, 87))
    for x, y in ((32, 48), (118, 48), (98, 98), (10, 98)):
        p.oval(x - 5, y - 4, x + 5, y + 4, p.accent)
        p.oval(x - 2, y - 1.6, x + 2, y + 1.6, p.ground)


def stove(p: Pen) -> None:
    p.shape((240, 150, 64), (48, 44), (54, 28), (59, 38), (64, 16), (69, 38), (74, 28), (80, 44))
    p.shape((120, 174, 228), (58, 44), (64, 30), (70, 44))
    p.box(32, 44, 96, 52, INK, 4)
    p.line(40, 48, 54, 66, INK, 4)
    p.line(88, 48, 74, 66, INK, 4)
    p.box(54, 58, 74, 80, METAL, 3)
    p.box(74, 66, 92, 71, p.accent, 2)
    p.box(36, 76, 92, 108, p.body, 12)
    p.box(42, 84, 47, 102, p.light, 2.5)


def canister(p: Pen) -> None:
    p.box(56, 20, 72, 40, METAL, 4)
    p.box(52, 28, 76, 34, INK, 2)
    p.box(32, 36, 96, 108, p.body, 20)
    p.box(32, 60, 96, 86, p.light, 0)
    p.shape((240, 150, 64), (64, 63), (72, 77), (64, 83), (56, 77))
    p.oval(57, 70, 71, 83, (240, 150, 64))
    p.box(40, 44, 45, 56, p.light, 2.5)


def backpack(p: Pen) -> None:
    p.arc(48, 10, 80, 48, 180, 360, INK, 6)
    p.box(22, 62, 38, 100, p.dark, 7)
    p.box(90, 62, 106, 100, p.dark, 7)
    p.box(30, 26, 98, 110, p.body, 22)
    p.box(40, 66, 88, 102, p.dark, 9)
    p.line(46, 78, 82, 78, p.light, 2.5)
    p.box(40, 46, 88, 52, p.accent if p.pattern else p.light, 3)
    p.box(60, 44, 68, 58, INK, 2)


def cover(p: Pen) -> None:
    p.arc(46, 6, 82, 40, 180, 360, METAL, 5)
    p.oval(24, 20, 104, 112, p.body)
    p.box(26, 60, 102, 106, p.body, 26)
    p.arc(34, 30, 94, 100, 190, 250, p.light, 5)
    p.arc(27, 40, 101, 108, 20, 160, p.dark, 4)
    if p.pattern:
        p.box(38, 70, 90, 77, (234, 238, 196), 2)
    for x, y in ((50, 50), (74, 44), (66, 88)):
        p.shape((150, 196, 228), (x, y - 6), (x + 4, y + 2), (x - 4, y + 2))
        p.oval(x - 4, y - 2, x + 4, y + 6, (150, 196, 228))


def boot(p: Pen) -> None:
    top = 34 if p.pattern == 1 else 22
    p.box(36, top, 72, 94, p.body, 7)
    p.box(36, 64, 108, 96, p.body, 14)
    p.box(36, top, 72, top + 9, p.dark, 4)
    p.box(84, 74, 108, 96, p.dark, 10)
    p.box(32, 92, 110, 106, INK, 5)
    for y in range(top + 16, 72, 11):
        p.line(56, y, 72, y - 2, p.accent, 3.5)


def bottle(p: Pen) -> None:
    p.arc(52, 6, 76, 30, 180, 360, INK, 4)
    p.box(52, 16, 76, 34, INK, 4)
    p.box(42, 32, 86, 110, p.body, 14)
    p.box(48, 46, 54, 98, p.light, 3)
    if p.pattern == 1:
        p.box(42, 72, 86, 82, p.accent, 0)
    elif p.pattern == 2:
        p.shape(p.accent, (62, 84), (70, 68), (80, 84))


def phone(p: Pen) -> None:
    p.box(38, 12, 90, 114, p.dark, 11)
    p.box(36, 12, 88, 114, p.body, 11)
    p.box(40, 17, 84, 109, INK, 7)
    p.box(42, 19, 82, 107, (96, 120, 168), 6)
    p.shape((128, 152, 194), (42, 30), (42, 84), (82, 40), (82, 24))
    p.box(55, 22, 69, 26, INK, 2)
    for n in range(6):
        x, y = 48 + n % 3 * 11, 76 + n // 3 * 13
        p.box(x, y, x + 7, y + 7, PAPER if n % 2 else p.accent, 2)


def case(p: Pen) -> None:
    p.box(40, 13, 94, 114, p.dark, 14)
    p.box(36, 13, 90, 114, p.body, 14)
    p.box(43, 21, 67, 49, p.dark, 8)
    for y in (24, 36):
        p.oval(50, y, 60, y + 10, INK)
        p.oval(53, y + 3, 56, y + 6, SHINE)
    if p.pattern == 1:
        p.line(44, 104, 82, 62, p.accent, 5)
        p.line(60, 106, 83, 80, p.accent, 5)
    elif p.pattern == 2:
        p.oval(52, 66, 74, 88, p.accent)


def charger(p: Pen) -> None:
    p.arc(58, 60, 118, 116, 250, 60, INK, 4)
    p.box(46, 20, 53, 46, METAL, 2)
    p.box(65, 20, 72, 46, METAL, 2)
    p.box(30, 40, 88, 104, p.body, 13)
    p.shape(p.accent, (62, 52), (46, 76), (58, 76), (54, 92), (72, 68), (60, 68))


def headphones(p: Pen) -> None:
    p.arc(22, 20, 106, 112, 180, 360, p.dark, 9)
    p.arc(31, 29, 97, 103, 215, 325, p.light, 3)
    for x in (14, 86):
        p.box(x, 60, x + 28, 106, p.body, 13)
    p.box(34, 62, 44, 104, INK, 5)
    p.box(84, 62, 94, 104, INK, 5)
    p.oval(17, 78, 27, 88, p.accent)
    p.oval(101, 78, 111, 88, p.accent)


def pads(p: Pen) -> None:
    for x, y in ((12, 30), (62, 44)):
        p.oval(x, y + 4, x + 54, y + 66, p.dark)
        p.oval(x, y, x + 54, y + 60, p.body)
        p.oval(x + 15, y + 16, x + 39, y + 44, INK)
        p.arc(x + 6, y + 6, x + 48, y + 54, 190, 250, p.light, 3.5)


def speaker(p: Pen) -> None:
    if p.pattern == 1:
        p.box(12, 44, 116, 104, p.body, 24)
        for x in (20, 66):
            p.oval(x, 53, x + 42, 95, p.light)
            p.oval(x + 3, 56, x + 39, 92, INK)
            p.oval(x + 12, 65, x + 30, 83, p.accent)
        p.arc(44, 26, 84, 66, 190, 350, p.dark, 5)
        return
    p.box(34, 14, 94, 112, p.body, 12)
    p.oval(42, 58, 86, 102, p.light)
    p.oval(45, 61, 83, 99, INK)
    p.oval(50, 66, 78, 94, p.dark)
    p.oval(57, 73, 71, 87, p.accent)
    p.oval(52, 24, 76, 48, p.light)
    p.oval(54, 26, 74, 46, INK)
    p.oval(60, 32, 68, 40, p.light)
