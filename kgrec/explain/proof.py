"""An explanation → its receipt in words: what was left out of account, by name, and where the item would be then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kgrec.answers import Known
from kgrec.domain import Explanation
from kgrec.explain.ledger import ledger
from kgrec.explain.wording.verdicts import Verdicts


@dataclass(frozen=True)
class Proof:
    """A receipt as it is read."""

    things: tuple[Known, ...]  # that were left out of account: what the listed paths start from
    without: str  # what becomes of the item without them, a sentence
    alone: str  # where the listed paths alone would put it, a sentence; "" where it has no place


def proof(found: Explanation, things: Sequence[Known], words: Verdicts) -> Proof | None:
    """The receipt of an explanation; None if it has none, or if nothing is known that could be left out."""
    receipt = found.receipt
    if receipt is None or not (receipt.removed and things):
        return None
    sources, place = words.evidence(things), receipt.rank_without
    if place is None:
        score = ledger(found).figure(receipt.score_without)
        without = words.receipt["score"].format(sources=sources, score=score)
    else:
        stays = "stays" if place == found.rank else "moves"
        without = words.receipt[stays].format(sources=sources, rank=place)
    alone = receipt.sufficient_rank
    return Proof(tuple(things), without, "" if alone is None else words.receipt["alone"].format(rank=alone))
