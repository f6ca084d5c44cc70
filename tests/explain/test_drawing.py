"""The drawing of paths: boxes and names that can be read, nothing hostile in it, and a bill that adds up."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path as FilePath
from xml.etree import ElementTree

import pytest

from kgrec.domain import Explanation, Hop, Path, Remainder
from kgrec.explain.bars import bars
from kgrec.explain.drawing import drawing
from kgrec.explain.drawing.layers import NAME_HEIGHT, NODE_HEIGHT, NODE_WIDTH, layout, names, path_graph
from kgrec.explain.drawing.lettering import cut, lines, width
from kgrec.explain.drawing.style import BARS, DARK, DRAWING, LIGHT
from kgrec.explain.fragment import page
from kgrec.explain.ledger import adding_up, ledger
from kgrec.resources import web_package

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


def test_lines_that_need_not_cross_do_not_and_the_picture_is_the_same_every_time() -> None:
    pairs = [path(f"a{n}", f"b{n}", "target") for n in (3, 1, 4, 2, 5)]
    spots = layout(path_graph(pairs))
    heights = {node[1].rsplit("/", 1)[-1]: y for node, (_, y) in spots.items()}
    assert all(heights[f"a{n}"] == heights[f"b{n}"] for n in range(1, 6))
    # By insertion, not by the hash of a name, which changes from process to process.
    assert sorted(range(1, 6), key=lambda n: heights[f"a{n}"]) == [3, 1, 4, 2, 5]


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


def test_where_all_paths_are_listed_there_is_no_line_for_the_others() -> None:
    whole = told(1.0, 0.25, [0.75], 0.0)
    assert [line.kind for line in ledger(replace(whole, remainder=Remainder(0.0, 0))).lines] == [
        "prior",
        "path",
    ]
    # A remainder that should not be there is not hidden.
    assert ledger(replace(whole, remainder=Remainder(0.1, 0))).lines[-1].kind == "rest"


# Bars


def pieces(explanation: Explanation) -> list[tuple[float, float, float]]:
    """Left end, width and top of every piece of the bar."""
    found = ElementTree.fromstring(str(bars(ledger(explanation), label="l"))).iter("rect")
    return [(float(one.attrib["x"]), float(one.attrib["width"]), float(one.attrib["y"])) for one in found]


@pytest.mark.parametrize("seed", range(20))
def test_bars_are_laid_end_to_end_and_back_and_end_at_the_score(seed: int) -> None:
    chance = random.Random(seed)
    values = [chance.uniform(-1, 2) for _ in range(8)]
    score = sum(values)
    drawn = pieces(told(score, values[0], values[2:], values[1]))
    added = sorted(piece for piece in drawn if piece[2] == 0)
    taken = sorted((piece for piece in drawn if piece[2] > 0), reverse=True)
    for lane in (added, [(x + w, -w, y) for x, w, y in taken]):
        for (x, w, _), (following, *_) in zip(lane, lane[1:], strict=False):
            assert following == pytest.approx(x + w, abs=0.05)
    end = taken[-1][0] if taken else added[-1][0] + added[-1][1]
    unit = 1000 / max(sum(v for v in values if v > 0), -sum(v for v in values if v < 0))
    assert end - added[0][0] == pytest.approx(unit * score, abs=0.1)
    assert all(x >= 0 and x + w <= 1000.05 for x, w, _ in drawn)


def test_colours_come_again_after_ten_paths_and_none_is_black() -> None:
    classes = {line.colour for line in ledger(told(25.0, 1.0, [1.0] * 23, 1.0)).lines}
    assert classes == {"prior n0", "rest n0", *(f"path n{n}" for n in range(1, 11))}


# On its own


EVIL = '</text></style><script>alert(1)</script>"&]]>\u202e\0\uffff{x}'


def explained(*paths: Path, lang: str = "en", text: str = "t") -> Explanation:
    total = 0.5 + sum(path.contribution for path in paths)
    return Explanation(EVIL, EVIL, lang, total, 1, 0.25, text, paths, Remainder(0.25, 3), EVIL, EVIL)


def stands_alone(html: str) -> None:
    """Nothing in it runs, is fetched or points anywhere."""
    assert not re.search(r"<(script|link|img|image|iframe|object|use|foreignobject|a)\b", html, re.IGNORECASE)
    assert not re.search(r"<[^>]*\b(on\w+|href|src|style)=", html, re.IGNORECASE)
    assert "@import" not in html and set(re.findall(r"url\(([^)]*)\)", html)) <= {
        f"#{found}" for found in re.findall(r'id="([^"]*)"', html)
    }
    assert not re.search("[\0\uffff\u202e]", html)


def test_a_drawing_in_a_file_brings_its_colours_for_light_and_dark_and_needs_nothing() -> None:
    svg = str(drawing([path(EVIL, "b")], title=EVIL, summary=EVIL, alone=True))
    tree = ElementTree.fromstring(svg)
    assert tree.tag == "{http://www.w3.org/2000/svg}svg"
    (style,) = tree.iter("{http://www.w3.org/2000/svg}style")
    assert style.text is not None and "prefers-color-scheme: dark" in style.text
    stands_alone(svg)


def test_a_drawing_for_the_site_has_no_style_of_its_own() -> None:
    svg = str(drawing([path("a", "b")], title="t", summary="s"))
    assert "<style" not in svg and "style=" not in svg and 'class="drawing"' in svg


@pytest.mark.parametrize("alone", [True, False])
def test_a_drawing_has_a_name_and_a_description(alone: bool) -> None:
    tree = ElementTree.fromstring(str(drawing([path("a")], title="<t>", summary="s&s", alone=alone)))
    texts = {
        one.attrib["id"]: one.text
        for one in tree.iter()
        if one.tag.endswith(("title", "desc")) and one.attrib
    }
    assert tree.attrib["role"] == "img"
    assert [texts[name] for name in tree.attrib["aria-labelledby"].split()] == ["<t>", "s&s"]


def test_what_takes_away_is_a_broken_line() -> None:
    svg = str(drawing([path("a", contribution=1.0), path("b", contribution=-0.5)], title="t", summary="s"))
    assert len(re.findall('class="edge minus"', svg)) == 1


class _Elements(HTMLParser):
    """All elements with their attributes, and all text outside styles."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_notebook_shows_sentence_bars_table_and_drawing_and_nothing_hostile(lang: str) -> None:
    explanation = explained(path(EVIL, "b"), path("b", contribution=2.0), lang=lang, text=EVIL)
    html = explanation._repr_html_()
    stands_alone(html)
    page = _Elements()
    page.feed(html)
    tags = [tag for tag, _ in page.found]
    assert tags.count("svg") == 2 + 4 and tags.count("table") == 1  # bars, drawing, and a key per line
    assert "<script>alert(1)</script>" in page.text  # as text
    assert "3.500" in page.text and "100.0%" in page.text


def test_several_explanations_in_one_notebook_do_not_touch_each_other_or_the_rest() -> None:
    shown = [explained(path("a", contribution=n))._repr_html_() for n in (1.0, 2.0)]
    ids = [re.findall(r' id="([^"]*)"', html) for html in shown]
    assert all(len(set(one)) == len(one) for one in ids) and not set(ids[0]) & set(ids[1])
    for html in shown:
        (scope,) = re.findall(r'<section class="kgrec" id="([^"]*)"', html)
        (style,) = re.findall("<style>(.*?)</style>", html)
        selectors = re.findall(r"(?:^|[{}])([^{}@]+)\{", style)
        assert len(selectors) > 30
        assert all(selector.startswith(f"#{scope}") for selector in selectors)


def test_a_page_is_whole_and_lets_nothing_run() -> None:
    html = str(page(explained(path("a"))))
    assert html.startswith("<!doctype html>") and "default-src 'none'" in html
    assert re.search(r"<title>Why .*&lt;script&gt;", html)
    stands_alone(html)


def test_without_a_listed_path_it_says_whether_there_are_others() -> None:
    nothing = replace(explained(), remainder=Remainder(0.0, 0))
    assert "No path leads" in nothing._repr_html_() and "<details" not in nothing._repr_html_()
    assert "No path leads" not in explained()._repr_html_()  # three more are summed


def test_pictures_on_their_own_have_the_colours_of_the_site() -> None:
    sheet = (FilePath(str(web_package().__file__)).parent / "static" / "style.css").read_text(
        encoding="utf-8"
    )
    roots = re.findall(r":root \{(.*?)\}", sheet, re.S)[:2]
    for palette, root in zip((LIGHT, DARK), roots, strict=True):
        site = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", root))
        assert palette == {name: site[name] for name in palette}
    for selector, body in (DRAWING | BARS).items():
        bodies = re.findall(rf"{re.escape(selector)}[^{{}}]*\{{([^}}]*)\}}", sheet)
        for colour in re.findall(r"var\(--[\w-]+\)", body):
            assert any(colour in found for found in bodies), (selector, colour)
