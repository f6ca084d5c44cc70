"""A file of rules is read strictly: each fault is one line that names the file, the rule and what to do."""

import os
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgrec.errors import BadInput, KgrecError
from kgrec.live.rules import MOST_BYTES, MOST_RULES, RuleFile, Vocabulary, read_rules, rules_of
from kgrec.rules import About, Audience, Quota

WORDS = Vocabulary(["has_brand", "has_category"], ["age_band", "city"])

GOOD = """
[[rule]]
name = "Summer lamps"
do = "boost"
category = ["Lighting", "Garden"]
has_brand = "Lumo"
factor = 1.5
from = 2026-06-01
until = 2026-08-31
quota = { at_least = 1, at_most = 3 }
audience = { age_band = ["18-24"], new = false, bought = { category = "Desks" } }
reason = { en = "On offer this summer", zh = "夏季特惠" }

[[rule]]
name = "Ink with printers"
do = "complement"
of = { items = ["p1", "p2"] }
offer = { category = "Ink" }
"""


def read(text):
    return rules_of(text.encode(), "rules.toml", WORDS)


def test_all_that_a_rule_can_say_is_read():
    summer, ink = read(GOOD).rules
    assert summer.about == About((), (("has_category", ("Lighting", "Garden")), ("has_brand", ("Lumo",))))
    assert summer.audience == Audience(
        (("age_band", ("18-24",)),), False, About((), (("has_category", ("Desks",)),))
    )
    assert (summer.factor, summer.quota) == (1.5, Quota(1, 3))
    assert summer.reason["zh"] == "夏季特惠"
    assert [summer.on(day) for day in days("2026-05-31", "2026-06-01", "2026-08-31", "2026-09-01")] == [
        False,
        True,
        True,
        False,
    ]
    assert (ink.about, ink.offer, ink.factor) == (
        About(("p1", "p2")),
        About((), (("has_category", ("Ink",)),)),
        1.0,
    )


def days(*texts):
    from datetime import date

    return [date.fromisoformat(text) for text in texts]


RULE = '[[rule]]\nname = "X"\n'
FAULTS = {
    RULE + 'do = "boots"\nbrand = "L"': "boost",
    RULE + 'do = "boost"\nbrand = "L"\nfactor = 0.5': "a boost is above 1",
    RULE + 'do = "boost"\nbrand = "L"\nfactor = nan': "write a number",
    RULE + 'do = "boost"\nbrand = "L"\nfactor = true': "write a number",
    RULE + 'do = "boost"\nbrand = "L"\nfactor = 1e9': "to 100",
    RULE + 'do = "boost"\nbrand = "L"': "write factor = 1.5",
    RULE + 'do = "bury"\nbrand = "L"\nfactor = 0': 'use do = "exclude"',
    RULE + 'do = "exclude"\nbrnad = "L"': "did you mean brand",
    RULE + 'do = "exclude"\nbrand = "L"\nfactor = 2': "factor",
    RULE + 'do = "exclude"': "does not say what it is about",
    RULE + 'do = "exclude"\nitems = []': "name 1 to",
    RULE + 'do = "exclude"\nitems = [7]': "put ids into quotes",
    RULE + 'do = "exclude"\nitems = ["a\\u0000"]': "remove it",
    RULE + 'do = "exclude"\nbrand = "evil\\u202e"': "cannot be seen",
    RULE + 'do = "exclude"\nbrand = "L"\nfrom = "2026-01-01"': "without quotes",
    RULE + 'do = "exclude"\nbrand = "L"\nfrom = 2026-01-01T00:00:00Z': "write a day",
    RULE + 'do = "exclude"\nbrand = "L"\nfrom = 2026-02-01\nuntil = 2026-01-01': "exchange from and until",
    RULE
    + 'do = "exclude"\nbrand = "L"\naudience = { age = "18-24" }': "known are new, bought, age_band, city",
    RULE + 'do = "exclude"\nbrand = "L"\naudience = { new = 1 }': "true or false",
    RULE + 'do = "exclude"\nbrand = "L"\naudience = []': "audience is no table",
    RULE + 'do = "exclude"\nbrand = "L"\nreason = { fr = "soldes" }': "known are en, zh",
    RULE + 'do = "exclude"\nbrand = "L"\nreason = { en = "a\\nb" }': "cannot be seen",
    RULE + f'do = "exclude"\nbrand = "L"\nreason = {{ en = "{"a" * 201}" }}': "shorten it",
    RULE + 'do = "pin"\nitems = ["a", "b"]\nplace = 1': "about one item",
    RULE + 'do = "pin"\nitems = ["a"]\nplace = 0': "whole number from 1",
    RULE + 'do = "pin"\nitems = ["a"]\nplace = true': "whole number from 1",
    RULE + 'do = "boost"\nbrand = "L"\nquota = { at_least = 3, at_most = 2 }': "exchange them",
    RULE + 'do = "boost"\nbrand = "L"\nquota = { atmost = 2 }': "at_most",
    RULE + 'do = "complement"\nof = { brand = "L" }': "does not say what it is offer",
    RULE + 'do = "complement"\nof = { brand = "L" }\noffer = { brand = "M" }\nbrand = "N"': "no field",
}


@pytest.mark.parametrize("text", FAULTS, ids=lambda text: text[len(RULE) :].replace("\n", " ")[:50])
def test_a_fault_names_file_and_rule_and_says_what_to_do(text):
    with pytest.raises(KgrecError) as fault:
        read(text)
    told = str(fault.value)
    assert "rules.toml: rule 'X'" in told
    assert FAULTS[text] in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("[[rule]]\ndo = 'pin'", "has no name"),
        ("rule = 3", "begin each rule with [[rule]]"),
        ("[rule]\nname = 'a'", "begin each rule with [[rule]]"),
        ("[[rules]]", "no table of rules.toml"),
        ("[[rule", "correct it there"),
        ("a = " + "[" * 3000, "rule is a flat table|is no TOML"),
        (RULE + 'do = "exclude"\nbrand = "L"\n' + RULE + 'do = "exclude"\nbrand = "M"', "rename one"),
        ("[[rule]]\n" * (MOST_RULES + 1), "take old ones out"),
    ],
)
def test_a_file_that_is_none_of_rules_is_refused(text, remedy):
    with pytest.raises(KgrecError, match=remedy.replace("[[", r"\[\[").replace("]]", r"\]\]")):
        read(text)


def test_bytes_that_are_no_text_and_files_that_are_too_long_are_refused(tmp_path):
    file = tmp_path / "rules.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="is not UTF-8"):
        read_rules(file, WORDS)
    file.write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(BadInput, match="is longer than"):
        read_rules(file, WORDS)


VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(),
        st.floats(),
        st.dates().map(str),
        st.text(string.printable + "\u202e", max_size=8),
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


def toml(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        escaped = "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in value)
        return f'"{escaped}"'
    return str(value)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["boost", "bury", "pin", "exclude", "complement"]),
    st.dictionaries(
        st.sampled_from(
            ["items", "brand", "factor", "place", "from", "quota", "audience", "reason", "of", "offer"]
        ),
        VALUES,
    ),
)
def test_whatever_stands_there_is_a_rule_or_a_fault_of_one_line(do, fields):
    lines = [f"{name} = {toml(value)}" for name, value in fields.items()]
    try:
        (rule,) = read(RULE + f'do = "{do}"\n' + "\n".join(lines)).rules
    except KgrecError as fault:
        assert "\n" not in str(fault)
    else:
        assert rule.do == do and 0 < rule.factor <= 100


# A file that changes


def write(file, text, moment):
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(moment, moment))


def test_a_file_is_read_again_when_it_changes_and_only_then(tmp_path):
    file = tmp_path / "rules.toml"
    rules = RuleFile(file, lambda: WORDS)
    assert rules().rules == () and rules.state() == "ready"
    write(file, GOOD, 10**18)
    first = rules()
    assert [rule.name for rule in first.rules] == ["Summer lamps", "Ink with printers"]
    assert rules() is first
    write(file, GOOD.replace("Summer", "Autumn"), 2 * 10**18)
    assert rules().rules[0].name == "Autumn lamps"
    file.unlink()
    assert rules().rules == ()


def test_a_broken_file_leaves_the_last_good_rules_and_says_so(tmp_path, caplog):
    file = tmp_path / "rules.toml"
    write(file, GOOD, 10**18)
    rules = RuleFile(file, lambda: WORDS)
    good = rules()
    write(file, GOOD.replace("1.5", "0.5"), 2 * 10**18)
    assert rules() is good
    assert "rules.toml: rule 'Summer lamps': factor is 0.5" in rules.state()
    assert caplog.text.count("factor is 0.5") == 1
    write(file, GOOD, 3 * 10**18)
    assert rules.state() == "ready" and len(rules().rules) == 2
