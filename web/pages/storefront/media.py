"""The name of a picture → the picture, from one folder and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as FilePath

from flask import Response, abort, send_from_directory, url_for

from kgrec.shelf import ItemSummary

_PICTURES = {".webp": "image/webp", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_DAY = 24 * 3600
_LONGEST = 1024  # characters of a name


def view(folder: FilePath | None) -> Callable[[str], Response]:
    """Pictures of a folder; nothing else that lies in it, no hidden files, nothing outside it."""

    def media(name: str) -> Response:
        if folder is None or _file(folder, name) is None:
            abort(404)
        kind = _PICTURES[FilePath(name).suffix.lower()]
        return send_from_directory(folder.resolve(), name, mimetype=kind, max_age=_DAY)

    return media


def address(folder: FilePath | None) -> Callable[[ItemSummary], str | None]:
    """Where the picture of an item is found; None if it has none that can be shown."""

    def picture_of(item: ItemSummary) -> str | None:
        if folder is None or _file(folder, item.image) is None:
            return None
        return url_for("pages.media", name=item.image)

    return picture_of


def _file(folder: FilePath, name: str) -> FilePath | None:
    """The picture of that name inside the folder; None for every other thing a name can be."""
    if not name.isprintable() or len(name) > _LONGEST or FilePath(name).suffix.lower() not in _PICTURES:
        return None
    if "\\" in name or any(part.startswith(".") or not part for part in name.split("/")):
        return None
    try:
        file = (folder / name).resolve()
        inside = file.is_relative_to(folder.resolve()) and file.is_file()  # a link may lead out
    except OSError:  # a part of the name is longer than the file system takes
        return None
    return file if inside else None
