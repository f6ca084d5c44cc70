"""How the clicks of somebody new take over from what everybody and their segments choose, and what rules cost.

python benchmarks/newcomers.py SHOP [--users 60] [--seed 0]: a workspace that is built and trained. Of users who have
done at least five things, the first 0, 1, 2, 3 and 5 of them are given as the session of somebody of whom only the
segments are known. For each length: the part of the ten best items' scores that is prior or comes from segments, and
how many of the ten were there one step before. Then lists of ten for the same users without rules and with some, in
milliseconds of processor time each. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kgrec.domain import RelationKind
from kgrec.guide import Context, Guide, SessionEvent
from kgrec.rules import About, Audience, Quota, Rule, RuleSet
from kgrec.serving import open_guide

LENGTHS = (0, 1, 2, 3, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--users", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    guide = open_guide(given.shop)
    random = np.random.default_rng(given.seed)
    users = random.permutation(len(guide.dataset.users))
    told = {
        "load_average": os.getloadavg()[0],
        "takeover": {event: takeover(guide, users, given.users, event) for event in ("view", "buy")},
        "rules_ms": rules(guide, [str(guide.dataset.users.ids[row]) for row in users[: 4 * given.users]]),
    }
    print(json.dumps(told, indent=2))


def takeover(guide: Guide, users: np.ndarray, most: int, event: str) -> list[dict[str, Any]]:
    known, found = guide.dataset.interactions, {n: [] for n in LENGTHS}
    done = 0
    for user in users:
        items = guide.dataset.items.ids[known.item[known.user == user][: LENGTHS[-1]]]
        context = Context(guide.user(str(guide.dataset.users.ids[user])).segments)
        if len(items) < LENGTHS[-1] or not context.segments:
            continue
        done, before = done + 1, None
        for n in LENGTHS:
            session = [SessionEvent(str(item_id), event) for item_id in items[:n]]
            asker = guide.asker(session=session, context=context)
            best, terms = asker.best(10), asker.terms
            kinds = [guide.graph.relations[hop.relation].kind for hop in terms.hops]
            groups = terms.by_slot[[kind == RelationKind.SEGMENT for kind in kinds]][:, best].sum()
            score = asker.scores[best].sum()
            kept = float("nan") if before is None else len(np.intersect1d(before, best))
            found[n].append((asker.prior[best].sum() / score, groups / score, kept))
            before = best
        if done == most:
            break
    return [
        {
            "clicks": n,
            "users": len(rows),
            "prior": round(float(prior), 3),
            "segments": round(float(segments), 3),
        }
        | ({} if n == 0 else {"of_ten_kept": round(float(kept), 1)})
        for n, rows in found.items()
        if rows  # a shop without segments has none
        for prior, segments, kept in [np.mean(rows, axis=0)]
    ]


def rules(guide: Guide, user_ids: list[str]) -> dict[str, dict[str, float]]:
    """Milliseconds of processor time for ten items, without explanations."""
    relation = guide.graph.names(RelationKind.ATTRIBUTE)[0]
    tails, counts = np.unique(guide.graph.tail[guide.graph.edges_of(relation)], return_counts=True)
    labels = [guide.graph.label(int(row)) for row in tails[np.argsort(-counts)][:30]]

    def about(place: int) -> About:
        return About((), ((relation, (labels[place % len(labels)],)),))

    factors = [Rule(f"factor {n}", "boost", about(n), factor=1.5) for n in range(10)]
    pin = Rule("pin", "pin", About((str(guide.dataset.items.ids[0]),)), place=3)
    quota = Rule("quota", "boost", about(11), quota=Quota(1, 3))
    offer = Rule("offer", "complement", about(12), offer=about(13))
    many = [
        Rule(f"many {n}", "boost", about(n), factor=1.1, audience=Audience(new=False, bought=about(n + 7)))
        for n in range(200)
    ]
    kinds = {
        "none": [],
        "10 boosts": factors,
        "10 boosts, a pin, a quota": [*factors, pin, quota],
        "a complement": [offer],
        "200 with audiences": many,
    }
    guides = {name: guide.under(RuleSet(tuple(some))) for name, some in kinds.items()}
    taken: dict[str, list[float]] = {name: [] for name in guides}
    for under in guides.values():
        under.recommend_for(user_ids[0])  # finds the rules in the graph
    for _ in range(3):  # in turns, so that what else runs here bears on all alike
        for name, under in guides.items():
            for user_id in user_ids:
                began = time.thread_time()
                under.recommend_for(user_id)
                taken[name].append(1000 * (time.thread_time() - began))
    return {
        name: {"p50": round(float(np.median(some)), 2), "p99": round(float(np.percentile(some, 99)), 2)}
        for name, some in taken.items()
    }


if __name__ == "__main__":
    main()
