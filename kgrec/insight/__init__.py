"""What merchandisers and engineers ask of a shop as a whole: plain answers, which pages and programs show."""

from kgrec.insight.campaign import Campaign, Led, campaign, table
from kgrec.insight.changes import Changes, Moved, Pair
from kgrec.insight.described import Attribute, Kindred, Missing
from kgrec.insight.generations import ModelGeneration, ModelsCompared, compare, generations, use
from kgrec.insight.items import (
    ItemInsight,
    Source,
    Unled,
    UnledItems,
    item_insight,
    items_nothing_leads_to,
)
from kgrec.insight.listing import (
    ITEM_ORDERS,
    ItemFigures,
    ItemOrder,
    ItemsListed,
    ListedItem,
    item_figures,
    items_listed,
)
from kgrec.insight.outcomes import Outcomes, outcomes_over_time
from kgrec.insight.overview import ShopOverview, Training, shop_overview
from kgrec.insight.relations import (
    RelationShare,
    RelationsInsight,
    WayShare,
    Without,
    relations_insight,
    without_relation,
)
from kgrec.insight.rules import (
    Reasons,
    RuleLine,
    RulesChecked,
    RulesPreview,
    RulesText,
    check_rules,
    preview_rules,
    rules_in_force,
    rules_text,
    save_rules,
)
from kgrec.insight.sample import Sample, sample
from kgrec.insight.survey import Survey, survey

__all__ = [
    "ITEM_ORDERS",
    "Attribute",
    "Campaign",
    "Changes",
    "ItemFigures",
    "ItemInsight",
    "ItemOrder",
    "ItemsListed",
    "Kindred",
    "Led",
    "ListedItem",
    "Missing",
    "ModelGeneration",
    "ModelsCompared",
    "Moved",
    "Outcomes",
    "Pair",
    "Reasons",
    "RelationShare",
    "RelationsInsight",
    "RuleLine",
    "RulesChecked",
    "RulesPreview",
    "RulesText",
    "Sample",
    "ShopOverview",
    "Source",
    "Survey",
    "Training",
    "Unled",
    "UnledItems",
    "WayShare",
    "Without",
    "campaign",
    "check_rules",
    "compare",
    "generations",
    "item_figures",
    "item_insight",
    "items_listed",
    "items_nothing_leads_to",
    "outcomes_over_time",
    "preview_rules",
    "relations_insight",
    "rules_in_force",
    "rules_text",
    "sample",
    "save_rules",
    "shop_overview",
    "survey",
    "table",
    "use",
    "without_relation",
]
