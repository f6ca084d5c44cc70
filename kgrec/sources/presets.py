"""ontology/mappings/*.toml → presets: which headers and events are usual in a kind of catalogue, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from kgrec.domain import EVENTS
from kgrec.errors import UnknownName
from kgrec.resources import ontology_folder
from kgrec.sources.mapping import ROLES, Column, column_of, toml
from kgrec.sources.names import plain

DEFAULT = "products"


@dataclass(frozen=True)
class Usual:
    """What a column becomes that goes by one of these names, the most usual first."""

    column: Column
    headers: tuple[str, ...]


@dataclass(frozen=True)
class Preset:
    """A kind of catalogue."""

    name: str
    about: str
    item_class: str
    usual: Mapping[str, tuple[Usual, ...]]  # role → columns
    events: Mapping[str, str]  # plain name → one of EVENTS
    words: Mapping[str, Mapping[str, Any]]  # language → what sentences say instead

    def headers(self, role: str, meaning: str) -> tuple[str, ...]:
        """The usual names of a column of this meaning."""
        return tuple(
            header
            for usual in self.usual[role]
            if usual.column.meaning == meaning
            for header in usual.headers
        )


def names() -> list[str]:
    """The presets there are, the default first."""
    found = sorted(path.stem for path in (ontology_folder() / "mappings").glob("*.toml"))
    return [DEFAULT, *(name for name in found if name != DEFAULT)]


@cache
def preset(name: str = DEFAULT) -> Preset:
    """A preset by name; a table it does not speak of is that of the default, with the preset's own names of ids."""
    if name not in names():
        raise UnknownName("preset", name, names())
    file = f"{name}.toml"
    content = toml((ontology_folder() / "mappings" / file).read_text(encoding="utf-8"), file)
    usual = {role: _usual(content[role], role, file) for role in ROLES if role in content}
    return Preset(
        name=name,
        about=content["about"],
        item_class=content["class"],
        usual=usual if name == DEFAULT else {**_inherited(usual["interactions"]), **usual},
        events={plain(said): event for event in EVENTS for said in content["events"].get(event, ())},
        words=content.get("words", {}),
    )


def _inherited(interactions: tuple[Usual, ...]) -> dict[str, tuple[Usual, ...]]:
    """The tables of the default; users and items are named as in some interactions."""
    ids = {usual.column: usual for usual in interactions if usual.column.kind in ("user_id", "item_id")}
    return {role: tuple(ids.get(one.column, one) for one in some) for role, some in preset().usual.items()}


def _usual(entries: list[dict[str, Any]], role: str, file: str) -> tuple[Usual, ...]:
    found = []
    for number, entry in enumerate(entries, start=1):
        keys = {key: value for key, value in entry.items() if key != "headers"}
        found.append(Usual(column_of(keys, role, f"{file}: {role} {number}"), tuple(entry["headers"])))
    return tuple(found)
