"""What users allow where nobody has asked them, and how long events are kept: two tables of kgrec.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Literal, get_args

from kgrec.errors import BadInput, UnknownName
from kgrec.settings import section

Purpose = Literal["recommend", "research", "marketing"]
"""What may be done with what users do: recommend to them and learn from it, study how the shop does, write to them."""

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

DAY = 86_400
_LONGEST = 36_500  # days


@dataclass(frozen=True)
class Terms:
    """What holds for everybody in a shop's database; every query of it is bound by them."""

    recommend: bool = True
    research: bool = False
    marketing: bool = False
    events_days: int | None = None  # None: for ever

    @classmethod
    def read(cls, file: FilePath) -> Terms:
        """Those that a workspace's kgrec.toml sets; BadInput or UnknownName say what is wrong."""
        asked = section(file, "consent", PURPOSES)
        for purpose, value in asked.items():
            if not isinstance(value, bool):
                raise BadInput(f"{file}: [consent] {purpose} is {value!r}; write true or false")
        kept = section(file, "retention", ("events_days",))
        for name, value in kept.items():
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LONGEST:
                raise BadInput(
                    f"{file}: [retention] {name} is {value!r}; it is to be a whole number of days, 1 to {_LONGEST:,}"
                )
        return cls(**asked, **kept)

    @classmethod
    def of(cls, folder: FilePath) -> Terms:
        """Those of a workspace; the usual ones where there is no kgrec.toml."""
        file = folder / "kgrec.toml"
        return cls.read(file) if file.is_file() else cls()

    def unasked(self, purpose: str) -> bool:
        """Whether a purpose is allowed by who was never asked."""
        if purpose not in PURPOSES:
            raise UnknownName("purpose", purpose, PURPOSES)
        return bool(getattr(self, purpose))

    def bound(self, purpose: str, now: float) -> dict[str, Any]:
        """What queries of events are bound by: `unasked`, and `oldest` in Unix seconds."""
        return {"unasked": self.unasked(purpose), "oldest": oldest(self.events_days, now)}


def oldest(days: int | None, now: float) -> int:
    """The first second that is still kept."""
    return 0 if days is None else max(0, int(now) - days * DAY)
