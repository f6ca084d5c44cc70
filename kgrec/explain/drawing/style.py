"""A name for one picture → the rules that colour it and nothing else, in light and in dark.

Pages of the site have a style sheet of their own with the same colours; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

LIGHT = {
    "paper": "#faf8f4", "card": "#fff", "sunk": "#f3efe8", "line": "#e4ded3", "edge": "#8b8577",
    "ink": "#1d1b18", "soft": "#5f5a51", "accent": "#0b6b57", "tint": "#e3f0ec",
    "prior": "#c97c12", "rest": "#968e7f",
    "p1": "#0b6b57", "p2": "#2f8a75", "p3": "#4a9a84", "p4": "#0e4f73", "p5": "#3a7599", "p6": "#5f91b0",
    "p7": "#6b4a86", "p8": "#8e70a6", "p9": "#a184b8", "p10": "#a5677f",
}  # fmt: skip
DARK = {
    "paper": "#131513", "card": "#1b1e1c", "sunk": "#232725", "line": "#323733", "edge": "#8d958f",
    "ink": "#eeece6", "soft": "#aeb0a8", "accent": "#7ad6bb", "tint": "#1f332d",
    "prior": "#e9a94a", "rest": "#69726c",
    "p1": "#7ad6bb", "p2": "#4fb197", "p3": "#338a74", "p4": "#8cc4e6", "p5": "#5f9dc4", "p6": "#3f7799",
    "p7": "#cbaee2", "p8": "#a585c0", "p9": "#7d6096", "p10": "#d493ab",
}  # fmt: skip

SANS = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Hiragino Sans GB", '
    '"Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'
)

Rules = dict[str, str]
"""Selector within the picture → what it sets; "" is the picture itself."""

DRAWING: Rules = {
    ".drawing": "display: block; margin-inline: auto",
    "text": f"font: 400 13px {SANS}; text-anchor: middle; fill: var(--ink); unicode-bidi: isolate",
    ".name": "font-size: 12px; fill: var(--soft); stroke: var(--card); stroke-width: 5px; "
    "stroke-linejoin: round; paint-order: stroke",
    ".edge": "fill: none; stroke: var(--edge)",
    ".edge.minus": "stroke-dasharray: 6 5",
    ".tip": "fill: var(--edge)",
    ".node rect": "fill: var(--card); stroke: var(--line); stroke-width: 1.5",
    ".node.item rect": "stroke: var(--edge)",
    ".node.thing rect": "fill: var(--sunk)",
    ".node.you rect": "fill: var(--ink); stroke: var(--ink)",
    ".you text": "fill: var(--paper); font-weight: 640",
    ".node.target rect": "fill: var(--tint); stroke: var(--accent); stroke-width: 2",
}
BARS: Rules = {
    ".stack": "display: block; width: 100%; height: 28px; border-radius: 8px; background: var(--sunk)",
    ".stack rect": "stroke: var(--card); stroke-width: 1; vector-effect: non-scaling-stroke",
    "rect.prior": "fill: var(--prior)",
    "rect.rest": "fill: var(--rest)",
    **{f"rect.n{n}": f"fill: var(--p{n})" for n in range(1, 11)},
}


def style(scope: str, *rules: Rules, where: Mapping[str, Rules] | None = None) -> Markup:
    """A style element whose rules hold inside the element with this id only, and some `where` that is so wide."""
    wide = "".join(_scoped(scope, part) for part in rules)
    fitted = "".join(
        f"@container ({width}){{{_scoped(scope, part)}}}" for width, part in (where or {}).items()
    )
    light = f"#{scope}{{color-scheme: light dark;{_colours(LIGHT)}}}"
    dark = f"@media (prefers-color-scheme: dark){{#{scope}{{{_colours(DARK)}}}}}"
    # Made of the constants of this package and an id: nothing to escape.
    return Markup("<style>{}</style>").format(Markup(light + dark + wide + fitted))


def _scoped(scope: str, rules: Rules) -> str:
    return "".join(f"#{scope}{' ' if inner else ''}{inner}{{{body}}}" for inner, body in rules.items())


def _colours(palette: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in palette.items())
