"""Chinese sentences for paths, made of the phrases that the ontology gives each relation."""

from __future__ import annotations

YOU = "您"
OTHERS = "其他顾客"
THEY = "他们"  # the same ones, when named again
IT = "它"  # what the path starts from, when it is named again
EVERYONE = "大家都常选择它。"
NOTHING = "目前还没有任何已知信息把您与它联系起来。"
_REASONS = {"viewed": "浏览过", "carted": "加入过购物车", "bought": "购买过", "rated": "评价过"}


def known(relation: str, thing: str) -> str:
    """What the path starts from."""
    if relation == "in_segment":
        return f"您属于人群“{thing}”"
    return f"您{_REASONS.get(relation, '了解')}{thing}"


def shared(phrase: str, like: str) -> str:
    """Two items with one entity."""
    return f"{phrase}，与{like}相同"


def path(start: str, clauses: list[str], *, segment: bool) -> str:
    """A whole path in one sentence."""
    return f"{clauses[-1]}。" if segment else f"因为{start}：{'，并且'.join(clauses)}。"
