"""One table of a workspace's kgrec.toml, checked."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path as FilePath
from typing import Any

from kgrec.errors import BadBundle, BadInput, UnknownName


def section(file: FilePath, name: str, known: Collection[str]) -> dict[str, Any]:
    """What [name] of a file says, nothing if it is not there; BadBundle, BadInput or UnknownName say what is wrong."""
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8")).get(name, {})
    except (OSError, ValueError) as error:
        raise BadBundle(f"{file}: cannot be read ({error}); restore it") from None
    if not isinstance(given, dict):
        raise BadInput(f"{file}: {name} is to be a table; write [{name}]")
    for setting in given:
        if setting not in known:
            raise UnknownName(f"setting of [{name}]", setting, known)
    return given
