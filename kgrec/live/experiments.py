"""Who sees which arm of an experiment: by a keyed hash of their id, the same in every worker, today and tomorrow."""

from __future__ import annotations

import hmac
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from kgrec.errors import BadInput, UnknownName
from kgrec.settings import section

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_GENERATION = re.compile(r"gen-\d{4,}", re.ASCII)
_SETTINGS = ("share", "model", "balance", "filter")
_CLOSE = 1e-9  # shares are written in decimals


@dataclass(frozen=True)
class Arm:
    """One way of recommending, and for how many; what it does not set is as without an experiment."""

    name: str
    share: float  # of the users, > 0
    model: str | None = None  # a generation of the shop's models, "gen-0002"
    balance: float | None = None  # of a list by the user's interests, 0 to 1
    filter_seen: bool | None = None  # whether items that the user has are left out


@dataclass(frozen=True)
class Experiment:
    """Arms whose shares add up to 1, or to less: the others take no part."""

    name: str
    arms: tuple[Arm, ...]
    key: bytes = field(repr=False)

    def arm_of(self, user_id: str) -> Arm | None:
        """The arm of a user, for as long as the experiment has its name and shares; None if they take no part.

        A user's point is the first 64 bits of HMAC-SHA-256(key, "experiment" NUL name NUL id), between 0 and 1; arms
        lie beside each other in the order of their names, each as wide as its share.
        """
        asked = b"\0".join((b"experiment", self.name.encode(), user_id.encode("utf-8", "surrogatepass")))
        point = int.from_bytes(hmac.digest(self.key, asked, "sha256")[:8]) / 2**64
        end = 0.0
        for arm in self.arms:
            end += arm.share
            if point < end:
                return arm
        # Rounding may leave a sliver beneath 1.
        return self.arms[-1] if end > 1 - _CLOSE else None

    @classmethod
    def read(cls, file: FilePath, key: bytes) -> Experiment | None:
        """The one that `[experiment]` of a kgrec.toml sets up; BadInput or UnknownName say what is wrong."""
        given = section(file, "experiment", ("name", "arms"))
        if not given:
            return None
        where = f"{file}: [experiment]"
        arms = given.get("arms")
        if not isinstance(arms, dict) or len(arms) < 2:
            raise BadInput(f"{where} has fewer than two arms; write [experiment.arms.control] and another")
        read = tuple(_arm(_named(name, where), arms[name], where) for name in sorted(arms))
        total = math.fsum(arm.share for arm in read)
        if total > 1 + _CLOSE:
            raise BadInput(f"{where} shares add up to {total:g}; they are to be 1 together, or less")
        return cls(_named(given.get("name"), where), read, key)


def _named(name: object, where: str) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadInput(
            f"{where} has no name, or {name!r}, which cannot be one; use a-z, 0-9, '.', '_', '-', 64 at most"
        )
    return name


def _arm(name: str, given: object, where: str) -> Arm:
    where = f"{where} arm {name}"
    if not isinstance(given, dict):
        raise BadInput(f"{where} is to be a table; write [experiment.arms.{name}]")
    for setting in given:
        if setting not in _SETTINGS:
            raise UnknownName(f"setting of {where}", setting, _SETTINGS)
    share, balance, model = _number(given, "share", where), None, given.get("model")
    if share is None or share == 0:
        raise BadInput(f"{where} has no share; write share = 0.5")
    if "balance" in given:
        balance = _number(given, "balance", where)
    if model is not None and not (isinstance(model, str) and _GENERATION.fullmatch(model)):
        raise BadInput(f"{where}: model is {model!r}; name a generation, as 'gen-0002'")
    return Arm(name, share, model, balance, _seen(given.get("filter", {}), where))


def _number(given: Mapping[str, Any], name: str, where: str) -> float | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadInput(f"{where}: {name} is {value!r}; it is to be a number from 0 to 1")
    return float(value)


def _seen(given: object, where: str) -> bool | None:
    if not isinstance(given, dict) or set(given) - {"seen"} or not isinstance(given.get("seen", True), bool):
        raise BadInput(f"{where}: filter is {given!r}; write filter = {{ seen = true }}, or false")
    return given.get("seen")
