"""The name of a picture → the picture, from one folder and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as FilePath

from flask import Response, abort, send_from_directory

_PICTURES = {".webp": "image/webp", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_DAY = 24 * 3600


def view(folder: FilePath | None) -> Callable[[str], Response]:
    """Pictures of a folder; nothing else that lies in it, no hidden files, nothing outside it."""
    root = folder.resolve() if folder is not None else None

    def media(name: str) -> Response:
        kind = _PICTURES.get(FilePath(name).suffix.lower())
        hidden = any(part.startswith(".") for part in name.split("/"))
        if root is None or kind is None or hidden or not name.isprintable():
            abort(404)
        if not (root / name).resolve().is_relative_to(root):  # a link that leads out
            abort(404)
        return send_from_directory(root, name, mimetype=kind, max_age=_DAY)

    return media
