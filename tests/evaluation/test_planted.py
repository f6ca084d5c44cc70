"""A planted cause is found where the paths say it, and nowhere else."""

import gzip

import numpy as np
import pytest
from toy import THOROUGH, graph_of, toy_shop

from kgrec import experiments
from kgrec.domain import RowHop, RowPath
from kgrec.errors import BadInput
from kgrec.evaluation.planted import (
    Cause,
    kinds_named,
    looks_as_one,
    matches,
    others_named,
    place,
    read_causes,
    statements,
    tally,
)
from kgrec.explanations import causes
from kgrec.models.path import PathModel


@pytest.fixture(scope="module")
def shop():
    dataset = toy_shop()
    graph = graph_of(dataset)
    return graph, PathModel(THOROUGH).fit(dataset, graph)


def cause(graph, reason, evidence, user="ana", item="oil"):
    row = int(graph.items[graph.item_ids.row(evidence)]) if evidence else -1
    return Cause(graph.user_ids.row(user), graph.item_ids.row(item), reason, row)


def test_the_brand_is_found_from_the_evidence_strictly_from_anything_loosely(shop):
    graph, model = shop
    paths = model.paths(graph, graph.user_ids.row("ana"), graph.item_ids.row("oil"))
    told = [[path] for path in paths]
    here = place(cause(graph, "brand", "cream"), told, 0.0, graph, strict=True)
    assert here is not None
    assert [hop.inverse for hop in paths[here - 1].hops] == [False, False, True]
    soap = cause(graph, "brand", "soap")  # of the same brand, but not ana's
    assert place(soap, told, 0.0, graph, strict=True) is None
    assert place(soap, told, 0.0, graph, strict=False) == here
    assert place(cause(graph, "brand", "mask"), told, 0.0, graph, strict=False) is None  # another brand
    assert place(cause(graph, "colour", "cream"), told, 0.0, graph, strict=False) is None


def hop(graph, relation, head, tail, inverse=False):
    return RowHop(head, graph.relation_row(relation), tail, inverse)


def entity(graph, item):
    return int(graph.items[graph.item_ids.row(item)])


def test_a_complement_is_the_edge_between_the_two_either_way(shop):
    graph, _ = shop
    ana = int(graph.users[graph.user_ids.row("ana")])
    start = hop(graph, "bought", ana, entity(graph, "cream"))
    there = RowPath((start, hop(graph, "compatible_with", entity(graph, "cream"), entity(graph, "oil"))), 1.0)
    back = RowPath(
        (start, hop(graph, "compatible_with", entity(graph, "oil"), entity(graph, "cream"), True)), 1.0
    )
    next_ = RowPath((start, hop(graph, "followed_by", entity(graph, "cream"), entity(graph, "oil"))), 1.0)
    wanted = cause(graph, "complement", "cream")
    assert [matches(wanted, path, graph, strict=True) for path in (there, back, next_)] == [True, True, False]


def test_fashion_is_the_prior_placed_among_the_paths(shop):
    graph, _ = shop
    told = [[RowPath((), amount)] for amount in (3.0, 2.0, 1.0)]
    asked = cause(graph, "fashion", "")
    assert place(asked, told, 2.5, graph, strict=True) == 2
    assert place(asked, told, 0.0, graph, strict=True) is None


def test_statements_join_what_is_said_of_several_things_and_add_it_up(shop):
    graph, _ = shop
    ana, brand = int(graph.users[graph.user_ids.row("ana")]), graph.edges_of("has_brand")
    lavera = int(graph.tail[brand][graph.head[brand] == entity(graph, "cream")][0])

    def of_brand(start, amount, did="bought"):
        first = hop(graph, did, ana, entity(graph, start))
        shared = hop(graph, "has_brand", entity(graph, start), lavera)
        return RowPath((first, shared, hop(graph, "has_brand", entity(graph, "oil"), lavera, True)), amount)

    direct = RowPath(
        (
            hop(graph, "bought", ana, entity(graph, "cream")),
            hop(graph, "followed_by", entity(graph, "cream"), entity(graph, "oil")),
        ),
        1.5,
    )
    paths = [direct, of_brand("cream", 1.0), of_brand("soap", 0.9), of_brand("balm", 0.8, "viewed")]
    told = statements(paths)
    assert [len(group) for group in told] == [3, 1]
    assert [path.contribution for path in told[0]] == [1.0, 0.9, 0.8]
    wanted = cause(graph, "brand", "soap")
    assert place(wanted, [[path] for path in paths], 0.0, graph, strict=True) == 3
    assert place(wanted, told, 0.0, graph, strict=True) == 1
    assert kinds_named(told, 0.0, graph) == {"brand"}  # the other statement is of what others chose next
    assert kinds_named(told, 2.0, graph) == {"brand", "fashion"}
    apart = looks_as_one(paths, graph)
    assert [sum(path.contribution for path in group) for group in apart] == pytest.approx([1.9, 1.5, 0.8])


def test_chance_is_left_out_and_places_are_counted_by_reason():
    found = tally([("brand", 1), ("brand", 3), ("brand", None), ("segment", 2), ("chance", 1)])
    assert found["brand"] == {"n_users": 3, "top_1": pytest.approx(1 / 3), "top_3": pytest.approx(2 / 3)}
    assert found["segment"]["top_1"] == 0.0
    assert found["overall"]["n_users"] == 4
    assert "chance" not in found


def test_a_kind_named_to_everybody_is_seen_to_say_nothing():
    said = [
        ("brand", {"brand", "fashion"}),
        ("brand", {"fashion"}),
        ("fashion", {"fashion"}),
        ("chance", set()),
    ]
    found = others_named(said)
    assert found["brand"] == {"its_users": 0.5, "others": 0.0}
    assert found["fashion"] == {"its_users": 1.0, "others": pytest.approx(2 / 3)}


def test_a_table_of_another_shop_or_without_columns_is_refused_in_one_line(shop, tmp_path):
    graph, _ = shop
    file = tmp_path / "causes.csv"
    file.write_text("user_id,item_id,reason,evidence\nana,oil,brand,cream\nbea,oil,brand,cream\n")
    with pytest.raises(BadInput, match="line 3: user or item not in this shop"):
        read_causes(file, graph)
    file.write_text("user_id,item_id,reason,evidence\nana,oil,moon,cream\n")
    with pytest.raises(BadInput, match="'moon' is none of brand"):
        read_causes(file, graph)
    file.write_text("user_id,item_id\nana,oil\n")
    with pytest.raises(BadInput, match="no column reason, evidence"):
        read_causes(file, graph)
    packed = tmp_path / "causes.csv.gz"
    packed.write_bytes(b"not gzip")
    with pytest.raises(BadInput, match="cannot be read"):
        read_causes(packed, graph)
    with gzip.open(packed, "wt") as out:
        out.write("user_id,item_id,datetime,reason,evidence\nana,oil,,brand,cream\n")
    assert read_causes(packed, graph) == [cause(graph, "brand", "cream")]


def test_agreement_looks_at_test_items_among_the_ten(tmp_path):
    stage = experiments.prepare(toy_shop(), "leave-one-out")
    model = PathModel(THOROUGH).fit(stage.known, stage.graph, validation=stage.split.validation)
    users, items = stage.split.test.user, stage.split.test.item
    bought = stage.split.history
    lines = ["user_id,item_id,reason,evidence"]
    for user, item in zip(users, items, strict=True):
        last = bought.item[bought.user == user][-1]
        names = stage.graph.item_ids.ids
        lines.append(f"{stage.graph.user_ids.ids[user]},{names[item]},brand,{names[last]}")
    file = tmp_path / "causes.csv"
    file.write_text("\n".join([*lines, "ana,cream,brand,oil"]) + "\n")  # ana's is no test item
    found = causes.agreement(stage, model, file, lambda *_: None)
    assert found["users_with_a_cause"] == len(users)
    assert found["paths_strict"]["brand"]["n_users"] == len(users)
    assert found["paths_strict"]["brand"]["top_3"] <= found["paths_loose"]["brand"]["top_3"]
    assert found["statements_strict"]["brand"]["top_3"] > 0.5
    file.write_text("user_id,item_id,reason,evidence\nana,cream,brand,oil\n")
    with pytest.raises(BadInput, match="no cause of any test item"):
        causes.agreement(stage, model, file, lambda *_: None)


def test_the_bundled_causes_are_of_the_bundled_shop():
    from kgrec.graph.vocabulary import Namer
    from kgrec.pipeline import catalogue_graph
    from kgrec.resources import demo_folder
    from kgrec.sources import read

    graph = catalogue_graph(read("demo", None, None), Namer())
    found = read_causes(demo_folder() / "ground_truth.csv.gz", graph)
    assert len(found) == len(graph.users)
    missing = [one for one in found if one.evidence < 0 and one.reason not in ("fashion", "chance")]
    assert not missing
    assert np.mean([one.reason == "chance" for one in found]) < 0.2
