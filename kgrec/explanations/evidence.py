"""Lists with their reasons → what becomes of items when the events behind their paths are deleted, scored anew."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from kgrec.domain import Accountable, IntArray
from kgrec.evaluation import faithfulness as measure
from kgrec.evaluation.faithfulness import DEPTHS, LISTED
from kgrec.explain.asker import rank_of
from kgrec.explain.counterfactual import smallest_removal
from kgrec.explanations.lists import Listed

SEARCHED = 3
"""Items of a list for which the smallest counterfactual is searched: the first, the last, and one between."""


def deleted(lists: Sequence[Listed], draws: int, seed: int) -> dict[str, Any]:
    """The things known that the largest n paths start from left out of account, against as many random ones.

    The model scores the whole catalogue anew for the first; for random things its terms are subtracted, and
    `prediction_error` says how far the two ways are apart where both are known, relative to the score.
    """
    random = np.random.default_rng(seed)
    values: dict[str, list[float]] = defaultdict(list)
    error = 0.0
    for one in lists:
        of_user: dict[str, list[float]] = defaultdict(list)
        for place in range(len(one.item_rows)):
            if one.reasons[place].paths:
                error = max(error, _item(one, place, of_user, draws, random))
        for name, found in of_user.items():
            values[name].append(float(np.mean(found)))
    result: dict[str, Any] = {"prediction_error": error}
    figures = measure.summary(values, seed)
    for depth in DEPTHS:
        named = {
            name: figures.get(f"{depth} {name}") for name in (*FIGURES, *(f"random_{f}" for f in FIGURES))
        }
        other = {"random": values[f"{depth} random_score_lost"]}
        test = measure.against(values[f"{depth} score_lost"], other, seed)["random"]
        result[f"paths_{depth}"] = {
            **named,
            "things": figures.get(f"{depth} things"),
            "score_lost_against": test,
        }
    return result


FIGURES = ("score_lost", "rank_lost", "leaves_the_ten")


def _item(
    one: Listed, place: int, into: dict[str, list[float]], draws: int, random: np.random.Generator
) -> float:
    """Adds the figures of one item; returns the largest error of the prediction."""
    row, terms = int(one.item_rows[place]), one.asker.terms
    whole, rank, error = float(one.totals[row]), place + 1, 0.0
    tails = np.array([hop.tail for hop in terms.hops])
    for depth in DEPTHS:
        shown = np.unique([path.hops[0].tail for path in one.reasons[place].paths[:depth]])
        without = one.asker.without(shown)
        left, now = float(without.scores[row]), without.rank(row)
        gone = np.isin(tails, shown)
        predicted = whole - float(terms.by_slot[gone, row].sum())
        error = max(error, abs(left - predicted) / whole)
        into[f"{depth} things"].append(float(gone.sum()))
        _add(into, f"{depth} ", 1 - left / whole, rank, now)
        for _ in range(draws):
            picked = random.choice(len(tails), int(gone.sum()), replace=False)
            scores = one.totals - terms.by_slot[picked].sum(axis=0)
            place_now = rank_of(scores.astype(np.float32), row, one.asker.taken)
            _add(into, f"{depth} random_", 1 - float(scores[row]) / whole, rank, place_now)
    return error


def _add(into: dict[str, list[float]], prefix: str, lost: float, rank: int, now: int | None) -> None:
    assert now is not None  # recommended items are not taken
    into[f"{prefix}score_lost"].append(lost)
    into[f"{prefix}rank_lost"].append(max(0.0, 1 - rank / now))
    into[f"{prefix}leaves_the_ten"].append(float(now > LISTED))


def necessity(lists: Sequence[Listed], seed: int) -> dict[str, Any]:
    """PN and PS: the shares of recommended items that leave the ten without their listed paths, or stay with no others.

    Deleted, or kept, are contributions to this item; other items keep their scores, and the item its prior.
    """
    result: dict[str, Any] = {}
    for depth in DEPTHS:
        values: dict[str, list[float]] = {"pn": [], "ps": []}
        for one in lists:
            places = [place for place, reasons in enumerate(one.reasons) if reasons.paths]
            scored = [one.scored(place, one.terms[place].contribution) for place in places]
            said = [sum(path.contribution for path in one.reasons[place].paths[:depth]) for place in places]
            if places:
                pairs = list(zip(scored, said, strict=True))
                values["pn"].append(float(np.mean([measure.necessary(*pair) for pair in pairs])))
                values["ps"].append(float(np.mean([measure.sufficient(*pair) for pair in pairs])))
        pn, ps = (float(np.mean(values[name])) if values[name] else 0.0 for name in ("pn", "ps"))
        result[f"paths_{depth}"] = {**measure.summary(values, seed), "f": measure.harmonic(pn, ps)}
    return result


def counterfactuals(lists: Sequence[Listed], seed: int) -> dict[str, Any]:
    """The smallest sets of things known without which items leave the ten: how often there is one, and how large."""
    sizes, shares, found, proven, impossible, spent = [], [], [], [], [], []
    for one in lists:
        assert isinstance(one.asker.model, Accountable)
        n = len(one.item_rows)
        for place in sorted({0, n // 2, n - 1}) if n == LISTED else ():
            began = time.perf_counter()
            removal = smallest_removal(one.asker, int(one.item_rows[place]), LISTED)
            spent.append(time.perf_counter() - began)
            found.append(bool(removal.possible))
            impossible.append(removal.possible is False)
            proven.append(removal.smallest or removal.possible is False)
            if removal.possible:
                sizes.append(len(removal.slots))
                shares.append(len(removal.slots) / len(one.asker.terms.hops))
    if not found:
        return {"items": 0}
    return {
        "items": len(found),
        "success": float(np.mean(found)),
        "proven_impossible": float(np.mean(impossible)),
        "proven_smallest_or_impossible": float(np.mean(proven)),
        "size": _spread(np.array(sizes)),
        "share_of_things_known": float(np.mean(shares)) if shares else None,
        "seconds_per_item": round(float(np.mean(spent)), 4),
    }


def _spread(sizes: IntArray) -> dict[str, float] | None:
    if len(sizes) == 0:
        return None
    return {
        "mean": float(sizes.mean()),
        "median": float(np.median(sizes)),
        "p90": float(np.quantile(sizes, 0.9)),
        "one_thing": float((sizes == 1).mean()),
    }
