"""Whatever the graph is turned into can be turned back."""

from __future__ import annotations

import json

import numpy as np
import pyoxigraph as ox
import pytest

from kgrec.errors import BadBundle, BadGraph, DiskFull
from kgrec.graph import encode, store
from kgrec.graph.build import assemble
from tests.graph.shop import NAMER, iri, term, toy_shop, triples

QUIET = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch_geometric is imported, and warns

ARRAYS = ("head", "relation", "tail", "weight", "support", "time", "source", "line", "users", "items")


def test_triples_read_back_from_the_store_are_those_of_the_graph(graph, memory) -> None:
    back = encode.from_store(memory, graph)
    assert triples(back) == triples(graph)
    assert back.version == graph.version


def test_a_triple_that_only_the_store_has_becomes_an_edge(graph, shop) -> None:
    fresh = store.load_memory(graph, shop)
    oil, brand = iri("item", "oil"), iri("brand", "Weleda")
    fresh.add(ox.Quad(*(ox.NamedNode(x) for x in (oil, term("hasBrand"), brand, NAMER.graph("catalogue")))))
    back = encode.from_store(fresh, graph)
    assert triples(back) - triples(graph) == {(oil, term("hasBrand"), brand)}
    assert "store" in back.sources


def test_a_triple_that_the_store_has_lost_is_no_edge(graph, shop) -> None:
    fresh = store.load_memory(graph, shop)
    fresh.remove_graph(ox.NamedNode(NAMER.graph("derived", "similar_text")))
    assert triples(graph) - triples(encode.from_store(fresh, graph)) == {
        (iri("item", "cream"), term("similarText"), iri("item", "oil"))
    }


def test_a_store_about_something_else_is_refused(graph, shop) -> None:
    fresh = store.load_memory(graph, shop)
    stranger = [ox.NamedNode(x) for x in (iri("item", "oil"), term("hasBrand"), "http://a/x", "http://a/g")]
    fresh.add(ox.Quad(*stranger))
    with pytest.raises(BadGraph, match="http://a/x"):
        encode.from_store(fresh, graph)


def test_arrays_come_back_exactly(tmp_path, graph) -> None:
    encode.save_arrays(graph, tmp_path / "graph")
    for mmap in (True, False):
        back = encode.load_arrays(tmp_path / "graph", mmap=mmap)
        for name in ARRAYS:
            assert np.array_equal(getattr(back, name), getattr(graph, name)), name
            assert getattr(back, name).dtype == getattr(graph, name).dtype
        assert list(back.iris) == list(graph.iris) and list(back.kinds) == list(graph.kinds)
        assert {lang: list(names) for lang, names in back.labels.items()} == {
            lang: list(names) for lang, names in graph.labels.items()
        }
        assert list(back.item_ids.ids) == list(graph.item_ids.ids)
        assert list(back.user_ids.ids) == list(graph.user_ids.ids)
        assert (back.relations, back.sources, back.clock) == (graph.relations, graph.sources, graph.clock)
        assert back.version == graph.version


def test_a_graph_without_edges_comes_back_too(tmp_path) -> None:
    graph = assemble(toy_shop(events=[], facts=[]), NAMER).without_relations(["in_segment"])
    encode.save_arrays(graph, tmp_path / "graph")
    assert encode.load_arrays(tmp_path / "graph").version == graph.version


def test_a_folder_of_arrays_holds_no_pickle(tmp_path, graph) -> None:
    encode.save_arrays(graph, tmp_path / "graph")
    assert {path.suffix for path in (tmp_path / "graph").iterdir()} == {".npy", ".parquet", ".json"}
    for path in (tmp_path / "graph").glob("*.npy"):
        np.load(path, allow_pickle=False)


@pytest.mark.parametrize("victim", ["head.npy", "entities.parquet", "user_ids.parquet", "graph.json"])
@pytest.mark.parametrize("harm", ["gone", "cut", "emptied", "garbage"])
def test_a_damaged_folder_is_told_as_such(tmp_path, graph, victim: str, harm: str) -> None:
    encode.save_arrays(graph, tmp_path / "graph")
    path = tmp_path / "graph" / victim
    content = path.read_bytes()
    path.unlink()
    if harm != "gone":
        path.write_bytes(
            {"cut": content[: len(content) // 2], "emptied": b"", "garbage": b"PK\x03\x04x"}[harm]
        )
    with pytest.raises(BadBundle, match="build it again"):
        encode.load_arrays(tmp_path / "graph")


@pytest.mark.parametrize(
    ("key", "value"), [("format", 99), ("relations", ["unheard_of"]), ("edges", 1), ("clock", 3)]
)
def test_a_manifest_that_does_not_fit_is_refused(tmp_path, graph, key: str, value: object) -> None:
    encode.save_arrays(graph, tmp_path / "graph")
    path = tmp_path / "graph" / "graph.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {key: value}), "utf-8")
    with pytest.raises(BadBundle, match="build it again"):
        encode.load_arrays(tmp_path / "graph")


def test_a_full_disk_is_told_as_such(tmp_path, graph, monkeypatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("258261 requested and 21472 written")  # what NumPy says of it

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DiskFull):
        encode.save_arrays(graph, tmp_path / "graph")
    assert list(tmp_path.iterdir()) == []


@QUIET
def test_heterodata_has_a_node_type_per_kind_and_comes_back(graph) -> None:
    data = encode.to_heterodata(graph)
    data.validate(raise_on_error=True)
    assert data["item"].num_nodes == 3 and data["user"].num_nodes == 3
    assert ("item", "compatible_with", "unlisted_item") in data.edge_types
    back = encode.from_heterodata(data)
    assert [table.relation for table in back] == [r.name for r in graph.relations if graph.has_edges(r.name)]
    for table in back:
        where = graph.edges_of(table.relation)
        for ours, theirs in (
            (table.head, graph.head),
            (table.tail, graph.tail),
            (table.weight, graph.weight),
        ):
            assert np.array_equal(ours, theirs[where])
        assert np.array_equal(table.support, graph.support[where])


@QUIET
def test_heterodata_keeps_times(graph) -> None:
    edge = graph.edges_of("rated").start
    assert encode.to_heterodata(graph)["user", "rated", "item"].edge_time.tolist() == [graph.time[edge]]
