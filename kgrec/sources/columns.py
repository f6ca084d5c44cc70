"""Recognises columns: the headers of a table in, which of them holds what out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kgrec.errors import BadInput
from kgrec.sources.findings import NOT_USED, Findings
from kgrec.sources.table import Table

_USER = (
    "user_id", "user", "uid", "customer_id", "customer", "visitor_id", "visitor", "reviewer_id", "shopper_id",
    "shopper", "account_id", "account", "client_id", "client", "member_id", "household_id",
)  # fmt: skip
_ITEM = (
    "item_id", "item", "iid", "product_id", "product", "sku", "stock_code", "asin", "article_id", "article",
    "goods_id", "parent_asin",
)  # fmt: skip
_TIME = (
    "datetime", "timestamp", "time", "ts", "date", "created_at", "event_time", "invoice_date", "order_date",
    "purchase_date", "transaction_timestamp", "unix_review_time", "review_time",
)  # fmt: skip
_RATING = ("rating", "ratings", "stars", "score", "overall")

Meanings = Mapping[str, Sequence[str]]

INTERACTION_COLUMNS: Meanings = {
    "user_id": _USER,
    "item_id": _ITEM,
    "event": ("event", "event_type", "event_name", "action", "action_type", "behavior", "behaviour",
              "behavior_type", "interaction", "interaction_type"),
    "datetime": _TIME,
    "weight": ("value", "weight", "quantity", "qty", "count", "amount"),
    "rating": _RATING,
}  # fmt: skip

ITEM_COLUMNS: Meanings = {
    "item_id": _ITEM,
    "title": ("title", "name", "product_name", "item_name", "product_title", "item_title", "label"),
    "title_zh": ("title_zh", "name_zh", "title_cn", "name_cn", "chinese_title"),
    "description": ("description", "desc", "long_description", "product_description", "details"),
    "brand": ("brand", "brands", "brand_name", "manufacturer", "make", "maker", "vendor"),
    "category": ("category", "categories", "category_path", "category_name", "department",
                 "product_category"),
    "colour": ("colour", "color", "colours", "colors"),
    "material": ("material", "materials", "fabric"),
    "price": ("price", "unit_price", "list_price"),
    "currency": ("currency", "currency_code"),
    "image": ("image", "image_url", "picture", "picture_url", "photo", "img", "img_url", "thumbnail"),
    "compatible_with": ("compatible_with", "compatible", "fits"),
}  # fmt: skip

USER_COLUMNS: Meanings = {"user_id": _USER}

REVIEW_COLUMNS: Meanings = {
    "user_id": _USER,
    "item_id": _ITEM,
    "rating": _RATING,
    "text": ("text", "review_text", "review", "body", "comment", "content", "review_body"),
    "lang": ("lang", "language", "locale"),
    "datetime": _TIME,
}

SEGMENTS = (
    "age_band", "age_group", "age_range", "gender", "sex", "city", "region", "state", "province", "country",
    "occupation", "job", "segment", "tier", "membership", "income", "income_band", "language",
    "marital_status",
)  # fmt: skip
"""Columns of a users table that put people into groups, however few people there are."""


def plain(name: str) -> str:
    """A column's name without case, spaces, "_" and "-": what recognition compares."""
    return re.sub(r"[\s_\-]+", "", name).casefold()


def snake(name: str) -> str:
    """A column's name in snake case: "Age Band" and "ageBand" are "age_band"."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name.strip())
    return re.sub(r"\W+", "_", words, flags=re.UNICODE).strip("_").lower() or "column"


def recognise(
    table: Table,
    meanings: Meanings,
    findings: Findings,
    *,
    required: Sequence[str] = (),
    chosen: Mapping[str, str] | None = None,
    others_unused: bool = True,
) -> dict[str, str]:
    """Meaning → the column that holds it: what is `chosen` (column → meaning), else the first known name.

    What was taken goes into the report; BadInput if a required meaning has no column.
    """
    chosen = {column: meaning for column, meaning in (chosen or {}).items() if column in table.headers}
    taken = {meaning: column for column, meaning in chosen.items() if meaning in meanings}
    by_plain_name: dict[str, str] = {}
    for header in table.headers:
        if header not in chosen:
            by_plain_name.setdefault(plain(header), header)
    for meaning, names in meanings.items():
        known = (by_plain_name.get(plain(name)) for name in names)
        column = next((column for column in known if column and column not in taken.values()), None)
        if column and meaning not in taken:
            taken[meaning] = column
    for meaning in required:
        if meaning not in taken:
            raise BadInput(
                f"{table.name}: no column for {meaning}; found {', '.join(table.headers[:30])}; "
                f"rename one to {meaning}"
            )
    _tell(table, taken, findings, others_unused=others_unused)
    return taken


def _tell(table: Table, taken: Mapping[str, str], findings: Findings, *, others_unused: bool) -> None:
    meaning_of = {column: meaning for meaning, column in taken.items()}
    for header in table.headers:
        if header in meaning_of:
            findings.taken(table.name, header, meaning_of[header])
        elif others_unused:
            findings.taken(table.name, header, NOT_USED)


def check_chosen(chosen: Mapping[str, str], tables: Sequence[Table]) -> None:
    """BadInput if `chosen` (column → meaning) names a column or a meaning that does not exist."""
    headers = [header for table in tables for header in table.headers]
    meanings = {*INTERACTION_COLUMNS, *ITEM_COLUMNS, *USER_COLUMNS, *REVIEW_COLUMNS}
    for column, meaning in chosen.items():
        if column not in headers:
            raise BadInput(f"columns: there is no column {column!r}; found {', '.join(headers[:30])}")
        if meaning not in meanings:
            known = ", ".join(sorted(meanings))
            raise BadInput(f"columns: {column!r} cannot be taken for {meaning!r}; give one of {known}")
