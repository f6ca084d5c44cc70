"""The islands that `make assets` has built → the tags that load them; nothing where they are not built."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from flask import g, url_for
from markupsafe import Markup

from kgrec.errors import BadBundle, UnknownName

from .security import csp_nonce

FOLDER = FilePath(__file__).resolve().parent / "static" / "dist"

_SCRIPT = Markup('<script type="module" nonce="{nonce}" src="{address}"></script>')
_PRELOAD = Markup('<link rel="modulepreload" nonce="{nonce}" href="{address}">')
_STYLE = Markup('<link rel="stylesheet" href="{address}">')


@dataclass(frozen=True)
class Island:
    """The files of one island, as names in the folder of built files."""

    script: str
    imports: tuple[str, ...]  # modules that the script cannot start without
    styles: tuple[str, ...]


def island(name: str) -> Markup:
    """The tags that load an island with the page; empty where none is built, so that the page does without.

    A page that asks for it again gets nothing more. Raises UnknownName for a name that is not among the built ones.
    """
    islands = _built()
    if islands is None:
        return Markup("")
    if name not in islands:
        raise UnknownName("island", name, islands)
    loaded = g.setdefault("islands", set())
    if name in loaded:
        return Markup("")
    loaded.add(name)
    return _tags(islands[name], csp_nonce())


def read_islands(folder: FilePath) -> Mapping[str, Island] | None:
    """The islands whose manifest lies in a folder, by name; None where nothing is built there.

    Raises BadBundle where the manifest cannot be read.
    """
    file = folder / "manifest.json"
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        chunks = json.loads(text)
        return {chunk["name"]: _island(chunk, chunks) for chunk in chunks.values() if chunk.get("isEntry")}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadBundle(f"{file} is damaged ({error}); build the islands again: make assets") from None


@cache
def _built() -> Mapping[str, Island] | None:
    return read_islands(FOLDER)


def _island(chunk: Mapping[str, Any], chunks: Mapping[str, Mapping[str, Any]]) -> Island:
    needed = _needed(chunk, chunks)
    styles = (style for part in (*needed.values(), chunk) for style in part.get("css", ()))
    imports = tuple(str(part["file"]) for part in needed.values())
    return Island(str(chunk["file"]), imports, tuple(dict.fromkeys(styles)))


def _needed(
    chunk: Mapping[str, Any], chunks: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """The chunks that a chunk imports, and those that these import, each once."""
    needed: dict[str, Mapping[str, Any]] = {}
    waiting = list(chunk.get("imports", ()))
    while waiting:
        name = waiting.pop(0)
        if name not in needed:
            needed[name] = chunks[name]
            waiting += chunks[name].get("imports", ())
    return needed


def _tags(island: Island, nonce: str) -> Markup:
    styles = [_STYLE.format(address=_address(style)) for style in island.styles]
    preloads = [_PRELOAD.format(nonce=nonce, address=_address(module)) for module in island.imports]
    script = _SCRIPT.format(nonce=nonce, address=_address(island.script))
    return Markup("\n").join([*styles, *preloads, script])


def _address(file: str) -> str:
    return url_for("static", filename=f"dist/{file}")
