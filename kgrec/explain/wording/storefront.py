"""A shop's pages → the sentences that stand over rows, beside items that go with another, and above what was found."""

from __future__ import annotations

from dataclasses import dataclass

from kgrec.errors import UnknownName
from kgrec.explain.wording.names import LONGEST, within_marks


@dataclass(frozen=True)
class StoreWords:
    """Whole sentences with named slots."""

    # Above what was found
    slip: str
    some: str
    cut: str
    # Facets
    price: str
    under: str
    between: str
    over: str
    # Beside an item that goes with another
    steps: str
    alike: str  # where what joins them is not to be named
    together: str
    # Over rows
    for_you: str
    because: str
    complements: str
    category: str
    popular_now: str
    popular: str
    popular_in: str
    new: str
    # Beside an item of a row
    arrived: str

    def corrected(self, asked: str, read: str) -> str:
        """What is said where a slip was corrected."""
        names = {name: within_marks(text, LONGEST) for name, text in (("asked", asked), ("read", read))}
        return self.slip.format(**names)

    def band(self, low: float | None, high: float | None, currency: str) -> str:
        """What prices from one to another are called."""
        template = (
            self.between
            if low is not None and high is not None
            else self.over
            if high is None
            else self.under
        )
        ends = {name: "" if end is None else f"{end:,g}" for name, end in (("low", low), ("high", high))}
        return template.format(**ends, currency=currency).strip()


WORDS = {
    "en": StoreWords(
        slip="Nothing was found for “{asked}”. This is what “{read}” finds.",
        some="No item has all of these words. These have some of them.",
        cut="The query is long: only its first words, {n} at most, were looked for.",
        price="Price",
        under="Under {high} {currency}",
        between="{low} – {high} {currency}",
        over="{low} {currency} and more",
        steps="{reason}, and {reason2}",
        alike="this is much like it",
        together="this goes with it",
        for_you="These follow from what is known about you.",
        because="Because {deed}.",
        complements="These go with things you chose, or are what others chose next.",
        category="You often look at or choose things in {entity}.",
        popular_now="What shoppers choose here right now.",
        popular="What shoppers choose here most.",
        popular_in="What shoppers choose most in {entity}.",
        new="These came to the shop last.",
        arrived="This came to the shop not long ago.",
    ),
    "zh": StoreWords(
        slip="没有找到“{asked}”的结果，以下是“{read}”的结果。",
        some="没有商品包含全部词语，以下商品包含其中一部分。",
        cut="查询内容过长：只查找了开头的词语，最多 {n} 个。",
        price="价格",
        under="{high} {currency} 以下",
        between="{low} – {high} {currency}",
        over="{low} {currency} 及以上",
        steps="{reason}，而{reason2}",
        alike="这件商品与它很相似",
        together="这件商品可与它搭配",
        for_you="这些商品由与您有关的信息推导而来。",
        because="因为{deed}。",
        complements="这些商品可与您选择过的商品搭配，或是其他顾客接下来选择的商品。",
        category="您常浏览或选择{entity}类商品。",
        popular_now="顾客目前在这里选择最多的商品。",
        popular="顾客在这里选择最多的商品。",
        popular_in="{entity}类中顾客选择最多的商品。",
        new="这些是最近上架的商品。",
        arrived="这件商品不久前上架。",
    ),
}


def words_of(lang: str) -> StoreWords:
    """The sentences of a language."""
    if lang not in WORDS:
        raise UnknownName("language", lang, WORDS)
    return WORDS[lang]
