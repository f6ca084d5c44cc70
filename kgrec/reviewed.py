"""A dataset's reviews → what they speak of, found once and kept in the generation that was built from them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from itertools import chain
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from kgrec import storage
from kgrec.domain import Dataset
from kgrec.understand import aspects, mentions
from kgrec.understand.mentions import Mentions


def found(dataset: Dataset, *, seed: int = 0) -> Mentions:
    """What the reviews of a dataset speak of."""
    return aspects.find(dataset.reviews, _kinds(dataset), seed=seed)


def keep(workspace: storage.Workspace, dataset: Dataset, generation: FilePath) -> dict[str, Any]:
    """Put what reviews speak of into a generation, taken over from the current one if that was made from the same.

    How much there is, and by what praise was told from fault in each language.
    """
    if not len(dataset.reviews):
        return {}
    before, place = workspace.graphs / "CURRENT" / storage.REVIEWS, generation / storage.REVIEWS
    made_from = _made_from(dataset)
    if mentions.made_from(before) == made_from:
        shutil.copytree(before, place, copy_function=os.link)
        return _told(storage.load_mentions(generation, dataset))
    fresh = found(dataset)
    mentions.save(fresh, place, texts=storage.review_texts(dataset), made_from=made_from)
    return _told(fresh)


def _told(kept: Mentions) -> dict[str, Any]:
    by: Mapping[str, str] = {
        lang: f"{reviews:,} rated reviews" if reviews else "opinion words: too few rated reviews"
        for lang, reviews in kept.learned.items()
    }
    return {"aspects": len(kept.labels), "mentions": len(kept), "praise_told_by": dict(by)}


def _kinds(dataset: Dataset) -> list[str]:
    """What the item of each review is, by its categories (N,)."""
    facts = dataset.facts
    of_item: dict[int, list[str]] = {}
    for fact in np.flatnonzero(facts.relation == "has_category"):
        of_item.setdefault(int(facts.item[fact]), []).append(str(facts.value[fact]))
    kinds = {str(dataset.items.ids[row]): " ".join(said) for row, said in of_item.items()}
    return [kinds.get(str(item_id), "") for item_id in dataset.reviews["item_id"]]


def _made_from(dataset: Dataset) -> str:
    """Changes with all that decides what is found."""
    told = [map(str, dataset.reviews[name]) for name in ("user_id", "rating", "lang", "text")]
    return mentions.digest(chain(*told, _kinds(dataset)))
