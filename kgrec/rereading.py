"""A workspace whose mapping.toml was changed → its dataset, read again from the source by the new mapping.

SHOP/mapping.toml says what each column becomes. The tables keep the mapping that they were read by; as long as both say
the same, comments aside, nothing is read again. Tables that were read again lie in the generation of the graph that was
built from them, so that going back to an older graph is going back to its tables.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from kgrec import sources, storage
from kgrec.domain import Dataset
from kgrec.errors import BadInput, NotReady
from kgrec.explain.wording import own
from kgrec.peopled import without_erased
from kgrec.sources import mapping as mappings
from kgrec.sources import presets, tables
from kgrec.sources.mapping import ShopMapping, key, written


@dataclass(frozen=True)
class Tables:
    """The dataset of a workspace, and from where it was read again, if it was."""

    dataset: Dataset
    source: str = ""
    purged: bool = False  # whether they held somebody who was forgotten


def mapping_of(path: FilePath | None, preset: str | None = None) -> ShopMapping:
    """The mapping in a file, or that of a preset; its words are checked too."""
    if path is None:
        return ShopMapping(preset=preset or presets.DEFAULT)
    mapping = mappings.read(path)
    if preset is not None and preset != mapping.preset:
        raise BadInput(
            f"{path.name} says preset = {mapping.preset!r}; leave --preset out, or change it there"
        )
    own.check(mapping.words, path.name)
    return mapping


def is_changed(workspace: storage.Workspace) -> bool:
    """Whether mapping.toml says anything else than what the tables were read by."""
    return workspace.mapping.is_file() and _asked(workspace) != _followed(storage.load_source(workspace))


def current_tables(workspace: storage.Workspace) -> Tables:
    """The dataset by the mapping as it is now, without those who were forgotten."""
    read = _by_mapping(workspace)
    dataset = without_erased(workspace, read.dataset)
    return replace(read, dataset=dataset, purged=dataset is not read.dataset)


def _by_mapping(workspace: storage.Workspace) -> Tables:
    dataset = storage.load_source(workspace)
    if not workspace.mapping.is_file():
        return Tables(dataset)
    asked = _asked(workspace)
    if asked == _followed(dataset):
        return Tables(dataset)
    settings = _settings(workspace)
    dataset = _read(workspace, settings, asked)
    _check_complete(asked, dataset)
    text = workspace.mapping.read_text(encoding="utf-8-sig")
    report = replace(dataset.report, mapping=text)
    return Tables(replace(dataset, report=report), str(settings["source"]))


def keep(workspace: storage.Workspace, read: Tables, generation: FilePath) -> None:
    """Put the tables into the generation that is built from them, unless they are those of `kgrec init`."""
    if read.source or read.purged:
        tables.save(read.dataset, generation / "tables")
    elif workspace.source_tables != workspace.first_tables:
        shutil.copytree(workspace.source_tables, generation / "tables", copy_function=os.link)


def _asked(workspace: storage.Workspace) -> ShopMapping:
    return mapping_of(workspace.mapping)


def _followed(dataset: Dataset) -> ShopMapping:
    return mappings.parsed(dataset.report.mapping) if dataset.report.mapping else ShopMapping()


def _settings(workspace: storage.Workspace) -> dict[str, Any]:
    shop: dict[str, Any] = tomllib.loads((workspace.folder / "kgrec.toml").read_text(encoding="utf-8"))[
        "shop"
    ]
    if not shop.get("format") or not shop.get("source"):
        raise NotReady(
            f"{workspace.folder}/kgrec.toml names no source to read again by {workspace.mapping.name}; init again"
        )
    return shop


def _read(workspace: storage.Workspace, settings: dict[str, Any], asked: ShopMapping) -> Dataset:
    source = None if workspace.bundled else FilePath(settings["source"])
    catalogue = FilePath(settings["catalogue"]) if settings.get("catalogue") else None
    for path in (source, catalogue):
        if path is not None and not path.exists():
            raise NotReady(
                f"{path}, from which {workspace.folder} was made, is gone, so it cannot be read by the changed "
                f"{workspace.mapping.name}; put it back, or undo the change"
            )
    on_invalid = settings.get("on_invalid", "raise")
    return sources.read(settings["format"], source, catalogue, on_invalid, asked)


def _check_complete(asked: ShopMapping, dataset: Dataset) -> None:
    """BadInput for a column of the source that the mapping does not speak of: what it becomes is not for us to say."""
    read = mappings.parsed(dataset.report.mapping)
    for role, columns in read.columns.items():
        for header, column in columns.items():
            if header not in asked.columns.get(role, {}):
                line = written(ShopMapping(columns={role: {header: column}}), {}, {}).splitlines()[-1]
                raise BadInput(
                    f"{asked.file}: [{role}.columns] says nothing of the column {key(header)}; "
                    f"add a line such as: {line}"
                )
