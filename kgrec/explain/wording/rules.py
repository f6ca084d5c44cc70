"""Expert rules that bear on an item → what is said of them: to a shopper where the shop has a hand in it, else all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgrec.domain import Explanation, Ruled, RuleDo, plain
from kgrec.errors import UnknownName


@dataclass(frozen=True)
class RuleWords:
    """Whole sentences with named slots; `{because}` is the shop's own reason, or nothing."""

    remarks: Mapping[RuleDo, str]
    placed: str  # a rule that is none of places by itself
    by_score: str
    because: str
    here: str  # to a shopper, that it was placed
    here_because: str
    now: str  # that the prior is made of recent choices
    joint: str  # between sentences


WORDS = {
    "en": RuleWords(
        remarks={
            "boost": "The shop's rule “{name}”: what leads here counts {factor:g} times{because}.",
            "bury": "The shop's rule “{name}”: what leads here counts {factor:g} times{because}.",
            "pin": "Placed here by the shop's rule “{name}”: place {place}{because}.",
            "exclude": "The shop's rule “{name}” leaves it out{because}.",
            "complement": "The shop's rule “{name}” offers it with what you have chosen{because}.",
        },
        placed="Brought in by the shop's rule “{name}”: place {place}{because}.",
        by_score="By its score it has place {rank}.",
        because=" ({reason})",
        here="Placed here by the shop.",
        here_because="Placed here by the shop: {reason}.",
        now="What everybody chooses is counted as of now: recent choices weigh more.",
        joint=" ",
    ),
    "zh": RuleWords(
        remarks={
            "boost": "商店规则“{name}”：通向这里的路径按 {factor:g} 倍计算{because}。",
            "bury": "商店规则“{name}”：通向这里的路径按 {factor:g} 倍计算{because}。",
            "pin": "由商店规则“{name}”放在此处：第 {place} 位{because}。",
            "exclude": "商店规则“{name}”将它排除在外{because}。",
            "complement": "商店规则“{name}”将它与您选择过的商品搭配推荐{because}。",
        },
        placed="由商店规则“{name}”列入：第 {place} 位{because}。",
        by_score="按得分它排第 {rank}。",
        because="（{reason}）",
        here="由商店放在此处。",
        here_because="由商店放在此处：{reason}。",
        now="大众选择按当前情况计算：近期的选择更有分量。",
        joint="",
    ),
}


def rule_words(lang: str) -> RuleWords:
    """The sentences of a language."""
    if lang not in WORDS:
        raise UnknownName("language", lang, WORDS)
    return WORDS[lang]


def reason(rule: Ruled, lang: str) -> str:
    """What the shop tells of a rule, in the language or else in another; "" if nothing."""
    return plain(rule.reason.get(lang) or next(iter(rule.reason.values()), ""))


def remark(rule: Ruled, lang: str) -> str:
    """One sentence about one rule."""
    words = rule_words(lang)
    told = reason(rule, lang)
    form = words.placed if rule.place is not None and rule.do != "pin" else words.remarks[rule.do]
    return form.format(
        name=plain(rule.name),
        factor=rule.factor if rule.factor is not None else 1.0,
        place=rule.place,
        because=words.because.format(reason=told.rstrip(".。")) if told else "",
    )


def rule_remarks(found: Explanation) -> list[str]:
    """All that is to be said beside the figures: a sentence a rule, and how the prior is counted."""
    said = [remark(rule, found.lang) for rule in found.rules]
    return said + ([rule_words(found.lang).now] if found.prior_of == "now" else [])


def with_notice(text: str, found: Explanation) -> str:
    """What a shopper is told, with the shop's hand in it: that it was placed, by score how far down it is, and the
    reasons that the shop gives."""
    words, before, after = rule_words(found.lang), [], []
    for rule in found.rules:
        told = reason(rule, found.lang)
        if rule.do == "pin":
            before.append(words.here_because.format(reason=told.rstrip(".。")) if told else words.here)
            if found.rank is not None and found.rank != rule.place:
                before.append(words.by_score.format(rank=found.rank))
        elif told:
            after.append(_sentence(told, found.lang))
    return words.joint.join([*before, text, *after])


def with_lines(text: str, rules: Sequence[str]) -> str:
    """What is told line by line, with a line a rule."""
    return "\n".join([text, *rules])


def _sentence(text: str, lang: str) -> str:
    return text if text[-1] in ".!?。！？…" else text + {"en": ".", "zh": "。"}[lang]
