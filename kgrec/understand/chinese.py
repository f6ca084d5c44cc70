"""A Chinese clause → what it speaks of, and whether it praises that: a noun, and an adjective within three words."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from kgrec.understand.clauses import MOST_WORDS
from kgrec.understand.english import Said, singular
from kgrec.understand.opinions import OPINIONS, TURNS, word_set

_OPINION, _TURN = OPINIONS["zh"], TURNS["zh"]
_REACH = 3  # words between a noun and its adjective
_NOUNS = frozenset({"n", "nz", "ng", "vn", "nl", "eng"})
_ADJECTIVES = frozenset({"a", "ad", "an", "z", "ag"})
_NOUNS_TOO = word_set("做工 包装 设计 安装 清洗 发货 送货 配送 快递 续航 充电 操作 售后 颜值 触感 握感 手感")
"""What a dictionary has as verbs, and shoppers use as nouns."""

_AND = word_set("、 和 与 及 跟 以及 还有")
_EXCESS = word_set("太 过于 有点 有些 偏 略 稍 稍微 略微 过 有点儿")
_BEFORE_ONE = frozenset("不没无很太最超真挺更蛮")
"""With what an opinion may begin and still be one word of the dictionary: 很漂亮."""

_HEADS = word_set("时间 速度 效果 程度 质量 态度 功能 性能 体验 水平 方式 价格")
"""Nouns that a verb before them makes more exact: 待机时间."""
_NOT_ASPECTS = word_set("""
    男朋友 女朋友 男友 女友 人家 老爸 老妈 父母 婆婆 公公 弟弟 妹妹 哥哥 姐姐 宝宝 小朋友 客户 全部 物美
    现象 印象 购物 办理 国产 客人 下单 小孩子 东西 商品 产品 宝贝 物品 货 货物 人 朋友 家人 老婆 老公 妈妈
    爸爸 孩子 儿子 女儿 老人 小孩 大家 别人 顾客 买家 卖家 店家 老板 图片 想象 想像 亲 时候 时间段 今天 昨天
    天 年 月 小时 分钟 地方 方面 问题 情况 事 事情 原因 结果 总体 整体 个人 感觉 样子 意思 东东 评价 评论
    京东 淘宝 天猫 当当 卓越 亚马逊 同事 次 回 下 点 种 家 款 店 本人 家里 全家 同学 网友 领导 有点 基本
    关键 心 缘故 话 毛病
    """)
_LABEL = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]{2,6}|[a-z]{2,12}")
_NO_LABEL = re.compile(r"[的了差太很好坏]|^(.)\1$")
_COMPARED = word_set("比 像 如 如同 比起 离 按 按照 除 没有 没 不是")
"""Words whose noun is only what something is compared with: 没有苹果好吃."""


class Word(NamedTuple):
    """A word and its part of speech, as jieba names it."""

    text: str
    tag: str


def said(clause: str) -> list[Said]:
    """What a clause speaks of with an opinion."""
    return said_of(tagged(clause))


def said_of(words: Sequence[Word]) -> list[Said]:
    """The same of a clause whose words are known."""
    found: list[Said] = []
    at = 0
    while at < len(words):
        name, after = _noun_at(words, at)
        if not name or (at and words[at - 1].text in _COMPARED):
            at += 1
            continue
        names = [name]
        while after < len(words) - 1 and words[after].text in _AND:
            other, behind = _noun_at(words, after + 1)
            if not other:
                break
            names.append(other)
            after = behind
        opinion, end = _opinion_after(words, after)
        if end:
            found += [Said(one, opinion) for one in names]
        elif (before := _opinion_before(words, at)) is not None:
            found.append(Said(name, before))
        at = max(end, after)
    return list(dict.fromkeys(found))


def _noun_at(words: Sequence[Word], at: int) -> tuple[tuple[str, ...], int]:
    """The nouns, one or two, that begin at a place, and the place after them; none if there are none."""
    word = words[at]
    if (
        word.tag in ("v", "vn")
        and len(word.text) > 1
        and words[at + 1 : at + 2]
        and words[at + 1].text in _HEADS
    ):
        return _named(word.text + words[at + 1].text), at + 2
    if at + 1 < len(words) and words[at + 1].text == "度" and len(word.text) > 1:
        return _named(word.text + "度"), at + 2
    if not _is_noun(word):
        return (), at
    if at + 1 < len(words) and _is_noun(words[at + 1]) and word.tag != "eng":
        first, second = _named(word.text), _named(words[at + 1].text)
        return ((*first, *second) if second else ()), at + 2
    return _named(word.text), at + 1


def _is_noun(word: Word) -> bool:
    is_one = word.tag in _NOUNS or word.text in _NOUNS_TOO
    return is_one and not _opinion_of(word) and word.text not in _NOT_ASPECTS


def _named(text: str) -> tuple[str, ...]:
    name = singular(text.casefold()) if text.isascii() else text
    is_label = _LABEL.fullmatch(name) and not _NO_LABEL.search(name) and name not in _NOT_ASPECTS
    return (name,) if is_label else ()


def _opinion_after(words: Sequence[Word], start: int) -> tuple[int, int]:
    """What is said within reach, and the place after it; 0 for the place if nothing is."""
    turned = excess = False
    for at in range(start, min(start + _REACH + 1, len(words))):
        word = words[at]
        if word.text in _TURN:
            turned = not turned
        elif word.text in _EXCESS:
            excess = True
        elif opinion := _opinion_of(word):
            nxt = words[at + 1] if at + 1 < len(words) else None
            if word.text == "好" and nxt is not None and nxt.tag in _ADJECTIVES:
                continue  # 好大: very
            return (-opinion if turned else opinion), at + 1
        elif word.tag in _ADJECTIVES:
            return (-1 if excess and not turned else 0), at + 1
        elif word.text in _COMPARED:
            return 0, 0
        elif _is_noun(word):
            break
    return 0, 0


def _opinion_before(words: Sequence[Word], at: int) -> int | None:
    """What the word before a noun says of it: 不错的音质; None if it says nothing."""
    if at < 2 or words[at - 1].text != "的" or not (opinion := _opinion_of(words[at - 2])):
        return None
    turned = any(word.text in _TURN for word in words[max(0, at - 4) : at - 2])
    return -opinion if turned else opinion


def _opinion_of(word: Word) -> int:
    if word.text in _OPINION:
        return _OPINION[word.text]
    first, rest = word.text[:1], word.text[1:]
    if rest not in _OPINION or first not in _BEFORE_ONE:
        return 0
    return -_OPINION[rest] if first in _TURN or first == "无" else _OPINION[rest]


def key(words: Sequence[str]) -> str:
    """By what an aspect is counted."""
    return "".join(words)


def tagged(clause: str) -> list[Word]:
    """The words of a clause with their parts of speech."""
    return [Word(pair.word, pair.flag) for pair in _tagger().cut(clause[: 4 * MOST_WORDS], HMM=False)]


@cache
def _tagger() -> Any:
    """jieba's tagger over a dictionary that is read here.

    Left to itself, jieba keeps its dictionary as code objects in the system's temporary folder and takes whatever lies
    there under that name.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of jieba's own modules, when they are compiled and imported
        import jieba  # type: ignore[import-untyped]
        import jieba.posseg  # type: ignore[import-untyped]

        words = jieba.Tokenizer()
        with words.get_dict_file() as file:
            words.FREQ, words.total = words.gen_pfdict(file)
        words.initialized = True
        return jieba.posseg.POSTokenizer(words)
