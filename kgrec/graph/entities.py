"""Users, items and whatever they mention → entities with an IRI, a kind and labels, one a row."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from kgrec.domain import Dataset, IdMap, IntArray, ObjectArray
from kgrec.errors import BadInput
from kgrec.graph.vocabulary import Namer

USER_LABELS = {"en": "shopper", "zh": "顾客"}
"""What all users are called: a label travels into pages that other people read, so it tells nothing."""

EVERYONE_LABELS = {"en": "all shoppers", "zh": "所有顾客"}

_SURROGATES = re.compile("[\ud800-\udfff]")


class Entities:
    """Entities in the order they are first heard of."""

    def __init__(self) -> None:
        self.iris: list[str] = []
        self.kinds: list[str] = []
        self.labels: dict[str, list[str]] = {"en": [], "zh": []}
        self._rows: dict[str, int] = {}

    def add(self, iri: str, kind: str, en: str, zh: str = "") -> int:
        """The row of an entity, new or known; the first label stays."""
        row = self._rows.setdefault(iri, len(self.iris))
        if row == len(self.iris):
            self.iris.append(iri)
            self.kinds.append(kind)
            self.labels["en"].append(_writable(en))
            self.labels["zh"].append(_writable(zh))
        return row

    def add_users(self, dataset: Dataset, namer: Namer) -> IntArray:
        en, zh = USER_LABELS["en"], USER_LABELS["zh"]
        rows = [self.add(namer.user(user_id), "user", en, zh) for user_id in dataset.users.ids]
        return np.array(rows, dtype=np.int64)

    def add_items(self, dataset: Dataset, namer: Namer) -> IntArray:
        ids = dataset.items.ids
        titles, titles_zh = (
            text_column(dataset.item_table, name, len(ids)) for name in ("title", "title_zh")
        )
        rows = [
            self.add(namer.item(item_id), "item", en or ("" if zh else item_id), zh)
            for item_id, en, zh in zip(ids, titles, titles_zh, strict=True)
        ]
        return np.array(rows, dtype=np.int64)


def text_column(table: pd.DataFrame, name: str, length: int) -> ObjectArray:
    """A column as text, "" where it is unknown or there is no such column."""
    if name not in table.columns:
        return np.full(length, "", dtype=object)
    column = table[name]
    texts = ["" if gone else str(value).strip() for value, gone in zip(column, column.isna(), strict=True)]
    return np.array(texts, dtype=object)


def _writable(text: str) -> str:
    """The text without halves of characters, which no file can hold."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def checked(ids: IdMap) -> IdMap:
    """The ids themselves; BadInput if one cannot be written to a file."""
    for name in ids.ids:
        if not name.isascii() and _SURROGATES.search(name):
            raise BadInput(f"{ids.kind} id {name!r} holds half a character; mend the encoding of the source")
    return ids
