"""What reviews speak of and where, as columns: no word of a review but the labels of aspects, each said by several.

NAME/mentions.json, review.npy, aspect.npy, polarity.npy, start.npy, end.npy
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath

import numpy as np

from kgrec.domain import IntArray
from kgrec.errors import BadBundle
from kgrec.folders import new_folder

VERSION = 1
_MANIFEST = "mentions.json"
_COLUMNS = ("review", "aspect", "polarity", "start", "end")
_LONGEST_LABEL = 64


@dataclass(frozen=True, eq=False)
class Mentions:
    """M mentions of A aspects in N reviews: parallel arrays, by review."""

    review: IntArray  # (M,) row of the review, ascending
    aspect: IntArray  # (M,) place in labels
    polarity: IntArray  # (M,) +1 praised, −1 criticised
    start: IntArray  # (M,) where the clause that says so begins in the review's text
    end: IntArray  # (M,) and where it ends
    labels: tuple[str, ...] = ()  # (A,)
    langs: tuple[str, ...] = ()  # (A,)
    learned: Mapping[str, int] = field(default_factory=dict)
    """Language → rated reviews that praise was told from fault by; 0 where only opinion words were counted."""

    def __len__(self) -> int:
        return len(self.review)

    def of(self, review_rows: IntArray) -> IntArray:
        """The places of the mentions that stand in some reviews (m,)."""
        first = np.searchsorted(self.review, review_rows, "left")
        count = np.searchsorted(self.review, review_rows, "right") - first
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        places: IntArray = np.repeat(first, count) + within
        return places


def no_mentions() -> Mentions:
    """Of reviews in which nothing was looked for."""
    nothing = np.zeros(0, np.int64)
    return Mentions(nothing, nothing, nothing, nothing, nothing)


def save(mentions: Mentions, folder: FilePath, *, texts: Iterable[str], made_from: str = "") -> None:
    """Write the mentions that were found in some texts into a new folder; `made_from` stands for all that decided,
    so that whoever finds the same there need not look again.
    """
    manifest = {
        "version": VERSION,
        "reviews": digest(texts),
        "made_from": made_from,
        "mentions": len(mentions),
        "labels": list(mentions.labels),
        "langs": list(mentions.langs),
        "learned": dict(mentions.learned),
    }
    with new_folder(folder) as beside:
        for name in _COLUMNS:
            np.save(beside / f"{name}.npy", getattr(mentions, name), allow_pickle=False)
        (beside / _MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")


def made_from(folder: FilePath) -> str:
    """What a folder that `save` wrote was made from; "" of a folder that is not there or not readable."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
        return str(manifest["made_from"]) if manifest["version"] == VERSION else ""
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def load(folder: FilePath, texts: list[str]) -> Mentions:
    """What `save` wrote, of the same texts; BadBundle if they are others, or the folder is broken."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
        if manifest["version"] != VERSION:
            raise ValueError(f"version {manifest['version']!r}, this reads {VERSION}")
        labels, langs = tuple(manifest["labels"]), tuple(manifest["langs"])
        learned = {str(lang): int(reviews) for lang, reviews in manifest["learned"].items()}
        review, aspect, polarity, start, end = (
            np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _COLUMNS
        )
        found = Mentions(review, aspect, polarity, start, end, labels, langs, learned)
        wrong = _unsound(found, int(manifest["mentions"]), texts)
        same = manifest["reviews"] == digest(texts)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadBundle(
            f"{folder} cannot be read as what reviews speak of ({error}); build it again"
        ) from None
    if not same:
        raise BadBundle(f"{folder} was found in other reviews than the tables hold; build it again")
    if wrong:
        raise BadBundle(f"{folder} makes no sense: {wrong}; build it again")
    return found


def _unsound(found: Mentions, length: int, texts: list[str]) -> str:
    """What in it cannot be, "" if all can."""
    for name in _COLUMNS:
        column = getattr(found, name)
        if column.shape != (length,) or column.dtype != np.int64:
            return f"{name} does not fit the others"
    if len(found.labels) != len(found.langs) or not all(map(_is_label, (*found.labels, *found.langs))):
        return "a label is no short text"
    if not length:
        return ""
    if found.review.min() < 0 or found.review.max() >= len(texts) or (np.diff(found.review) < 0).any():
        return "a review is not there, or they are out of order"
    if found.aspect.min() < 0 or found.aspect.max() >= len(found.labels):
        return "an aspect is not there"
    if not np.isin(found.polarity, (-1, 1)).all():
        return "a mention is neither praise nor fault"
    lengths = np.array([len(text) for text in texts], dtype=np.int64)[found.review]
    if (found.start < 0).any() or (found.start >= found.end).any() or (found.end > lengths).any():
        return "a clause is not in its review"
    return ""


def _is_label(text: object) -> bool:
    return isinstance(text, str) and len(text) <= _LONGEST_LABEL


def digest(texts: Iterable[str]) -> str:
    """Tells whether texts are the same, in the same order."""
    found = hashlib.sha256()
    for text in texts:
        read = text.encode("utf-8", "surrogatepass")
        found.update(len(read).to_bytes(8, "big") + read)
    return found.hexdigest()
