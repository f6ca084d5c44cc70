"""Why rows and cells were left out: a reason or a remedy in English in, the same in Chinese out."""

from __future__ import annotations

import re

_KEY = {"user": "用户编号", "item": "商品编号"}

_SAID = {
    "the {key} id is empty": "{key}为空",
    "the {key} id is longer than {n} characters": "{key}超过 {n} 个字符",
    "the {key} id holds a character that no key can hold (NUL or half a character)": "{key}含有不允许的字符",
    "the {key} id is that of an earlier row": "{key}与前面某行相同",
    "the item is not in the catalogue": "商品不在目录中",
    "the item is neither in the catalogue nor in the interactions": "商品既不在目录中，也没有交互记录",
    "the event is not known": "无法识别事件名称",
    "the mapping leaves the event out": "按 mapping.toml 的设置忽略该事件",
    "the same user, item, event and time as an earlier row": "用户、商品、事件和时间与前面某行完全相同",
    "the same user, item and time as in an earlier line": "用户、商品和时间与前面某行完全相同",
    "the user has no items": "该用户没有任何商品",
    "the number of cells differs from the header's": "单元格数与表头不一致",
    "{column} is not a number above 0": "“{column}”列不是大于 0 的数",
    "{column} is not a date": "“{column}”列不是日期",
    "no price": "不是价格",
    "neither a path nor an http address": "既不是文件路径，也不是 http 地址",
    "no whole number": "不是整数",
    "no number": "不是数字",
    "no amount in {unit}": "不是以 {unit} 为单位的数量",
    "neither yes nor no": "既不是“是”也不是“否”",
    "no date": "不是日期",
    "no date with a time": "不是日期时间",
    "no id of an item": "不是商品编号",
    "the item itself": "指向商品自身",
    "write a number not below zero, such as 12.50": "请填写不小于零的数字，例如 12.50",
    "write the name of a file or an address that begins with https://": "请填写文件名或以 https:// 开头的地址",
    "correct it, or say in mapping.toml that {column} is something else": (
        "请更正，或在 mapping.toml 中把“{column}”列设为其他类型"
    ),
    "write the id of another item": "请填写另一件商品的编号",
}
"""In the order in which they are tried: what begins with a slot comes after what does not."""

_PATTERNS = [
    (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(said)), re.DOTALL), chinese)
    for said, chinese in _SAID.items()
]


def in_chinese(said: str) -> str:
    """A reason or a remedy of reading in Chinese; one of another version, which has none, as it is."""
    for pattern, chinese in _PATTERNS:
        found = pattern.fullmatch(said)
        if found:
            words = found.groupdict()
            return chinese.format(**words | {"key": _KEY.get(words.get("key") or "", "")})
    return said
