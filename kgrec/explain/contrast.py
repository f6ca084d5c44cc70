"""Two items for somebody → why one rather than the other, as the difference of two sums."""

from __future__ import annotations

from kgrec.answers import Contrast
from kgrec.domain import Explanation
from kgrec.explain.asker import Asker
from kgrec.explain.balance import balance, by_known, by_way, main_part, things
from kgrec.explain.teller import Teller

MOST_PARTS = 10  # of the difference, listed


def contrast(
    asker: Asker, item_rows: tuple[int, int], explanations: tuple[Explanation, Explanation], teller: Teller
) -> Contrast:
    """The first item rather than the second; `explanations` are of their scores."""
    one, other = item_rows
    known = things(asker, teller)
    sums = by_known(asker, one), by_known(asker, other)
    ahead = asker.scores[one] > asker.scores[other]
    ends = (one, other) if ahead else (other, one)
    names = {name: teller.name(asker, row) for name, row in zip(("one", "other"), ends, strict=True)}
    words = teller.verdicts
    main = main_part(*sums, known, more=bool(ahead))
    if main is None or asker.scores[one] == asker.scores[other]:
        text = words.contrast["tie"].format(**names)
    elif main.known is None:
        text = words.contrast["everybody"].format(**names)
    else:
        text = words.contrast["known"].format(source=words.source(main.known), **names)
    return Contrast(
        user_id=teller.user_id,
        lang=teller.lang,
        one=explanations[0],
        other=explanations[1],
        by_known=balance(*sums, known, MOST_PARTS),
        by_way=balance(by_way(asker, one), by_way(asker, other), known, MOST_PARTS),
        text=text,
    )
