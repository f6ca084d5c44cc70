"""An explanation → its proof: delete the evidence, score everything again, and see what was foretold."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kgrec.domain import Receipt, RowPath
from kgrec.explain.asker import Asker, rank_of


def receipt(asker: Asker, item_row: int, listed: Sequence[RowPath]) -> Receipt:
    """What becomes of an item without the things its listed paths start from, and with nothing but those paths.

    What is left out keeps its place in time, so that the paths from everything else add what they added before.
    """
    shown = frozenset(path.hops[0].tail for path in listed)
    prior, evidence = float(asker.prior[item_row]), asker.evidence(shown)
    kept = asker.terms.contribution[(asker.terms.item == item_row) & ~evidence.terms]
    without = evidence.without
    alone = evidence.alone.astype(np.float32)
    alone[item_row] = prior + math.fsum(path.contribution for path in listed)
    return Receipt(
        removed=evidence.removed,
        score_without=float(without.scores[item_row]),
        rank_without=without.rank(item_row),
        predicted_without=prior + math.fsum(kept),
        sufficient_rank=rank_of(alone, item_row, asker.out),
    )
