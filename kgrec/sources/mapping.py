"""mapping.toml → what each column of each table becomes, checked; and back, so that it reads the same."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from kgrec.domain import EVENTS
from kgrec.errors import BadInput, UnknownName
from kgrec.resources import ontology_folder
from kgrec.sources.values import is_date_format

VERSION = 1
"""Of the layout of mapping.toml; a later one is refused."""

ROLES = ("items", "interactions", "users", "reviews")
"""The tables that a mapping can speak of, in the order in which it does."""

UNUSED = "unused"
SCHEMA = "schema:"
MAX_BYTES = 4 * 2**20

LINKS = ("compatible_with", "also_bought", "also_viewed", "bought_together")
"""Relations between items that a column may give: those of kind link in the ontology."""


@dataclass(frozen=True)
class Column:
    """What one column becomes; "" stands for what is left out."""

    kind: str  # "title", "attribute", …: what `as` says
    name: str = ""  # what it is called, where that is not its header
    lang: str = ""  # BCP 47: "zh", "pt-BR"
    relation: str = ""  # of a link that paths may walk
    separator: str = ""  # between the values of a cell
    levels: str = ""  # between the names of a category path
    unit: str = ""  # "ml"
    currency: str = ""  # ISO 4217, of all prices
    decimal: str = ""  # the decimal mark, where it is no dot
    format: str = ""  # of dates, as strptime has it
    iri: str = ""  # "schema:sku" or a whole IRI, what `property` says; else one of the shop's own

    @property
    def meaning(self) -> str:
        """In one word, as the report and `columns=` of frames say it: a title in Chinese is "title_zh"."""
        if self.kind == "title" and self.lang not in ("", "en"):
            return f"title_{self.lang}"
        if self.kind == "link":
            return self.relation or "link"
        return "not used" if self.kind == UNUSED else self.kind

    @property
    def described(self) -> str:
        """The same with what goes with it, for a report: "decimal in ml"."""
        return self.meaning + (f" in {self.unit}" if self.unit else "")

    def keys(self) -> dict[str, str]:
        """The keys that say something, as mapping.toml has them."""
        said = {each.name: str(getattr(self, each.name)) for each in fields(self)}
        said = {"as": said.pop("kind"), "property": said.pop("iri"), **said}
        return {key: value for key, value in said.items() if value}


_VALUE = ("name", "property")
_NUMBER = (*_VALUE, "unit", "decimal")
KINDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "items": {
        "item_id": (),
        "title": ("lang",),
        "description": ("lang",),
        "brand": ("separator",),
        "category": ("separator", "levels"),
        "colour": ("separator",),
        "material": ("separator",),
        "attribute": ("name", "separator"),
        "link": (*_VALUE, "relation", "separator"),
        "price": ("currency", "decimal"),
        "currency": (),
        "image": (),
        "integer": _NUMBER,
        "decimal": _NUMBER,
        "boolean": _VALUE,
        "date": (*_VALUE, "format"),
        "datetime": (*_VALUE, "format"),
        "text": (*_VALUE, "lang", "separator"),
        UNUSED: (),
    },
    "interactions": {
        "user_id": (),
        "item_id": (),
        "event": (),
        "datetime": (),
        "weight": (),
        "rating": (),
        UNUSED: (),
    },
    "users": {"user_id": (), "segment": (), UNUSED: ()},
    "reviews": {
        "user_id": (),
        "item_id": (),
        "rating": (),
        "text": (),
        "lang": (),
        "datetime": (),
        UNUSED: (),
    },
}
"""Table → what a column of it can become → the keys that go with that."""

_SEVERAL: Mapping[str, frozenset[str]] = {
    "items": frozenset(KINDS["items"]) - {"item_id", "title", "description", "price", "currency", "image"},
    "interactions": frozenset({UNUSED}),
    "users": frozenset({"segment", UNUSED}),
    "reviews": frozenset({UNUSED}),
}
"""What several columns of a table can become."""


def only_once(role: str, kind: str) -> bool:
    """Whether at most one column of a table can become this; of titles, one in each language."""
    return kind not in _SEVERAL[role]


def identity(role: str, column: Column) -> tuple[str, ...]:
    """What two columns have in common if a usual name of the one is not to be looked for beside the other."""
    if column.kind == "title":
        return ("title", column.lang or "en")
    if only_once(role, column.kind):
        return (column.kind,)
    return (column.kind, column.name, column.relation, column.iri)


@dataclass(frozen=True)
class ShopMapping:
    """What a shop's tables become."""

    preset: str = "products"
    item_class: str = ""  # "schema:Book"; "" is that of the preset
    columns: Mapping[str, Mapping[str, Column]] = field(default_factory=dict)  # role → header → column
    events: Mapping[str, str] = field(default_factory=dict)  # what the column says → one of EVENTS, or unused
    words: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict
    )  # language → what sentences say instead
    file: str = field(default="mapping.toml", compare=False)  # what errors call it


# Reading


def read(path: FilePath) -> ShopMapping:
    """The mapping in a file; BadInput names file, line or key, and what to do."""
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file; give the path of a mapping.toml")
    if path.stat().st_size > MAX_BYTES:
        raise BadInput(f"{path} has more than {MAX_BYTES:,} bytes; this is no mapping")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = trouble.object[: trouble.start].count(b"\n") + 1
        raise BadInput(f"{path.name}, line {line}: not UTF-8; save the file in UTF-8") from None
    except OSError as trouble:
        raise BadInput(f"{path} cannot be read ({trouble.strerror}); change its permissions") from None
    return parsed(text, path.name)


def parsed(text: str, file: str = "mapping.toml") -> ShopMapping:
    """The mapping that a text is."""
    content = toml(text, file)
    _only(content, ("version", "preset", *ROLES, "words"), f"key in {file}")
    version = content.get("version", VERSION)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BadInput(f"{file}: version is {version!r}; write {VERSION}")
    if version > VERSION:
        raise BadInput(f"{file} was written for a newer kgrec (version {version}); upgrade kgrec")
    columns: dict[str, dict[str, Column]] = {}
    extra = {"items": ("class",), "interactions": ("events",)}
    for role in ROLES:
        if role in content:
            said = _table(content[role], f"{file}: [{role}]")
            _only(said, ("columns", *extra.get(role, ())), f"key of [{role}] in {file}")
            columns[role] = _columns(said.get("columns", {}), role, file)
    words = _table(content.get("words", {}), f"{file}: [words]")
    return ShopMapping(
        preset=_text(content.get("preset", "products"), f"{file}: preset"),
        item_class=_item_class(content.get("items", {}).get("class", ""), f"{file}: items.class"),
        columns=columns,
        events=_events(content.get("interactions", {}).get("events", {}), file),
        words={lang: _table(said, f"{file}: [words.{lang}]") for lang, said in words.items()},
        file=file,
    )


def toml(text: str, file: str) -> dict[str, Any]:
    """A TOML document; BadInput says on which line it is none."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as trouble:
        reason = str(trouble) or "too deep"
        where = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", reason)
        line = where[1] if where and where[1] else str(text.count("\n") + 1)
        said = reason[: where.start()] if where else reason
        raise BadInput(
            f"{file}, line {line}: not TOML ({said[:1].lower()}{said[1:]}); "
            "headers with anything but letters, digits, - and _ stand in quotes"
        ) from None


def _columns(said: Any, role: str, file: str) -> dict[str, Column]:
    columns = {}
    first: dict[tuple[str, ...], str] = {}
    for header, entry in _table(said, f"{file}: [{role}.columns]").items():
        column = column_of(entry, role, f"{file}: {role}.columns.{key(header)}")
        if only_once(role, column.kind):
            other = first.setdefault(identity(role, column), header)
            if other != header:
                raise BadInput(
                    f"{file}: both {key(other)} and {key(header)} of [{role}.columns] are the "
                    f"{column.meaning}; make one of them {UNUSED}"
                )
        columns[header] = column
    return columns


def column_of(entry: Any, role: str, where: str) -> Column:
    """What one entry says; BadInput names `where` it stands and what is wrong."""
    if isinstance(entry, dict) and any(isinstance(value, dict) for value in entry.values()):
        raise BadInput(f"{where}: a table in it; put a header that holds a dot into quotes")
    said = {name: _text(value, f"{where}: {name}") for name, value in _table(entry, where).items()}
    if "as" not in said:
        raise BadInput(f'{where}: does not say what it becomes; write {{ as = "text" }} or another kind')
    kind = said.pop("as")
    if kind not in KINDS[role]:
        raise BadInput(f"{where}: {UnknownName(f'kind of column of {role}', kind, KINDS[role])}")
    for name, value in said.items():
        if name not in KINDS[role][kind]:
            known = ", ".join(KINDS[role][kind]) or "none"
            raise BadInput(f"{where}: {name!r} is no key of {kind!r}; its keys are: {known}")
        _CHECKS.get(name, _no_check)(value, where)
    return Column(kind=kind, iri=said.pop("property", ""), **said)


def _no_check(value: str, where: str) -> None:
    if not value.strip():
        raise BadInput(f"{where}: a key of it is empty; leave it out")


def _separator(value: str, where: str) -> None:
    if not value:
        raise BadInput(f"{where}: separator is empty; leave it out where cells hold one value")


def _levels(value: str, where: str) -> None:
    if not value.strip():
        raise BadInput(f"{where}: levels is empty; leave it out where paths are written 'Skin > Face'")


def _lang(value: str, where: str) -> None:
    if not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", value):
        raise BadInput(f"{where}: lang {value!r} is no language tag; write one such as en, zh or pt-BR")


def _relation(value: str, where: str) -> None:
    if value not in LINKS:
        raise BadInput(f"{where}: {UnknownName('relation between items', value, LINKS)}")


def _currency(value: str, where: str) -> None:
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise BadInput(f"{where}: currency {value!r} is no ISO 4217 code; write one such as EUR or CNY")


def _decimal(value: str, where: str) -> None:
    if value not in (".", ","):
        raise BadInput(f"{where}: decimal is {value!r}; it must be '.' or ','")


def _format(value: str, where: str) -> None:
    if not is_date_format(value):
        raise BadInput(f"{where}: format {value!r} is no date format; write one such as %d.%m.%Y")


def _property(value: str, where: str) -> None:
    if value.startswith(SCHEMA):
        _schema_term(value, "properties", "property of schema.org", where)
    elif not re.fullmatch(r"https?://[^\s<>\"{}|^`\\\x00-\x20]+", value):
        raise BadInput(f"{where}: property {value!r} is neither schema:… nor a whole http(s) IRI")
    elif "kgrec/ontology" in value:
        raise BadInput(
            f"{where}: property {value!r} is one of kgrec's own; leave it out for one of the shop's"
        )


_CHECKS = {
    "separator": _separator,
    "levels": _levels,
    "lang": _lang,
    "relation": _relation,
    "currency": _currency,
    "decimal": _decimal,
    "format": _format,
    "property": _property,
}


def _item_class(value: Any, where: str) -> str:
    said = _text(value, where)
    if said.startswith(SCHEMA):
        _schema_term(said, "classes", "class of schema.org", where)
    elif said:
        raise BadInput(f"{where}: {said!r} is no class of schema.org; write one such as schema:Book")
    return said


def _schema_term(value: str, what: str, kind: str, where: str) -> None:
    known = schema_terms()[what]
    if value.removeprefix(SCHEMA) not in known:
        raise BadInput(f"{where}: {UnknownName(kind, value, [SCHEMA + name for name in known])}")


@cache
def schema_terms() -> dict[str, list[str]]:
    """The classes and properties of schema.org that a mapping may name."""
    terms: dict[str, list[str]] = tomllib.loads(
        (ontology_folder() / "schema-org.toml").read_text(encoding="utf-8")
    )
    return terms


def _events(said: Any, file: str) -> dict[str, str]:
    events = {}
    for name, event in _table(said, f"{file}: [interactions.events]").items():
        where = f"{file}: interactions.events.{key(name)}"
        events[name] = _text(event, where)
        if events[name] not in (*EVENTS, UNUSED):
            raise BadInput(f"{where}: {UnknownName('event', events[name], (*EVENTS, UNUSED))}")
    return events


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput(f"{where} is {value!r:.80}; it must be a table of keys and values")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{where} is {value!r:.80}; it must be a text in quotes")
    return value


def _only(said: Iterable[str], known: Sequence[str], what: str) -> None:
    for name in said:
        if name not in known:
            raise UnknownName(what, name, known)


# Writing


def written(mapping: ShopMapping, why: Mapping[str, Mapping[str, str]], heads: Mapping[str, str]) -> str:
    """The mapping as TOML, a column a line with `why` (role → header → reason); `heads` say which table it is.

    `parsed` reads it back as it was. Reasons of events stand under "events".
    """
    lines = [
        "# What each column of the tables becomes in the graph. Change what is wrong, then build the shop again:",
        "# the source is read anew. docs/mapping.md explains kinds and keys.",
        f"version = {VERSION}",
        f"preset = {quoted(mapping.preset)}",
    ]
    for role, columns in mapping.columns.items():
        lines += ["", *([f"# {one_line(heads[role])}"] if role in heads else [])]
        if role == "items" and mapping.item_class:
            lines += ["[items]", f"class = {quoted(mapping.item_class)}", ""]
        lines.append(f"[{role}.columns]")
        entries = {
            key(header): "{ " + ", ".join(f"{k} = {quoted(v)}" for k, v in column.keys().items()) + " }"
            for header, column in columns.items()
        }
        lines += _aligned(entries, list(why.get(role, {}).get(header, "") for header in columns))
        if role == "interactions" and mapping.events:
            lines += ["", "[interactions.events]"]
            entries = {key(name): quoted(event) for name, event in mapping.events.items()}
            lines += _aligned(entries, [why.get("events", {}).get(name, "") for name in mapping.events])
    for lang, words in mapping.words.items():
        lines += _words(f"words.{key(lang)}", words)
    return "\n".join(lines) + "\n"


def _aligned(entries: Mapping[str, str], reasons: Sequence[str]) -> list[str]:
    """A line each, with its reason as a comment; comments stand below each other where lines are short."""
    lines = [f"{name} = {value}" for name, value in entries.items()]
    width = max((len(line) for line in lines if len(line) <= _COMMENTS_AT), default=0)
    return [
        f"{line.ljust(width)}  # {one_line(reason)}" if reason else line
        for line, reason in zip(lines, reasons, strict=True)
    ]


_COMMENTS_AT = 60


def _words(name: str, words: Mapping[str, Any]) -> list[str]:
    plain = {key(k): v for k, v in words.items() if not isinstance(v, Mapping)}
    lines = ["", f"[{name}]"]
    for word, value in plain.items():
        lines.append(f"{word} = {_written_word(value)}")
    for word, value in words.items():
        if isinstance(value, Mapping):
            lines += _words(f"{name}.{key(word)}", value)
    return lines


def _written_word(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(quoted(str(each)) for each in value) + "]"
    return quoted(str(value))


def key(header: str) -> str:
    """A header as a key of TOML."""
    return header if re.fullmatch(r"[A-Za-z0-9_-]+", header) else quoted(header)


def quoted(text: str) -> str:
    """A text as a basic string of TOML."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0 or 0x2028 <= code <= 0x202E or 0x2066 <= code <= 0x2069:
        return f"\\u{code:04X}"
    return character


def one_line(text: str) -> str:
    """A text that cannot end the comment it stands in."""
    return "".join(c if c.isprintable() else " " for c in text)
