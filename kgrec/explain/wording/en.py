"""English sentences for paths, made of the phrases that the ontology gives each relation."""

from __future__ import annotations

YOU = "you"
OTHERS = "other customers"
THEY = "they"  # the same ones, when named again
IT = "it"  # what the path starts from, when it is named again
EVERYONE = "Chosen often by everybody."
NOTHING = "Nothing known leads from you to this yet."
_REASONS = {"viewed": "looked at", "carted": "put in the basket", "bought": "bought", "rated": "rated"}


def known(relation: str, thing: str) -> str:
    """What the path starts from: "you bought Rose Cream"."""
    if relation == "in_segment":
        return f"shoppers like you ({thing})"
    return f"you {_REASONS.get(relation, 'know')} {thing}"


def shared(phrase: str, like: str) -> str:
    """Two items with one entity: "Rose Oil is by Lavera, like Rose Cream"."""
    return f"{phrase}, like {like}"


def path(start: str, clauses: list[str], *, segment: bool) -> str:
    """A whole path in one sentence."""
    if segment:
        return _sentence(clauses[-1])
    return _sentence(f"Because {start}: {' and '.join(clauses)}")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
