"""Lists with their reasons → what the paths are like: complete, stored, recent, popular, diverse, the same again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from kgrec.domain import KnowledgeGraph, Reasons
from kgrec.evaluation import path_quality
from kgrec.evaluation.faithfulness import summary
from kgrec.explanations.lists import Listed

COMPARED = 3
"""Paths of an item whose overlap between seeds is measured."""


def completeness(lists: Sequence[Listed]) -> dict[str, float]:
    """The largest |prior + Σ paths + rest − score| and |prior + Σ terms − score|, relative to the score."""
    paths, terms = 0.0, 0.0
    for one in lists:
        for row, reasons in zip(one.item_rows, one.reasons, strict=True):
            score, prior = float(one.asker.scores[row]), float(one.asker.prior[row])
            if score > 0:
                paths = max(paths, abs(prior + _said(reasons) - score) / score)
                terms = max(terms, abs(float(one.totals[row]) - score) / score)
    return {"paths": paths, "terms": terms}


def _said(reasons: Reasons) -> float:
    return sum(path.contribution for path in reasons.paths) + reasons.rest


def validity(lists: Sequence[Listed], graph: KnowledgeGraph) -> dict[str, Any]:
    """The share of the hops of listed paths that are edges of the graph."""
    hops = [hop for one in lists for reasons in one.reasons for path in reasons.paths for hop in path.hops]
    known = {hop: path_quality.stored([graph], hop) for hop in set(hops)}
    share = float(np.mean([known[hop] for hop in hops])) if hops else None
    return {"share": share, "hops": len(hops)}


def coverage(lists: Sequence[Listed]) -> dict[str, Any]:
    """The share of recommended items with a path, apart for users of whom no event is known."""
    found: dict[str, Any] = {}
    for name, has_history in (("with_history", True), ("without_history", False)):
        those = [one for one in lists if one.has_history == has_history]
        items = [bool(reasons.paths) for one in those for reasons in one.reasons]
        found[name] = {
            "share": float(np.mean(items)) if items else None,
            "users": len(those),
            "items": len(items),
        }
    return found


def qualities(lists: Sequence[Listed], graph: KnowledgeGraph, seed: int) -> dict[str, Any]:
    """LIR, SEP and ETD of the top path of every recommendation; means over users, and how many paths they say of."""
    popularity = path_quality.EntityPopularity(graph)
    values: dict[str, list[float]] = defaultdict(list)
    counts = {"paths": 0, "lir": 0, "sep": 0}
    for one in lists:
        top = [reasons.paths[0] for reasons in one.reasons if reasons.paths]
        recent = [path_quality.recency(one.asker.own, path) for path in top]
        popular = [popularity.of(path) for path in top]
        counts["paths"] += len(top)
        for name, found in (("lir", recent), ("sep", popular)):
            known = [value for value in found if value is not None]
            counts[name] += len(known)
            values[name].append(float(np.mean(known)) if known else float("nan"))
        if top:
            values["etd"].append(path_quality.type_diversity(top, len(one.asker.terms.ways)))
    return {
        **summary(values, seed),
        "top_paths": counts["paths"],
        "with_lir": counts["lir"],
        "with_sep": counts["sep"],
    }


def stability(lists: Sequence[Listed], others: Sequence[Listed], seed: int) -> dict[str, Any]:
    """The same users under a model of another seed: their tens, and for items in both, top paths and terms."""
    values: dict[str, list[float]] = defaultdict(list)
    pairs = 0
    for one, other in zip(lists, others, strict=True):
        mine, theirs = one.item_rows.tolist(), other.item_rows.tolist()
        both = [(mine.index(row), theirs.index(row)) for row in mine if row in theirs]
        values["list_jaccard"].append(len(both) / max(1, len({*mine, *theirs})))
        overlaps, agreements = [], []
        for place, there in both:
            paths, again = one.reasons[place].paths[:COMPARED], other.reasons[there].paths[:COMPARED]
            overlaps.append(path_quality.overlap(paths, again))
            ranked = path_quality.agreement(one.terms[place], other.terms[there])
            agreements += [ranked] if ranked is not None else []
        pairs += len(both)
        values["top_paths_jaccard"].append(float(np.mean(overlaps)) if overlaps else float("nan"))
        values["term_rank_correlation"].append(float(np.mean(agreements)) if agreements else float("nan"))
    return {"pairs": pairs, **summary(values, seed)}
