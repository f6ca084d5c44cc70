"""Names of columns: a header in, what is compared with other headers, or a short name for it, out."""

from __future__ import annotations

import re


def plain(name: str) -> str:
    """A column's name without case, spaces, "_" and "-": what recognition compares."""
    return re.sub(r"[\s_\-]+", "", name).casefold()


def snake(name: str) -> str:
    """A column's name in snake case: "Age Band" and "ageBand" are "age_band"."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name.strip())
    return re.sub(r"\W+", "_", words, flags=re.UNICODE).strip("_").lower() or "column"
