"""KnowledgeGraph → scores and paths: one folder or file a model, and the table of all of them."""

from __future__ import annotations

from kgrec.errors import UnknownName
from kgrec.models.path import PathModel
from kgrec.models.popularity import Popularity

MODELS: dict[str, type[PathModel] | type[Popularity]] = {"path": PathModel, "popularity": Popularity}
"""Every model by name; adding one is a module and a line here."""


def model_named(name: str) -> type[PathModel] | type[Popularity]:
    """The class of a model by name."""
    if name not in MODELS:
        raise UnknownName("model", name, MODELS)
    return MODELS[name]


__all__ = ["MODELS", "PathModel", "Popularity", "model_named"]
