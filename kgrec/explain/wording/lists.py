"""An overview of a list → a few sentences: what it has in common, whose interests it serves, what balance did."""

from __future__ import annotations

from dataclasses import dataclass

from kgrec.domain import plain
from kgrec.errors import UnknownName

MOST_NAMED = 3  # interests and things in common in a sentence
LONGEST = 60  # characters of a name


@dataclass(frozen=True)
class ListWords:
    """Whole sentences with named slots."""

    common: str
    serves: tuple[str, str]  # one interest, several
    interest: str
    between: str
    moved: tuple[str, str]
    ruled: tuple[str, str]
    none: str
    unnamed: str


WORDS = {
    "en": ListWords(
        common="{items} of these {n} share {label}.",
        serves=(
            "They serve an interest of yours: {interests}.",
            "They serve {interests_n} of your interests, above all {interests}.",
        ),
        interest="{label} ({share} of this list, {history} of what is known of you)",
        between=", ",
        moved=(
            "To serve your interests in proportion, {moved} item is here that scores alone would have left out.",
            "To serve your interests in proportion, {moved} items are here that scores alone would have left out.",
        ),
        ruled=(
            "{ruled} item is here because the shop put it here.",
            "{ruled} items are here because the shop put them here.",
        ),
        none="Nothing known about you leads to these items; they are what everybody chooses.",
        unnamed="something not named here",
    ),
    "zh": ListWords(
        common="这 {n} 件商品中有 {items} 件都具有{label}。",
        serves=(
            "它们对应您的一项兴趣：{interests}。",
            "它们对应您的 {interests_n} 项兴趣，主要是{interests}。",
        ),
        interest="{label}（占此列表的 {share}，占已知信息的 {history}）",
        between="、",
        moved=(
            "为按比例照顾您的兴趣，列入了 {moved} 件仅凭得分不会入选的商品。",
            "为按比例照顾您的兴趣，列入了 {moved} 件仅凭得分不会入选的商品。",
        ),
        ruled=("有 {ruled} 件商品由商店放入。", "有 {ruled} 件商品由商店放入。"),
        none="没有任何已知信息把您与这些商品联系起来；它们是大家常选的商品。",
        unnamed="此处不便说明的内容",
    ),
}


@dataclass(frozen=True)
class Told:
    """What is said of a list; labels are text of the shop."""

    n: int
    common: tuple[tuple[str, int], ...]  # what they share, and how many of them
    interests: tuple[
        tuple[str, float, float], ...
    ]  # label, share of the list, share of what is known; largest first
    moved: int  # items that scores alone would have left out
    ruled: int = 0  # items that rules of the shop have put there


def overview_text(told: Told, lang: str) -> str:
    """The sentences of a language."""
    if lang not in WORDS:
        raise UnknownName("language", lang, WORDS)
    words = WORDS[lang]
    said = [
        words.common.format(items=items, n=told.n, label=_quoted(label, lang))
        for label, items in told.common[:MOST_NAMED]
    ]
    served = [interest for interest in told.interests if interest[1] > 0]
    named = words.between.join(
        words.interest.format(label=_quoted(label, lang), share=f"{share:.0%}", history=f"{history:.0%}")
        for label, share, history in served[:MOST_NAMED]
    )
    if served:
        said.append(words.serves[len(served) > 1].format(interests_n=len(served), interests=named))
    if told.moved:
        said.append(words.moved[told.moved > 1].format(moved=told.moved))
    said = said or [words.none]
    if told.ruled:
        said.append(words.ruled[told.ruled > 1].format(ruled=told.ruled))
    return (" " if lang == "en" else "").join(said)


def _quoted(label: str, lang: str) -> str:
    """A name of the shop in the language's quotation marks, which it cannot close itself."""
    if label == WORDS[lang].unnamed:
        return label
    text = plain(label).translate(str.maketrans("“”", "''"))
    return f"“{text[:LONGEST]}{'…' if len(text) > LONGEST else ''}”"
