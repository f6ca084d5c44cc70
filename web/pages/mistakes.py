"""What the program says of a mistake, in English → the same in the language of the page, as far as that is known.

Mistakes are told below the pages, in one English line each: what is wrong, where, what to do. `FORMS` are these lines
with slots; a line that has none of these forms stays as it is and is marked as English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from markupsafe import Markup, escape

from kgrec.domain import plain

from .languages import LANGUAGES, N_, current, gettext

KINDS: Mapping[str, str] = {
    "item": N_("product"),
    "user": N_("shopper"),
    "facet": N_("facet"),
    "order of items": N_("order"),
    "brand": N_("brand"),
    "category": N_("category"),
    "colour": N_("colour"),
    "material": N_("material"),
    "relation": N_("relation"),
    "segment": N_("segment"),
    "wish": N_("wish"),
    "purpose": N_("purpose"),
    "fact": N_("fact"),
    "receipt": N_("receipt"),
    "event": N_("event"),
    "generation of the models": N_("model"),
}
"""What names are the names of; a shop's own attributes and columns are called as the shop calls them."""

FORMS: tuple[str, ...] = (
    # Names that nobody has heard of
    N_("%(fault)s; did you mean %(names)s?"),
    N_("%(fault)s; known are for example %(names)s"),
    N_("%(fault)s; known are %(names)s"),
    N_("no table of %(file)s named %(name)s"),
    N_("no deed, as do of %(place)s, named %(name)s"),
    N_("no field of a complement in %(place)s named %(name)s"),
    N_("no field or attribute of items in %(place)s named %(name)s"),
    N_("no field of quota in %(place)s named %(name)s"),
    N_("no field of audience in %(place)s named %(name)s"),
    N_("no language of reason in %(place)s named %(name)s"),
    N_("no %(kind)s named %(name)s"),
    # Keys, budgets, what is closed
    N_("this needs a key of role %(role)s, and %(key)s is one of role %(other)s"),
    N_("this is closed while the shop has no key; make one with: %(code)s"),
    N_(
        "looking at the shop as somebody else is closed; the demo shop has it open, another one with %(code)s"
    ),
    N_("this is kept of %(user)s, and only they may change it; the pages show it as it is"),
    N_("others look for what it would take at the moment; ask again in %(number)s seconds"),
    N_("%(number)s of your queries are running; wait for one of them"),
    N_("your %(number)s seconds a minute are used up; ask again in %(wait)s seconds"),
    N_("your %(number)s requests a minute are used up; ask again in %(wait)s s"),
    N_("this shop was opened without a folder to keep rules in; serve a workspace"),
    N_("this shop was opened without a folder of models; serve a workspace"),
    N_("the graph that %(model)s was trained on is not kept any more; choose another model"),
    N_("say what the campaign is about: %(code)s"),
    N_("Something went wrong here; request %(request)s"),
    # The file of rules
    N_("%(file)s: rule %(name)s: %(fault)s"),
    N_("%(file)s: rule %(number)s: %(fault)s"),
    N_("%(file)s: rule %(name)s"),
    N_("%(file)s: rule %(number)s"),
    N_("%(file)s: %(fault)s"),
    N_("%(fault)s (and %(number)s more such)"),
    N_("%(file)s is not UTF-8"),
    N_("two rules are named %(name)s"),
    N_("is longer than %(number)s bytes"),
    N_("is not UTF-8"),
    N_("is no TOML (%(detail)s (at line %(line)s, column %(column)s))"),
    N_("is no TOML (%(detail)s)"),
    N_("is nested too deep"),
    N_("rule is to be a list of tables"),
    N_("has %(number)s rules, at most %(most)s can be"),
    N_("cannot be read (%(detail)s)"),
    N_("the graph was built before there were offers"),
    # A rule
    N_("ends on %(last)s, before it begins on %(first)s"),
    N_("an id of %(field)s is empty"),
    N_("an id of %(field)s is longer than %(number)s characters"),
    N_("an id of %(field)s holds a character that no key can hold (NUL or half a character)"),
    N_("does not say what it is about"),
    N_("does not say what it is %(field)s"),
    N_("a pin is about one item"),
    N_("quota asks for at least %(least)s and at most %(most)s"),
    N_("factor is %(number)s, a bury is above 0 and below 1"),
    N_("factor is %(number)s, a boost is above 1, to %(most)s"),
    N_("has no %(field)s"),
    N_("%(field)s has %(number)s entries"),
    N_("%(field)s is longer than %(number)s characters"),
    N_("%(field)s holds characters that cannot be seen, or blanks at an end"),
    N_("%(field)s holds %(value)s, which is no text"),
    N_("%(field)s is no text"),
    N_("%(field)s is no table"),
    N_("%(field)s is %(value)s"),
    # What to do
    N_("exchange from and until"),
    N_("exchange them"),
    N_("shorten it"),
    N_("remove it"),
    N_("type it anew in plain letters"),
    N_("fill it in or leave the row out"),
    N_("rename one of them"),
    N_("name categories in place of items"),
    N_("save it as UTF-8"),
    N_("correct it there"),
    N_("take old ones out"),
    N_("let it be read, or remove it"),
    N_("a rule is a flat table, %(code)s"),
    N_("begin each rule with %(code)s"),
    N_("put ids into quotes: %(code)s"),
    N_("name %(least)s to %(most)s"),
    N_("a complement is above 0, to %(most)s"),
    N_("add %(code)s or %(other)s"),
    N_("use %(code)s or %(other)s otherwise"),
    N_("use %(code)s below 1"),
    N_("run %(code)s and %(other)s"),
    N_("write a number, such as %(number)s"),
    N_("write a whole number from %(least)s to %(most)s"),
    N_("write a day without quotes: %(code)s"),
    N_("write %(code)s with one id and no attribute"),
    N_("write %(code)s or %(other)s"),
    N_("write %(code)s"),
)
"""Of several that a line has, the first."""

LONGEST = 2_000
"""Characters of a line that is looked at; longer ones quote what somebody has sent."""

_DEEPEST = 4  # lines within lines
_MOST_SPLITS = 4
_SLOT = re.compile(r"%\((\w+)\)s")
_SLOTS: Mapping[str, str] = {
    "name": r"'.*?'|\".*?\"",
    "file": r"[\w.-]+",
    "field": r"[\w.]+",
    **dict.fromkeys(("number", "least", "most", "line", "column", "wait"), r"[\d.,e+-]+"),
}
"""What a slot may hold; any other holds anything."""


def told(line: str) -> Markup:
    """A line in the language of the page, or as it is, marked as English."""
    text = plain(line)
    if current() == next(iter(LANGUAGES)):
        return escape(text)
    said = _said(text) if len(text) <= LONGEST else None
    return Markup('<span lang="en">{}</span>').format(text) if said is None else escape(said)


def _said(text: str, depth: int = 0) -> str | None:
    """A line in the language of the page; None where nobody knows how to say it."""
    if depth > _DEEPEST:
        return None
    return _whole(text, depth, joined=True) or _of_two(text, depth) or _whole(text, depth, joined=False)


def _whole(text: str, depth: int, *, joined: bool) -> str | None:
    """The same by one form, of those that hold a semicolon or of the others."""
    for form, pattern in _patterns():
        found = pattern.fullmatch(text) if ("; " in form) is joined else None
        if found is None:
            continue
        values = {name: _filled(name, value, depth) for name, value in found.groupdict().items()}
        if None not in values.values():
            return gettext(form, **values)
    return None


def _filled(slot: str, value: str, depth: int) -> str | None:
    """What stands in a slot of the translation."""
    if slot in ("fault", "place"):
        return _said(value, depth + 1)
    if slot == "kind":
        return gettext(KINDS[value]) if value in KINDS else value
    return value[1:-1] if slot == "name" else value


def _of_two(text: str, depth: int) -> str | None:
    """What is wrong and what to do, each by itself."""
    for fault, remedy in _halves(text):
        to_do = _whole(remedy, depth, joined=False)
        what = None if to_do is None else _said(fault, depth + 1)
        if what is not None:
            return gettext("%(fault)s; %(remedy)s", fault=what, remedy=to_do)
    return None


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """A text before and after its semicolons, the last first: what is quoted may hold some, too."""
    cut = len(text)
    for _ in range(_MOST_SPLITS):
        cut = text.rfind("; ", 0, cut)
        if cut < 0:
            return
        yield text[:cut], text[cut + 2 :]


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((form, _pattern(form)) for form in FORMS)


def _pattern(form: str) -> re.Pattern[str]:
    parts = _SLOT.split(form)
    written = [
        f"(?P<{part}>{_SLOTS.get(part, '.+?')})" if n % 2 else re.escape(part) for n, part in enumerate(parts)
    ]
    return re.compile("".join(written), re.DOTALL)
