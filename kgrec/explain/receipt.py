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
    shown = np.unique([path.hops[0].tail for path in listed]).astype(np.int64)
    prior = float(asker.prior[item_row])
    by_slot = asker.terms.by_slot
    kept = [
        float(by_slot[slot, item_row]) for slot, hop in enumerate(asker.terms.hops) if hop.tail not in shown
    ]
    without = asker.without(shown)
    alone = asker.without(shown, keep=True).scores.copy()
    alone[item_row] = prior + math.fsum(path.contribution for path in listed)
    return Receipt(
        removed=int(np.isin(asker.own.tail, shown).sum()),
        score_without=float(without.scores[item_row]),
        rank_without=without.rank(item_row),
        predicted_without=prior + math.fsum(kept),
        sufficient_rank=rank_of(alone, item_row, asker.taken),
    )
