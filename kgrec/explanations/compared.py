"""Lists with their reasons → how much of a score goes with the terms each explainer names first, and how much stays.

All explainers order the same terms of the same trained model. What a term carries is read from the trained network's
messages where there is one, not from the terms themselves, so that terms that lie are found out.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kgrec.domain import IntArray, Terms
from kgrec.evaluation import faithfulness as measure
from kgrec.evaluation.faithfulness import Lost, Scored
from kgrec.evaluation.path_quality import by_frequency
from kgrec.explanations.lists import Listed
from kgrec.models.path import PathModel

if TYPE_CHECKING:
    from kgrec.models.path.explainers import Messages

Values = npt.NDArray[np.float64]
Say = Callable[[int, int], None]

OURS = "contribution"
THERE = "contribution_same_users"
"""Ours for the users of whom GNNExplainer is asked: what its curves are to be held against."""
GNN = {
    "gnn_explainer": {"rate": 0.01, "edge_size": 0.005, "edge_ent": 1.0},  # as torch_geometric has them
    "gnn_explainer_tuned": {"rate": 0.05, "edge_size": 0.02, "edge_ent": 0.0},
}
"""Settings of GNNExplainer: those of the library, and those that found most of the contributions on made-up scores."""

MEASURES = {"comprehensiveness": measure.comprehensiveness, "sufficiency": measure.sufficiency}


@dataclass(frozen=True)
class Effort:
    """How much is spent on the explainers compared with."""

    draws: int = 10  # random orders of every item
    gnn_users: int = 20  # users of whom GNNExplainer is asked: it takes a training for every item
    gnn_epochs: int = 200
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Item:
    """One recommended item as explainers see it."""

    terms: Terms
    scored: Scored
    messages: Messages | None  # None where the model is no network


@dataclass(eq=False)
class Compared:
    """What was found, explainer by explainer; a value of a user is the mean over their items."""

    names: list[str]
    values: dict[tuple[str, str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    curves: dict[tuple[str, str, str], list[Values]] = field(default_factory=lambda: defaultdict(list))
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    apart: float | None = (
        None  # how far messages and terms are at most, relative to the score; None: no network
    )
    items: int = 0

    def against_network(self) -> dict[str, float]:
        """The error of the terms against the trained network's messages, where there is a network."""
        return {} if self.apart is None else {"network": self.apart}


def compare(lists: Sequence[Listed], popularity: IntArray, effort: Effort, say: Say) -> Compared:
    """Every explainer on every item that has terms; `popularity` is of every entity (V,)."""
    times = Counter(
        terms.ways[way] for one in lists for terms in one.terms for way in np.unique(terms.way).tolist()
    )
    network = bool(lists) and isinstance(lists[0].asker.model, PathModel)
    few = network and 0 < effort.gnn_users < len(lists)
    names = [OURS, "random", "popular", *(("attention", *GNN) if network else ()), *((THERE,) if few else ())]
    found = Compared(names)
    random = np.random.default_rng(effort.seed)
    for number, one in enumerate(lists):
        asked = [name for name in names if name not in (*GNN, THERE) or number < effort.gnn_users]
        explainers = {name: _explainer(name, times, popularity, effort, random) for name in asked}
        _user(found, list(_items(one, found)), explainers)
        say(number + 1, len(lists))
    return found


Orders = Callable[[Item], list[IntArray]]


def _explainer(
    name: str,
    times: Mapping[str, int],
    popularity: IntArray,
    effort: Effort,
    random: np.random.Generator,
) -> Orders:
    def ours(item: Item) -> list[IntArray]:
        return [np.argsort(-item.terms.contribution, kind="stable")]

    def drawn(item: Item) -> list[IntArray]:
        return [random.permutation(len(item.terms)) for _ in range(effort.draws)]

    def popular(item: Item) -> list[IntArray]:
        return [by_frequency(item.terms, times, popularity)]

    def attention(item: Item) -> list[IntArray]:
        from kgrec.models.path.explainers import by_attention

        assert item.messages is not None
        return [by_attention(item.messages)]

    def gnn(item: Item) -> list[IntArray]:
        from kgrec.models.path.explainers import by_gnn_explainer

        assert item.messages is not None
        settings = GNN[name]
        return [by_gnn_explainer(item.messages, epochs=effort.gnn_epochs, seed=effort.seed, **settings)]

    known = {OURS: ours, THERE: ours, "random": drawn, "popular": popular, "attention": attention}
    return known.get(name, gnn)


def _items(one: Listed, found: Compared) -> Iterator[Item]:
    model = one.asker.model
    for place, terms in enumerate(one.terms):
        if len(terms) == 0:
            continue
        messages, carried = None, terms.contribution
        if isinstance(model, PathModel):
            from kgrec.models.path import explainers

            messages = explainers.messages(model, one.asker.own, one.asker.user_row, terms)
            carried = messages.carried
        scored = one.scored(place, carried)
        if scored.whole <= 0:
            continue
        if messages is not None:
            apart = float(np.abs(carried - terms.contribution).sum()) / scored.whole
            found.apart = max(found.apart or 0.0, apart)
        found.items += 1
        yield Item(terms, scored, messages)


def _user(found: Compared, items: Sequence[Item], explainers: Mapping[str, Orders]) -> None:
    """Every explainer's values of one user; NaN for those not asked, or if no item has terms."""
    for name in found.names:
        means: dict[tuple[str, str], list[float]] = defaultdict(list)
        for item in items if name in explainers else ():
            began = time.perf_counter()
            orders = explainers[name](item)
            found.seconds[name].append((time.perf_counter() - began) / len(orders))
            for kind, lost in _lost(item.scored, orders):
                for of, line in lost.at_shares().items():
                    found.curves[kind, name, of].append(line)
                for of, value in lost.area().items():
                    means[kind, f"{of}_auc"].append(value)
                for of, value in lost.in_bins().items():
                    means[kind, f"{of}_bins"].append(value)
        for kind in MEASURES:
            for figure in FIGURES:
                values = means[kind, figure]
                found.values[kind, name, figure].append(float(np.mean(values)) if values else float("nan"))


FIGURES = ("score_auc", "score_bins", "rank_auc", "rank_bins")


def _lost(scored: Scored, orders: Sequence[IntArray]) -> Iterator[tuple[str, Lost]]:
    for kind, of in MEASURES.items():
        yield kind, measure.mean_of([of(scored, order) for order in orders])


def described(found: Compared, seed: int) -> dict[str, Any]:
    """As JSON: means with intervals, ours against every other, curves, seconds."""
    result: dict[str, Any] = {"items_with_terms": found.items, "explainers": found.names}
    others = [name for name in found.names if name not in (OURS, THERE)]
    for kind in MEASURES:
        result[kind] = {
            name: measure.summary({figure: found.values[kind, name, figure] for figure in FIGURES}, seed)
            for name in found.names
        }
        result[f"{kind}_of_{OURS}_against"] = {
            figure: measure.against(
                found.values[kind, OURS, figure],
                {name: found.values[kind, name, figure] for name in others},
                seed,
            )
            for figure in FIGURES
        }
    result["curves"] = {
        "shares": measure.SHARES.round(2).tolist(),
        **{
            kind: {
                name: {
                    of: np.mean(found.curves[kind, name, of], axis=0).round(5).tolist()
                    for of in ("score", "rank")
                    if found.curves[kind, name, of]
                }
                for name in found.names
            }
            for kind in MEASURES
        },
    }
    result["seconds_per_item"] = {
        name: round(float(np.mean(spent)), 6) for name, spent in found.seconds.items()
    }
    return result
