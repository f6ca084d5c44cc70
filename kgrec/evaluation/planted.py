"""The reasons planted in a simulated shop, and the paths of an explanation → whether the explanation names them.

A cause is matched by a path of the recommended item:

    brand, material, colour   the path comes to the item over the entity that item and evidence share, in that relation;
                              strictly if it starts from the evidence, loosely if from anything the user has done
    complement                the path walks the compatible_with edge of evidence and item; strictly, loosely likewise
    segment                   the path starts from that age band or city
    fashion                   no path says "of the month": matched by the prior, what everybody chooses
    chance                    has no cause, and is left out
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, TextIO

import numpy as np

from kgrec.domain import KnowledgeGraph, RelationKind, RowPath
from kgrec.errors import BadInput
from kgrec.evaluation.path_quality import metapath_of

SHARED = {"brand": "has_brand", "material": "has_material", "colour": "has_colour"}
"""Reasons that are something the item and the evidence share, and the relation it is in."""

LOOKS = ("viewed", "carted")
"""What leads to a choice rather than being one."""

NAMED = 3
"""Parts of an explanation that a reader takes in."""

REASONS = (*SHARED, "complement", "segment", "fashion", "chance")
COLUMNS = ("user_id", "item_id", "reason", "evidence")


@dataclass(frozen=True)
class Cause:
    """Why a user chose an item, as the generator knows."""

    user_row: int
    item_row: int
    reason: str
    evidence: int  # the entity row of an item or a segment; −1 where the reason has none in the graph


def read_causes(path: FilePath, graph: KnowledgeGraph) -> list[Cause]:
    """The table of causes: CSV, gzipped or not; BadInput names what is wrong with it."""
    try:
        with _opened(path) as file:
            table = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
            if missing:
                raise BadInput(
                    f"{path}: no column {', '.join(missing)}; a table of causes has {', '.join(COLUMNS)}"
                )
            return [_cause(path, line, row, graph) for line, row in enumerate(table, start=2)]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read as a table of causes ({error}); name a CSV file") from None


def _opened(path: FilePath) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open("rt", encoding="utf-8")


def _cause(path: FilePath, line: int, row: Mapping[str, str], graph: KnowledgeGraph) -> Cause:
    if row["user_id"] not in graph.user_ids or row["item_id"] not in graph.item_ids:
        raise BadInput(f"{path}, line {line}: user or item not in this shop; the causes are of another one")
    if row["reason"] not in REASONS:
        raise BadInput(f"{path}, line {line}: reason {row['reason']!r} is none of {', '.join(REASONS)}")
    evidence = -1
    if row["reason"] == "segment":
        evidence = _segment(graph, row["evidence"])
    elif row["evidence"] in graph.item_ids:
        evidence = int(graph.items[graph.item_ids.row(row["evidence"])])
    return Cause(
        graph.user_ids.row(row["user_id"]), graph.item_ids.row(row["item_id"]), row["reason"], evidence
    )


def _segment(graph: KnowledgeGraph, label: str) -> int:
    rows = np.flatnonzero(graph.kinds == "segment")
    for names in graph.labels.values():
        for row in rows:  # labels say the column first: "city: Novadel"
            if str(names[row]).partition(": ")[2] == label or names[row] == label:
                return int(row)
    return -1


def matches(cause: Cause, path: RowPath, graph: KnowledgeGraph, *, strict: bool) -> bool:
    """Whether a path of the cause's item says the cause."""
    first = path.hops[0]
    if cause.reason == "segment":
        return graph.relations[first.relation].kind == RelationKind.SEGMENT and first.tail == cause.evidence
    if strict and first.tail != cause.evidence:
        return False
    item = int(graph.items[cause.item_row])
    if cause.reason in SHARED:
        last = path.hops[-1]
        name = graph.relations[last.relation].name
        return (
            len(path.hops) > 1
            and name == SHARED[cause.reason]
            and last.head == item
            and _has(graph, name, cause.evidence, last.tail)
        )
    if cause.reason == "complement":
        joined = {cause.evidence, item}
        return any(
            graph.relations[hop.relation].name == "compatible_with" and {hop.head, hop.tail} == joined
            for hop in path.hops
        )
    return False


def _has(graph: KnowledgeGraph, relation: str, item: int, entity: int) -> bool:
    return graph.edge_row(graph.relation_row(relation), item, entity) >= 0


def place(
    cause: Cause, told: Sequence[Sequence[RowPath]], prior: float, graph: KnowledgeGraph, *, strict: bool
) -> int | None:
    """Which of some statements, of a path or several, is the first to say the cause; None if none does.

    They come largest first, and 1 is the largest. The prior is placed among them.
    """
    if cause.reason == "fashion":
        return 1 + sum(amount(paths) > prior for paths in told) if prior > 0 else None
    for number, paths in enumerate(told, start=1):
        if any(matches(cause, path, graph, strict=strict) for path in paths):
            return number
    return None


def amount(paths: Iterable[RowPath]) -> float:
    """What some paths add together."""
    return sum(path.contribution for path in paths)


def kinds_named(told: Sequence[Sequence[RowPath]], prior: float, graph: KnowledgeGraph) -> set[str]:
    """The kinds of cause that the three largest statements speak of, whatever of it: any brand, any segment."""
    named = {_kind(paths[0], graph) for paths in told[:NAMED]}
    if prior > 0 and sum(amount(paths) > prior for paths in told) < NAMED:
        named.add("fashion")
    return named & set(REASONS)


def _kind(path: RowPath, graph: KnowledgeGraph) -> str:
    names = [graph.relations[hop.relation].name for hop in path.hops]
    if graph.relations[path.hops[0].relation].kind == RelationKind.SEGMENT:
        return "segment"
    if names[0] in LOOKS:
        return "look"
    if "compatible_with" in names:
        return "complement"
    return next((reason for reason, name in SHARED.items() if names[-1] == name), "other")


def others_named(found: Sequence[tuple[str, set[str]]]) -> dict[str, dict[str, float]]:
    """For each kind of cause: how often it is spoken of to users of whom it is the cause, and to all others.

    A kind that is named to everybody says nothing, however often it is right.
    """
    table: dict[str, dict[str, float]] = {}
    for reason in REASONS[:-1]:
        said = {True: [reason in named for cause, named in found if cause == reason]}
        said[False] = [reason in named for cause, named in found if cause != reason]
        if said[True] and said[False]:
            table[reason] = {"its_users": float(np.mean(said[True])), "others": float(np.mean(said[False]))}
    return table


def statements(paths: Iterable[RowPath]) -> list[list[RowPath]]:
    """Paths that say the same of several things together, largest sum first: "three things you bought are by Conair".

    The same is said by paths that go on alike from whatever they start from, as `kgrec.explain.wording` groups them.
    """
    groups: dict[object, list[RowPath]] = {}
    for path in paths:
        groups.setdefault(_said(path), []).append(path)
    return sorted(groups.values(), key=lambda group: -amount(group))


def looks_as_one(paths: Iterable[RowPath], graph: KnowledgeGraph) -> list[list[RowPath]]:
    """The same, but all that starts from looks and baskets is one statement: "you have looked at things like it"."""
    rows = [row for row, relation in enumerate(graph.relations) if relation.name in LOOKS]
    looks: list[RowPath] = []
    others: list[RowPath] = []
    for path in paths:
        (looks if path.hops[0].relation in rows else others).append(path)
    told = statements(others) + ([looks] if looks else [])
    return sorted(told, key=lambda group: -amount(group))


def _said(path: RowPath) -> object:
    start = path.hops[0].tail
    if len(path.hops) < 2 or start not in (path.hops[1].head, path.hops[1].tail):
        return path.hops
    rows = [(hop.head, hop.tail) for hop in path.hops[1:]]
    return metapath_of(path)[1:], tuple(tuple(-2 if row == start else row for row in pair) for pair in rows)


def tally(found: Sequence[tuple[str, int | None]], depths: Sequence[int] = (1, 3)) -> dict[str, Any]:
    """Reasons and places → for each reason and overall the number of users, and the share placed within each depth."""
    result: dict[str, Any] = {}
    for reason in (*REASONS, "overall"):
        places = [
            place for name, place in found if name == reason or (reason == "overall" and name != "chance")
        ]
        if reason == "chance" or not places:
            continue
        within = {
            f"top_{depth}": float(np.mean([place is not None and place <= depth for place in places]))
            for depth in depths
        }
        result[reason] = {"n_users": len(places)} | within
    return result
