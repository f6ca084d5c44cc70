"""Who looks at a shop's pages → rows of items, and what goes with an item: each with the path that is its reason.

The order within a row is that of scores, or of the part of a score that the row is about, and a reason is one of the
paths that make it up. `rows` makes those of a first page and `beside` what goes with an item. Both choose by `amounts`,
over `ways` of a kind, and tell what they have chosen by `telling`.
"""

from kgrec.browsing.beside import complements, similar
from kgrec.browsing.rows import FEWEST, NEW_FOR, Row, RowName, Shop, rows
from kgrec.browsing.telling import Crowd, Shown, Telling
from kgrec.browsing.ways import alike_ways, joining_ways

__all__ = [
    "FEWEST",
    "NEW_FOR",
    "Crowd",
    "Row",
    "RowName",
    "Shop",
    "Shown",
    "Telling",
    "alike_ways",
    "complements",
    "joining_ways",
    "rows",
    "similar",
]
