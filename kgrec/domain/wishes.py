"""What users ask of their recommendations, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Asked = Literal["gift", "less", "more", "never"]
"""What users can ask for: to draw no conclusions from an item they have, less or more of something, or not to be shown
an item, from which then nothing is concluded either."""


ABOUT_ITEMS: tuple[Asked, ...] = ("gift", "never")
"""The wishes that are about one item, and so about the paths that start from it."""


@dataclass(frozen=True)
class Wish:
    """What a user asks of their recommendations, about one entity; it holds until it is taken back."""

    asked: Asked
    entity_row: int  # of an item, for a gift and never; of what items have in common, for less and more


@dataclass(frozen=True)
class Granted:
    """A wish of a user that has changed the score of an item, and by which factor."""

    asked: Asked
    entity: str  # IRI
    label: str
    factor: float  # on all paths to the item; for a gift and never 0, on those that start from it
