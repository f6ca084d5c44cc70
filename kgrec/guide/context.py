"""What a question says of who asks: what they did just now, and what is kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CONTEXT = "context"
"""The source of what is said of somebody in a question alone."""


@dataclass(frozen=True)
class Context:
    """What is said of somebody in a question alone, and kept nowhere."""

    segments: Mapping[str, str] = field(default_factory=dict)  # column of the users table → value
    stranger: bool = False  # whether somebody of whom nothing is known will do


NO_CONTEXT = Context()
STRANGER = Context(stranger=True)
"""For pages that anybody may open, whether or not they have done anything yet."""


@dataclass(frozen=True)
class SessionEvent:
    """One thing a visitor did just now."""

    item_id: str
    event: str
