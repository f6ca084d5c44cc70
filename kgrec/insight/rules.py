"""A text of rules before it is saved: what is wrong with it, what it would change; and saving it, if nobody else has.

The file is written beside its place and renamed into it, and only over the text that the editor has seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from kgrec.domain import Recommendation
from kgrec.errors import BadInput, Changed
from kgrec.explain.effects import RowRule
from kgrec.explain.rules import RulesOn
from kgrec.folders import new_file
from kgrec.generations import alone
from kgrec.guide import MOST, Guide
from kgrec.insight.changes import Changes, Lists, Pair, pair
from kgrec.insight.sample import PREVIEWED, Sample, sample
from kgrec.live.rules import FILE, MOST_BYTES, Fault, checked
from kgrec.rules import Rule, RuleSet
from kgrec.serving import rule_words
from kgrec.storage import Workspace


@dataclass(frozen=True)
class RuleLine:
    """A rule as it was found in the shop."""

    name: str
    do: str
    holds: bool  # on the day asked about
    items: int  # that it lists, leaves out, or gives another score
    of: int | None  # of a complement: things that users have chosen
    factor: float | None
    place: int | None  # of a pin
    first: date | None
    last: date | None
    line: int | None  # where it begins
    rule: Rule


@dataclass(frozen=True)
class RulesChecked:
    """A text of rules looked at."""

    rules: tuple[RuleLine, ...]  # those that could be read
    faults: tuple[Fault, ...]
    today: date


@dataclass(frozen=True)
class Reasons:
    """Why the items of two lists are in them: item id → a sentence about the shopper."""

    before: Mapping[str, str]
    after: Mapping[str, str]


@dataclass(frozen=True)
class RulesPreview:
    """What would change if a text of rules were in force."""

    checked: RulesChecked
    changes: Changes | None  # None where there are faults
    one: Pair | None  # of the user asked about, under the rules in force and under these
    reasons: Reasons | None  # of that user's two lists; None also for a model that gives none
    model: str
    graph_version: str


@dataclass(frozen=True)
class RulesText:
    """The file of a workspace's rules as it is."""

    text: str
    digest: str  # of its bytes; "" where there is no file


def check_rules(guide: Guide, text: str, day: date | None = None) -> RulesChecked:
    """What a text of rules says and what is wrong with it, on a day (today's without one)."""
    return _checked(guide, text, day)[0]


def _checked(guide: Guide, text: str, day: date | None) -> tuple[RulesChecked, RuleSet]:
    given = checked(_bytes(text), FILE, rule_words(guide.dataset, guide.graph))
    found = RulesOn(given.rules, guide.graph, guide.model)
    faults = (*given.faults, *(_in_shop(fault, given.lines) for fault in found.faults))
    today = day or guide.today()
    listed = tuple(rule_line(one, today, given.lines[one.rule.name]) for one in found.found)
    return RulesChecked(listed, faults, today), given.rules


def rule_line(one: RowRule, day: date, line: int | None = None) -> RuleLine:
    """A rule, whether it holds on a day, and how many items it is about."""
    rule = one.rule
    return RuleLine(
        name=rule.name,
        do=rule.do,
        holds=rule.on(day),
        items=int(one.listed.sum()),
        of=None if one.offer is None else int(one.about.sum()),
        factor=rule.factor if rule.do in ("boost", "bury", "complement") else None,
        place=rule.place if rule.do == "pin" else None,
        first=rule.first,
        last=rule.last,
        line=line,
        rule=rule,
    )


def rules_in_force(guide: Guide) -> tuple[RuleLine, ...]:
    """The rules that a guide goes by, and whether each holds today."""
    found, today = guide.rules(), guide.today()
    return () if found is None else tuple(rule_line(one, today) for one in found.found)


def preview_rules(
    guide: Guide,
    text: str,
    of: Sample | None = None,
    *,
    user_id: str | None = None,
    day: date | None = None,
    lang: str = "en",
    k: int = 10,
) -> RulesPreview:
    """What would change in the lists of a sample of users (`PREVIEWED` of them), against the rules that are in force.

    `day` is the day by which both go, today's without one.
    """
    if not 1 <= k <= MOST:
        raise BadInput(f"k is {k}; ask for 1 to {MOST} items")
    found, given = _checked(guide, text, day)
    changes, one, reasons = None, None, None
    if not found.faults:
        before, after = under_both(guide, given, day)
        teller = guide.teller(lang)
        changes = _changes(before, after, sample(guide, PREVIEWED) if of is None else of, k, lang)
        if user_id is not None:
            one = pair(user_id, before.asker(user_id), after.asker(user_id), k, teller)
            if guide.explains:
                reasons = Reasons(
                    _why(before, user_id, one.before, lang), _why(after, user_id, one.after, lang)
                )
    return RulesPreview(found, changes, one, reasons, guide.model_name, guide.graph_version)


def _why(guide: Guide, user_id: str, listed: Sequence[Recommendation], lang: str) -> dict[str, str]:
    item_ids = [one.item_id for one in listed]
    told = guide.explain_all(item_ids, user_id, lang=lang, receipts=False, audience="staff")
    return {one.item_id: one.text for one in told}


def under_both(guide: Guide, given: RuleSet, day: date | None) -> tuple[Guide, Guide]:
    """The guide under the rules that are in force and under others, on one day."""
    in_force = guide.rules()
    return guide.under(None if in_force is None else in_force.rules, day), guide.under(given, day)


def _changes(before: Guide, after: Guide, of: Sample, k: int, lang: str) -> Changes:
    lists, out = [], np.zeros(0, np.int64)
    for user_id in of.user_ids:
        asker = before.asker(user_id)
        out = asker.shut
        lists.append((asker.best(k), after.asker(user_id).best(k)))
    return Lists.of(lists, k).changes(after.teller(lang), of.of, out)


def _in_shop(fault: str, line_of: Mapping[str, int | None]) -> Fault:
    """A fault that the shop has with a rule, which begins by naming the file and the rule."""
    name = next((name for name in line_of if fault.startswith(f"{FILE}: rule {name!r}: ")), "")
    return Fault(fault, line_of.get(name), name)


def _bytes(text: str) -> bytes:
    """A text as it is written; what a form sends ends its lines as Windows does."""
    return text.replace("\r\n", "\n").encode("utf-8", "surrogatepass")


# The file


def rules_text(workspace: Workspace) -> RulesText:
    """The rules of a workspace as they stand in its file; an empty text where there is none."""
    content = _content(workspace)
    try:
        text = "" if content is None else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{FILE} is not UTF-8; save it as UTF-8") from None
    return RulesText(text, _digest(content))


def save_rules(workspace: Workspace, guide: Guide, text: str, expected_digest: str) -> RulesText:
    """Write a text of rules, if it has no faults and the file is still what `rules_text` told; what is there then.

    BadInput names the first fault; Changed says that somebody else has changed the file.
    """
    found = check_rules(guide, text)
    if found.faults:
        raise BadInput(found.faults[0].text)
    content = _bytes(text)
    with alone(workspace.folder, wait=5):
        if _digest(_content(workspace)) != expected_digest:
            raise Changed(
                f"{FILE} has been changed since it was opened; open it again and make your changes there"
            )
        with new_file(workspace.folder / FILE) as file:
            file.write(content)
    return RulesText(content.decode(), _digest(content))


def _content(workspace: Workspace) -> bytes | None:
    try:
        with (workspace.folder / FILE).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"{FILE}: cannot be read ({error.strerror}); let it be read, or remove it") from None
    if len(content) > MOST_BYTES:
        raise BadInput(f"{FILE}: is longer than {MOST_BYTES:,} bytes; name categories in place of items")
    return content


def _digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()
