"""Which relations a graph has → the metapaths that are worth an operator each.

A metapath is a sequence of legs from item to item. A leg walks a relation forward, backward, or there and back
over an entity that two items share. "any_attribute" is the leg over every attribute relation at once.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from kgrec.domain import Form, RelationKind

ANY_ATTRIBUTE = "any_attribute"
POPULARITY = "often_chooses"


class Leg(NamedTuple):
    """One or two hops between items."""

    relation: str
    form: Form = "forward"

    def __str__(self) -> str:
        return {"forward": "{0}", "inverse": "{0}⁻¹", "shared": "{0}·{0}⁻¹"}[self.form].format(self.relation)


Legs = tuple[Leg, ...]


def metapath_name(legs: Legs) -> str:
    """How a metapath is written in configurations and manifests: "followed_by → has_brand·has_brand⁻¹"."""
    return " → ".join(map(str, legs))


def metapaths(kinds: dict[str, RelationKind], symmetric: Collection[str] = ()) -> list[Legs]:
    """All metapaths between items for the relations present: single legs, then pairs of the strongest legs."""

    def of(*wanted: RelationKind) -> list[str]:
        return [name for name, kind in kinds.items() if kind in wanted]

    sequences = of(RelationKind.SEQUENCE)
    together = of(RelationKind.TOGETHER, RelationKind.CONTENT)
    attributes, links = of(RelationKind.ATTRIBUTE), of(RelationKind.LINK)
    found: list[Legs] = [(Leg(name),) for name in sequences]
    found += [(Leg(name, "inverse"),) for name in sequences]
    found += [(Leg(name),) for name in together]
    found += [(Leg(name, "shared"),) for name in attributes]
    for name in links:
        found.append((Leg(name),))
        if name not in symmetric:  # backwards is the same there, and which end is shared is chance
            found += [(Leg(name, "inverse"),), (Leg(name, "shared"),)]
    return found + _pairs(kinds, bool(attributes), links)


def _pairs(kinds: dict[str, RelationKind], attributes: bool, links: list[str]) -> list[Legs]:
    step = [Leg("followed_by")] if "followed_by" in kinds else []
    back = [Leg("followed_by", "inverse")] if step else []
    together = [Leg("shares_buyers")] if "shares_buyers" in kinds else []
    content = [Leg(name) for name, kind in kinds.items() if kind == RelationKind.CONTENT]
    alike = [Leg(ANY_ATTRIBUTE, "shared")] if attributes else []
    link = [Leg(name) for name in links]
    pairs: list[tuple[list[Leg], list[Leg]]] = [
        (step, step),
        (step, back),
        (back, step),
        (alike, step),
        (together, step),
        (together, together),
        (alike, together),
        (content, step),
        (content, together),
        (step, content),
        (together, content),
        (link, together),
        (together, link),
    ]
    if not step:  # without an order, what the catalogue links and shares has to carry more
        pairs += [(together, alike), (link, link)]
    return [(first, second) for firsts, seconds in pairs for first in firsts for second in seconds]
