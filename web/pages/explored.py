"""An explanation → the graph that its paths walk, as the island that explores it reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from kgrec.domain import Explanation, Hop, Path, plain

from .languages import gettext

Key = tuple[str, str, str]
"""A triple: subject, relation, object."""


@dataclass
class _Fact:
    label: str
    share: float = 0.0
    paths: list[int] = field(default_factory=list)


def explored(explanation: Explanation) -> dict[str, Any]:
    """{"nodes", "edges", "words"}: each thing and each fact once, and what the explorer says, in the page's language.

    An edge points the way its fact is stored; its share of the score is the sum over the paths through it.
    """
    things: dict[str, dict[str, str]] = {}
    facts: dict[Key, _Fact] = {}
    for number, path in enumerate(explanation.paths, start=1):
        _add_things(things, path)
        _add_facts(facts, path, number)
    numbers = {iri: str(number) for number, iri in enumerate(things)}
    return {
        "nodes": [{"id": numbers[iri], **about} for iri, about in things.items()],
        "edges": [
            {"source": numbers[subject], "target": numbers[entity], **_about(fact)}
            for (subject, _, entity), fact in facts.items()
        ],
        "words": words(),
    }


def words() -> dict[str, str]:
    """What the explorer says; what stands in braces it fills in."""
    slots = {"to": "{to}", "from": "{from}", "relation": "{relation}"}
    return {
        "explore": gettext("Explore the graph"),
        "failed": gettext("The graph could not be loaded. Try again"),
        "tools": gettext("View of the graph"),
        "stage": gettext("Graph of the paths"),
        "help": gettext(
            "Right and left arrow keys walk along the facts, up and down stay in the column. "
            "Plus and minus zoom, 0 shows everything, Escape closes."
        ),
        "nearer": gettext("Zoom in"),
        "farther": gettext("Zoom out"),
        "left": gettext("Look further left"),
        "right": gettext("Look further right"),
        "up": gettext("Look further up"),
        "down": gettext("Look further down"),
        "whole": gettext("Show everything"),
        "close": gettext("Close the graph"),
        "at": gettext("%(to)s. Facts here: %(count)s.", to="{to}", count="{count}"),
        "onward": gettext("%(to)s, reached from %(from)s by “%(relation)s”.", **slots),
        "backward": gettext("%(to)s, which leads to %(from)s by “%(relation)s”.", **slots),
        "share": gettext("%(share)s of the score runs here.", share="{share}"),
        "end": gettext("No further in this direction."),
    }


def _add_things(things: dict[str, dict[str, str]], path: Path) -> None:
    ends = [_end(path.hops[0], start=True), *(_end(hop, start=False) for hop in path.hops)]
    last = len(ends) - 1
    for place, (iri, label) in enumerate(ends):
        kind = (
            "you" if place == 0 else "target" if place == last else "item" if "/id/item/" in iri else "thing"
        )
        things.setdefault(iri, {"label": label or "?", "kind": kind})


def _end(hop: Hop, *, start: bool) -> tuple[str, str]:
    """The IRI and the label of the thing where a hop starts, or where it ends, as it is walked."""
    end = "subject" if start != hop.inverse else "object"
    return hop.subject if end == "subject" else hop.object, plain(hop.labels[end])


def _add_facts(facts: dict[Key, _Fact], path: Path, number: int) -> None:
    for key, label in {
        (hop.subject, hop.relation, hop.object): plain(hop.labels["relation"]) for hop in path.hops
    }.items():
        fact = facts.setdefault(key, _Fact(label))
        fact.share += path.share
        fact.paths.append(number)


def _about(fact: _Fact) -> dict[str, Any]:
    share = {"share": round(fact.share, 6)} if isfinite(fact.share) else {}
    return {"label": fact.label, "path": fact.paths, **share}
