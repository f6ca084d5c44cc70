"""A stage, a model and a table of planted causes → how often an explanation names the cause, by kind of cause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from kgrec.domain import Recommender
from kgrec.errors import BadInput
from kgrec.evaluation.faithfulness import LISTED
from kgrec.evaluation.planted import (
    Cause,
    kinds_named,
    looks_as_one,
    others_named,
    place,
    read_causes,
    statements,
    tally,
)
from kgrec.experiments import Stage
from kgrec.explain.asker import Asker
from kgrec.explanations.lists import askers

MOST = 1000
"""The largest paths of an item, which are grouped into statements; those after them add next to nothing."""

READINGS = ("paths_strict", "paths_loose", "statements_strict", "statements_loose", "looks_as_one_strict")
"""What is placed, and how a path has to match; see `kgrec.evaluation.planted`.

A statement of many looks would match loosely by any of them, so it is asked strictly alone.
"""

Say = Callable[[int, int], None]
Places = list[tuple[str, int | None]]


def agreement(stage: Stage, model: Recommender, file: FilePath, say: Say) -> dict[str, Any]:
    """For the users whose test item is planted and among their ten: places of the cause in paths and in statements."""
    causes = planted_in_test(stage, file)
    found: dict[str, Places] = {reading: [] for reading in READINGS}
    kinds: dict[str, list[tuple[str, set[str]]]] = {"paths": [], "looks_as_one": []}
    everyone = askers(stage, model, np.array([cause.user_row for cause in causes], dtype=np.int64))
    for number, (cause, asker) in enumerate(zip(causes, everyone, strict=True)):
        if cause.item_row in asker.best(LISTED):
            told = _told(cause, asker)
            for how, named in told.named.items():
                kinds[how].append((cause.reason, named))
            for how, where in told.places.items() if cause.reason != "chance" else ():
                found[how].append((cause.reason, where))
        say(number + 1, len(causes))
    result: dict[str, Any] = {"users_with_a_cause": sum(cause.reason != "chance" for cause in causes)}
    for how, places in found.items():
        result[how] = tally(places)
        no_fashion = tally([place for place in places if place[0] != "fashion"])
        result[how]["overall_without_fashion"] = no_fashion.get("overall")
    result["kinds_named"] = {how: others_named(named) for how, named in kinds.items()}
    return result


def planted_in_test(stage: Stage, file: FilePath) -> list[Cause]:
    """The causes of test items, and of no other choice; in the order of users."""
    test = set(zip(stage.split.test.user.tolist(), stage.split.test.item.tolist(), strict=True))
    causes = read_causes(file, stage.graph)
    here = [cause for cause in causes if (cause.user_row, cause.item_row) in test]
    if not here:
        raise BadInput(f"{file} has no cause of any test item; take leave-one-out, which tests last choices")
    return sorted(here, key=lambda cause: cause.user_row)


@dataclass(frozen=True)
class _Told:
    """What the explanation of one planted item says."""

    places: dict[str, int | None]  # reading → place of the cause
    named: dict[str, set[str]]  # kinds of cause among the largest


def _told(cause: Cause, asker: Asker) -> _Told:
    graph, prior = asker.graph, float(asker.prior[cause.item_row])
    paths = asker.reasons(np.array([cause.item_row]), MOST)[0].paths
    told = {
        "paths": [[path] for path in paths],
        "statements": statements(paths),
        "looks_as_one": looks_as_one(paths, graph),
    }
    places = {}
    for reading in READINGS:
        what, _, how = reading.rpartition("_")
        places[reading] = place(cause, told[what], prior, graph, strict=how == "strict")
    return _Told(places, {what: kinds_named(told[what], prior, graph) for what in ("paths", "looks_as_one")})
