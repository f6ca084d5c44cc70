"""How the pages of a shop treat those who come: the [storefront] table of kgrec.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Self

from kgrec.errors import BadInput
from kgrec.settings import section


@dataclass(frozen=True)
class Storefront:
    """What is open to anybody."""

    try_as: bool = False  # whether anybody may look at it as one of its users, and see what is known of them
    made_up: bool = False  # whether its users are made up: who looks as one may change what is kept of them

    @classmethod
    def read(cls, file: FilePath, *, bundled: bool = False) -> Self:
        """That of a workspace's kgrec.toml. The demo shop's users are made up: they are open unless it says no."""
        given = section(file, "storefront", ("try_as",))
        for name, value in given.items():
            if not isinstance(value, bool):
                raise BadInput(f"{file}: [storefront] {name} is {value!r}; it is to be true or false")
        return cls(**{"try_as": bundled, **given}, made_up=bundled)
