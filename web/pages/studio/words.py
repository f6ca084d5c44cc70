"""What the studio calls the kinds of things and of relations in a graph."""

from __future__ import annotations

from collections.abc import Mapping

from ..languages import N_, gettext

KINDS: Mapping[str, str] = {
    "item": N_("Products"),
    "user": N_("Users"),
    "brand": N_("Brands"),
    "category": N_("Categories"),
    "colour": N_("Colours"),
    "material": N_("Materials"),
    "segment": N_("Segments"),
    "aspect": N_("Aspects"),
    "attribute": N_("Attributes"),
    "value": N_("Values"),
}
"""Of entities; a shop may have others, which are called as it calls them."""

RELATION_KINDS: Mapping[str, str] = {
    "event": N_("What shoppers do"),
    "segment": N_("What shoppers are"),
    "attribute": N_("What products have"),
    "link": N_("What the shop links"),
    "content": N_("What looks or reads alike"),
    "sequence": N_("What is chosen after it"),
    "together": N_("What the same shoppers choose"),
    "popularity": N_("What everybody chooses"),
    "": N_("Any of what products have"),
}


def called(words: Mapping[str, str], name: str) -> str:
    """What a page calls something; its own name where there is no word for it."""
    return gettext(words[name]) if name in words else name.replace("_", " ")
