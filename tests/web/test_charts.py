"""A chart says what its table says: lengths by value, hostile text as text, an interval as a band, gaps left open."""

from __future__ import annotations

import re
from math import inf, nan
from unicodedata import east_asian_width
from xml.etree import ElementTree

import pytest
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st

from kgrec.domain import plain
from kgrec.errors import BadInput
from web import create_app
from web.charts import Cell, Chart, Figures, Row, bars, columns, lines, shortened

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script>\u202e{{ 7 * 7 }}\x00'


def figures(
    rows: list[tuple[str, list[Cell]]], head: tuple[str, ...] = ("Thing", "Count"), **more
) -> Figures:
    listed = tuple(Row(label, tuple(cells), day=label if "-" in label else "") for label, cells in rows)
    return Figures("some", "A title", "What there is to see.", head, listed, **more)


def parsed(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(
        str(chart.drawn).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    )


def widths(chart: Chart) -> list[float]:
    return [float(one.attrib["width"].rstrip("%")) for one in parsed(chart).iter(f"{SVG}rect")]


def of(*values: float | None) -> list[Cell]:
    return [Cell("–" if value is None else f"{value:g}", value) for value in values]


def test_a_drawing_is_one_picture_with_a_name_and_a_description() -> None:
    drawn = parsed(bars(figures([("a", of(1)), ("b", of(2))])))
    assert drawn.attrib["role"] == "img"
    named = {one.attrib["id"]: one.text for one in drawn if "id" in one.attrib}
    assert [named[name] for name in drawn.attrib["aria-labelledby"].split()] == [
        "A title",
        "What there is to see.",
    ]
    assert "style" not in {name for one in drawn.iter() for name in one.attrib}


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=12))
def test_bars_are_as_long_as_their_values(values: list[float]) -> None:
    found = widths(bars(figures([(str(place), of(value)) for place, value in enumerate(values)])))
    top = max(values)
    assert found == pytest.approx([72 * value / top if top else 0 for value in values], abs=0.011)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12))
def test_what_is_below_zero_goes_the_other_way_and_nothing_leaves_the_picture(values: list[float]) -> None:
    drawn = parsed(bars(figures([(str(place), of(value)) for place, value in enumerate(values)])))
    low = min(0.0, *values)
    span = max(0.0, *values) - low or 1.0
    zero = -72 * low / span
    for one, value in zip(drawn.iter(f"{SVG}rect"), values, strict=True):
        start, width = (float(one.attrib[name].rstrip("%")) for name in ("x", "width"))
        assert start >= 0 and start + width <= 72.02
        assert (start if value >= 0 else start + width) == pytest.approx(zero, abs=0.03)


def test_parts_of_a_bar_are_laid_end_to_end_in_colours_that_the_key_tells() -> None:
    chart = bars(figures([("a", of(1, 3)), ("b", of(2, 2))], ("Thing", "One", "Other")))
    pieces = [one.attrib for one in parsed(chart).iter(f"{SVG}rect")]
    assert [key.label for key in chart.keys] == ["One", "Other"]
    assert [one["class"] for one in pieces] == [key.colour for key in chart.keys] * 2
    assert [one["x"] for one in pieces] == ["0%", "18%", "0%", "36%"]
    with pytest.raises(BadInput, match="below 0"):
        bars(figures([("a", of(1, -3))], ("Thing", "One", "Other")))


@pytest.mark.parametrize("nothing", [None, nan, inf, -inf])
def test_what_is_no_number_is_not_drawn_and_stands_in_the_table(nothing: float | None) -> None:
    rows = [("2025-05-01", of(1)), ("2025-05-02", [Cell("?", nothing)]), ("2025-05-03", of(2))]
    for chart in (bars(figures(rows)), columns(figures(rows), str), lines(figures(rows), str)):
        assert "nan" not in chart.drawn and "inf" not in chart.drawn
        assert len(re.findall("<rect|<circle", chart.drawn)) == 2


def test_a_line_is_interrupted_where_a_day_has_no_figure() -> None:
    days = [f"2025-05-0{day}" for day in range(1, 7)]
    values = [1.0, 2.0, None, 4.0, 5.0, 6.0]
    chart = lines(figures([(day, of(value)) for day, value in zip(days, values, strict=True)]), str)
    traces = [one for one in parsed(chart).iter(f"{SVG}path") if "chart-line" in one.attrib["class"]]
    assert [one.attrib["d"].count("L") + 1 for one in traces] == [2, 3]
    assert chart.over_time


def test_days_are_as_far_apart_as_they_are() -> None:
    chart = lines(figures([("2025-05-01", of(1)), ("2025-05-02", of(1)), ("2025-05-11", of(1))]), str)
    first, second, third = (float(one.attrib["cx"].rstrip("%")) for one in parsed(chart).iter(f"{SVG}circle"))
    assert (second - first) * 9 == pytest.approx(third - second, abs=0.1)


def test_an_interval_is_a_band_from_its_lower_to_its_upper_bounds() -> None:
    cells = [Cell("x", 0.5, 0.25, 1.0), Cell("x", 0.5, 0.5, 0.75)]
    rows = [(f"2025-05-0{day}", [cell]) for day, cell in enumerate(cells, 1)]
    drawn = parsed(lines(figures(rows, percent=True), str))
    (band,) = (one.attrib["d"] for one in drawn.iter(f"{SVG}path") if "chart-band" in one.attrib["class"])
    heights = [float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", band)]
    assert heights == [0, 45, 90, 135]  # of 180 pixels: there by the upper bounds, back by the lower


def test_a_line_needs_days() -> None:
    with pytest.raises(BadInput, match="no day"):
        lines(figures([("yesterday", of(1))]), str)


def test_lines_of_several_series_differ_in_more_than_colour() -> None:
    head = ("Day", "a", "b", "c", "d")
    chart = lines(figures([("2025-05-01", of(1, 2, 3, 4)), ("2025-05-02", of(4, 3, 2, 1))], head), str)
    assert len({key.dash for key in chart.keys}) == len({key.colour for key in chart.keys}) == 4


def test_counts_have_whole_figures_at_their_axis() -> None:
    for top in (1, 2, 3, 7, 13, 101, 12_345):
        ticks = re.findall(r'chart-tick"[^>]*>([\d.]+)</text>', columns(figures([("a", of(top))]), str).drawn)
        values = [float(tick) for tick in ticks]
        assert all(value.is_integer() for value in values) and 1 <= len(values) <= 5
        assert top <= values[-1] < 2 * top + 1


@pytest.mark.parametrize("draw", [bars, lambda some: columns(some, str)])
def test_nothing_and_zero_can_be_drawn(draw) -> None:
    for rows in ([], [("a", of(0))], [("a", of(None))]):
        parsed(draw(figures(rows)))
    parsed(lines(figures([]), str))


@pytest.mark.parametrize("columns_", [1, 2, 5, 40])
@given(text=st.text(max_size=60))
def test_a_label_fits_its_place(columns_: int, text: str) -> None:
    fitted = shortened(text, columns_)
    assert sum(2 if east_asian_width(letter) in "WF" else 1 for letter in fitted) <= columns_
    assert fitted == plain(text) or fitted.endswith("…")


def test_a_long_label_is_cut_and_whole_in_the_table(app: Flask) -> None:
    assert shortened("玫瑰面霜", 8) == "玫瑰面霜" and shortened("玫瑰面霜", 7) == "玫瑰面…"
    long = "w" * 60
    page = shown(app, bars(figures([(long, of(1))])))
    assert page.count(long) == 2  # in the table, and where the mouse rests on its bar


@pytest.fixture(scope="module")
def app(guide) -> Flask:
    return create_app(guide)


def shown(app: Flask, chart: Chart) -> str:
    source = '{% import "charts.html" as charts with context %}{{ charts.shown(chart) }}'
    with app.test_request_context():
        return render_template_string(source, chart=chart)


def test_hostile_text_is_text_in_the_drawing_and_in_the_table(app: Flask) -> None:
    head = (HOSTILE, HOSTILE, HOSTILE)
    rows = [(HOSTILE, [Cell(HOSTILE, 1.0), Cell(HOSTILE, 2.0)])]
    listed = tuple(Row(label, tuple(cells), day="2025-05-01") for label, cells in rows)
    some = Figures("some", HOSTILE, HOSTILE, head, listed)
    for chart in (bars(some), columns(some, lambda _: HOSTILE), lines(some, lambda _: HOSTILE)):
        parsed(chart)
        page = shown(app, chart)
        assert (
            "<script>" not in page and "\u202e" not in page and "\x00" not in page and "{{ 7 * 7 }}" in page
        )


def test_a_chart_over_time_has_all_that_its_enhancement_reads(app: Flask) -> None:
    rows = [("2025-05-01", [Cell("10%", 0.1, 0.05, 0.2)]), ("2025-05-02", [Cell("–")])]
    page = shown(app, lines(figures(rows, percent=True), str))
    (element,) = re.findall(r"<time-chart.*?</time-chart>", page, re.DOTALL)
    assert 'data-unit="percent"' in element and "<svg" in element and "<table" in element
    assert re.search(r'<td[^>]* data-value="0.1" data-low="0.05" data-high="0.2">10%</td>', element)
    assert re.search(r'<td class="number">–</td>', element)
    assert re.findall(r'<time datetime="([^"]+)"', element) == ["2025-05-01", "2025-05-02"]
    assert "<details>" in page and "The figures as a table" in page


def test_a_table_leads_where_its_rows_lead(app: Flask) -> None:
    some = Figures("some", "t", "s", ("a", "b"), (Row("x", tuple(of(1)), link="/studio/items/x"),))
    assert '<a href="/studio/items/x"><bdi>x</bdi></a>' in shown(app, bars(some))
