"""A language → the sentences that answer what if, why not, what would it take, and why one rather than another.

Every sentence is a whole template; names are filled in as “quoted” text of the shop, which can close no quotation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgrec.answers import Known
from kgrec.domain import Form, KnowledgeGraph, legs_of
from kgrec.explain.wording.names import LONGEST, within_marks


@dataclass(frozen=True)
class Verdicts:
    """The sentences of one language; names in braces are filled in."""

    sources: Mapping[str, tuple[str, str]]  # relation → what paths start from, one and several
    somehow: tuple[str, str]  # the same for any other relation, and for what is not to be named
    more: str
    unnamed: str  # an item that is not to be named
    listing: tuple[str, str]  # between the names of a list, and before the last one
    any_attribute: str
    # what if
    moves: Mapping[str, str]
    summary: str
    nothing_moves: str
    stays: str
    rebuilt: str
    # why not
    blocked: Mapping[str, str]
    listed: str
    placed: str
    best_of: str
    unknown: Mapping[str, str]
    gains: Mapping[str, str]
    # takes
    without: tuple[str, str]
    whatever: Mapping[str, str]
    not_found: str
    purchases: tuple[str, str]
    no_purchase: str
    nothing_leads: str
    has_it: str
    left_out: str
    # contrast
    contrast: Mapping[str, str]
    # receipt
    groups: str  # the segments somebody is in, together
    receipt: Mapping[str, str]

    def source(self, known: Known) -> str:
        """What paths start from; of a segment only that there is one, for it may be nobody's business."""
        return self.listed_sources([known])

    def listed_sources(self, known: Sequence[Known]) -> str:
        """Several of them, those of one kind together."""
        groups: dict[str, list[Known]] = {}
        for one in known:
            groups.setdefault(one.relation if one.may_be_named else "", []).append(one)
        return self._joined(
            [
                self.sources.get(relation, self.somehow)[len(group) > 1].format(
                    names=self.listed_names(group)
                )
                for relation, group in groups.items()
            ]
        )

    def evidence(self, known: Sequence[Known]) -> str:
        """All that joins somebody to some things: items by name, segments only as such."""
        items = [one for one in known if one.item_id is not None]
        groups = [self.groups] if len(items) < len(known) else []
        return self._joined([*self._names(items), *groups])

    def listed_names(self, known: Sequence[Known]) -> str:
        """Several items by name, the first few of many."""
        return self._joined(self._names(known))

    def _names(self, known: Sequence[Known]) -> list[str]:
        names = [quoted(one.label) if one.may_be_named else self.unnamed for one in known]
        more = [self.more.format(n=len(names) - MOST_NAMES)] if len(names) > MOST_NAMES + 1 else []
        return [*names[:MOST_NAMES], *more] if more else names

    def _joined(self, words: list[str]) -> str:
        between, last = self.listing
        return last.join([between.join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]

    def way(self, name: str, graph: KnowledgeGraph, lang: str) -> str:
        """A metapath by the labels of its relations, of inverses where it walks backward; there and back is one."""
        known = {one.name: one for one in graph.relations}

        def label(relation: str, form: Form) -> str:
            if relation in known:
                one = known[relation]
                return (one.inverse_label if form == "inverse" else one.label).get(lang, relation)
            return self.any_attribute if relation == "any_attribute" else relation

        return " → ".join(label(*leg) for leg in legs_of(name))


MOST_NAMES = 6  # of many, told in a sentence


def quoted(name: str) -> str:
    """A name in quotation marks that nothing in it can end."""
    return f"“{within_marks(name, LONGEST)}”"


EN = Verdicts(
    sources={
        "bought": ("your purchase of {names}", "your purchases of {names}"),
        "viewed": ("your look at {names}", "your looks at {names}"),
        "carted": ("{names} in your basket", "{names} in your basket"),
        "rated": ("your rating of {names}", "your ratings of {names}"),
        "in_segment": ("shoppers like you", "shoppers like you"),
    },
    somehow=("something else known of you", "other things known of you"),
    more="{n} more",
    unnamed="an item",
    listing=(", ", " and "),
    any_attribute="any attribute",
    moves={
        "taken": "You would have it, so it would not be recommended.",
        "free": "You would no longer have it, so it could be recommended.",
        "unchanged": "Its score would stay the same; others would move.",
        "gone": "What leads to it from {source} would be gone.",
        "came": "New paths would lead to it from {source}.",
        "more": "What leads to it from {source} would count for more.",
        "less": "What leads to it from {source} would count for less.",
        "way_more": "Paths by way of “{way}” would add more to it.",
        "way_less": "Paths by way of “{way}” would add less to it.",
        "everybody_more": "What everybody chooses would count for more.",
        "everybody_less": "What everybody chooses would count for less.",
        "outrun": "Its score would rise, but less than that of others.",
        "outlast": "Its score would fall, but less than that of others.",
    },
    summary="Of the first {k}, {entered} would be new, {left} would leave and {moved} would change places.",
    nothing_moves="None of the first {k} would move.",
    stays="What other customers' choices and the titles of items say of each other was taken to stay as it is.",
    rebuilt="What the catalogue says was counted anew with the weights as they were learned; nothing was learned anew.",
    blocked={
        "chosen": "You already have it, and what you have is not recommended again.",
        "returned": "You sent it back, so it is not recommended.",
        "disliked": "You said that you do not like it, so it is not recommended.",
        "unwanted": "You asked not to see it; take that back, and it may be recommended.",
        "excluded": "It was asked to be left out.",
        "withdrawn": "The shop no longer offers it.",
        "rule": "It is left out by the shop's rule “{rule}”.",
        "quota": "Its score gives it place {rank}, but the shop's rule “{rule}” allows no more like it in the list.",
        "places": "Its score gives it place {rank}, but the shop's rules give that place to others.",
    },
    listed="It is in your list, at place {rank}.",
    placed="It is in your list, placed {place} by the shop's rule “{rule}”; its score gives it place {rank}.",
    left_out="It is left out by the shop's rule “{rule}”, so nothing brings it into the list.",
    best_of="There is nothing else to recommend.",
    unknown={
        "bestseller": "Nothing known about you leads to this item; it is a bestseller, at place {rank}.",
        "nothing": "No path from what is known of you leads to this item.",
        "newcomer": "Nothing is known about you yet; of what everybody chooses, it is not among the first {k}.",
    },
    gains={
        "known": "{rival} at place {k} has more leading to it from {source}.",
        "lacks": "From {source} something leads to {rival} at place {k}, and nothing to this item.",
        "everybody": "{rival} at place {k} is chosen more often by everybody.",
        "tie": "It scores the same as {rival} at place {k}, which comes first in the catalogue.",
    },
    without=(
        "Without {sources} it would be at place {rank}.",
        "Without these {n} things together it would be at place {rank}: {sources}.",
    ),
    whatever={
        "bestseller": "It is among the first {k} whatever is left out of what is known of you; it is a bestseller.",
        "enough": "It is among the first {k} whatever is left out of what is known of you.",
    },
    not_found="No set of things was found without which it drops out; it would take at least {n}.",
    purchases=(
        "If you bought {names} now, it would come to place {rank}.",
        "If you bought {names} now, in this order, it would come to place {rank}.",
    ),
    no_purchase="No one or two purchases were found that bring it among the first {k}.",
    nothing_leads="There is nothing to buy that leads to it.",
    has_it="You already have it, and what you have is not recommended again.",
    contrast={
        "known": "{one} comes before {other} above all because of {source}.",
        "everybody": "{one} comes before {other} above all because everybody chooses it more often.",
        "tie": "{one} and {other} score the same.",
    },
    groups="the groups you belong to",
    receipt={
        "moves": "Without {sources} this would be in place {rank}.",
        "stays": "Even without {sources} this would stay in place {rank}.",
        "score": "Without {sources} its score would be {score}.",
        "alone": "With these reasons alone it would be in place {rank}.",
    },
)

ZH = Verdicts(
    sources={
        "bought": ("您购买的{names}", "您购买的{names}"),
        "viewed": ("您浏览的{names}", "您浏览的{names}"),
        "carted": ("您购物车里的{names}", "您购物车里的{names}"),
        "rated": ("您评价的{names}", "您评价的{names}"),
        "in_segment": ("与您相似的顾客", "与您相似的顾客"),
    },
    somehow=("您的其他已知信息", "您的其他已知信息"),
    more="另外{n}件",
    unnamed="某件商品",
    listing=("、", "和"),
    any_attribute="任一属性",
    moves={
        "taken": "那样您就已经拥有它，因此不会再推荐。",
        "free": "那样您就不再拥有它，因此可以推荐。",
        "unchanged": "它的得分不变，变动的是其他商品。",
        "gone": "从{source}通向它的路径会消失。",
        "came": "会有新的路径从{source}通向它。",
        "more": "从{source}通向它的路径会更有分量。",
        "less": "从{source}通向它的路径会减轻分量。",
        "way_more": "经由“{way}”的路径会为它增加得分。",
        "way_less": "经由“{way}”的路径会为它减少得分。",
        "everybody_more": "大众选择所占的分量会增加。",
        "everybody_less": "大众选择所占的分量会减少。",
        "outrun": "它的得分会上升，但升幅不及其他商品。",
        "outlast": "它的得分会下降，但降幅不及其他商品。",
    },
    summary="前{k}名中，会有{entered}件新进入，{left}件退出，{moved}件变换名次。",
    nothing_moves="前{k}名都不会变动。",
    stays="由其他顾客的选择和商品标题得出的关系，按保持现状计算。",
    rebuilt="商品目录的内容按已学得的权重重新计算，没有重新训练。",
    blocked={
        "chosen": "您已经拥有它，已有的商品不会再推荐。",
        "returned": "您退回过它，因此不推荐。",
        "disliked": "您表示过不喜欢它，因此不推荐。",
        "unwanted": "您要求不再看到它；撤回该要求后，它就可以被推荐。",
        "excluded": "它已按要求被排除在外。",
        "withdrawn": "商店已不再提供它。",
        "rule": "它被商店规则“{rule}”排除在外。",
        "quota": "按得分它排第{rank}，但商店规则“{rule}”不允许列表中再有此类商品。",
        "places": "按得分它排第{rank}，但商店规则把该位置给了其他商品。",
    },
    listed="它就在您的推荐中，排第{rank}。",
    placed="它就在您的推荐中，由商店规则“{rule}”放在第{place}位；按得分它排第{rank}。",
    left_out="它被商店规则“{rule}”排除在外，因此没有办法让它进入列表。",
    best_of="没有其他商品可推荐。",
    unknown={
        "bestseller": "已知信息中没有通向该商品的路径；它是畅销品，排第{rank}。",
        "nothing": "从您的已知信息出发，没有路径通向该商品。",
        "newcomer": "目前对您还一无所知；按大家的选择，它不在前{k}名之内。",
    },
    gains={
        "known": "从{source}出发，通向第{k}名{rival}的路径更有分量。",
        "lacks": "从{source}出发，有路径通向第{k}名{rival}，却没有通向该商品的。",
        "everybody": "第{k}名{rival}更常被大家选择。",
        "tie": "它与第{k}名{rival}得分相同，而后者在目录中排在前面。",
    },
    without=(
        "若不计{sources}，它会排第{rank}。",
        "若同时不计以下{n}项，它会排第{rank}：{sources}。",
    ),
    whatever={
        "bestseller": "无论不计您的哪些信息，它都在前{k}名之内；它是畅销品。",
        "enough": "无论不计您的哪些信息，它都在前{k}名之内。",
    },
    not_found="没有找到去掉后能使它退出的组合；至少需要{n}项。",
    purchases=(
        "如果您现在购买{names}，它会升到第{rank}。",
        "如果您现在依次购买{names}，它会升到第{rank}。",
    ),
    no_purchase="没有找到一两次购买就能使它进入前{k}名的办法。",
    nothing_leads="没有可购买的商品通向它。",
    has_it="您已经拥有它，已有的商品不会再推荐。",
    contrast={
        "known": "{one}排在{other}之前，主要是因为{source}。",
        "everybody": "{one}排在{other}之前，主要是因为大家更常选择它。",
        "tie": "{one}与{other}得分相同。",
    },
    groups="您所属的人群",
    receipt={
        "moves": "若不计{sources}，它会排第{rank}。",
        "stays": "即使不计{sources}，它仍排第{rank}。",
        "score": "若不计{sources}，它的得分会是{score}。",
        "alone": "只凭这些理由，它会排第{rank}。",
    },
)

LANGUAGES = {"en": EN, "zh": ZH}
