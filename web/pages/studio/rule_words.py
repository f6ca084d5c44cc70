"""A rule of the shop → what a page says of it: what it does, to what, when, for whom, how many in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kgrec.domain import plain
from kgrec.guide import Guide
from kgrec.insight import RuleLine
from kgrec.insight.relations import relation_label
from kgrec.rules import About, Audience, Quota, Rule

from ..languages import current, gettext, ngettext
from ..shown import day, listing, number

MOST_NAMED = 4  # items or labels, before the others are counted


@dataclass(frozen=True)
class RuleInWords:
    """A rule as a page shows it."""

    name: str
    does: str
    about: str
    when: str
    holds: bool
    audience: str
    quota: str  # empty where it has none
    reason: str  # what shoppers are told; empty where it says nothing
    items: int
    line: int | None


def in_words(guide: Guide, line: RuleLine, today: date) -> RuleInWords:
    """A rule in the language of the page."""
    rule = line.rule
    return RuleInWords(
        name=rule.name,
        does=_does(guide, rule),
        about=_about(guide, rule.about if rule.offer is None else rule.offer),
        when=_when(rule, today),
        holds=line.holds,
        audience=_audience(guide, rule.audience),
        quota=_quota(rule.quota),
        reason=rule.reason.get(current(), next(iter(rule.reason.values()), "")),
        items=line.items,
        line=line.line,
    )


def _does(guide: Guide, rule: Rule) -> str:
    if rule.do == "pin":
        return gettext("Stands at place %(place)s", place=rule.place)
    if rule.do == "exclude":
        return gettext("Left out of every list")
    factor = number(rule.factor)
    if rule.do == "complement":
        return gettext(
            "Offered to who has chosen %(about)s, with strength %(factor)s",
            about=_about(guide, rule.about),
            factor=factor,
        )
    if rule.factor == 1:
        return gettext("Counted in lists")
    if rule.do == "boost":
        return gettext("Raised: every path counts %(factor)s times", factor=factor)
    return gettext("Lowered: every path counts %(factor)s times", factor=factor)


def _about(guide: Guide, about: About) -> str:
    """Which items, every condition as “brand: Conair”."""
    said = [_of(guide, relation, labels) for relation, labels in about.having]
    if about.items:
        said.insert(0, gettext("these products: %(items)s", items=_named(about.items)))
    return gettext("; ").join(said)


def _of(guide: Guide, relation: str, labels: Sequence[str]) -> str:
    label = relation_label(guide.graph, relation, guide.teller(current()))
    return gettext("%(what)s: %(which)s", what=plain(label), which=_named(labels))


def _named(names: Sequence[str]) -> str:
    shown = [plain(name) for name in names[:MOST_NAMED]]
    rest = len(names) - len(shown)
    if rest:
        shown.append(ngettext("%(num)s more", "%(num)s more", rest))
    return listing(shown)


def _when(rule: Rule, today: date) -> str:
    first, last = rule.first, rule.last
    if first is None and last is None:
        return gettext("always")
    if first is not None and last is not None:
        said = gettext("%(first)s to %(last)s", first=day(first), last=day(last))
    elif first is not None:
        said = gettext("from %(first)s on", first=day(first))
    else:
        said = gettext("until %(last)s", last=day(last or today))
    return said


def _audience(guide: Guide, audience: Audience) -> str:
    said = [
        gettext("%(what)s: %(which)s", what=plain(column.replace("_", " ")), which=_named(values))
        for column, values in audience.segments
    ]
    if audience.new is not None:
        said.append(
            gettext("of whom nothing is known yet") if audience.new else gettext("of whom something is known")
        )
    if audience.bought is not None:
        said.append(gettext("who have chosen %(about)s", about=_about(guide, audience.bought)))
    return gettext("; ").join(said) or gettext("everybody")


def _quota(quota: Quota) -> str:
    least, most = quota.at_least, quota.at_most
    if least and most is not None:
        return gettext("%(least)s to %(most)s in a list", least=least, most=most)
    if most is not None:
        return ngettext("%(num)s in a list at most", "%(num)s in a list at most", most)
    return ngettext("%(num)s in a list at least", "%(num)s in a list at least", least) if least else ""
