"""Answers about a whole shop that take seconds, kept for as long as they are those of the guide that answers.

One holds for `LASTS`, and from then on for as long as nothing was told the shop since it was made.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from flask import Flask, current_app

from kgrec.errors import BadLog, DiskFull, NotReady, Unreachable
from kgrec.guide import Guide
from kgrec.insight import (
    ItemFigures,
    ModelsCompared,
    Survey,
    Without,
    compare,
    item_figures,
    sample,
    survey,
    without_relation,
)
from kgrec.serving import Served

MOST_KEPT = 12
LASTS = 600.0  # seconds: what users do and allow meanwhile is in the answers after them
SURVEYED = 500  # users whose lists are looked at, so that a page is there in a moment or three
PREVIEWED = 300  # whose lists are made twice

_EXTENSION = "kgrec.studio.kept"
T = TypeVar("T")


@dataclass(eq=False)
class _Answer:
    """What was answered, once it was; whoever asks the same meanwhile waits for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    value: object = None
    since: float | None = None
    made_of: Hashable = None


class Kept:
    """Some answers, the latest asked for; each is worked out by one thread at a time."""

    def __init__(
        self, most: int = MOST_KEPT, lasts: float = LASTS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._lasts, self._clock = most, lasts, clock
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()

    def answer(
        self, question: Hashable, ask: Callable[[], T], told: Callable[[], Hashable] = lambda: None
    ) -> T:
        """What was answered to a question not long ago, else what `ask` answers. An error is not kept.

        `told` says how far what the shop is told has come, None where nobody knows: where it has come no further since
        an answer, that is still true.
        """
        with self._lock:
            found = self._answers.setdefault(question, _Answer())
            self._answers.move_to_end(question)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        with found.lock:
            if found.since is None or self._clock() - found.since > self._lasts:
                now = told()  # before it is asked: what is told meanwhile may not be in the answer
                if found.since is None or now is None or now != found.made_of:
                    found.value, found.since, found.made_of = ask(), self._clock(), now
            return cast(T, found.value)

    def __len__(self) -> int:
        return len(self._answers)


def lists(guide: Guide) -> Survey:
    """The lists of a sample of users."""
    return _kept(guide, lambda: survey(guide, sample(guide, SURVEYED)), "lists")


def prepare(app: Flask, guide: Guide) -> None:
    """The same before anybody asks, where a key opens the studio: processes that are forked then share the answer."""
    if guide.keeps_users and guide.registry.keys.kept():
        with app.app_context():
            lists(guide)


def figures(guide: Guide, lang: str) -> ItemFigures:
    """The figures of every item, by those lists."""
    found = lists(guide)
    return _kept(guide, lambda: item_figures(guide, found, lang), "figures", lang)


def without(guide: Guide, relation: str, lang: str) -> Without:
    """What would change in the lists of a sample of users without a relation."""
    return _kept(
        guide,
        lambda: without_relation(guide, relation, sample(guide, PREVIEWED), lang=lang),
        "without",
        relation,
        lang,
    )


def compared(guide: Guide, served: Served, one: str, other: str) -> ModelsCompared:
    """How far the lists of two models that are kept differ."""
    return _kept(guide, lambda: compare(served.workspace, one, other), "compared", one, other)


def _kept(guide: Guide, ask: Callable[[], T], *question: Hashable) -> T:
    """The answer of the model, the graph and the rules that answer now."""
    rules = guide.rules()
    made_from: tuple[Any, ...] = (
        guide.model_name,
        guide.graph_version,
        None if rules is None else rules.rules,
    )
    kept = cast(Kept, current_app.extensions.setdefault(_EXTENSION, Kept()))
    return kept.answer((*made_from, *question), ask, lambda: _told(guide))


def _told(guide: Guide) -> Hashable:
    """The state of the shop's database, and the day, by which rules go; None where there is none that can be read."""
    try:
        state = guide.intake.log.database.state()
    except (NotReady, BadLog, DiskFull, Unreachable):
        return None
    return state, guide.today()
