"""A sentence with named slots and what goes into them → text; what goes in is never read as a template itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

SLOT = re.compile(r"\{([a-z_]+\d?)\}")
"""A slot: {entity}, {thing2}."""


def fill(template: str, slots: Mapping[str, str]) -> str:
    """The template with its slots filled; braces that are no slot of these stay as they are."""
    parts = _parts(template)
    return "".join([slots.get(part, "{" + part + "}") if n % 2 else part for n, part in enumerate(parts)])


@lru_cache(maxsize=4096)
def _parts(template: str) -> list[str]:
    """What stands outside of slots, and their names, in turn."""
    return SLOT.split(template)
