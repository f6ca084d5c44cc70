"""The pages of a shop for those who shop there: what they are recommended, and why."""

from __future__ import annotations

from ..routes import Route
from . import home, item, search, steer, try_as, what_if, why, why_not, you

ROUTES = (
    Route("/", "home", home.view),
    Route("/search", "search", search.view),
    Route("/item/<id:item_id>", "item", item.view),
    Route("/item/<id:item_id>/did", "did", item.doing, "POST"),
    Route("/item/<id:item_id>/why", "why", why.view),
    Route("/item/<id:item_id>/why-not", "why_not", why_not.view),
    Route("/item/<id:item_id>/steer", "steer", steer.view, "POST"),
    Route("/why-not", "ask_why_not", why_not.asking),
    Route("/you", "you", you.view),
    Route("/you/data.json", "you_data", you.data),
    Route("/you/what-if", "what_if", what_if.view),
    Route("/you/consent", "consent", you.consenting, "POST"),
    Route("/you/facts", "hide_fact", you.hiding, "POST"),
    Route("/you/wishes", "undo", steer.undoing, "POST"),
    Route("/you/forget", "you_forget", you.asking_to_forget),
    Route("/you/forget", "you_forget_all", you.forgetting, "POST"),
    Route("/you/forgotten/<person>", "receipt", you.receipt),
    Route("/try", "try_as", try_as.view),
    Route("/try", "choose", try_as.choosing, "POST"),
    Route("/leave", "leave", try_as.leaving, "POST"),
)
"""All of them but the pictures."""
