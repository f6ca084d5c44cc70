"""An explanation → what is to be said beside its figures: the receipt, and what the user has asked for."""

from __future__ import annotations

from kgrec.domain import Explanation, Receipt, plain
from kgrec.explain.ledger import Ledger, ledger
from kgrec.explain.wording.captions import Captions, captions, count
from kgrec.explain.wording.rules import rule_remarks


def remarks(explanation: Explanation) -> list[str]:
    """One sentence each, as plain text."""
    words = captions(explanation.lang)
    said = [
        words.wishes[wish.asked].format(label=plain(wish.label), factor=wish.factor)
        for wish in explanation.wishes
    ]
    said += rule_remarks(explanation)
    if explanation.receipt is not None and explanation.receipt.removed:
        said += _proof(explanation.receipt, words, ledger(explanation))
    return said


def _proof(receipt: Receipt, words: Captions, sums: Ledger) -> list[str]:
    place = words.place_short.format(rank=receipt.rank_without) if receipt.rank_without else ""
    proof = count(
        words.receipt,
        receipt.removed,
        score=sums.figure(receipt.score_without),
        foretold=sums.figure(receipt.predicted_without),
        place=place,
    )
    alone = [words.alone.format(rank=receipt.sufficient_rank)] if receipt.sufficient_rank else []
    return [proof, *alone]
