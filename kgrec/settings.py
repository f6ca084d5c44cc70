"""One table of a workspace's kgrec.toml, checked; and secrets, which are never in it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection, Mapping
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


LONGEST_SECRET = 4096


def secret(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """What a variable of the environment says, or the file that NAME_FILE names; "" if neither is set.

    BadInput never quotes it.
    """
    told, place = environment.get(name, ""), environment.get(f"{name}_FILE", "")
    if told and place:
        raise BadInput(f"{name} and {name}_FILE are both set; unset one of them")
    if not place:
        return told
    try:
        with FilePath(place).open(encoding="utf-8") as file:
            text = file.read(LONGEST_SECRET + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise BadInput(f"the file that {name}_FILE names cannot be read ({reason}); correct it") from None
    if len(text) > LONGEST_SECRET:
        raise BadInput(f"the file that {name}_FILE names is too long for a secret; name another one")
    return text.rstrip("\r\n")
