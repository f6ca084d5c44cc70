"""A trained workspace → how far network, compiled operators and paths agree, and whether every hop is stored.

python benchmarks/three_views.py SHOP [--pairs 200]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from kgrec.serving import open_guide


def main() -> None:
    """Print the largest relative differences over random pairs, half of them recommended ones."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shop", type=Path)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    guide = open_guide(asked.shop)
    random = np.random.default_rng(asked.seed)
    n_users = asked.pairs // 4
    users = random.choice(len(guide.graph.users), n_users, replace=False)
    network = guide.model.network_score(guide.graph, users)
    compiled = guide.model.score(guide.graph, users)
    views = float(np.max(np.abs(network - compiled) / np.maximum(compiled, 1e-12)))
    worst, hops, missing, took = 0.0, 0, 0, []
    for place, user_row in enumerate(users):
        best = np.argsort(-compiled[place])[:2]
        for item_row in [*best, *random.choice(len(guide.graph.items), 2)]:
            began = time.perf_counter()
            user_id = str(guide.dataset.users.ids[user_row])
            told = guide.explain(user_id, str(guide.dataset.items.ids[item_row]), paths=20)
            took.append(time.perf_counter() - began)
            total = told.prior + sum(path.contribution for path in told.paths) + told.remainder.contribution
            worst = max(worst, abs(total - told.score) / max(told.score, 1e-12))
            for hop in (hop for path in told.paths for hop in path.hops):
                hops += 1
                triple = f"<{hop.subject}> <{hop.relation}> <{hop.object}>"
                missing += not guide.query(f"ASK {{ {triple} }}").boolean
    print(
        json.dumps(
            {
                "pairs": 4 * n_users,
                "network_vs_compiled": views,
                "paths_vs_compiled": worst,
                "hops": hops,
                "hops_not_in_store": missing,
                "explain_ms": {
                    "p50": 1000 * float(np.median(took)),
                    "p99": 1000 * float(np.quantile(took, 0.99)),
                },
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
