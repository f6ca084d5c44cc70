"""A page as a line of a table: where it is, what it is called, who may open it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint

from kgrec.guide import Guide
from kgrec.live.keys import Role

View = Callable[..., Any]


@dataclass(frozen=True)
class Route:
    """An address and the view that answers there; `view` makes it from the guide."""

    rule: str
    name: str
    view: Callable[[Guide], View]
    method: str = "GET"
    role: Role = "read"  # of the key that opens it, where keys are needed

    def add_to(self, blueprint: Blueprint, guide: Guide) -> None:
        """Answer there."""
        blueprint.add_url_rule(self.rule, self.name, self.view(guide), methods=[self.method])


def add_all(blueprint: Blueprint, routes: Sequence[Route], guide: Guide) -> None:
    """Answer at all of them."""
    for route in routes:
        route.add_to(blueprint, guide)
