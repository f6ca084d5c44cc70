"""What holds for any shop and any training: sums, receipts and suppositions against paths counted out by hand."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import CountedOut, random_guide

from kgrec.domain import Edges, RelationKind
from kgrec.explain.asker import rank_of
from kgrec.explain.counterfactual import smallest_removal
from kgrec.guide import Guide, SessionEvent

seeds = st.integers(0, 10_000)
few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def someone(guide: Guide, seed: int) -> tuple[int, int]:
    """A user row and an item row."""
    random = np.random.default_rng(seed)
    return int(random.integers(len(guide.graph.users))), int(random.integers(len(guide.graph.items)))


def about(value: float) -> object:
    return pytest.approx(value, rel=2e-5, abs=1e-9)


@few
@given(seed=seeds, ordered=st.booleans())
def test_a_score_is_the_prior_and_all_paths_and_the_prior_and_all_terms(seed, ordered):
    guide = random_guide(seed, ordered=ordered)
    counted, (user, _) = CountedOut(guide), someone(guide, seed)
    scores = guide.model.score(guide.graph, np.array([user]))[0]
    by_slot = guide.model.terms(guide.graph, user).by_slot.sum(axis=0)
    for item, score in enumerate(scores):
        prior = counted.prior(user, item)
        assert prior + sum(counted.paths(user, item)) == about(score)
        assert prior + by_slot[item] == about(score)


@few
@given(seed=seeds, most=st.integers(0, 6))
def test_reasons_are_the_first_of_all_paths_and_the_sum_and_number_of_the_others(seed, most):
    guide = random_guide(seed)
    counted, (user, _) = CountedOut(guide), someone(guide, seed)
    items = np.arange(len(guide.graph.items))
    for item, reasons in zip(items, guide.model.reasons(guide.graph, user, items, most), strict=True):
        paths = counted.paths(user, int(item))
        assert [path.contribution for path in reasons.paths] == about(paths[:most])
        assert reasons.n_rest == len(paths[most:])
        assert reasons.rest == about(sum(paths[most:]))


@few
@given(seed=seeds, listed=st.integers(0, 4))
def test_a_receipt_foretells_the_score_without_the_evidence(seed, listed):
    guide = random_guide(seed)
    user, item = someone(guide, seed)
    ids = str(guide.dataset.users.ids[user]), str(guide.dataset.items.ids[item])
    proof = guide.explain(*ids, paths=listed).receipt
    assert proof is not None
    assert proof.predicted_without == pytest.approx(proof.score_without, rel=1e-5, abs=1e-9)


@few
@given(seed=seeds)
def test_what_is_muted_takes_its_paths_along_and_no_others(seed):
    guide = random_guide(seed)
    counted, (user, item) = CountedOut(guide), someone(guide, seed)
    asker = guide.asker(str(guide.dataset.users.ids[user]))
    for hop in asker.terms.hops:
        rest = asker.without([hop.tail])
        kept = [
            path.contribution
            for path in guide.model.paths(guide.graph, user, item)
            if path.hops[0].tail != hop.tail
        ]
        assert counted.prior(user, item) + sum(kept) == about(float(rest.scores[item]))


@few
@given(seed=seeds, ordered=st.booleans())
def test_what_if_something_were_gone_is_the_shop_without_it(seed, ordered):
    guide = random_guide(seed, ordered=ordered)
    user, _ = someone(guide, seed)
    user_id, graph = str(guide.dataset.users.ids[user]), guide.graph
    done = guide.history(user_id)
    if not done:
        return
    gone = done[seed % len(done)].item.item_id
    found = guide.what_if(user_id, remove=[gone], k=4)
    mine = graph.edges_from(int(graph.users[user]), RelationKind.EVENT)
    entity = graph.items[guide.dataset.items.row(gone)]
    counted = CountedOut(guide, graph.without(mine[graph.tail[mine] == entity]))
    counted.chosen_by = CountedOut(guide).chosen_by  # operators are of the shop as it was compiled
    assert_after(found, counted, guide, user)
    taken = {entry.item.item_id for entry in done if entry.event not in ("view", "cart")}
    assert not {one.item_id for one in found.after} & (taken - {gone})


@few
@given(seed=seeds, event=st.sampled_from(["buy", "view", "return"]))
def test_what_if_something_were_done_now_is_the_shop_with_it(seed, event):
    guide = random_guide(seed)
    user, item = someone(guide, seed)
    user_id, item_id = str(guide.dataset.users.ids[user]), str(guide.dataset.items.ids[item])
    found = guide.what_if(user_id, add=[SessionEvent(item_id, event)], k=4)
    known = guide.dataset.interactions
    now = known.select(np.array([len(known) - 1]))
    now = replace(
        now,
        user=np.array([user]),
        item=np.array([item]),
        event=np.array([("view", "cart", "buy", "rate", "return").index(event)]),
        time=known.time[-1:] + 1,
    )
    counted = CountedOut(guide, guide.graph.with_events(now))
    counted.chosen_by = CountedOut(guide).chosen_by
    assert_after(found, counted, guide, user)
    assert event == "view" or item_id not in {one.item_id for one in found.after}


@few
@given(seed=seeds)
def test_what_if_an_item_were_of_another_brand_is_the_edited_shop_counted_anew(seed):
    guide = random_guide(seed)
    user, item = someone(guide, seed)
    graph = guide.graph
    brands = [
        str(value)
        for value in np.unique(guide.dataset.facts.value[guide.dataset.facts.relation == "has_brand"])
    ]
    brand = [*brands, ""][seed % (len(brands) + 1)]
    if not brands:
        return
    found = guide.what_if(
        str(guide.dataset.users.ids[user]),
        change={str(guide.dataset.items.ids[item]): {"has_brand": brand}},
        k=4,
    )
    where = graph.edges_of("has_brand")
    rows = where.start + np.flatnonzero(graph.head[where] == graph.items[item])
    edited = graph.without(rows)
    if brand:
        tail = next(int(t) for t in graph.tail[where] if graph.label(int(t)) == brand)
        one = np.ones(1, np.int64)
        edge = Edges("has_brand", graph.items[[item]], one * tail, np.ones(1, np.float32), one)
        edited = edited.with_edges(edge)
    counted = CountedOut(guide, edited)
    if "has_brand" not in counted.kinds:  # nobody has one any more, and its gates stand where they stood
        return
    assert_after(found, counted, guide, user)


def assert_after(found, counted: CountedOut, guide: Guide, user: int) -> None:
    """The list and the scores after are those counted out, and every change adds up."""
    for one in found.after:
        item = guide.dataset.items.row(one.item_id)
        assert counted.prior(user, item) + sum(counted.paths(user, item)) == about(one.score)
    for move in found.moves:
        listed = sum(part.difference for part in move.change.parts) + move.change.rest
        scale = max(abs(move.score_before), abs(move.score_after))
        assert listed == pytest.approx(move.score_after - move.score_before, abs=1e-5 * scale)
        assert listed == pytest.approx(move.change.total, abs=1e-12 * max(1.0, scale))


@few
@given(seed=seeds, k=st.integers(1, 3))
def test_the_smallest_removal_is_the_smallest_of_all_sets(seed, k):
    guide = random_guide(seed)
    user, _ = someone(guide, seed)
    asker = guide.asker(str(guide.dataset.users.ids[user]))
    things = [hop.tail for hop in asker.terms.hops][:8]
    asker = asker.without(things, keep=True)
    for item in asker.best(k):
        sizes = [
            size
            for size in range(1, len(things) + 1)
            for some in combinations(things, size)
            if asker.without(list(some)).rank(int(item)) > k
        ]
        found = smallest_removal(asker, int(item), k)
        assert found.possible == bool(sizes)
        assert found.at_least == min(sizes, default=None)
        assert len(found.slots) == min(sizes, default=0)
        if found.possible:
            tails = [asker.terms.hops[slot].tail for slot in found.slots]
            assert asker.without(tails).rank(int(item)) == found.rank > k


@few
@given(seed=seeds)
def test_without_time_to_search_the_set_is_still_one_that_does_and_the_bound_still_holds(seed):
    guide = random_guide(seed)
    user, _ = someone(guide, seed)
    asker = guide.asker(str(guide.dataset.users.ids[user]))
    for item in asker.best(2):
        exact, hasty = (smallest_removal(asker, int(item), 2, work) for work in (10**9, 0))
        if hasty.possible:
            tails = [asker.terms.hops[slot].tail for slot in hasty.slots]
            assert asker.without(tails).rank(int(item)) > 2
            assert hasty.at_least <= exact.at_least <= len(hasty.slots)
        elif hasty.possible is False:
            assert exact.possible is False


@few
@given(seed=seeds)
def test_the_smallest_addition_is_one_that_does_and_no_other_single_purchase_was_missed(seed):
    guide = random_guide(seed)
    user, item = someone(guide, seed)
    user_id, item_id = str(guide.dataset.users.ids[user]), str(guide.dataset.items.ids[item])
    k = 2
    found = guide.takes(user_id, item_id, k=k)
    if found.action == "remove":
        return

    def place(bought: list[str]) -> int | None:
        after = guide.what_if(user_id, add=bought, k=len(guide.graph.items)).after
        return next((one.rank for one in after if one.item_id == item_id), None)

    if found.possible:
        assert place([thing.item_id for thing in found.things]) == found.rank_after <= k
    if found.at_least == 2:
        leads = guide.model.leads(item)
        has = guide.asker(user_id).taken
        singles = [row for row in np.flatnonzero(leads > 0) if row not in has and row != item]
        assert all(place([str(guide.dataset.items.ids[row])]) > k for row in singles)


@few
@given(seed=seeds)
def test_one_purchase_is_foretold_for_somebody_of_whom_nothing_else_is_known(seed):
    guide = random_guide(seed)
    _, item = someone(guide, seed)
    leads = guide.model.leads(item)
    for source in range(len(guide.graph.items)):
        asker = guide.asker(session=[SessionEvent(str(guide.dataset.items.ids[source]), "buy")])
        assert float(asker.scores[item] - asker.prior[item]) == pytest.approx(
            float(leads[source]), rel=1e-3, abs=1e-5
        )


@few
@given(seed=seeds)
def test_a_contrast_and_a_gap_add_up_to_the_difference_of_the_scores(seed):
    guide = random_guide(seed)
    user, item = someone(guide, seed)
    ids = [str(name) for name in guide.dataset.items.ids]
    user_id, other = str(guide.dataset.users.ids[user]), ids[item - 1]
    found = guide.contrast(user_id, ids[item], other)
    gap = guide.why_not(user_id, ids[item], k=2)
    scale = max(found.one.score, found.other.score, gap.last.score if gap.last else 0.0)
    sums = [
        (found.by_known, found.one.score - found.other.score),
        (found.by_way, found.one.score - found.other.score),
    ]
    sums += [(gap.by_known, gap.gap), (gap.by_way, gap.gap)]
    for balance, difference in sums:
        total = sum(part.difference for part in balance.parts) + balance.rest
        assert total == pytest.approx(difference, abs=1e-5 * scale + 1e-9)
        assert (balance.n_rest == 0) == (balance.rest == 0)


@few
@given(seed=seeds, k=st.integers(1, 4))
def test_why_not_ranks_as_the_list_does(seed, k):
    guide = random_guide(seed)
    user, item = someone(guide, seed)
    user_id, item_id = str(guide.dataset.users.ids[user]), str(guide.dataset.items.ids[item])
    found = guide.why_not(user_id, item_id, k=k)
    places = {one.item_id: one.rank for one in guide.recommend_for(user_id, k=len(guide.graph.items))}
    assert (found.blocked is None) == (item_id in places)
    if found.blocked is None:
        assert found.rank == places[item_id]
        assert found.gap >= 0 if found.rank > k else found.gap <= 0
    else:
        taken = np.setdiff1d(guide.asker(user_id).taken, [item])
        assert found.rank == rank_of(guide.asker(user_id).scores, item, taken)


def test_a_model_on_its_own_graph_scores_the_same(parity_guide):
    users = np.arange(20)
    again = parity_guide.model.on(parity_guide.graph)
    np.testing.assert_array_equal(
        again.score(parity_guide.graph, users), parity_guide.model.score(parity_guide.graph, users)
    )


def test_a_graph_whose_items_have_lost_an_attribute_altogether_is_still_scored(parity_guide):
    graph = parity_guide.graph.without_relations(["has_colour"])
    moved = parity_guide.model.on(graph)
    before, after = (model.score(graph, np.array([4]))[0] for model in (parity_guide.model, moved))
    assert not np.array_equal(before, after)
    paths = moved.paths(graph, 4, 6)
    walked = {graph.relations[hop.relation].name for path in paths for hop in path.hops}
    assert "has_brand" in walked and "has_colour" not in walked
    total = moved.prior(graph, 4)[6] + sum(path.contribution for path in paths)
    assert total == pytest.approx(after[6], rel=1e-5)
