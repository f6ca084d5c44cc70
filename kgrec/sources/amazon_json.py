"""Reads Amazon's public review data: reviews and products as JSON lines in, a Dataset out."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pandas as pd

from kgrec.domain import Dataset, ObjectArray
from kgrec.errors import BadInput
from kgrec.sources import files, keys
from kgrec.sources.findings import Findings, OnInvalid
from kgrec.sources.frames import Tables, assemble
from kgrec.sources.labels import clean
from kgrec.sources.mapping import ShopMapping
from kgrec.sources.table import Table

_TAGS = re.compile(r"<[^>]*>")
_LINKS = {
    "also_bought": ("also_bought", "also_buy"),
    "also_viewed": ("also_viewed", "also_view"),
    "bought_together": ("bought_together",),
}
"""Relation → what the releases call its field; those of 2014 keep them under `related`."""


def read(
    path: FilePath,
    catalogue: FilePath | None = None,
    *,
    on_invalid: OnInvalid = "raise",
    mapping: ShopMapping | None = None,
) -> Dataset:
    """A dataset from the releases of 2014, 2018 and 2023: a folder with one file of reviews and perhaps one of
    products, whose name begins with meta_, or the file of reviews; `catalogue` is the products' if that is elsewhere.

    A line is one object. A review is a `rate` event; items are the products that were reviewed, by parent_asin where
    there is one. The fields are those of Ni, Li and McAuley, "Justifying recommendations using distantly-labeled
    reviews and fine-grained aspects", 2019, and of Hou et al., "Bridging language and items for retrieval and
    recommendation", 2024.
    """
    path = FilePath(path)
    findings = Findings(on_invalid, mapping or ShopMapping())
    reviews_file, products_file = _files(path)
    products_file = FilePath(catalogue) if catalogue is not None else products_file
    reviews = _table(reviews_file, _review)
    again = reviews.frame.duplicated(["user_id", "item_id", "datetime"]).to_numpy()
    if again.any():
        reason = "the same user, item and time as in an earlier line"
        findings.drop(reviews.name, reason, reviews.lines[again])
        reviews = reviews.select(~again)
    rated = replace(reviews, frame=reviews.frame[["user_id", "item_id", "event", "rating", "datetime"]])
    told = replace(reviews, frame=reviews.frame[["user_id", "item_id", "rating", "text", "datetime"]])
    said = told.text("text") != ""
    tables = Tables(interactions=rated, reviews=told.select(said) if said.any() else None)
    if products_file is None:
        findings.note(
            f"{path.name}: no meta_ file of products beside the reviews, so items have no attributes"
        )
        return assemble(tables, findings)
    products = _products(products_file, reviews.text("item_id"), findings)
    return assemble(replace(tables, items=products), findings, chosen={name: name for name in _LINKS})


def _files(path: FilePath) -> tuple[FilePath, FilePath | None]:
    """The file of reviews and the one of products."""
    if not path.is_dir():
        files.check_file(path)
        return path, None
    files.check_folder(path)
    found = sorted(file for file in path.iterdir() if files.stem(file).endswith((".json", ".jsonl")))
    products = [file for file in found if file.name.startswith("meta_")]
    reviews = [file for file in found if file not in products]
    for what, several in (("reviews", reviews), ("products", products)):
        if len(several) > 1:
            names = ", ".join(file.name for file in several)
            raise BadInput(f"{path}: {names} would all be read as {what}; keep one of them")
    if not reviews:
        present = ", ".join(sorted(file.name for file in path.iterdir())[:10]) or "nothing"
        raise BadInput(f"{path}: there is no .json or .jsonl file of reviews in it; found {present}")
    return reviews[0], products[0] if products else None


def _table(path: FilePath, row_of: Callable[[Mapping[str, Any]], dict[str, Any] | None]) -> Table:
    """What `row_of` makes of each line; lines it makes nothing of are left out."""
    rows, numbers = [], []
    for number, line in enumerate(files.lines(path), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            raise BadInput(
                f"{path.name}, line {number}: not a JSON object; make or copy the file again"
            ) from None
        if not isinstance(found, dict):
            raise BadInput(f"{path.name}, line {number}: not a JSON object but {type(found).__name__}")
        row = row_of(found)
        if row is not None:
            rows.append(row)
            numbers.append(number)
    if not rows:
        raise BadInput(f"{path.name} holds nothing that can be used; check that it is the file you mean")
    return Table(path.name, pd.DataFrame(rows, dtype=object), np.array(numbers, dtype=np.int64))


def _review(line: Mapping[str, Any]) -> dict[str, Any]:
    milliseconds = line.get("timestamp")
    summary, text = (
        _text(line.get("summary", line.get("title"))),
        _text(line.get("reviewText", line.get("text"))),
    )
    rating = _text(line.get("overall", line.get("rating")))
    return {
        "user_id": _text(line.get("reviewerID", line.get("user_id"))),
        "item_id": _item_id(line),
        "event": "rate",
        "rating": rating,
        "datetime": _text(line.get("unixReviewTime") if milliseconds is None else _seconds(milliseconds)),
        "text": ". ".join(part for part in (summary.rstrip(". "), text) if part),
    }


def _seconds(milliseconds: Any) -> Any:
    return milliseconds // 1000 if isinstance(milliseconds, int) else milliseconds


def _item_id(line: Mapping[str, Any]) -> str:
    return _text(line.get("parent_asin") or line.get("asin"))


def _text(cell: Any) -> str:
    """A text or number as text; anything else says nothing."""
    return str(cell) if isinstance(cell, str | int | float) and not isinstance(cell, bool) else ""


def _prose(cell: Any) -> str:
    """A text, or the parts of one, without the markup that shops leave in."""
    parts = cell if isinstance(cell, list) else [cell]
    told = " ".join(_text(part) for part in parts)
    return " ".join(html.unescape(_TAGS.sub(" ", told)).split())


def _products(path: FilePath, reviewed: ObjectArray, findings: Findings) -> Table:
    """The products that were reviewed, each once, with those of which nothing is said."""
    wanted = dict.fromkeys(reviewed.tolist())
    seen: set[str] = set()
    left_out = 0

    def row_of(line: Mapping[str, Any]) -> dict[str, Any] | None:
        nonlocal left_out
        item_id = _item_id(line)
        if item_id not in wanted or item_id in seen:
            left_out += 1
            return None
        seen.add(item_id)
        return _product(item_id, line)

    table = _table(path, row_of)
    if left_out:
        findings.note(
            f"{path.name}: {left_out:,} products that nobody reviewed, or said twice, were left out"
        )
    silent = [item_id for item_id in wanted if item_id not in seen and keys.could_be(item_id)]
    if silent:
        findings.note(f"{path.name}: nothing is said of {len(silent):,} reviewed products")
        more = pd.DataFrame(
            {name: "" for name in table.frame.columns}, index=range(len(silent)), dtype=object
        )
        more["item_id"] = silent
        frame = pd.concat([table.frame, more], ignore_index=True)
        table = replace(table, frame=frame, lines=np.append(table.lines, np.zeros(len(silent), np.int64)))
    return table


def _product(item_id: str, line: Mapping[str, Any]) -> dict[str, Any]:
    price = _text(line.get("price"))
    related = line.get("related") if isinstance(line.get("related"), dict) else line
    return {
        "item_id": item_id,
        "title": _prose(line.get("title")),
        "description": _prose(line.get("description")),
        "brand": _prose(line.get("brand") or line.get("store")),
        "category": _categories(line.get("categories") or line.get("category")),
        "price": price if len(price) < 20 else "",  # some hold a style sheet
        "currency": "USD" if price else "",
        "image": _image(line),
    } | {relation: _ids(related, names) for relation, names in _LINKS.items()}


def _categories(cell: Any) -> str:
    """One path of names or several, as `a > b | a > c`."""
    paths = cell if isinstance(cell, list) else []
    if not any(isinstance(path, list) for path in paths):
        paths = [paths]
    named = [[clean(_prose(name)) for name in path] for path in paths if isinstance(path, list)]
    told = [
        " > ".join(name.replace(" > ", " / ").replace("|", "/") for name in path if name) for path in named
    ]
    return " | ".join(path for path in told if path)


def _image(line: Mapping[str, Any]) -> str:
    """The address of the first picture, the largest there is."""
    for name in ("imageURLHighRes", "imageURL", "imUrl", "images"):
        cell = line.get(name)
        first = cell[0] if isinstance(cell, list) and cell else cell
        if isinstance(first, dict):
            first = first.get("hi_res") or first.get("large")
        if _text(first):
            return _text(first)
    return ""


def _ids(related: Any, names: tuple[str, ...]) -> str:
    """Linked products, as `B01 | B02`."""
    cell = next((related[name] for name in names if related.get(name)), None)
    others = cell if isinstance(cell, list) else []
    return " | ".join(other for other in others if isinstance(other, str) and "|" not in other)
