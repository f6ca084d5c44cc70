"""A sentence with named slots and what goes into them → text; what goes in is never read as a template itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

SLOT = re.compile(r"\{([a-z_]+\d?)\}")
"""A slot: {entity}, {thing2}."""


def fill(template: str, slots: Mapping[str, str]) -> str:
    """The template with its slots filled; braces that are no slot of these stay as they are."""
    return SLOT.sub(lambda slot: slots.get(slot[1], slot[0]), template)
