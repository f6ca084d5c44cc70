"""An item → what could stand in its place, and what is had beside it, each by a path from the one to the other."""

from __future__ import annotations

from kgrec.browsing.amounts import amount, best, notable
from kgrec.browsing.telling import Shown, Telling
from kgrec.browsing.ways import DESCRIBED, SAID, alike_ways, joining_ways, of_kinds
from kgrec.domain import Accountable, Float64Array


def similar(telling: Telling, item_row: int, k: int) -> tuple[Shown, ...]:
    """What could stand in the place of an item, told to a visitor who has chosen that one item.

    Items are in the order of the part of their score that is over ways of likeness; of a model that cannot take scores
    apart, in the order of all of it, without a reason. What is said to go with the item more than it is like it is left
    out.
    """
    asker = telling.asker
    if not isinstance(asker.model, Accountable):
        rows = [row for row in asker.by_score(k + 1).tolist() if row != item_row][:k]
        return tuple(Shown(telling.items(row), float(asker.scores[row]), "", 0.0) for row in rows)
    graph = telling.whole
    ways = alike_ways(asker.terms.ways, graph)
    alike = amount(asker, ways)
    alike[alike <= amount(asker, of_kinds(joining_ways(asker.terms.ways, graph), SAID, graph))] = 0.0
    return _related(telling, item_row, ways, alike, k, telling.words.alike)


def complements(telling: Telling, item_row: int, k: int) -> tuple[Shown, ...]:
    """What is had beside an item: offered with it by the shop, said to go with it, or chosen after it.

    What is more like it than it goes with it is left out. Nothing of a model that cannot take scores apart.
    """
    asker, graph = telling.asker, telling.whole
    if not isinstance(asker.model, Accountable):
        return ()
    ways = joining_ways(asker.terms.ways, graph)
    joined = amount(asker, ways)
    described = of_kinds(alike_ways(asker.terms.ways, graph), DESCRIBED, graph)
    joined[joined <= amount(asker, described)] = 0.0
    return _related(telling, item_row, ways, notable(joined), k, telling.words.together)


def _related(
    telling: Telling, item_row: int, ways: frozenset[str], amounts: Float64Array, k: int, unnamed: str
) -> tuple[Shown, ...]:
    asker = telling.asker
    amounts[[*asker.out.tolist(), item_row]] = 0.0
    rows = best(amounts, k)
    source = int(telling.whole.items[item_row])
    return tuple(
        telling.from_item(row, float(amounts[row]), path, source, unnamed)
        for row, path in zip(rows.tolist(), asker.largest(rows, ways), strict=True)
        if path is not None
    )
