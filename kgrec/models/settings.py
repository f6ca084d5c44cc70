"""What can be set on a model by name, and in which range it is worth searching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from kgrec.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Config = TypeVar("Config", bound=DataclassInstance)


@dataclass(frozen=True)
class Number:
    """A range to search, both ends included."""

    low: float
    high: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True)
class OneOf:
    """A few values to choose from."""

    values: tuple[str | float | bool, ...]


Setting = Number | OneOf


def configured(config: Config, settings: Mapping[str, object]) -> Config:
    """The configuration with some fields set by name; "training.rounds" reaches into a part of it.

    Values may be texts, as from a command line; they are read as the type of the field's default.
    """
    for name, value in settings.items():
        config = _with(config, name.split("."), value, name)
    return config


def _with(config: Config, names: list[str], value: object, asked: str) -> Config:
    known = [field.name for field in fields(config)]
    first, *rest = names
    if first not in known:
        raise UnknownName("setting", asked, known)
    present = getattr(config, first)
    if is_dataclass(present) and not isinstance(present, type):
        if not rest:
            parts = ", ".join(f"{asked}.{field.name}" for field in fields(present))
            raise BadInput(f"{asked} has parts of its own; set one of {parts}")
        changed: Any = _with(present, rest, value, asked)
    elif rest:
        raise UnknownName("setting", asked, known)
    else:
        changed = _read(value, present, asked)
    return replace(config, **{first: changed})


def _read(value: object, like: object, name: str) -> object:
    """A value as the type of the field's present one."""
    text = str(value).strip()
    try:
        if isinstance(like, bool):
            return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
        if isinstance(like, int):
            if not float(text).is_integer():
                raise ValueError
            return int(float(text))
        if isinstance(like, float):
            return float(text)
        return text
    except (KeyError, ValueError, OverflowError):
        raise BadInput(f"{name} is {text!r}, but a {type(like).__name__} is needed") from None
