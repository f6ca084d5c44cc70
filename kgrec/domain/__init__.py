"""The words everybody speaks: tables in, a knowledge graph, paths, explanations out.

Shape letters, used in every docstring of the project: U users, I items, V entities, R relations, E edges,
N interactions, F facts, B users in a batch. *Ids* are the shop's own keys (strings); *rows* are positions in
arrays (integers); *labels* are what a person reads. A variable's name says which it holds.

    arrays          the types of arrays
    ids             IdMap: ids ↔ rows; what may be an id, what may be shown
    interactions    Interactions, and the kinds of event
    dataset         Dataset: the checked tables that a source delivers, and the report on them
    relations       Relation, RelationKind, Edges
    graph           KnowledgeGraph: a dataset as arrays of entities and edges
    paths           RowPath, Terms, Metapath: what models return, in rows
    wishes          Wish: what users ask of their recommendations
    explanations    Recommendation, Explanation, Path, Hop: what a person is told
    recommender     Recommender: what a model must be able to do, and what some can do besides

Each module imports only those above it; everybody else imports from `kgrec.domain`.
"""

from __future__ import annotations

from kgrec.domain.arrays import BoolArray, Float64Array, FloatArray, IntArray, ObjectArray
from kgrec.domain.dataset import Dataset, Datatype, Dropped, Facts, Idiom, LeftOut, Property, ValidationReport
from kgrec.domain.explanations import (
    Explanation,
    Hop,
    Out,
    Path,
    Receipt,
    Recommendation,
    Remainder,
    Ruled,
    RuleDo,
)
from kgrec.domain.graph import NEVER, VISITOR, KnowledgeGraph
from kgrec.domain.ids import ID_FAULTS, MAX_ID_CHARACTERS, IdMap, plain
from kgrec.domain.interactions import CHOICES, EVENT_RELATIONS, EVENTS, LOG, REJECTIONS, Clock, Interactions
from kgrec.domain.paths import SOMEBODY, Arrivals, Form, Metapath, Reasons, RowHop, RowPath, Terms, legs_of
from kgrec.domain.recommender import (
    Accountable,
    Collective,
    Leading,
    Movable,
    NoConfig,
    Progress,
    RatingPredictor,
    Recommender,
    Tracing,
)
from kgrec.domain.relations import Edges, Relation, RelationKind
from kgrec.domain.wishes import ABOUT_ITEMS, Asked, Granted, Wish

__all__ = [
    "ABOUT_ITEMS",
    "CHOICES",
    "EVENTS",
    "EVENT_RELATIONS",
    "ID_FAULTS",
    "LOG",
    "MAX_ID_CHARACTERS",
    "NEVER",
    "REJECTIONS",
    "SOMEBODY",
    "VISITOR",
    "Accountable",
    "Arrivals",
    "Asked",
    "BoolArray",
    "Clock",
    "Collective",
    "Dataset",
    "Datatype",
    "Dropped",
    "Edges",
    "Explanation",
    "Facts",
    "Float64Array",
    "FloatArray",
    "Form",
    "Granted",
    "Hop",
    "IdMap",
    "Idiom",
    "IntArray",
    "Interactions",
    "KnowledgeGraph",
    "Leading",
    "LeftOut",
    "Metapath",
    "Movable",
    "NoConfig",
    "ObjectArray",
    "Out",
    "Path",
    "Progress",
    "Property",
    "RatingPredictor",
    "Reasons",
    "Receipt",
    "Recommendation",
    "Recommender",
    "Relation",
    "RelationKind",
    "Remainder",
    "RowHop",
    "RowPath",
    "RuleDo",
    "Ruled",
    "Terms",
    "Tracing",
    "ValidationReport",
    "Wish",
    "legs_of",
    "plain",
]
