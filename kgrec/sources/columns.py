"""The headers of a table in, what each column becomes out: by the mapping, by usual names, else by its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from kgrec.errors import BadInput
from kgrec.sources.findings import NOT_USED, Findings
from kgrec.sources.guess import USUAL_SEPARATOR, groups, guessed, language, separator_in, usually_parted
from kgrec.sources.labels import clean
from kgrec.sources.mapping import KINDS, LINKS, ROLES, UNUSED, Column, identity, key
from kgrec.sources.names import plain, snake
from kgrec.sources.presets import Preset
from kgrec.sources.table import Table
from kgrec.sources.values import measured

Meanings = Mapping[str, Sequence[str]]

Chosen = Mapping[str, str | Column]
"""Header → what its column means in a word or, of the items, to the letter."""

Guess = tuple[Column, str]
_PARTED = {"brand", "category", "colour", "material", "link", "attribute"}
_CURRENCIES = {
    "€": "EUR",
    "£": "GBP",
    "￥": "CNY",
    "元": "CNY",
    "₹": "INR",
    "₩": "KRW",
    "zł": "PLN",
    "US$": "USD",
}
"""Signs of money that are of one currency; "$" and "¥" are of several."""

_LANGUAGES = (
    "ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko", "nl", "no", "pl",
    "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
"""What the header of a title may end in: "title_de"."""


def settled(
    table: Table,
    role: str,
    findings: Findings,
    *,
    required: Sequence[str] = (),
    chosen: Chosen | None = None,
) -> dict[str, Column]:
    """Header → what its column becomes; every column of the table has an entry.

    First come the mapping and what is `chosen` (header → meaning), then usual names, then what the values look like.
    BadInput if the mapping names a column that is not there, or a required kind has no column.
    """
    given = _given(table, role, findings)
    chosen = {
        header: meaning
        for header, meaning in (chosen or {}).items()
        if role == "items" or isinstance(meaning, str)
    }
    columns = dict(given)
    why = dict.fromkeys(given, "as the mapping given says")
    for header, meaning in chosen.items():
        column = of_meaning(meaning, role)
        if header in table.headers and header not in columns and column is not None:
            columns[header], why[header] = column, "as the format or its reader says"
    usual = _usual(table, role, findings.preset, columns, chosen)
    titles = {column.lang for column in (*columns.values(), *usual.values()) if column.kind == "title"}
    for header, column in usual.items():
        columns[header], why[header] = _fitted(column, role, table, header, titles)
    _check_required(table, role, required, columns)
    look = _LOOKS[role]
    for header in table.headers:
        if header not in columns:
            columns[header], why[header] = look(table, header, columns, findings)
            if role == "items" and columns[header].kind != "title":
                findings.guessed(table, header, columns[header])
    columns = {header: columns[header] for header in table.headers}
    findings.settled(table, role, columns, why)
    return columns


def _given(table: Table, role: str, findings: Findings) -> dict[str, Column]:
    mapping = findings.mapping
    given = dict(mapping.columns.get(role, {}))
    for header in given:
        if header not in table.headers:
            found = ", ".join(table.headers[:30])
            raise BadInput(
                f"{mapping.file}: {role}.columns names {key(header)}, which {table.name} does not have; found {found}"
            )
    return given


def of_meaning(meaning: str | Column, role: str) -> Column | None:
    """The column of a table that a meaning stands for, None if that table has none of it."""
    if isinstance(meaning, Column):
        return meaning
    if meaning in LINKS and role == "items":
        return Column("link", relation=meaning, separator=USUAL_SEPARATOR)
    kind, _, lang = meaning.partition("_")
    if kind == "title" and lang and role == "items":
        return Column("title", lang=lang)
    if meaning not in KINDS[role]:
        return None
    return Column(meaning, separator=USUAL_SEPARATOR if meaning in _PARTED else "")


def _usual(
    table: Table, role: str, preset: Preset, columns: Mapping[str, Column], chosen: Chosen
) -> dict[str, Column]:
    """The columns whose headers are usual; of each kind the one with the most usual name."""
    by_plain_name: dict[str, str] = {}
    for header in table.headers:
        if header not in columns and header not in chosen:
            by_plain_name.setdefault(plain(header), header)
    taken = {identity(role, column) for column in columns.values()}
    found: dict[str, Column] = {}
    for usual in preset.usual[role]:
        if usual.column.kind != "segment" and identity(role, usual.column) in taken:
            continue
        headers = (by_plain_name.get(plain(name)) for name in usual.headers)
        free = [header for header in headers if header and header not in found]
        for header in free if usual.column.kind == "segment" else free[:1]:
            found[header] = usual.column
    return found


def _check_required(table: Table, role: str, required: Sequence[str], columns: Mapping[str, Column]) -> None:
    kinds = {column.kind for column in columns.values()}
    for kind in required:
        if kind not in kinds:
            raise BadInput(
                f"{table.name}: no column for {kind}; found {', '.join(table.headers[:30])}; "
                f"rename one to {kind}, or name one in a mapping"
            )


# What only the cells of a usual column tell


def _fitted(column: Column, role: str, table: Table, header: str, titles: Collection[str]) -> Guess:
    """A usual column with how its values are parted, the currency of prices, the language of titles.

    `titles` are the languages that have a column already.
    """
    usual = "a usual header"
    if role != "items":
        return column, usual
    if column.kind == "title" and not column.lang:
        told = language(table.text(header))
        lang = "en" if told in titles else told
        return replace(column, lang=lang), f"{usual}; {_LETTERS.get(lang, f'its letters look like {lang}')}"
    if column.kind == "price":
        return _priced(column, [text for text in map(str.strip, table.text(header)) if text])
    if column.kind in _PARTED:
        filled = [text for text in map(str.strip, table.text(header)) if text]
        usually = USUAL_SEPARATOR if usually_parted(filled) else ""
        separator = separator_in(filled) if column.kind == "attribute" else usually
        return replace(column, separator=separator), f"{usual}; {_counted(filled)}"
    return column, usual


_LETTERS = {"en": "write another lang if it is not English"}


def _counted(filled: Sequence[str]) -> str:
    return f"{len(set(filled)):,} distinct values in {len(filled):,} cells"


def _priced(column: Column, filled: Sequence[str]) -> Guess:
    dots = sum(measured(text.lstrip(_SIGNS), ".") is not None for text in filled)
    commas = sum(measured(text.lstrip(_SIGNS), ",") is not None for text in filled)
    decimal = "," if commas > dots else ""
    signs = {re.sub(r"[\s\d.,+-]+", "", text) for text in filled}
    sign = signs.pop() if len(signs) == 1 else ""
    currency = _CURRENCIES.get(sign, sign if re.fullmatch("[A-Z]{3}", sign) else "")
    return replace(column, decimal=decimal, currency=currency), "a usual header"


_SIGNS = "€£￥¥$₹₩ \u00a0"


# What the cells of any other column tell


def _of_items(table: Table, header: str, columns: Mapping[str, Column], findings: Findings) -> Guess:
    titled = _title_in(header, columns, findings.preset)
    if titled is not None:
        return titled
    ids = next(name for name, column in columns.items() if column.kind == "item_id")
    return guessed(table.text(header), table.text(ids))


def _title_in(header: str, columns: Mapping[str, Column], preset: Preset) -> Guess | None:
    """A title in another language: "title_de", "name@fr"."""
    found = re.fullmatch(r"(.*\w)[\s_@.:(\[-]+([a-z]{2})[)\]]?", header.strip(), re.IGNORECASE)
    if found is None or found[2].lower() not in _LANGUAGES:
        return None
    if plain(found[1]) not in map(plain, preset.headers("items", "title")):
        return None
    column = Column("title", lang=found[2].lower())
    taken = {identity("items", other) for other in columns.values()}
    return (
        None
        if identity("items", column) in taken
        else (column, "its header is that of a title in a language")
    )


def _of_users(table: Table, header: str, columns: Mapping[str, Column], _: Findings) -> Guess:
    """Columns of people make groups or nothing: they are nobody's business."""
    filled = [text for text in map(str.strip, table.text(header)) if text]
    names = {snake(clean(other)) for other, column in columns.items() if column.kind != UNUSED}
    if snake(clean(header)) in names | {"user_id"}:
        return Column(UNUSED), "another column has this name"
    if groups(filled):
        return Column("segment"), _counted(filled)
    return Column(UNUSED), "puts people into no groups, and what is personal is not made public"


def _unused(*_: object) -> Guess:
    return Column(UNUSED), "not a usual header"


_LOOKS: Mapping[str, Callable[[Table, str, Mapping[str, Column], Findings], Guess]] = {
    "items": _of_items,
    "users": _of_users,
    "interactions": _unused,
    "reviews": _unused,
}


# Columns named by hand


def check_chosen(chosen: Chosen, tables: Sequence[Table]) -> None:
    """BadInput if `chosen` (column → meaning) names a column or a meaning that does not exist."""
    headers = [header for table in tables for header in table.headers]
    for column, meaning in chosen.items():
        if column not in headers:
            raise BadInput(f"columns: there is no column {column!r}; found {', '.join(headers[:30])}")
        if not any(of_meaning(meaning, role) for role in ROLES):
            known = ", ".join(
                sorted({*LINKS, "title_zh", *(kind for kinds in KINDS.values() for kind in kinds)})
            )
            raise BadInput(f"columns: {column!r} cannot be taken for {meaning!r}; give one of {known}")


def recognised(table: Table, meanings: Meanings, findings: Findings) -> dict[str, str]:
    """Meaning → the column that holds it, for tables that no mapping speaks of; all of them are required."""
    by_plain_name = {plain(header): header for header in reversed(table.headers)}
    taken: dict[str, str] = {}
    for meaning, names in meanings.items():
        known = (by_plain_name.get(plain(name)) for name in names)
        column = next((column for column in known if column and column not in taken.values()), None)
        if column is None:
            found = ", ".join(table.headers[:30])
            raise BadInput(f"{table.name}: no column for {meaning}; found {found}; rename one to {meaning}")
        taken[meaning] = column
    meaning_of = {column: meaning for meaning, column in taken.items()}
    for header in table.headers:
        findings.taken(table.name, header, meaning_of.get(header, NOT_USED))
    return taken
