"""How far made-up accounts push an unpopular item into real users' lists, with and without defences.

    kgrec demo --no-serve --folder SHOP
    python benchmarks/shilling.py SHOP --out benchmarks/results/shilling.json

The gates stay as the shop's model learned them without the attack; graph and operators are built anew over the
poisoned data (`PathModel.on`), or, with `--retrain`, everything is learned again. Measured is HR@10 of the pushed item
among real users who do not have it, and its median place, means over targets drawn from the less chosen half of the
items. `--accuracy` trains on the train part of leave-one-out with each defence and says NDCG@10 on its validation part.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from kgrec import storage
from kgrec.domain import Dataset, IntArray, KnowledgeGraph, RelationKind
from kgrec.evaluation.bursts import suspects
from kgrec.evaluation.metrics import per_user
from kgrec.evaluation.ranking import rank_all
from kgrec.evaluation.shilling import KINDS, Attack, hit_rate, injected, places, poisoned, together
from kgrec.evaluation.splits import choices, leave_one_out
from kgrec.graph.vocabulary import Namer
from kgrec.models.path import FAST, PathConfig, PathModel
from kgrec.models.path.behaviour import BehaviourConfig, behaviour_edges
from kgrec.models.settings import configured
from kgrec.models.trust import Trust
from kgrec.pipeline import knowledge_graph

SHARES = (0.001, 0.01, 0.05)
DERIVED = (RelationKind.SEQUENCE, RelationKind.TOGETHER, RelationKind.POPULARITY)
DEFENCES: Mapping[str, Trust] = {
    "off": Trust(),
    "hasty": Trust(hasty=0.1),
    "unbought": Trust(unbought=0.1),
    "full_choices": Trust(full_choices=10),
    "all": Trust(hasty=0.1, unbought=0.1, full_choices=10),
}
WAYS: Mapping[str, Mapping[str, Any]] = {
    "at once": {},
    "patient": {"patient": True},
    "ratings only": {"event": "rate"},
}
"""All within a day; spread over the time that the shop knows; within a day, without buying anything."""


def main() -> None:
    """Print the table; write all figures as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shop", type=Path)
    parser.add_argument("--targets", type=int, default=8)
    parser.add_argument("--users", type=int, default=500, help="real users that are asked")
    parser.add_argument("--defences", default=",".join(DEFENCES))
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--shares", default=",".join(map(str, SHARES)))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--retrain", action="store_true", help="learn the gates anew from the poisoned data, fast"
    )
    parser.add_argument("--accuracy", action="store_true")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    workspace = storage.open_workspace(given.shop)
    dataset = storage.load_tables(workspace)
    defences = {name: DEFENCES[name] for name in given.defences.split(",")}
    if given.accuracy:
        told: dict[str, Any] = {
            "ndcg@10": {name: accuracy(dataset, trust) for name, trust in defences.items()}
        }
        print(json.dumps(told, indent=1))
    else:
        graph = storage.load_graph(storage.current(workspace.graphs, "graph", "build"))
        model = storage.load_model(storage.current(workspace.models, "model", "train"), graph)
        assert isinstance(model, PathModel)
        curve = Curve(dataset, graph, model, defences, given.users, given.seed, retrain=given.retrain)
        shares = [float(share) for share in given.shares.split(",")]
        told = curve.measure(given.targets, given.ways.split(","), given.kinds.split(","), shares)
        print(table(told, list(defences)))
    if given.out:
        given.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


class Curve:
    """A shop under attack."""

    def __init__(
        self,
        dataset: Dataset,
        graph: KnowledgeGraph,
        model: PathModel,
        defences: Mapping[str, Trust],
        users: int,
        seed: int,
        *,
        retrain: bool = False,
    ) -> None:
        self.dataset, self.retrain = dataset, retrain
        self.known, self.model, self.defences, self.seed = dataset.interactions, model, defences, seed
        self.base = graph.without_relations(graph.names(*DERIVED))
        self.random = np.random.default_rng(seed)
        n_users = len(dataset.users)
        self.users: IntArray = np.sort(self.random.choice(n_users, min(users, n_users), replace=False))
        self.counts = np.bincount(self.known.item[choices(self.known)], minlength=len(dataset.items))

    def measure(
        self, n_targets: int, ways: list[str], kinds: list[Any], shares: list[float]
    ) -> dict[str, Any]:
        """HR@10 before and after each attack, and whether the audit names the target."""
        began = time.perf_counter()
        seen = np.flatnonzero(self.counts)
        half = seen[self.counts[seen] <= np.median(self.counts[seen])]
        targets = self.random.choice(half, n_targets, replace=False)
        profile = max(1, round(self.counts.sum() / len(self.base.users)) - 1)
        nobody = [None] * n_targets
        rows = [{"way": "none", "kind": "", "share": 0.0, "accounts": 0, **self.after(targets, nobody)}]
        print(json.dumps(rows[0]), flush=True)
        for way in ways:
            for kind in kinds:
                for share in shares:
                    accounts = max(1, round(share * len(self.base.users)))
                    attacks = [
                        Attack(kind, int(target), accounts, profile, **WAYS[way]) for target in targets
                    ]
                    rows.append({"way": way, "kind": kind, "share": share, "accounts": accounts})
                    rows[-1] |= self.after(targets, attacks)
                    print(json.dumps(rows[-1]), flush=True)
        return {
            "users_asked": len(self.users),
            "targets": targets.tolist(),
            "choices_of_targets": self.counts[targets].tolist(),
            "profile": profile,
            "defences": {name: asdict(trust) for name, trust in self.defences.items()},
            "rows": rows,
            "seconds": round(time.perf_counter() - began),
        }

    def after(self, targets: IntArray, attacks: Sequence[Attack | None]) -> dict[str, Any]:
        """By defence: HR@10 and the median place; and how many targets the audit names, and how many others."""
        found: dict[str, list[IntArray]] = {name: [] for name in self.defences}
        named, others = [], []
        for number, (target, attack) in enumerate(zip(targets.tolist(), attacks, strict=True)):
            graph, whole = self.base, self.known
            if attack is not None:
                random = np.random.default_rng((self.seed, number))
                made_up = injected(attack, self.known, len(self.base.items), random)
                graph = poisoned(self.base, made_up)
                whole = together(self.known, made_up, len(self.base.users))
            suspected = {one.item for one in suspects(whole, len(graph.users), len(graph.items))}
            named.append(target in suspected)
            others.append(len(suspected - {target}))
            for name, trust in self.defences.items():
                model, built = self.fitted(graph, trust)
                found[name].append(places(model, built, self.known, self.users, target))
        return {
            "hr@10": {name: float(np.mean([hit_rate(one) for one in each])) for name, each in found.items()},
            "place": {
                name: float(np.mean([np.median(one) for one in each])) + 1 for name, each in found.items()
            },
            "named": float(np.mean(named)),
            "others_named": float(np.mean(others)),
        }

    def fitted(self, graph: KnowledgeGraph, trust: Trust) -> tuple[PathModel, KnowledgeGraph]:
        """The learned gates over what a graph's own events say, as far as they are trusted."""
        config = replace(self.model.config.behaviour, trust=trust)
        built = graph.with_edges(*behaviour_edges(graph, config))
        if not self.retrain:
            return self.model.on(built), built
        settings = {**FAST, **{f"behaviour.trust.{name}": value for name, value in asdict(trust).items()}}
        return PathModel(configured(PathConfig(), settings)).fit(self.dataset, built, seed=0), built


def accuracy(dataset: Dataset, trust: Trust) -> float:
    """NDCG@10 on the validation part of leave-one-out, trained with a defence."""
    split = leave_one_out(dataset)
    known = dataset.with_interactions(split.train)
    graph = knowledge_graph(known, Namer(), trust)
    config = PathConfig(BehaviourConfig(trust=trust))
    model = PathModel(config).fit(known, graph, seed=0, validation=split.validation)
    ranking = rank_all(model, graph, split.train, split.validation)
    return round(float(per_user(ranking)["ndcg@10"].mean()), 4)


def table(told: Mapping[str, Any], defences: list[str]) -> str:
    """HR@10 in percent and the median place, as Markdown."""
    heads = [f"{what}, {name}" for name in defences for what in ("HR@10 %", "place")]
    lines = [
        "| attack | kind | accounts | " + " | ".join(heads) + " | named by the audit |",
        "|---|---|---|" + "---|" * (len(heads) + 1),
    ]
    for row in told["rows"]:
        cells = [
            cell
            for name in defences
            for cell in (f"{100 * row['hr@10'][name]:.2f}", f"{row['place'][name]:.0f}")
        ]
        share = f"{row['accounts']} ({100 * row['share']:g} %)"
        named = f"{100 * row['named']:.0f} %, and {row['others_named']:.1f} others"
        lines.append(f"| {row['way']} | {row['kind']} | {share} | {' | '.join(cells)} | {named} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
