"""A ledger → its parts side by side as one bar, as SVG: as wide as what they add, adding up to the score."""

from __future__ import annotations

from markupsafe import Markup

from kgrec.domain import plain
from kgrec.explain.ledger import BAR, Ledger, Line

HEIGHT = 28
_ADDS, _TAKES = (0, 17), (19, 9)  # top and height of the two lanes, where there is something that takes away

_BARS = Markup(
    '<svg class="stack" viewBox="0 0 {w:.0f} {h}" preserveAspectRatio="none" width="{w:.0f}" height="{h}" '
    'role="img" aria-label="{label}">{pieces}</svg>'
)
_PIECE = Markup(
    '<rect class="{colour}" x="{x}" y="{y}" width="{w}" height="{h}"><title>{number}{figure}</title></rect>'
)


def bars(ledger: Ledger, *, label: str) -> Markup:
    """What adds laid end to end; under it, from its end back, what takes away: the score is where that stops."""
    two = any(line.negative and line.width for line in ledger.lines)
    pieces = [_piece(line, two=two) for line in ledger.lines if line.width]
    return _BARS.format(w=BAR, h=HEIGHT, label=plain(label), pieces=Markup("").join(pieces))


def _piece(line: Line, *, two: bool) -> Markup:
    top, height = (0, HEIGHT) if not two else _TAKES if line.negative else _ADDS
    share = f" ({line.share}%)" if line.share else ""
    return _PIECE.format(
        colour=line.colour,
        x=line.start,
        y=top,
        w=line.width,
        h=height,
        number=f"{line.number}: " if line.number else "",
        figure=line.contribution + share,
    )
