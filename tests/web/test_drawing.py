"""The drawing of paths: boxes and names that can be read, nothing hostile in it, and a bill that adds up."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from xml.etree import ElementTree

import pytest

from kgrec.domain import Explanation, Hop, Path, Remainder
from web.pages.storefront.drawing import drawing
from web.pages.storefront.layers import NAME_HEIGHT, NODE_HEIGHT, NODE_WIDTH, layout, names, path_graph
from web.pages.storefront.ledger import adding_up, ledger
from web.pages.storefront.lettering import cut, lines, width

BASE = "https://shop.example/id/"


def path(*things: str, contribution: float = 1.0, relation: str = "bought together with") -> Path:
    """A path from you over some things; every other hop is walked backward."""
    hops = []
    for place, (before, after) in enumerate(zip(("you", *things), things, strict=False)):
        inverse = place % 2 == 1
        ends = (after, before) if inverse else (before, after)
        labels = {"subject": ends[0], "relation": relation, "object": ends[1]}
        hops.append(
            Hop(BASE + "item/" + ends[0], BASE + relation, BASE + "item/" + ends[1], inverse, "x:1", labels)
        )
    return Path("m", contribution, 0.1, tuple(hops), "text")


def many(seed: int) -> list[Path]:
    chance = random.Random(seed)
    return [
        path(
            *(f"{chance.choice('abcdef')}{n}" for n in range(chance.randint(0, 3))),
            "target",
            contribution=1 / n,
        )
        for n in range(1, 11)
    ]


@pytest.mark.parametrize("seed", range(12))
def test_no_box_and_no_name_lies_upon_another(seed: int) -> None:
    graph = path_graph(many(seed))
    spots = layout(graph)
    boxes = [(x, y) for x, y in spots.values()]
    for place, (x, y) in enumerate(boxes):
        assert not any(abs(x - u) < NODE_WIDTH and abs(y - v) < NODE_HEIGHT for u, v in boxes[:place])
    named = names(graph, spots)
    for place, (text, (x, y)) in enumerate(named):
        for other, (u, v) in named[:place]:
            assert abs(x - u) >= (width(text) + width(other)) / 2 or abs(y - v) >= NAME_HEIGHT
        for node, (left, middle) in spots.items():
            aside = x + width(text) / 2 <= left or x - width(text) / 2 >= left + NODE_WIDTH
            assert graph.nodes[node]["bend"] or aside or abs(y - middle) > NODE_HEIGHT / 2


def test_layers_go_from_the_shopper_to_the_item() -> None:
    graph = path_graph([path("a", "b", "target"), path("target"), path("a", "target")])
    spots = layout(graph)
    assert all(spots[first][0] < spots[second][0] for first, second in graph.edges())
    ends = [node for node in graph if graph.nodes[node].get("kind") == "target"]
    assert len(ends) == 1 and spots[ends[0]][0] == max(x for x, _ in spots.values())


def test_hostile_and_huge_labels_are_text_cut_to_fit() -> None:
    evil = '</text><script>alert(1)</script>"&\u202e\0'
    svg = str(drawing([path(evil, "龙" * 5000), path("W" * 5000, "x")], title="<t>", summary='"s"&'))
    assert "<script" not in svg and "\u202e" not in svg and "\0" not in svg and "style=" not in svg
    tree = ElementTree.fromstring(svg)
    for text in tree.iter("text"):
        assert width(text.text or "") <= NODE_WIDTH
    assert "…" in svg


def test_no_path_is_no_drawing_and_one_hop_is_one() -> None:
    assert drawing([], title="t", summary="s") == ""
    ElementTree.fromstring(str(drawing([path("target", contribution=0.0)], title="t", summary="s")))


def test_a_line_is_as_thick_as_what_goes_through_it() -> None:
    svg = str(
        drawing([path("a", contribution=9.0), path("b", "a", contribution=1.0)], title="t", summary="s")
    )
    strokes = [float(found) for found in re.findall(r'class="edge"[^>]*stroke-width="([\d.]+)"', svg)]
    assert max(strokes) == 5.0 and min(strokes) < 2.5


def both_ways() -> list[Path]:
    """From you to a, and on to the target over one relation: once as it is stored, once against it."""
    start = path("a").hops[0]
    ends = BASE + "item/a", BASE + "item/target"
    labels = {"subject": "x", "relation": "viewed, then chosen", "object": "x"}
    onward = [
        Hop(ends[inverse], BASE + "then", ends[not inverse], inverse, "x:1", labels)
        for inverse in (False, True)
    ]
    return [Path("m", 1.0, 0.1, (start, hop), "text") for hop in onward]


@pytest.mark.parametrize("told", [both_ways(), both_ways()[::-1]])
@pytest.mark.parametrize("around", [[], [path("b", "c", "d", "target")]])
def test_a_relation_walked_both_ways_has_an_arrow_at_each_end(told: list[Path], around: list[Path]) -> None:
    svg, before = (str(drawing(paths, title="t", summary="s")) for paths in ([*around, *told], around))
    assert svg.count("marker-start") - before.count("marker-start") == 1  # back to a
    assert svg.count("marker-end") - before.count("marker-end") == 2  # from you to a, and to the target


def test_long_texts_break_at_spaces_and_between_chinese_letters() -> None:
    assert lines("Replacement Ear Pads for Headphones", 150, most=2)[0] == "Replacement Ear"
    assert len(lines("专业版黑色棉质替换耳罩专业版黑色棉质替换耳罩", 100, most=2)) == 2
    assert cut("short", 200) == "short" and cut("", 10) == ""


def told(score: float, prior: float, contributions: Sequence[float], rest: float) -> Explanation:
    paths = tuple(path("a", contribution=value) for value in contributions)
    return Explanation("u", "i", "en", score, 1, prior, "t", paths, Remainder(rest, 3), "m", "v")


@pytest.mark.parametrize("seed", range(20))
def test_bills_add_up_whatever_is_rounded(seed: int) -> None:
    chance = random.Random(seed)
    scale = 10.0 ** chance.randint(-6, 6)
    parts = [chance.random() * scale for _ in range(chance.randint(2, 12))]
    bill = ledger(told(sum(parts), parts[0], parts[2:], parts[1]))
    unit = 10 ** len(bill.score.partition(".")[2])
    assert sum(round(float(line.contribution) * unit) for line in bill.lines) == round(
        float(bill.score) * unit
    )
    assert sum(round(float(line.share) * 10) for line in bill.lines) == 1000
    assert sum(line.width for line in bill.lines) == pytest.approx(1000, abs=0.1)
    for line, part in zip(bill.lines, [parts[0], *parts[2:], parts[1]], strict=True):
        assert float(line.contribution) == pytest.approx(part, abs=1.01 / unit)


def test_a_score_of_nothing_has_a_bill_without_shares() -> None:
    bill = ledger(told(0.0, 0.0, [], 0.0))
    assert bill.score == "0.00" and [line.share for line in bill.lines] == ["", ""]


def test_a_debt_is_rounded_too() -> None:
    assert adding_up([1.26, -0.13], 1.13, 1) == ["1.2", "-0.1"]
