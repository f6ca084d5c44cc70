"""KnowledgeGraph → scores and paths: one folder or file a model, and the table of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from kgrec.domain import Recommender
from kgrec.errors import UnknownName
from kgrec.models.settings import configured

_PLACES = {
    "path": "kgrec.models.path:PathModel",
    "popularity": "kgrec.models.popularity:Popularity",
    "item-knn": "kgrec.models.neighbours:ItemNeighbours",
    "user-knn": "kgrec.models.neighbours:UserNeighbours",
    "rp3beta": "kgrec.models.walks:RP3Beta",
    "ease": "kgrec.models.ease:Ease",
    "als": "kgrec.models.factors:AlternatingLeastSquares",
    "deep": "kgrec.models.deep:Deep",
    "gru": "kgrec.models.gru:Gru",
    "sasrec": "kgrec.models.sasrec:SASRec",
    "content-attributes": "kgrec.models.content:AttributeContent",
    "content-text": "kgrec.models.content:TextContent",
}
"""Where each model is; adding one is a module and a line here."""


class _Models(Mapping[str, type[Recommender]]):
    """Every model class by name, imported when it is asked for: some bring torch along."""

    def __getitem__(self, name: str) -> type[Recommender]:
        module, _, of_class = _PLACES[name].partition(":")
        model: type[Recommender] = getattr(import_module(module), of_class)
        return model

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)

    def __contains__(self, name: object) -> bool:
        return name in _PLACES


MODELS: Mapping[str, type[Recommender]] = _Models()
"""Every model class by name."""


def model_named(name: str) -> type[Recommender]:
    """The class of a model by name."""
    if name not in MODELS:
        raise UnknownName("model", name, MODELS)
    return MODELS[name]


def new_model(name: str, settings: Mapping[str, object] | None = None) -> Recommender:
    """An unfitted model by name, some of its configuration set by name; see `kgrec.models.settings`."""
    model = model_named(name)
    return model(configured(model.config_type(), settings or {}))


__all__ = ["MODELS", "model_named", "new_model"]
