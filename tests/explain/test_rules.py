"""Expert rules are part of the sum and of the list: told, exact, for their days and audience, and undone with them."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from worlds import random_guide

from kgrec.domain import RelationKind
from kgrec.errors import BadInput, UnknownName
from kgrec.explain.asker import rank_of
from kgrec.explain.effects import Effects, RowRule, arranged
from kgrec.guide import Context, Guide, SessionEvent
from kgrec.rules import About, Always, Audience, Quota, Rule, RuleSet

few = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 10_000)
EVEN, ODD = About((), (("has_brand", ("Even & Co",)),)), About((), (("has_brand", ("Odd Ltd",)),))
RED = About((), (("has_colour", ("red",)),))
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC).timestamp()


def under(guide: Guide, *rules: Rule, **hooks) -> Guide:
    return Guide(
        guide.dataset, guide.graph, guide.model, rules=Always(RuleSet(rules)), clock=lambda: NOW, **hooks
    )


def ids(found):
    return [one.item_id for one in found]


def adds_up(told):
    total = told.prior + sum(path.contribution for path in told.paths) + told.remainder.contribution
    return total == pytest.approx(told.score, rel=1e-5)


# What rules do to scores


def test_boost_and_bury_are_factors_on_all_that_leads_to_an_item(parity_guide):
    guide = under(parity_guide, Rule("Even", "boost", EVEN, factor=2.0), Rule("Red", "bury", RED, factor=0.5))
    before, after = parity_guide.asker("u0").scores, guide.asker("u0").scores
    row = np.arange(24)
    factor = np.where(row % 2 == 0, 2.0, 1.0) * np.where(row % 3 == 0, 0.5, 1.0)
    np.testing.assert_allclose(after, before * factor, rtol=1e-6)
    told = guide.explain("u0", "i12")
    assert [(rule.name, rule.do, rule.factor) for rule in told.rules] == [
        ("Even", "boost", 2.0),
        ("Red", "bury", 0.5),
    ]
    assert adds_up(told)


def test_a_complement_is_a_path_from_what_was_chosen_and_is_among_the_reasons(parity_guide):
    guide = under(parity_guide, Rule("Odd with even", "complement", EVEN, offer=About(("i3",)), factor=3.0))
    told = guide.explain("u0", "i3", paths=10)
    offered = [path for path in told.paths if path.metapath == "bought · complemented_by"]
    assert offered and adds_up(told)
    last = offered[0].hops[-1]
    assert last.source == "rules.toml:Odd with even"
    assert last.relation == "https://w3id.org/kgrec/ontology#complementedBy"
    assert not last.inverse and last.object.endswith("/i3")
    assert "the shop offers this with" in told.text
    assert told.receipt.predicted_without == pytest.approx(told.receipt.score_without, rel=1e-5)
    assert [rule.do for rule in told.rules] == ["complement"]
    assert guide.explain("u1", "i3").rules == ()  # who has bought nothing even


def test_an_offer_of_factor_one_is_worth_about_what_a_purchase_adds_to_its_tenth_item(parity_guide):
    guide = under(parity_guide, Rule("Odd with even", "complement", EVEN, offer=About(("i3",))))
    places = []
    for row in range(0, 24, 2):
        asker = guide.asker(session=[SessionEvent(f"i{row}", "buy")])
        places.append(asker.rank(3))
    assert 5 <= np.median(places) <= 15


def test_the_thing_chosen_last_is_offered_with_most(parity_guide):
    rule = Rule("Odd with even", "complement", EVEN, offer=About(("i3",)))
    session = [SessionEvent("i0", "buy"), SessionEvent("i2", "view"), SessionEvent("i4", "cart")]
    told = under(parity_guide, rule).explain_session(session, "i3", paths=40)
    offered = {
        path.hops[0].object.rsplit("/", 1)[-1]: path.contribution
        for path in told.paths
        if path.metapath.endswith("complemented_by")
    }
    assert set(offered) == {"i0", "i4"}  # a look is no choice
    assert offered["i0"] == pytest.approx(offered["i4"] / 2)


def test_nothing_is_offered_with_what_was_sent_back(parity_guide):
    rule = Rule("Odd with even", "complement", EVEN, offer=About(("i3",)))
    session = [SessionEvent("i0", "buy"), SessionEvent("i0", "return")]
    assert under(parity_guide, rule).explain_session(session, "i3").rules == ()


RANDOM = st.sampled_from(["boost", "bury", "complement", "exclude", "pin", "boost", "complement"])


@st.composite
def rules_about(draw, n_items):
    """A few rules about random items of a random shop."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        do = draw(RANDOM)
        some = st.lists(st.integers(0, n_items - 1), min_size=1, max_size=3, unique=True)
        about = About(tuple(f"i{row}" for row in draw(some)))
        if do == "pin":
            about = About(about.items[:1])
        if draw(st.booleans()) and do != "pin":
            about = About((), (("has_category", (draw(st.sampled_from(["Skin", "Hair"])),)),))
        factor = {"boost": 1.7, "bury": 0.3}.get(do, draw(st.sampled_from([0.5, 1.0, 4.0])))
        offer = About(tuple(f"i{row}" for row in draw(some))) if do == "complement" else None
        quota = (
            Quota(draw(st.integers(0, 2)), 2) if do in ("boost", "bury") and draw(st.booleans()) else Quota()
        )
        place = draw(st.integers(1, 4)) if do == "pin" else 0
        found.append(Rule(f"r{number}", do, about, offer, factor, place, quota=quota))
    return found


@few
@given(data=st.data(), seed=seeds, ordered=st.booleans(), most=st.integers(0, 4))
def test_score_terms_reasons_receipt_and_removal_agree_under_any_rules(data, seed, ordered, most):
    plain = random_guide(seed, ordered=ordered)
    guide = under(plain, *data.draw(rules_about(len(plain.graph.items))))
    assume(not [fault for fault in guide.rules().faults if "no category" not in fault])
    user_id = str(guide.dataset.users.ids[seed % len(guide.dataset.users)])
    asker, before = guide.asker(user_id), plain.asker(user_id)
    scores = asker.scores.astype(np.float64)
    by_slot = asker.terms.by_slot.sum(axis=0)
    np.testing.assert_allclose(asker.prior + by_slot, scores, rtol=2e-5, atol=1e-9)
    rows = np.arange(len(scores))
    for reasons, prior, score in zip(asker.reasons(rows, most), asker.prior, scores, strict=True):
        paths = [path.contribution for path in reasons.paths]
        assert paths == sorted(paths, reverse=True) and len(paths) <= most
        assert prior + sum(paths) + reasons.rest == pytest.approx(score, rel=2e-5, abs=1e-9)
        assert reasons.n_rest >= 0 and (reasons.n_rest > 0 or reasons.rest == pytest.approx(0, abs=1e-9))
    # What rules add, told without them: the offers of each thing chosen, times the factors.
    factor = np.ones(len(rows)) if asker.rules.factor is None else asker.rules.factor
    offered = np.zeros(len(rows))
    for slot, way, item, amount in zip(
        asker.terms.slot, asker.terms.way, asker.terms.item, asker.terms.contribution, strict=True
    ):
        if asker.terms.ways[way] == "complemented_by":
            offered[item] += amount
            assert asker.terms.hops[slot].tail != guide.graph.items[item]
    np.testing.assert_allclose(before.scores * factor + offered, scores, rtol=2e-5, atol=1e-9)
    item = int(seed % len(rows))
    proof = guide.explain(user_id, str(guide.dataset.items.ids[item]), paths=most).receipt
    assert proof.predicted_without == pytest.approx(proof.score_without, rel=2e-5, abs=1e-9)
    for slot, hop in enumerate(asker.terms.hops):
        rest = asker.without([hop.tail]).scores
        np.testing.assert_allclose(scores - asker.terms.by_slot[slot], rest, rtol=2e-5, atol=1e-6)


@few
@given(data=st.data(), seed=seeds)
def test_suppositions_and_the_list_agree_under_any_rules(data, seed):
    plain = random_guide(seed)
    guide = under(plain, *data.draw(rules_about(len(plain.graph.items))))
    user_id = str(guide.dataset.users.ids[seed % len(guide.dataset.users)])
    k = 3
    listed = guide.recommend_for(user_id, k=k)
    assert ids(listed) == [one.item.item_id for one in guide.overview(user_id, k=k).items]
    for item_id in map(str, guide.dataset.items.ids):
        found = guide.why_not(user_id, item_id, k=k)
        if item_id in ids(listed):
            assert found.blocked is None and "not among the first" not in found.text
        else:
            assert found.blocked is not None or found.rank > len(listed)
        for gap in (found.by_known, found.by_way):
            assert gap.total == pytest.approx(found.gap, rel=1e-4, abs=1e-6)
    item_id = str(guide.dataset.items.ids[seed % len(guide.dataset.items)])
    after = guide.what_if(user_id, add=[item_id], k=k)
    assert ids(after.before) == ids(listed)
    for move in after.moves:
        change = sum(part.difference for part in move.change.parts) + move.change.rest
        assert change == pytest.approx(move.score_after - move.score_before, rel=1e-4, abs=1e-5)


@few
@given(seed=seeds)
def test_a_purchase_that_is_foretold_to_bring_an_item_in_by_an_offer_does(seed):
    plain = random_guide(seed)
    n = len(plain.graph.items)
    guide = under(
        plain,
        Rule("offer", "complement", About(("i0", "i1")), offer=About((f"i{n - 1}",)), factor=20.0),
    )
    user_id = str(guide.dataset.users.ids[0])
    found = guide.takes(user_id, f"i{n - 1}", k=1)
    if found.action == "add" and found.possible:
        bought = [thing.item_id for thing in found.things]
        after = guide.what_if(user_id, add=bought, k=1).after
        assert ids(after) == [f"i{n - 1}"]


# What rules do to lists


def test_what_is_excluded_is_in_no_list_and_the_answers_name_the_rule(parity_guide):
    best = parity_guide.recommend_for("u0", k=1)[0].item_id
    guide = under(parity_guide, Rule("Recalled", "exclude", About((best,))))
    assert best not in ids(guide.recommend_for("u0", k=24))
    assert best not in ids(guide.recommend_for("u0", k=24, filter_seen=False))
    found = guide.why_not("u0", best)
    assert (found.blocked, found.rank) == ("rule", 1)
    assert found.text == "It is left out by the shop's rule “Recalled”."
    assert "“Recalled”" in guide.why_not("u0", best, lang="zh").text
    assert guide.takes("u0", best).text.startswith("It is left out by the shop's rule “Recalled”")
    told = guide.explain("u0", best)
    assert told.rank is None and [rule.do for rule in told.rules] == ["exclude"]
    assert "Left out of lists by the shop" in guide.page(told) and "“Recalled” leaves it out" in guide.page(
        told
    )


def test_what_a_user_has_is_said_to_be_theirs_whatever_rules_say(parity_guide):
    own = parity_guide.history("u0")[0].item.item_id
    guide = under(parity_guide, Rule("Recalled", "exclude", About((own,))))
    assert guide.why_not("u0", own).blocked == "chosen"


def test_a_pin_has_its_place_and_says_that_the_shop_put_it_there(parity_guide):
    guide = under(
        parity_guide, Rule("Anniversary", "pin", About(("i7",)), place=2, reason={"en": "Ten years of it"})
    )
    before, after = parity_guide.recommend_for("u0", k=4), guide.recommend_for("u0", k=4)
    assert ids(after) == [ids(before)[0], "i7", *ids(before)[1:3]]
    assert [one.rank for one in after] == [1, 2, 3, 4]
    assert [(rule.do, rule.place) for rule in after[1].rules] == [("pin", 2)] and after[0].rules == ()
    told = guide.explain("u0", "i7")
    rank = parity_guide.explain("u0", "i7").rank
    assert told.rank == rank > 4
    assert told.text.startswith(
        f"Placed here by the shop: Ten years of it. By its score it has place {rank}. "
    )
    assert adds_up(told)
    assert f"placed 2 by the shop's rule “Anniversary”; its score gives it place {rank}" in (
        guide.why_not("u0", "i7", k=4).text
    )
    out = guide.why_not("u0", ids(before)[3], k=4)
    assert (out.blocked, out.rank) == ("places", 4)


def test_a_pin_of_what_the_user_has_puts_nothing_there(parity_guide):
    own = parity_guide.history("u0")[0].item.item_id
    guide = under(parity_guide, Rule("Anniversary", "pin", About((own,)), place=1))
    assert ids(guide.recommend_for("u0", k=3)) == ids(parity_guide.recommend_for("u0", k=3))
    assert guide.explain("u0", own).rules == ()


def test_a_quota_allows_no_more_and_asks_for_enough(parity_guide):
    before = ids(parity_guide.recommend_for("u0", k=5))
    few_even = under(parity_guide, Rule("Few", "bury", EVEN, quota=Quota(at_most=2)))
    after = ids(few_even.recommend_for("u0", k=5))
    assert sum(int(one[1:]) % 2 == 0 for one in after) == 2 and after[:2] == before[:2]
    out = few_even.why_not("u0", before[2], k=5)
    assert (out.blocked, out.rank) == ("quota", 3) and "“Few” allows no more" in out.text
    some_odd = under(parity_guide, Rule("Some", "boost", ODD, quota=Quota(at_least=2)))
    found = some_odd.recommend_for("u0", k=5)
    assert ids(found)[:3] == before[:3]
    assert [[rule.place for rule in one.rules] for one in found[3:]] == [[4], [5]]
    assert all(int(one.item_id[1:]) % 2 for one in found[3:])


MASKS = st.lists(st.booleans(), min_size=12, max_size=12).map(lambda some: np.array(some))


@st.composite
def arrangements(draw):
    rules = []
    for number in range(draw(st.integers(1, 5))):
        mask = draw(MASKS)
        least = draw(st.integers(0, 4))
        most = draw(st.one_of(st.none(), st.integers(max(1, least), 6)))
        rules.append(
            RowRule(Rule(f"q{number}", "boost", About(), quota=Quota(least, most)), mask)
            if draw(st.booleans())
            else RowRule(
                Rule(f"p{number}", "pin", About(), place=draw(st.integers(1, 8))),
                np.arange(12) == draw(st.integers(0, 11)),
            )
        )
    return rules


@settings(max_examples=100, deadline=None)
@given(rules=arrangements(), order=st.permutations(range(12)), n=st.integers(1, 12), k=st.integers(1, 8))
def test_a_list_holds_nothing_twice_keeps_its_places_and_its_quotas(rules, order, n, k):
    able = np.array(order[:n])
    found = arranged(able, k, Effects(tuple(rules)))
    rows = found.rows.tolist()
    assert len(set(rows)) == len(rows) <= k and set(rows) <= set(able.tolist())
    pins = [row for row, rule in found.placed.items() if rule.rule.do == "pin"]
    for row in pins:
        assert row in rows
        if len(rows) == min(k, n):  # no gaps
            assert rows.index(row) + 1 >= found.placed[row].rule.place
    others = [row for row in rows if row not in pins]
    assert others == sorted(others, key=order.index)  # by score
    for one in rules:
        quota, mine = one.rule.quota, sum(bool(one.about[row]) for row in rows)
        if quota.at_most is not None:
            assert mine <= max(quota.at_most, sum(bool(one.about[row]) for row in pins))
        if quota.at_least and mine < quota.at_least and len(rules) == 1:
            assert one.about[rows].all() or not one.about[np.setdiff1d(able, rows)].any()


@settings(max_examples=60, deadline=None)
@given(seed=seeds, k=st.integers(1, 5))
@example(seed=4000, k=2)  # the k best of a quota are no help to those who fill what it has no part in
def test_a_list_made_of_some_items_is_the_list_made_of_all_where_it_says_so(seed, k):
    random = np.random.default_rng(seed)
    order, rules = random.permutation(60), []
    for number in range(random.integers(1, 4)):
        least = int(random.integers(0, 3))
        quota = Quota(least, int(random.integers(max(1, least), 4)) if random.random() < 0.5 else None)
        rules.append(
            RowRule(Rule(f"q{number}", "boost", About(), quota=quota), random.random(60) < random.random())
        )
    rules.append(
        RowRule(
            Rule("p", "pin", About(), place=int(random.integers(1, 6))), np.arange(60) == random.integers(60)
        )
    )
    likely = set(order[: 2 * k].tolist()) | {int(np.flatnonzero(rules[-1].about)[0])}
    for one in rules[:-1]:
        likely |= set(order[one.about[order]][:k].tolist())
    some = np.array([row for row in order if row in likely])
    effects = Effects(tuple(rules))
    found, every = arranged(some, k, effects, n_best=2 * k), arranged(order, k, effects)
    assert not found.certain or found.rows.tolist() == every.rows.tolist()


def test_rules_have_the_last_word_in_a_balanced_list(parity_guide):
    guide = under(parity_guide, Rule("Anniversary", "pin", About(("i7",)), place=1))
    found = guide.overview("u0", k=4, balance=0.8)
    assert found.items[0].item.item_id == "i7" and found.items[0].rank_by_score > 4
    assert "1 item is here because the shop put it here." in found.text


# When and for whom


def test_a_rule_holds_on_its_days_in_utc_both_inclusive(parity_guide):
    rule = Rule("June", "exclude", EVEN, first=date(2026, 6, 1), last=date(2026, 6, 15))
    clock = [NOW]
    guide = Guide(
        parity_guide.dataset,
        parity_guide.graph,
        parity_guide.model,
        rules=Always(RuleSet((rule,))),
        clock=lambda: clock[0],
    )
    plain = ids(parity_guide.recommend_for("u0", k=3))
    for moment, holds in (
        ("2026-05-31T23:59:59", False),
        ("2026-06-01T00:00:00", True),
        ("2026-06-15T23:59:59", True),
        ("2026-06-16T00:00:00", False),
    ):
        clock[0] = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
        assert (ids(guide.recommend_for("u0", k=3)) != plain) == holds


@pytest.mark.parametrize(
    ("audience", "holds"),
    [
        (Audience(), {"u0", "u1", "new", "even"}),
        (Audience(segments=(("city", ("A",)),)), {"u0"}),
        (Audience(segments=(("city", ("A", "b")),)), {"u0", "u1"}),
        (Audience(new=True), {"new"}),
        (Audience(new=False), {"u0", "u1", "even"}),
        (Audience(bought=EVEN), {"u0", "even"}),
        (Audience(segments=(("city", ("B",)),), bought=EVEN), set()),
    ],
)
def test_a_rule_holds_for_its_audience(parity_guide, audience, holds):
    guide = under(parity_guide, Rule("X", "boost", EVEN, factor=2.0, audience=audience))
    askers = {
        "u0": guide.asker("u0"),  # in A, has bought even things
        "u1": guide.asker("u1"),  # in B, odd ones
        "new": guide.asker(session=[SessionEvent("i1", "dislike")]),  # nothing that they want
        "even": guide.asker(session=[SessionEvent("i2", "buy")]),
    }
    assert {name for name, asker in askers.items() if asker.rules.rules} == holds


def test_what_if_a_purchase_makes_one_of_an_audience_the_rule_holds_after_it(parity_guide):
    rule = Rule("Odd for even", "exclude", About(("i3",)), audience=Audience(bought=About(("i0",))))
    guide = under(parity_guide, rule)
    session = [SessionEvent("i1", "buy")]
    assert "i3" in ids(guide.recommend_for(session=session, k=24))
    found = guide.what_if(session=session, add=["i0"], k=24)
    assert "i3" in ids(found.before) and "i3" not in ids(found.after)


def test_what_if_an_item_had_another_brand_rules_follow(parity_guide):
    guide = under(parity_guide, Rule("No odd", "exclude", ODD))
    listed = guide.recommend_for("u0", k=1)[0].item_id
    found = guide.what_if("u0", change={listed: {"has_brand": "Odd Ltd"}}, k=24)
    assert listed in ids(found.before) and listed not in ids(found.after)


def test_what_the_shop_does_not_have_is_a_fault_that_is_said_and_the_rest_of_the_rule_holds(parity_guide):
    rule = Rule("Mix", "exclude", About(("i2", "i99")))
    guide = under(parity_guide, rule)
    assert guide.ready()["rules"].startswith("rules.toml: rule 'Mix': no item named 'i99'")
    assert "i2" not in ids(guide.recommend_for("u2", k=24, filter_seen=False))


def test_a_graph_of_before_there_were_offers_says_so(parity_guide):
    graph = parity_guide.graph
    older = replace(graph, relations=tuple(one for one in graph.relations if one.name != "complemented_by"))
    shift = graph.relation_row("complemented_by")
    older = replace(older, relation=np.where(graph.relation > shift, graph.relation - 1, graph.relation))
    guide = Guide(
        parity_guide.dataset,
        older,
        parity_guide.model,
        rules=Always(RuleSet((Rule("X", "complement", EVEN, offer=ODD),))),
    )
    assert "run kgrec build" in guide.ready()["rules"]
    assert guide.recommend_for("u0", k=3)


def test_without_rules_in_force_nothing_is_different(parity_guide):
    guide = under(parity_guide, Rule("Past", "pin", About(("i7",)), place=1, last=date(2020, 1, 1)))
    assert guide.recommend(["u0"]).equals(parity_guide.recommend(["u0"]))
    assert guide.explain("u0", "i7") == parity_guide.explain("u0", "i7")


# Those of whom little is known


def test_a_context_gives_paths_from_segments_and_is_kept_nowhere(parity_guide):
    context = Context({"city": "A"})
    told = parity_guide.explain("somebody", "i2", paths=3, context=context)
    assert [path.hops[0].source for path in told.paths] == ["context"]
    assert "popular with shoppers in A" in told.text and adds_up(told)
    with pytest.raises(UnknownName):
        parity_guide.recommend_for("somebody")
    with pytest.raises(UnknownName, match="no city named 'Z'; known are A, B"):
        parity_guide.recommend_for(context=Context({"city": "Z"}))
    with pytest.raises(UnknownName, match="did you mean city"):
        parity_guide.recommend_for(context=Context({"cit": "A"}))
    with pytest.raises(BadInput, match="say who asks"):
        parity_guide.recommend_for()


def test_a_context_stands_in_the_place_of_what_the_tables_say(parity_guide):
    moved = parity_guide.asker("u0", context=Context({"city": "B"}))
    segments = moved.own.tail[moved.own.edges_from(int(moved.own.users[0]), RelationKind.SEGMENT)]
    assert [moved.own.label(int(row)) for row in segments] == ["city: B"]
    assert set(moved.taken) == set(parity_guide.asker("u0").taken)


def test_as_clicks_come_in_what_everybody_and_segments_choose_counts_for_less_and_the_list_changes_in_steps(
    parity_guide,
):
    shares, same = [], []
    for user in range(12):
        clicks = [entry.item.item_id for entry in parity_guide.history(f"u{user}")][:5]
        before, of_user = None, []
        for n in (0, 1, 2, 3, 5):
            session = [SessionEvent(item_id, "buy") for item_id in clicks[:n]]
            asker = parity_guide.asker(session=session, context=Context({"city": "AB"[user % 2]}))
            best, terms = asker.best(8), asker.terms
            kinds = [parity_guide.graph.relations[hop.relation].kind for hop in terms.hops]
            of_segments = terms.by_slot[[kind == RelationKind.SEGMENT for kind in kinds]][:, best].sum()
            of_user.append((asker.prior[best].sum() + of_segments) / asker.scores[best].sum())
            if before is not None:
                same.append(len(set(before) & set(best)) / 8)
            before = best.tolist()
        shares.append(of_user)
    mean = np.mean(shares, axis=0)
    assert mean[0] == pytest.approx(1.0) and (np.diff(mean) < 0).all()
    assert 0.2 < np.mean(same) < 1


def test_newcomers_get_what_is_popular_now_and_are_told_so_others_do_not(parity_guide):
    now = np.zeros(24, np.float32)
    now[5], now[9] = 0.75, 0.25
    guide = under(parity_guide, popular_now=lambda: now)
    context = Context({"city": "A"})
    asker, usual = guide.asker(context=context), parity_guide.asker(context=context)
    assert asker.prior.sum() == pytest.approx(usual.prior.sum(), rel=1e-5)
    np.testing.assert_allclose(asker.scores - asker.prior, usual.scores - usual.prior, atol=1e-6)
    told = guide.explain_session((), "i5", context=context)
    assert told.prior_of == "now" and "popular here right now" in told.text
    assert adds_up(told)
    assert "目前这里的热门商品" in guide.explain_session((), "i5", lang="zh", context=context).text
    assert "recent choices weigh more" in guide.page(told)
    np.testing.assert_array_equal(guide.asker("u0").scores, parity_guide.asker("u0").scores)
    assert guide.explain("u0", "i5").prior_of == "always"


def test_after_a_first_click_the_prior_is_the_usual_one(parity_guide):
    guide = under(parity_guide, popular_now=lambda: np.full(24, 1 / 24, np.float32))
    session = [SessionEvent("i0", "buy")]
    np.testing.assert_array_equal(
        guide.asker(session=session).scores, parity_guide.asker(session=session).scores
    )
    rejected = guide.asker(session=[SessionEvent("i0", "dislike")])
    assert rejected.popular_now  # nothing is known that they want
    assert (
        rank_of(rejected.scores, 1, rejected.out) == 1
    )  # all the same: the first of the catalogue that is left
