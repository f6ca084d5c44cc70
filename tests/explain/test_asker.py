"""What an asker looks up or adds up quickly is what a slow look at everything finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgrec.domain import RelationKind
from kgrec.explain.asker import rank_of
from kgrec.guide import SessionEvent


@given(st.data())
def test_a_rank_is_one_more_than_the_items_ahead(data):
    scores = np.array(data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=12)), np.float32)
    rows = st.integers(0, len(scores) - 1)
    taken = np.array(data.draw(st.lists(rows, max_size=6)), np.int64)  # the same twice, too
    item = data.draw(rows)
    ahead = [
        row
        for row in range(len(scores))
        if row not in taken and (scores[row] > scores[item] or (scores[row] == scores[item] and row < item))
    ]
    assert rank_of(scores, item, taken) == (None if item in taken else len(ahead) + 1)


@pytest.mark.parametrize("kinds", [(RelationKind.EVENT, RelationKind.SEGMENT), (RelationKind.ATTRIBUTE,), ()])
def test_the_edges_that_leave_an_entity_are_those_that_a_scan_finds(parity_guide, kinds):
    graph = parity_guide.graph
    of_kind = np.array([relation.kind in kinds for relation in graph.relations])[graph.relation]
    for entity in range(len(graph.iris)):
        wanted = np.flatnonzero(of_kind & (graph.head == entity))
        assert graph.edges_from(entity, *kinds).tolist() == wanted.tolist()


def test_what_evidence_adds_alone_is_what_scoring_nothing_else_gives(parity_guide):
    for user_id in ("u0", "u1", "u7"):
        asker = parity_guide.asker(user_id)
        for tails in ({int(asker.own.tail[0])}, set(map(int, asker.own.tail[:3])), set()):
            evidence = asker.evidence(frozenset(tails))
            alone = asker.without(sorted(tails), keep=True).scores
            np.testing.assert_allclose(evidence.alone, alone, rtol=1e-5)
            assert evidence.removed == int(np.isin(asker.own.tail, sorted(tails)).sum())


def test_graphs_with_other_edges_know_the_same_entities(parity_guide):
    graph = parity_guide.graph
    for other in (graph.only(np.arange(3)), graph.muted(np.arange(3)), graph.without(np.arange(3))):
        assert other.item_row_of.tolist() == graph.item_row_of.tolist()
        assert other.names(RelationKind.EVENT) == [
            relation.name
            for relation in graph.relations
            if relation.kind == RelationKind.EVENT and other.has_edges(relation.name)
        ]


def test_visitors_do_not_see_each_other(parity_guide):
    one, other = (
        parity_guide.recommend_for(session=[SessionEvent(item, "buy")], k=5) for item in ("i0", "i1")
    )
    assert one != other
    assert parity_guide.recommend_for(session=[SessionEvent("i0", "buy")], k=5) == one
    assert len(parity_guide.graph.users) == 60  # nobody was added to the shop
