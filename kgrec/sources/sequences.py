"""Reads lines of "user item item …": a text file in, parallel arrays of who had what at which step out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as FilePath

import numpy as np

from kgrec.domain import IntArray, ObjectArray
from kgrec.errors import BadInput
from kgrec.sources import files
from kgrec.sources.findings import Findings

_MAX_DIGITS = 18  # what an int64 holds


@dataclass(frozen=True, eq=False)
class Sequences:
    """Users in the order of the file and, line by line, their items."""

    user_ids: ObjectArray  # (U,)
    user: IntArray  # (N,) positions in user_ids
    item_ids: ObjectArray  # (N,) an id each
    step: IntArray  # (N,) position in the user's line, from 0
    line: IntArray  # (N,)


def read_sequences(path: FilePath, findings: Findings, *, may_be_empty: bool = False) -> Sequences:
    """The sequences of a file; a line that makes no sense is an error, one without items may be dropped."""
    lines_of: dict[str, int] = {}
    item_ids: list[str] = []
    lengths: list[int] = []
    without_items: list[int] = []
    for number, text in enumerate(files.lines(path), start=1):
        user_id, *items = text.split() or [""]
        if not user_id:
            continue
        _check(path, number, user_id, items, lines_of)
        if not items and may_be_empty:
            continue
        if not items and findings.on_invalid == "raise":
            raise BadInput(f"{path.name}, line {number}: user {user_id} has no items; remove the line")
        if not items:
            without_items.append(number)
            continue
        lines_of[user_id] = number
        item_ids.extend(items)
        lengths.append(len(items))
    if without_items:
        findings.drop(path.name, "the user has no items", without_items)
    if not item_ids:
        raise BadInput(f"{path.name} has no rows; write a line of user and items for each user")
    counts = np.array(lengths, dtype=np.int64)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    return Sequences(
        user_ids=np.array(list(lines_of), dtype=object),
        user=np.repeat(np.arange(len(counts), dtype=np.int64), counts),
        item_ids=np.array(item_ids, dtype=object),
        step=np.arange(len(item_ids), dtype=np.int64) - starts,
        line=np.repeat(np.array(list(lines_of.values()), dtype=np.int64), counts),
    )


def _check(path: FilePath, number: int, user_id: str, items: list[str], lines_of: dict[str, int]) -> None:
    if not ("".join(items) + user_id).isascii() or not all(map(is_number, (user_id, *items))):
        wrong = next((name for name in (user_id, *items) if not is_number(name)), "")
        place = f"{path.name}, line {number}"
        raise BadInput(f"{place}: {wrong[:80]!r} is no number; a line is a user and items, all numbers")
    if user_id in lines_of:
        place = f"{path.name}, line {number}"
        raise BadInput(f"{place}: user {user_id} already has line {lines_of[user_id]}; join the two lines")


def is_number(name: str) -> bool:
    """Whether a word is a number of the kind that serves as an id."""
    return name.isascii() and name.isdecimal() and len(name) <= _MAX_DIGITS
