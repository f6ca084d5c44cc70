"""A dataset, and what its users said of themselves → the dataset that may be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kgrec import storage
from kgrec.domain import EVENT_RELATIONS, BoolArray, Dataset, IdMap, IntArray, Interactions, ValidationReport
from kgrec.graph.vocabulary import Namer

if TYPE_CHECKING:
    from kgrec.live.people import Wills

SEGMENT_RELATION = "in_segment"


def without_erased(workspace: storage.Workspace, dataset: Dataset) -> Dataset:
    """What was read from the source of a workspace, without those who were forgotten."""
    # The database's library is needed for this alone.
    from kgrec.live.database import Database
    from kgrec.live.erasure import Erasures

    database = Database.of(workspace.folder)
    try:
        return without_users(dataset, Erasures(database, workspace.namer.key).known())
    finally:
        database.close()


def without_users(dataset: Dataset, gone: Callable[[str], bool]) -> Dataset:
    """The dataset without some users and all that they did; the same if it has none of them."""
    keep = np.array([not gone(str(user_id)) for user_id in dataset.users.ids], dtype=bool)
    if keep.all():
        return dataset
    names = [str(user_id) for user_id in dataset.users.ids[~keep]]
    row_of = np.cumsum(keep) - 1
    reviews = dataset.reviews
    return replace(
        dataset,
        users=IdMap(dataset.users.kind, dataset.users.ids[keep]),
        interactions=_renumbered(dataset.interactions, keep, row_of),
        user_table=dataset.user_table[keep].reset_index(drop=True),
        reviews=reviews[~reviews["user_id"].isin(names)].reset_index(drop=True) if len(reviews) else reviews,
        held_out=None if dataset.held_out is None else _renumbered(dataset.held_out, keep, row_of),
        report=_without_examples(dataset.report, names),
    )


def _renumbered(interactions: Interactions, keep: BoolArray, row_of: IntArray) -> Interactions:
    kept = interactions.select(keep[interactions.user])
    return replace(kept, user=row_of[kept.user])


def _without_examples(report: ValidationReport, names: list[str]) -> ValidationReport:
    """The report without the cells and the remarks that quote one of these names."""
    left_out = tuple(
        replace(cells, example="…") if any(name in cells.example for name in names) else cells
        for cells in report.left_out
    )
    notes = tuple(note for note in report.notes if not any(repr(name) in note for name in names))
    return replace(report, left_out=left_out, notes=notes)


def as_they_will(dataset: Dataset, wills: Wills, namer: Namer) -> Dataset:
    """What was read from a source, without what its users hide, and of those who refuse it without anything.

    What programs said of users stands in the place of what the source says; users of whom only they know come last.
    """
    dataset = _described(dataset, wills)
    if not (wills.refusing or wills.hidden):
        return dataset
    refuses = np.array([user_id in wills.refusing for user_id in dataset.users.ids], dtype=bool)
    hidden = refuses[dataset.interactions.user] | _hidden_events(dataset, wills, namer)
    return replace(
        dataset,
        interactions=dataset.interactions.select(~hidden),
        user_table=_hidden_cells(dataset, wills, namer, refuses),
    )


def _described(dataset: Dataset, wills: Wills) -> Dataset:
    if not wills.attributes:
        return dataset
    fresh = [
        user_id
        for user_id, said in wills.attributes.items()
        if user_id not in dataset.users and any(value is not None for value in said.values())
    ]
    users = IdMap(dataset.users.kind, [*dataset.users.ids, *fresh]) if fresh else dataset.users
    table = dataset.user_table.reindex(range(len(users)), fill_value="").astype(object)
    for user_id, said in wills.attributes.items():
        if user_id not in users:
            continue
        for column, value in said.items():
            if column not in table:
                if value is None:
                    continue
                table[column] = pd.Series([""] * len(users), dtype=object)
            table.loc[users.row(user_id), column] = value or ""
    return replace(dataset, users=users, user_table=table)


def _hidden_events(dataset: Dataset, wills: Wills, namer: Namer) -> BoolArray:
    """Which interactions are hidden (N,)."""
    found = np.zeros(len(dataset.interactions), dtype=bool)
    known = dataset.interactions
    for user_id, some in wills.hidden.items():
        if user_id not in dataset.users:
            continue
        for row in np.flatnonzero(known.user == dataset.users.row(user_id)):
            relation = EVENT_RELATIONS[int(known.event[row])]
            found[row] = (relation, namer.item(str(dataset.items.ids[known.item[row]]))) in some
    return found


def _hidden_cells(dataset: Dataset, wills: Wills, namer: Namer, refuses: BoolArray) -> pd.DataFrame:
    table = dataset.user_table.copy()
    if not len(table.columns):
        return table
    table.loc[refuses, :] = ""
    for user_id, some in wills.hidden.items():
        if user_id not in dataset.users:
            continue
        row = dataset.users.row(user_id)
        for column in map(str, table.columns):
            value = str(table.loc[row, column]).strip()
            if value and (SEGMENT_RELATION, namer.segment(column, value)) in some:
                table.loc[row, column] = ""
    return table
