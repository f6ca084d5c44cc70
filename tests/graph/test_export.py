"""What leaves the graph can be read back whole, and tells of no user unless asked."""

from __future__ import annotations

import csv
from pathlib import Path

import networkx as nx
import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgrec import sources
from kgrec.domain import Dataset, KnowledgeGraph
from kgrec.errors import BadInput, DiskFull, UnknownName
from kgrec.graph import store
from kgrec.graph.build import assemble
from kgrec.graph.export import FORMATS, RDF, export, format_of, without_users
from tests.graph.shop import NAMER, toy_shop, triples

ONTOLOGY = ox.NamedNode(NAMER.graph("ontology"))
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '"quoted"', "a,b\r\nc"]
NAMES = st.text(min_size=1, max_size=20) | st.sampled_from(
    [*FORMULAS, "玫瑰", "ورد", "🧴", "a/../b?c#d %41", "<a> & ]]>"]
)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(graph: KnowledgeGraph, memory: ox.Store, out: Path, form: str, **options: bool) -> Path:
    export(graph, lambda: memory, out, form, **options)
    return out


def named(brand: str, title: str) -> tuple[KnowledgeGraph, ox.Store]:
    shop = toy_shop(
        facts=[("cream", "has_brand", brand), ("oil", "has_colour", brand)], title=[title, "", ""]
    )
    graph = assemble(shop, NAMER)
    return graph, store.load_memory(graph, shop)


@pytest.mark.parametrize("form", RDF)
@given(brand=NAMES, title=NAMES)
@QUICK
def test_every_triple_comes_back_whatever_things_are_called(tmp_path, form, brand, title) -> None:
    graph, memory = named(brand, title)
    out = written(graph, memory, tmp_path / f"out.{form}", form, with_users=True)
    back = set(ox.parse(path=str(out), format=RDF[form]))
    told = {quad for quad in memory if quad.graph_name != ONTOLOGY}
    if form in ("nq", "jsonld"):
        assert back == told
    else:
        assert {quad.triple for quad in back} == {quad.triple for quad in told}


@given(brand=NAMES, title=NAMES)
@QUICK
def test_csv_tells_every_edge_with_weight_and_support_and_no_formula(tmp_path, brand, title) -> None:
    graph, memory = named(brand, title)
    with written(graph, memory, tmp_path / "out.csv", "csv", with_users=True).open(newline="") as file:
        rows = list(csv.reader(file))
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t")]
    iri_of = {relation.name: relation.iri for relation in graph.relations}
    assert {(head, iri_of[name], tail) for head, name, tail, _, _ in rows[1:]} == triples(graph)
    assert [float(row[3]) for row in rows[1:]] == graph.weight.tolist()
    assert [int(row[4]) for row in rows[1:]] == graph.support.tolist()


def test_weights_of_derived_edges_survive_graphml(tmp_path, graph, memory) -> None:
    back = nx.read_graphml(written(graph, memory, tmp_path / "g.graphml", "graphml"), force_multigraph=True)
    edges = {(a, b, said["relation"]): said for a, b, said in back.edges(data=True)}
    cream, oil = NAMER.item("cream"), NAMER.item("oil")
    assert edges[cream, oil, "similar_text"]["weight"] == 0.5
    assert edges[cream, NAMER.item("mask"), "shares_buyers"]["support"] == 3
    assert len(edges) == len(without_users(graph).head)
    assert back.nodes[cream]["label_zh"] == "玫瑰面霜"
    assert back.nodes[cream]["id"] == "cream"


@given(title=st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
@QUICK
def test_graphml_keeps_every_title_that_xml_can_hold(tmp_path, title) -> None:
    graph, memory = named("Lavera", title)
    back = nx.read_graphml(written(graph, memory, tmp_path / "g.graphml", "graphml"))
    assert back.nodes[NAMER.item("cream")].get("label_en", "") == str(graph.labels["en"][graph.items[0]])


def test_graphml_puts_a_mark_where_xml_cannot_hold_a_character(tmp_path) -> None:
    graph, memory = named("Lavera", "a\x00b\ufffe")
    back = nx.read_graphml(written(graph, memory, tmp_path / "g.graphml", "graphml"))
    assert back.nodes[NAMER.item("cream")]["label_en"] == "a\ufffdb\ufffd"


@pytest.mark.parametrize("form", FORMATS)
def test_no_user_is_told_of_without_being_asked_for(tmp_path, shop, graph, memory, form) -> None:
    out = written(graph, memory, tmp_path / "out", form)
    files = [out] if out.is_file() else list(out.iterdir())
    text = "".join(file.read_text("utf-8") for file in files)
    assert "id/user/" not in text
    assert "Lavera" in text
    written(graph, memory, tmp_path / "all", form, with_users=True)
    told = tmp_path / "all"
    more = "".join(f.read_text("utf-8") for f in ([told] if told.is_file() else told.iterdir()))
    assert NAMER.user("ana").rsplit("/", 1)[-1] in more
    assert not [user_id for user_id in shop.users.ids if f'"{user_id}"' in more or f"/{user_id}>" in more]


def test_a_kgat_folder_is_read_back_as_the_same_purchases(tmp_path, graph, memory) -> None:
    folder = written(graph, memory, tmp_path / "kgat", "kgat", with_users=True)
    back = sources.read("kgat", folder, None)
    assert back.interactions.user.size == 2  # ana bought the cream, ben rated the mask
    entities = dict(line.split()[::-1] for line in (folder / "entity_list.txt").read_text().splitlines()[1:])
    names = dict(line.split()[::-1] for line in (folder / "relation_list.txt").read_text().splitlines()[1:])
    told = {
        (entities[h], names[r], entities[t])
        for h, r, t in (line.split() for line in (folder / "kg_final.txt").read_text().splitlines())
    }
    assert (
        NAMER.item("cream"),
        graph.relations[graph.relation_row("has_brand")].iri,
        NAMER.entity("brand", "Lavera"),
    ) in told
    assert told == {one for one in triples(graph) if one[1].rsplit("#")[-1] in TOLD}
    assert entities["0"] == NAMER.item("cream")


TOLD = {
    "hasBrand",
    "hasCategory",
    "hasColour",
    "hasMaterial",
    "hasAttribute",
    "compatibleWith",
    "similarText",
}


def test_a_recbole_folder_is_read_back_with_its_titles_and_events(tmp_path, graph, memory) -> None:
    folder = written(graph, memory, tmp_path / "shop", "recbole", with_users=True)
    back: Dataset = sources.read("recbole", folder, None)
    assert set(back.items.ids) == {"cream", "oil", "mask"}
    assert back.item_table["title"][back.items.row("cream")] == "Rose Cream"
    assert len(back.interactions) == 4


def test_an_ending_nobody_knows_is_answered_with_those_known(tmp_path) -> None:
    with pytest.raises(BadInput, match=r"\.ttl.*--format"):
        format_of(tmp_path / "out.docx", None)
    with pytest.raises(UnknownName, match="kgat"):
        format_of(tmp_path / "out", "kgta")
    assert format_of(tmp_path / "OUT.TTL", None) == "ttl"


def test_a_write_that_fails_midway_leaves_what_was_there(tmp_path, graph, memory, monkeypatch) -> None:
    out = tmp_path / "out.ttl"
    out.write_text("precious")
    real = ox.serialize

    def full(statements, file, **options):
        real(statements, file, **options)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ox, "serialize", full)
    with pytest.raises(DiskFull, match="free some space"):
        export(graph, lambda: memory, out, "ttl")
    assert [file.name for file in tmp_path.iterdir()] == ["out.ttl"]
    assert out.read_text() == "precious"
