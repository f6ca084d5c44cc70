"""A split and the graph built from its train part → what of the test part could be known already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp

from kgrec.domain import EVENT_RELATIONS, Interactions, KnowledgeGraph, RelationKind
from kgrec.evaluation.splits import Split, choices

CRAWLED = ("also_bought", "also_viewed", "bought_together")
"""Links a catalogue collected from other shoppers; they may reflect test purchases: figures come without too."""

MUST_BE_0 = (
    "test_pairs_chosen_in_train",
    "duplicate_test_pairs",
    "edges_of_test_pairs_only",
    "behaviour_edges_of_unseen_items",
)
"""What has to be 0 for figures to be worth anything."""

_DERIVED = (RelationKind.SEQUENCE, RelationKind.TOGETHER, RelationKind.POPULARITY)


def leaks(split: Split, graph: KnowledgeGraph) -> dict[str, Any]:
    """What a sceptic asks first. Those in `MUST_BE_0` should be; the others say what the figures rest on.

    `behaviour_edges_of_unseen_items` counts edges derived from what people did that touch an item nobody in train has
    done anything with; `test_pairs_met_before` those whose user has, say, viewed the item before; `crawled_links`,
    per crawled relation, those whose item it links to a train item of the user.
    """
    n_items = len(graph.items)
    train, test = _pairs(split.train, n_items), _pairs(split.test, n_items)
    chosen = train[choices(split.train)]
    events = np.isin(graph.relation, [graph.relation_row(name) for name in EVENT_RELATIONS])
    edges = graph.user_row_of[graph.head[events]] * n_items + graph.item_row_of[graph.tail[events]]
    moments = np.stack([train, split.train.event, split.train.time])
    return {
        "test_pairs_chosen_in_train": int(np.isin(test, chosen).sum()),
        "duplicate_test_pairs": len(test) - len(np.unique(test)),
        "edges_of_test_pairs_only": int(np.isin(edges, np.setdiff1d(test, train)).sum()),
        "behaviour_edges_of_unseen_items": _derived_from_elsewhere(split.train, graph),
        "test_pairs_met_before": int(np.isin(test, _pairs(split.history, n_items)).sum()),
        "duplicate_train_events": len(train) - np.unique(moments, axis=1).shape[1],
        "test_items_never_in_train": len(np.setdiff1d(split.test.item, split.train.item)),
        "test_pairs_of_such_items": int((~np.isin(split.test.item, split.train.item)).sum()),
        "test_users_without_history": len(np.setdiff1d(split.test.user, split.train.user)),
        "crawled_links": {
            name: _linked_pairs(split, graph, name) for name in CRAWLED if graph.has_edges(name)
        },
    }


def clean(found: Mapping[str, Any]) -> bool:
    """Whether all is 0 that has to be."""
    return not any(found[name] for name in MUST_BE_0)


def sentence(found: dict[str, Any]) -> str:
    """The leak check in one line, which begins with whether anything is wrong."""
    verdict = "clean" if clean(found) else "NOT CLEAN, training knows of the test part"
    plain = {name: count for name, count in found.items() if name != "crawled_links"}
    crawled = {f"test pairs linked by {name}": count for name, count in found["crawled_links"].items()}
    told = [f"{name.replace('_', ' ')} {count:,}" for name, count in (plain | crawled).items()]
    return f"leak check: {verdict}: " + ", ".join(told)


def _derived_from_elsewhere(train: Interactions, graph: KnowledgeGraph) -> int:
    """How many edges derived from interactions touch an item that is in none of the train part."""
    unseen = np.zeros(len(graph.iris), dtype=bool)
    unseen[graph.items] = True
    unseen[graph.items[train.item]] = False
    derived = np.array([relation.kind in _DERIVED for relation in graph.relations])[graph.relation]
    return int((unseen[graph.head[derived]] | unseen[graph.tail[derived]]).sum())


def _pairs(part: Interactions, n_items: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return part.user * n_items + part.item


def _linked_pairs(split: Split, graph: KnowledgeGraph, relation: str) -> int:
    """Test pairs (user, item) of which the relation joins the item to something the user has in train."""
    where = graph.edges_of(relation)
    head, tail = graph.item_row_of[graph.head[where]], graph.item_row_of[graph.tail[where]]
    listed = (head >= 0) & (tail >= 0)  # a link may lead to an item that the shop does not sell
    ends = np.concatenate([head[listed], tail[listed]]), np.concatenate([tail[listed], head[listed]])
    n_users, n_items = len(graph.users), len(graph.items)
    joined = sp.csr_array((np.ones(len(ends[0])), ends), shape=(n_items, n_items))
    train = split.train
    had = sp.csr_array((np.ones(len(train)), (train.user, train.item)), shape=(n_users, n_items))
    both = had[split.test.user].multiply(joined[split.test.item])  # (T, I)
    return int((np.asarray(both.sum(axis=1)).ravel() > 0).sum())
