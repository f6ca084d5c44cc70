"""The figures of a model's reasons → what people look at: Markdown tables and the curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from kgrec.resources import check_plotting

TITLES = {
    "contribution": "contribution (ours)",
    "contribution_same_users": "ours, users of GNNExplainer",
    "random": "random order",
    "popular": "most popular path",
    "attention": "attention (gates alone)",
    "gnn_explainer": "GNNExplainer, library's settings",
    "gnn_explainer_tuned": "GNNExplainer, tuned",
}
_COLOURS = {
    "contribution": "#0b6e4f",
    "contribution_same_users": "#0b6e4f",
    "random": "#8c959f",
    "popular": "#b4690e",
    "attention": "#6f42c1",
    "gnn_explainer": "#9aa7d6",
    "gnn_explainer_tuned": "#1f5fbf",
}
_INK, _GREY = "#1b1f24", "#8c959f"


def table(found: Mapping[str, Any]) -> str:
    """All figures as Markdown tables."""
    parts = [_checks(found), _explainers(found), _evidence(found), _other(found)]
    if "planted" in found:
        parts.append(_planted(found["planted"]))
    return "\n\n".join(parts) + "\n"


def _rows(head: Sequence[str], lines: Iterator[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *lines])


def cell(figure: Mapping[str, Any] | None) -> str:
    """A mean and its interval."""
    if figure is None:
        return "–"
    low, high = figure["interval"]
    return f"{figure['mean']:.3f} [{low:.3f}, {high:.3f}]"


def _checks(found: Mapping[str, Any]) -> str:
    error, coverage = found["completeness_error"], found["coverage"]
    lines = [
        ("completeness error, paths and rest", f"{error['paths']:.1e}"),
        ("completeness error, terms", f"{error['terms']:.1e}"),
        ("terms against the network's messages", f"{error['network']:.1e}" if "network" in error else "–"),
        ("hops that are edges of the graph", _share(found["validity"]["share"])),
        ("items with a path, users with a history", _share(coverage["with_history"]["share"])),
        ("items with a path, users without", _share(coverage["without_history"]["share"])),
    ]
    return _rows([f"{found['users']} users, {found['items']} items", ""], iter(lines))


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _explainers(found: Mapping[str, Any]) -> str:
    def lines() -> Iterator[Sequence[str]]:
        for name in found["explainers"]:
            lost, kept = found["comprehensiveness"][name], found["sufficiency"][name]
            if lost["score_bins"] is None:  # not asked
                continue
            versus = found["comprehensiveness_of_contribution_against"]["score_bins"].get(name)
            ratio = f"{versus['ratio']:.2f}" if versus and versus["ratio"] else "–"
            p = f"{versus['p_value']:.1g}" if versus and versus["p_value"] is not None else "–"
            seconds = found["seconds_per_item"].get(name)
            yield (
                TITLES[name],
                str(lost["score_bins"]["n_users"]),
                *(cell(lost[figure]) for figure in ("score_bins", "score_auc", "rank_bins")),
                *(cell(kept[figure]) for figure in ("score_bins", "rank_bins")),
                ratio,
                p,
                "–" if seconds is None else f"{1000 * seconds:.2f} ms",
            )

    head = ["terms ordered by", "users", "compr., score, bins", "compr., score, area", "compr., rank, bins"]
    head += ["suff., score, bins", "suff., rank, bins", "ours / it", "p (Holm)", "per item"]
    return _rows(head, lines())


def _evidence(found: Mapping[str, Any]) -> str:
    def lines() -> Iterator[Sequence[str]]:
        for name, at in found["evidence"].items():
            if not isinstance(at, Mapping):
                continue
            pn_ps = found["pn_ps"][name]
            yield (
                name.removeprefix("paths_"),
                *(cell(at[figure]) for figure in ("score_lost", "random_score_lost")),
                *(cell(at[figure]) for figure in ("leaves_the_ten", "random_leaves_the_ten")),
                *(cell(pn_ps.get(figure)) for figure in ("pn", "ps")),
                f"{pn_ps['f']:.3f}",
            )

    head = ["paths", "score lost without their events", "random events", "leaves the ten", "random events"]
    return _rows([*head, "PN", "PS", "F"], lines())


def _other(found: Mapping[str, Any]) -> str:
    smallest, size = found["counterfactual"], found["counterfactual"].get("size") or {}
    lines = [
        ("smallest counterfactual: found", _share(smallest.get("success"))),
        ("… proven that there is none", _share(smallest.get("proven_impossible"))),
        ("… mean number of things, median", f"{size.get('mean', 0):.2f}, {size.get('median', 0):.0f}"),
    ]
    lines += [(name.upper(), cell(found["quality"].get(name))) for name in ("lir", "sep", "etd")]
    for seed, figures in found["stability"].items():
        told = seed.replace("_", " ")
        lines.append((f"{told}: Jaccard of the tens", cell(figures.get("list_jaccard"))))
        lines.append((f"{told}: Jaccard of the top 3 paths", cell(figures.get("top_paths_jaccard"))))
        lines.append((f"{told}: rank correlation of terms", cell(figures.get("term_rank_correlation"))))
    return _rows(["", ""], iter(lines))


def _planted(found: Mapping[str, Any]) -> str:
    kinds = [kind for kind in found["paths_strict"] if found["paths_strict"][kind]]
    hows = [how for how in found if how.endswith(("_strict", "_loose"))]

    def lines() -> Iterator[Sequence[str]]:
        for kind in kinds:
            at = [found[how][kind] for how in hows]
            shares = [f"{one[name]:.1%}" for one in at for name in ("top_1", "top_3")]
            yield kind.replace("_", " "), str(at[0]["n_users"]), *shares

    said = [", ".join(how.replace("_", " ").rsplit(" ", 1)) for how in hows]
    head = ["cause", "users", *(f"{how}: {top}" for how in said for top in ("top", "top 3"))]
    parts = [_rows(head, lines())]
    if "kinds_named" in found:
        parts.append(_kinds(found["kinds_named"]))
    return "\n\n".join(parts)


def _kinds(found: Mapping[str, Any]) -> str:
    def lines() -> Iterator[Sequence[str]]:
        for kind in found["paths"]:
            at = [found[how][kind] for how in ("paths", "looks_as_one")]
            yield kind, *(f"{one[who]:.1%}" for one in at for who in ("its_users", "others"))

    head = ["any of its kind in the top 3", "paths: users with that cause", "paths: all others"]
    return _rows([*head, "looks as one: users with that cause", "looks as one: all others"], lines())


def draw(found: Mapping[str, Any], path: FilePath) -> None:
    """What is lost of score and rank, terms deleted above, terms kept below, as PNG."""
    check_plotting()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 7), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True)
    said = {
        "comprehensiveness": "the first terms deleted: high is good",
        "sufficiency": "only the first terms kept: low is good",
    }
    shares = found["curves"]["shares"]
    for row, (kind, told) in enumerate(said.items()):
        for column, of in enumerate(("score", "rank")):
            axes = panels[row][column]
            for name, lines in found["curves"][kind].items():
                if of in lines:
                    wide = 2.4 if name == "contribution" else 1.4
                    style = "--" if name == "contribution_same_users" else "-"
                    axes.plot(shares, lines[of], style, color=_COLOURS[name], lw=wide, label=TITLES[name])
            what = "1 − score left / score" if of == "score" else "1 − rank / rank left"
            axes.set_title(f"{kind} · {what}", loc="left", fontsize=9, color=_INK)
            axes.set_ylim(-0.02, 1.02)
            axes.grid(color=_GREY, alpha=0.2)
            axes.tick_params(colors=_GREY, labelsize=8)
            axes.spines[["top", "right"]].set_visible(False)
            if row == 1:
                axes.set_xlabel("share of the item's terms", fontsize=9, color=_INK)
            if column == 0:
                axes.set_ylabel(told, fontsize=9, color=_INK)
    panels[0][0].legend(frameon=False, fontsize=8, loc="lower right")
    figure.savefig(path, format="png", dpi=110)
