"""A shop small enough to answer by thought.

ana --bought twice--> rose cream --brand--> Lavera <--brand-- rose oil        age band: 25-34 describes ana
ana --viewed--> clay mask --brand--> Weleda                                   city: Köln describes ben
ben --rated 5, then 2--> clay mask;  ben --returned--> rose oil;  cleo has done nothing
cream is in Skin > Face, oil in Skin; cream goes with mask and with a brush that is not in the catalogue
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kgrec.domain import EVENTS, Dataset, Facts, IdMap, Interactions, ValidationReport
from kgrec.graph.vocabulary import KG, Namer

NAMER = Namer("https://toy.example/", key=b"toy")

FACTS = [
    ("cream", "has_brand", "Lavera"),
    ("cream", "has_category", "Skin > Face"),
    ("cream", "compatible_with", "mask"),
    ("cream", "compatible_with", "brush"),
    ("cream", "compatible_with", "cream"),
    ("oil", "has_brand", "Lavera"),
    ("oil", "has_category", "Skin"),
    ("oil", "has_colour", "red"),
    ("mask", "has_brand", "Weleda"),
    ("mask", "has_material", "clay"),
    ("mask", "has_attribute", "season: winter"),
    ("mask", "compatible_with", "cream"),
]

EVENTS_DONE = [
    ("ana", "cream", "buy", 1.0, 100),
    ("ben", "mask", "rate", 5.0, 110),
    ("ana", "cream", "buy", 2.0, 120),
    ("ana", "mask", "view", 1.0, 130),
    ("ben", "mask", "rate", 2.0, 140),
    ("ben", "oil", "return", 1.0, 150),
]


def toy_shop(**changes: Any) -> Dataset:
    """The shop; `changes` replaces columns of the items table or whole parts."""
    users, items = IdMap("user", ["ana", "ben", "cleo"]), IdMap("item", ["cream", "oil", "mask"])
    facts = changes.get("facts", FACTS)
    table = pd.DataFrame(
        {
            "title": pd.Series(changes.get("title", ["Rose Cream", "Rose Oil", ""]), dtype=object),
            "title_zh": pd.Series(changes.get("title_zh", ["玫瑰面霜", "", "泥面膜"]), dtype=object),
            "price": changes.get("price", [9.5, np.nan, 0.0]),
            "image": changes.get("image", ["cream.jpg", "", "https://toy.example/mask.jpg"]),
        }
    )
    done = changes.get("events", EVENTS_DONE)
    interactions = Interactions(
        user=users.rows(event[0] for event in done),
        item=items.rows(event[1] for event in done),
        event=np.array([EVENTS.index(event[2]) for event in done], dtype=np.int64),
        weight=np.array([event[3] for event in done], dtype=np.float32),
        time=np.array([event[4] for event in done], dtype=np.int64),
        line=np.arange(2, 2 + len(done)),
        clock=changes.get("clock", "seconds"),
    )
    return Dataset(
        users=users,
        items=items,
        interactions=interactions,
        item_table=table,
        user_table=pd.DataFrame({"age_band": ["25-34", "", ""], "city": ["", "Köln", ""]}),
        facts=Facts(
            item=items.rows(fact[0] for fact in facts),
            relation=np.array([fact[1] for fact in facts], dtype=object),
            value=np.array([fact[2] for fact in facts], dtype=object),
            line=np.arange(2, 2 + len(facts)),
        ),
        reviews=pd.DataFrame(columns=["user_id", "item_id", "rating", "text", "lang", "datetime"]),
        report=ValidationReport(files={"interactions": "orders.csv", "items": "items.csv"}),
    )


def triples(graph: Any) -> set[tuple[str, str, str]]:
    """All edges as (IRI, relation IRI, IRI)."""
    names = np.array([relation.iri for relation in graph.relations], dtype=object)
    return set(zip(graph.iris[graph.head], names[graph.relation], graph.iris[graph.tail], strict=True))


def iri(kind: str, name: str) -> str:
    """The IRI of a thing of the toy shop."""
    if kind in ("item", "user"):
        return getattr(NAMER, kind)(name)
    return NAMER.entity(kind, name)


def term(local_name: str) -> str:
    return KG + local_name
