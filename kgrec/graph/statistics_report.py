"""Statistics of a graph → what people look at: tables in Markdown and a plot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import BinaryIO, Literal

import numpy as np

from kgrec.domain import KnowledgeGraph
from kgrec.graph.statistics import Bridge, GraphStatistics, degrees
from kgrec.resources import check_plotting

_INK, _GREY, _BAR = "#1b1f24", "#8c959f", "#0b6e4f"
_LINES = ("#0b6e4f", "#b45309", "#1d4ed8", "#9d174d", "#57606a", "#0e7490", "#7c3aed", "#4d7c0f")
_DASHES = ("-", "--", ":")


def tables(found: GraphStatistics, central: Sequence[Bridge] = ()) -> str:
    """All numbers as Markdown tables that line up, one under the other."""
    head = f"graph {found.graph_version}: {found.entities:,} entities, {found.edges:,} edges"
    parts = [head, _kinds(found), _relations(found), _components(found)]
    if central:
        rows = [(one.label, one.kind, f"{one.betweenness:.4f}", f"{one.degree:,}") for one in central]
        parts.append(_table(("bridge", "kind", "betweenness", "degree"), rows))
    return "\n\n".join(parts)


def _kinds(found: GraphStatistics) -> str:
    rows = [
        (
            one.kind,
            f"{one.entities:,}",
            f"{one.without_edges:,}",
            f"{one.median_degree:g}",
            f"{one.largest_degree:,}",
            one.largest,
        )
        for one in found.kinds
    ]
    return _table(("kind", "entities", "no edge", "median degree", "largest", "of"), rows)


def _relations(found: GraphStatistics) -> str:
    rows = [
        (
            one.name,
            one.kind,
            f"{one.edges:,}",
            f"{one.heads:,}",
            f"{one.tails:,}",
            f"{one.items_share:.1%}",
            f"{one.edges_per_item:.1f}",
        )
        for one in found.relations
    ]
    return _table(("relation", "kind", "edges", "heads", "tails", "items reached", "edges per item"), rows)


def _components(found: GraphStatistics) -> str:
    rows = [
        (one.joined_by, f"{one.components:,}", f"{one.items_in_largest:.1%}", f"{one.single_items:,}")
        for one in found.components
    ]
    return _table(("items joined by", "components", "items in the largest", "items alone"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; those of numbers to the right."""
    lines = [
        list(head),
        *(["".join(c if c.isprintable() else " " for c in cell) for cell in row] for row in rows),
    ]
    lines = [[cell.replace("|", "\\|")[:60] for cell in line] for line in lines]
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    number = [all(cell[:1].isdigit() for cell in column[1:]) for column in zip(*lines, strict=True)]
    told = [
        [cell.rjust(n) if right else cell.ljust(n) for cell, n, right in zip(line, wide, number, strict=True)]
        for line in lines
    ]
    rule = ["-" * (n - 1) + ":" if right else "-" * n for n, right in zip(wide, number, strict=True)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [told[0], rule, *told[1:]])


def draw(graph: KnowledgeGraph, found: GraphStatistics, out: BinaryIO, form: Literal["png", "svg"]) -> None:
    """Left, the share of items each relation reaches; right, how many entities have at least so many edges."""
    check_plotting()
    from matplotlib.figure import Figure

    reaching = sorted(found.relations, key=lambda one: one.items_share)
    figure = Figure(figsize=(11, max(4.0, 1.2 + 0.28 * len(reaching))), layout="constrained")
    bars, lines = figure.subplots(1, 2)
    share = [100 * one.items_share for one in reaching]
    drawn = bars.barh([one.name for one in reaching], share, color=_BAR, height=0.62)
    bars.bar_label(drawn, fmt="%.0f", padding=3, fontsize=8, color=_INK)
    bars.set_xlim(0, 110)
    bars.set_title("items that each relation reaches, %", loc="left", fontsize=10, color=_INK)
    degree = degrees(graph)
    for place, one in enumerate([kind for kind in found.kinds if kind.entities > 1]):
        here = np.sort(degree[graph.kinds == one.kind])
        values, first = np.unique(here[here > 0], return_index=True)
        first += int((here == 0).sum())
        colour, dash = _LINES[place % len(_LINES)], _DASHES[place // len(_LINES) % len(_DASHES)]
        lines.step(values, len(here) - first, where="post", color=colour, ls=dash, lw=1.6, label=one.kind)
    lines.set_xscale("log")
    lines.set_yscale("log")
    lines.set_title("entities with at least so many edges", loc="left", fontsize=10, color=_INK)
    lines.set_xlabel("edges", fontsize=9, color=_INK)
    lines.set_ylabel("entities", fontsize=9, color=_INK)
    lines.legend(frameon=False, fontsize=8)
    for axes in (bars, lines):
        axes.grid(color=_GREY, alpha=0.2, axis="x" if axes is bars else "both")
        axes.tick_params(colors=_INK, labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(out, format=form, dpi=110, metadata={"Date": None} if form == "svg" else None)
