"""Who did what with which item, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from kgrec.domain.arrays import BoolArray, FloatArray, IntArray

EVENTS = ("view", "cart", "buy", "rate", "return", "dislike")
"""The kinds of interaction, weakest intent first; an interaction's `event` is a position in this tuple."""

EVENT_RELATIONS = ("viewed", "carted", "bought", "rated", "returned", "disliked")
"""The relation user → item that each event becomes in the graph, in the order of `EVENTS`."""

CHOICES = ("buy", "rate")
"""Events that express a choice; they are what is predicted. A shop with none of them is predicted by all it has."""

REJECTIONS = ("return", "dislike")
"""Events that take an item out of what a recommendation may start from."""

LOG = "events"
"""The source of what the event log says; its lines are the numbers of events."""

Clock = Literal["seconds", "steps", "none"]
"""What `Interactions.time` counts: Unix seconds, the place in the user's sequence, or nothing known."""


@dataclass(frozen=True, eq=False)
class Interactions:
    """Who did what with which item, oldest first: parallel arrays of length N."""

    user: IntArray  # (N,) user rows
    item: IntArray  # (N,) item rows
    event: IntArray  # (N,) positions in EVENTS
    weight: FloatArray  # (N,) how much of it, > 0: a quantity, or the rating of a "rate" event
    time: IntArray  # (N,) in units of the clock
    line: IntArray  # (N,) line of the source file (1 is the first), 0 where there is none, −n for event n of the log
    clock: Clock = "seconds"

    def __len__(self) -> int:
        return len(self.user)

    def __repr__(self) -> str:
        return f"<Interactions {len(self):,}, clock {self.clock}>"

    def select(self, which: BoolArray | IntArray) -> Interactions:
        """The interactions picked by a mask or by positions, in that order."""
        columns = ("user", "item", "event", "weight", "time", "line")
        return replace(self, **{name: getattr(self, name)[which] for name in columns})

    @property
    def ordered(self) -> bool:
        """Whether it is known what came first."""
        return self.clock != "none"
