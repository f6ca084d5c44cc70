"""Mistakes are told below the pages in English; pages in Chinese say them in Chinese, whatever is wrong."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from kgrec.errors import UnknownName
from kgrec.guide import Guide
from kgrec.live.rules import MOST_BYTES, MOST_RULES, Vocabulary, checked
from tests.web.lived import words
from web.pages.mistakes import told

RULE = '[[rule]]\nname = "R; 1: a"\ndo = "{do}"\n{rest}\n'
SHOP = Vocabulary(("has_brand", "has_colour"), ("age_band",))


def rule(do: str, rest: str) -> bytes:
    return RULE.format(do=do, rest=rest).encode()


FAULTY = [
    b"\xff", b"a = ", b"a = [", b"x = 1", b"rule = 1", b"[[rule]]\n", b"[[rule]]\nname = 3", b"a = " + b"[" * 5000,
    b'[[rule]]\nname = ""', b'[[rule]]\nname = "' + b"x" * 81 + b'"', b'[[rule]]\nname = " x"',
    b"#" * (MOST_BYTES + 1),
    b"[[rule]]\n" * (MOST_RULES + 1), rule("exclude", 'brand = "A"') * 2,
    rule("hide", ""), rule("pin", ""), rule("pin", 'items = ["a", "b"]\nplace = 1'),
    rule("pin", 'items = ["a"]\nplace = 0'), rule("pin", 'items = ["a"]\nplace = "x; y"'),
    rule("pin", "items = [3]\nplace = 1"), rule("pin", 'items = [""]\nplace = 1'), rule("pin", "items = []\nplace = 1"),
    rule("pin", f'items = ["{"x" * 600}"]\nplace = 1'), rule("exclude", 'items = ["\\u0000"]'),
    rule("boost", 'brand = "A"'), rule("boost", 'brand = "A"\nfactor = "2"'),
    rule("boost", 'brand = "A"\nfactor = 0.5'),
    rule("bury", 'brand = "A"\nfactor = 2.5'), rule("bury", "factor = 0.5"),
    rule("boost", 'color = "A"\nfactor = 2'), rule("boost", "brand = 3\nfactor = 2"),
    rule("complement", ""), rule("complement", 'of = 3\noffer = 4'), rule("complement", 'of = {brand = "A"}'),
    rule("complement", 'of = {brand = "A"}\noffer = {brand = "B"}\nfactor = 0'),
    rule("complement", 'of = {brand = "A"}\noffer = {brand = "B"}\nbrand = "A"'),
    rule("exclude", 'brand = "A"\nfrom = "2026-01-01"'),
    rule("exclude", 'brand = "A"\nfrom = 2026-02-01\nuntil = 2026-01-01'),
    rule("boost", 'brand = "A"\nfactor = 2\nquota = 3'), rule("boost", 'brand = "A"\nfactor = 2\nquota = {most = 3}'),
    rule("boost", 'brand = "A"\nfactor = 2\nquota = {at_least = 3, at_most = 1}'),
    rule("exclude", 'brand = "A"\naudience = 1'), rule("exclude", 'brand = "A"\naudience = {new = 1}'),
    rule("exclude", 'brand = "A"\naudience = {city = "X"}'), rule("exclude", 'brand = "A"\nreason = 1'),
    rule("exclude", 'brand = "A"\nreason = {fr = "x"}'), rule("exclude", 'brand = "A"\nreason = {en = 3}'),
]  # fmt: skip


@pytest.mark.parametrize("content", FAULTY, ids=range(len(FAULTY)))
def test_every_fault_of_a_file_of_rules_is_told_in_either_language(app: Flask, content: bytes) -> None:
    faults = checked(content, "rules.toml", SHOP).faults
    assert faults
    for fault in faults:
        with app.test_request_context("/?lang=zh"):
            said = told(fault.text)
            assert 'lang="en"' not in said and "；" in said, said
            assert "named" not in said and "&#39;: " not in said
        with app.test_request_context("/?lang=en"):
            assert words(told(fault.text)).strip() == " ".join(fault.text.split())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no item named 'i9'; did you mean i1 or i2?", "没有名为“i9”的商品；是否指 i1 or i2？"),
        ("no brand named \"a'b\"; known are A, B", "没有名为“a'b”的品牌；已有：A, B"),
        ("no season named 'winter'", "没有名为“winter”的season"),
        ("rules.toml: rule 'R': no item named 'i9' (and 3 more such)",
         "rules.toml 的规则“R”：没有名为“i9”的商品（另有 3 处同类问题）"),
        ("rules.toml: rule 'R': the graph was built before there were offers; run kgrec build and kgrec train",
         "rules.toml 的规则“R”：图谱建成时还没有搭配功能；请运行 kgrec build 和 kgrec train"),
    ],
)  # fmt: skip
def test_names_nobody_has_heard_of_are_told_in_chinese(app: Flask, line: str, said: str) -> None:
    with app.test_request_context("/?lang=zh"):
        assert words(told(line)).strip() == said


def test_what_nobody_knows_how_to_say_stays_and_is_marked(app: Flask) -> None:
    with app.test_request_context("/?lang=zh"):
        assert told("the moon is <b>full</b>") == '<span lang="en">the moon is &lt;b&gt;full&lt;/b&gt;</span>'
        assert told("x" * 100_000).startswith('<span lang="en">')


@given(name=st.text(max_size=60))
def test_no_name_breaks_out_of_what_is_said_of_it(app: Flask, name: str) -> None:
    line = str(UnknownName("item", name, ["one; two", "named 'x'"]))
    with app.test_request_context("/?lang=zh"):
        said = told(line)
        assert "<" not in said.replace('<span lang="en">', "").replace("</span>", "")


def test_pages_say_it_in_the_language_of_their_reader(app: Flask, guide: Guide) -> None:
    client = app.test_client()
    page = client.get("/item/soup?lang=zh")
    assert page.status_code == 404
    assert "没有名为“soup”的商品；是否指 soap" in words(page.text)
    assert (
        "no item named" not in page.text
        and "no item named &#39;soup&#39;" in client.get("/item/soup?lang=en").text
    )
