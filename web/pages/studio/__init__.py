"""The pages of a shop's own people: what the graph says, why it sells, and what they want of it."""

from __future__ import annotations

from collections.abc import Mapping

from ..languages import N_
from ..routes import Route
from . import (
    campaign,
    item,
    items,
    models,
    outcomes,
    overview,
    relations,
    rules,
    shopper,
    shopper_item,
    shoppers,
    sign_in,
    sparql,
)

ROUTES = (
    Route("/", "overview", overview.view),
    Route("/items", "items", items.view),
    Route("/items/<id:item_id>", "item", item.view),
    Route("/relations", "relations", relations.view),
    Route("/rules", "rules", rules.view),
    Route("/rules/preview", "rules_preview", rules.previewing, "POST"),
    Route("/rules/save", "rules_save", rules.saving, "POST", role="admin"),
    Route("/campaign", "campaign", campaign.view),
    Route("/campaign.csv", "campaign_file", campaign.download),
    Route("/outcomes", "outcomes", outcomes.view),
    Route("/sparql", "sparql", sparql.view),
    Route("/sparql", "sparql_asked", sparql.asking, "POST"),
    Route("/sparql.<any(csv,json,ttl):form>", "sparql_file", sparql.download),
    Route("/sparql.<any(csv,json,ttl):form>", "sparql_file_asked", sparql.download, "POST"),
    Route("/models", "models", models.view),
    Route("/models/use", "models_confirm", models.confirming, role="admin"),
    Route("/models/use", "models_use", models.using, "POST", role="admin"),
    Route("/shoppers", "shoppers", shoppers.view),
    Route("/shoppers/<id:user_id>", "shopper", shopper.view),
    Route("/shoppers/<id:user_id>/item/<id:item_id>", "shopper_item", shopper_item.view),
    Route("/sign-in", "sign_in", sign_in.view),
    Route("/sign-in", "open", sign_in.opening, "POST"),
    Route("/sign-out", "close", sign_in.closing, "POST"),
)
"""All of them; what is not open to everybody is told to holders of a key of the route's role."""

OPEN = ("sign_in", "open", "close")
"""What needs no key."""

MENU: Mapping[str, str] = {
    "overview": N_("Overview"),
    "items": N_("Products"),
    "relations": N_("Relations"),
    "rules": N_("Rules"),
    "campaign": N_("Campaign"),
    "outcomes": N_("Outcomes"),
    "shoppers": N_("Shoppers"),
    "sparql": N_("SPARQL"),
    "models": N_("Models"),
}
"""The pages that every page of the studio leads to."""
