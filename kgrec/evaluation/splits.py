"""Interactions → train, validation and test parts, and the checks that nothing leaks between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kgrec.domain import CHOICES, EVENTS, BoolArray, Dataset, IntArray, Interactions
from kgrec.errors import BadInput

_CHOICES = np.array([EVENTS.index(event) for event in CHOICES])


@dataclass(frozen=True, eq=False)
class Split:
    """The parts of a protocol. Graph and labels come from train; `later` is what is known besides when testing."""

    train: Interactions
    validation: Interactions | None  # None: the model hides a part of train by itself
    later: Interactions  # events after train and before test, for the history only
    test: Interactions


def choices(interactions: Interactions) -> BoolArray:
    """Which interactions express a choice; all of them in a shop that records views only (N,)."""
    chosen = np.isin(interactions.event, _CHOICES)
    return chosen if chosen.any() else np.ones(len(interactions), dtype=bool)


def leave_one_out(dataset: Dataset) -> Split:
    """Everybody's last choice is the test part, the one before it the validation part.

    Users with fewer than three choices are in the train part only. What a user did after their test choice is
    dropped; an item counts as chosen at its first choice.
    """
    known = dataset.interactions
    if not known.ordered:
        raise BadInput("leave-one-out needs to know what came last; these interactions have no time column")
    known = known.select(np.lexsort((np.arange(len(known)), known.time, known.user)))
    rows = _first_choices(known, len(dataset.items))
    user = known.user[rows]
    count = np.bincount(user, minlength=len(dataset.users))
    from_end = np.cumsum(count)[user] - np.arange(len(rows))  # 1 for the user's last choice
    enough = count[user] >= 3
    test, validation = rows[enough & (from_end == 1)], rows[enough & (from_end == 2)]
    if len(test) == 0:
        raise BadInput("leave-one-out finds no user with three choices; nothing can be tested")
    place = np.arange(len(known))
    from_validation = np.full(len(dataset.users), len(known))
    from_validation[known.user[validation]] = validation
    from_test = np.full(len(dataset.users), len(known))
    from_test[known.user[test]] = test
    hidden = place >= from_validation[known.user]
    seen_later = hidden & (place < from_test[known.user])
    return Split(
        known.select(~hidden), known.select(validation), known.select(seen_later), known.select(test)
    )


def given_split(dataset: Dataset) -> Split:
    """The test part that the source brings; validation is hidden inside train by the model."""
    if dataset.held_out is None or len(dataset.held_out) == 0:
        raise BadInput(
            "given-split needs a source with a test part of its own (format pgpr); try leave-one-out"
        )
    nothing = dataset.interactions.select(np.zeros(0, dtype=np.int64))
    return Split(dataset.interactions, None, nothing, dataset.held_out)


def _first_choices(known: Interactions, n_items: int) -> IntArray:
    """Rows of the first choice of each (user, item), in order of user and time."""
    chosen = np.flatnonzero(choices(known))
    pair = known.user[chosen] * n_items + known.item[chosen]
    first: IntArray = chosen[np.sort(np.unique(pair, return_index=True)[1])]
    return first


def leaks(split: Split, n_items: int) -> dict[str, int]:
    """What a sceptic asks first: pairs in both parts, duplicate test pairs, test items never seen in train."""
    train = split.train.user * n_items + split.train.item
    test = split.test.user * n_items + split.test.item
    chosen_before = train[choices(split.train)]
    return {
        "test_pairs_chosen_in_train": int(np.isin(test, chosen_before).sum()),
        "duplicate_test_pairs": len(test) - len(np.unique(test)),
        "test_items_never_in_train": int((~np.isin(split.test.item, split.train.item)).sum()),
        "test_users_without_history": int((~np.isin(split.test.user, split.train.user)).sum()),
    }


SPLITS = {"leave-one-out": leave_one_out, "given-split": given_split}
"""Every protocol's split by name."""
