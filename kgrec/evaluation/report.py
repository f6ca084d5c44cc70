"""A comparison → what people look at: a Markdown table, a plot, and the figures of every user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from kgrec.domain import ObjectArray
from kgrec.evaluation.leaks import clean
from kgrec.evaluation.metrics import Values
from kgrec.resources import check_plotting

_INK, _GREY, _BEST = "#1b1f24", "#8c959f", "#0b6e4f"


def table(found: Mapping[str, Any], metrics: Sequence[str]) -> str:
    """The comparison as Markdown, best model first: mean and 95 % interval, and the corrected p-values."""
    metric, reference = found["metric"], found["against"]
    shown = [metric, *(name for name in metrics if name != metric)]
    head = ["model", *(_title(name) for name in shown), f"p against {reference} (Holm)"]
    lines = [head, ["---"] * len(head)]
    for row in found["models"]:
        p = row["p_value"]
        lines.append([row["model"], *(_cell(row, name) for name in shown), "–" if p is None else f"{p:.2g}"])
    told = (
        f"Protocol {found['protocol']}, seed {found['seed']}, {found['n_users']:,} test users, "
        f"{found['n_candidates']:,} items ranked. "
    )
    if not clean(found["leaks"]):
        told += "**The leak check is not clean: training knows of the test part.** "
    told += f"Intervals: 95 %, bootstrap over users. Tests: paired Wilcoxon on {_title(metric)}, Holm's correction."
    return "\n".join(["| " + " | ".join(line) + " |" for line in lines] + ["", told, ""])


def _cell(row: Mapping[str, Any], name: str) -> str:
    low, high = row["intervals"][name]
    return f"{row['metrics'][name]:.4f} [{low:.4f}, {high:.4f}]"


def _title(metric: str) -> str:
    return metric.upper().replace("RECALL", "Recall").replace("PRECISION", "Precision")


def draw(found: Mapping[str, Any], file: BinaryIO) -> None:
    """A dot and its interval for every model, best on top, as PNG."""
    check_plotting()
    from matplotlib.figure import Figure

    rows, metric = found["models"], found["metric"]
    figure = Figure(figsize=(7, 1.3 + 0.38 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    for place, row in enumerate(rows):
        (low, high), mean = row["intervals"][metric], row["metrics"][metric]
        colour = _BEST if place == 0 else _INK
        axes.plot(
            [low, high], [place, place], color=colour, linewidth=2.2, alpha=0.45, solid_capstyle="round"
        )
        axes.plot([mean], [place], marker="o", markersize=7, color=colour)
        text = (0, 7)
        axes.annotate(
            f"{mean:.4f}",
            (mean, place),
            text,
            textcoords="offset points",
            ha="center",
            color=colour,
            fontsize=8,
        )
    axes.vlines(rows[0]["metrics"][metric], 0, len(rows), color=_BEST, linewidth=0.8, linestyle=(0, (2, 3)))
    axes.set_yticks(range(len(rows)), [row["model"] for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.75)  # best on top
    axes.margins(x=0.06)
    axes.tick_params(axis="y", length=0, labelsize=10)
    axes.tick_params(axis="x", colors=_GREY, labelsize=8)
    axes.grid(axis="x", color=_GREY, alpha=0.2)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_GREY)
    axes.set_xlabel(f"{_title(metric)}, mean over users with 95 % interval", color=_INK, fontsize=9)
    title = f"{found['protocol']} · {found['n_users']:,} test users · {found['n_candidates']:,} items ranked"
    axes.set_title(title, loc="left", fontsize=10, color=_INK)
    figure.savefig(file, format="png", dpi=160)


def write_users(values: Mapping[str, Mapping[str, Values]], user_ids: ObjectArray, file: BinaryIO) -> None:
    """The figures of every user under every model, a line each, as packed CSV."""
    tables = []
    for model, figures in values.items():
        ids = {"user_id": user_ids, "model": np.full(len(user_ids), model, dtype=object)}
        tables.append(pd.DataFrame({**ids, **figures}))
    # mtime 0: equal figures are equal files.
    packed = {"method": "gzip", "mtime": 0}
    pd.concat(tables).to_csv(file, index=False, float_format="%.6g", compression=packed, mode="wb")
