"""A language → the words around an explanation where it is shown outside the pages: headings, captions, the receipt."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kgrec.domain import Asked, Explanation, Out, plain
from kgrec.errors import UnknownName
from kgrec.explain.ledger import Line


@dataclass(frozen=True)
class Captions:
    """What is written beside figures; names in braces are filled in, with numbers or with text of the shop."""

    title: str
    score: str
    place: str
    out: dict[Out, str]  # where it has no place
    part: str
    contribution: str
    share: str
    prior: str
    rest: tuple[str, str]  # for one, for many
    bars: str
    drawing: str
    summary: tuple[str, str]
    legend: str
    drawn: str  # where not all listed paths are
    facts: str
    no_paths: str
    receipt: tuple[str, str]
    alone: str
    place_short: str
    wishes: dict[Asked, str]
    seen: tuple[str, str]
    derived: str
    people: str
    unknown: str
    made: str

    def of(self, line: Line) -> str:
        """What a part of a score is called; a path by its sentence."""
        return {"prior": self.prior, "rest": count(self.rest, line.paths)}.get(line.kind, plain(line.text))

    def standing(self, found: Explanation) -> str:
        """Where an item stands for a user: its place, or why it has none."""
        return self.place if found.rank else self.out[found.out or "taken"]

    def source(self, source: str) -> str:
        """Where a triple is from: files as they are, the rest in words."""
        derived = re.fullmatch(r"derived(?:, seen (\d+) times?)?", source)
        if derived:
            return count(self.seen, int(derived[1])) if derived[1] else self.derived
        return {"unknown": self.unknown, "events of several customers": self.people}.get(source, source)


def count(forms: tuple[str, str], n: int, **others: object) -> str:
    """The form for one or for many, with the number in it."""
    return forms[n != 1].format(n=f"{n:,}", **others)


EN = Captions(
    title="Why {item}, for {user}",
    score="Score",
    place="Place {rank} for {user}",
    out={
        "taken": "Already among the things {user} has",
        "unwanted": "Not shown, as {user} asked",
        "rule": "Left out of lists by the shop",
        "withdrawn": "No longer offered by the shop",
    },
    part="Part",
    contribution="Contribution",
    share="Share",
    prior="The same for everybody",
    rest=("{n} more path, not listed", "{n} more paths, not listed"),
    bars="The parts of the score, side by side. The table below has the figures.",
    drawing="Paths from the user to the item",
    summary=(
        "{n} path through the knowledge graph, from left to right.",
        "{n} paths through the knowledge graph, from left to right.",
    ),
    legend="A line is as thick as what its paths add to the score. Arrows point the way the fact is stored.",
    drawn="Only the {n} largest paths are drawn.",
    facts="The facts behind it",
    no_paths="No path leads from what is known of this user to this item; the score is the part all users share.",
    receipt=(
        "Checked: without the {n} event or segment these paths start from, "
        "the score is {score} (foretold: {foretold}){place}.",
        "Checked: without the {n} events and segments these paths start from, "
        "the score is {score} (foretold: {foretold}){place}.",
    ),
    alone="With these paths alone it takes place\u00a0{rank}.",
    place_short=", place\u00a0{rank}",
    wishes={
        "gift": "As asked, nothing is concluded from {label}.",
        "less": "As asked, less of {label}: what leads here counts {factor:g} times.",
        "more": "As asked, more of {label}: what leads here counts {factor:g} times.",
        "never": "As asked, {label} is not shown, and nothing is concluded from it.",
    },
    seen=("derived, seen {n} time", "derived, seen {n} times"),
    derived="derived",
    people="events of several customers",
    unknown="source unknown",
    made="model {model}, graph {graph}",
)

ZH = Captions(
    title="为何向 {user} 推荐{item}",
    score="得分",
    place="在 {user} 的推荐中排第 {rank}",
    out={
        "taken": "{user} 已有此商品",
        "unwanted": "按 {user} 的要求不再展示",
        "rule": "已被商店排除在推荐之外",
        "withdrawn": "商店已不再提供",
    },
    part="组成部分",
    contribution="贡献",
    share="占比",
    prior="对所有用户都相同的部分",
    rest=("其余 {n} 条未列出的路径", "其余 {n} 条未列出的路径"),
    bars="得分的各组成部分并排显示，数字见下表。",
    drawing="从用户到商品的路径",
    summary=("知识图谱中的 {n} 条路径，从左到右。", "知识图谱中的 {n} 条路径，从左到右。"),
    legend="线越粗，经过它的路径对得分的贡献越大。箭头指向事实存储的方向。",
    drawn="图中只画出最大的 {n} 条路径。",
    facts="所依据的事实",
    no_paths="已知信息中没有通向该商品的路径；得分就是所有用户共有的部分。",
    receipt=(
        "已验证：去掉这些路径所依据的 {n} 个行为或人群后，得分为 {score}（预测值 {foretold}）{place}。",
        "已验证：去掉这些路径所依据的 {n} 个行为或人群后，得分为 {score}（预测值 {foretold}）{place}。",
    ),
    alone="只凭这些路径，它排第 {rank}。",
    place_short="，排第 {rank}",
    wishes={
        "gift": "按您的要求，不从{label}得出任何推荐。",
        "less": "按您的要求，少推荐{label}：通向这里的路径按 {factor:g} 倍计算。",
        "more": "按您的要求，多推荐{label}：通向这里的路径按 {factor:g} 倍计算。",
        "never": "按您的要求，不再展示{label}，也不从它得出任何推荐。",
    },
    seen=("推导得出，出现 {n} 次", "推导得出，出现 {n} 次"),
    derived="推导得出",
    people="若干其他顾客的行为",
    unknown="来源不明",
    made="模型 {model}，图谱 {graph}",
)

LANGUAGES = {"en": EN, "zh": ZH}


def captions(lang: str) -> Captions:
    """The captions of a language."""
    if lang not in LANGUAGES:
        raise UnknownName("language", lang, LANGUAGES)
    return LANGUAGES[lang]
