"""What the API answers, as schemas for its description; `web.present` makes the answers themselves."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from .schemas import Lang


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Labels(_Answer):
    """What a person reads for each part of a triple."""

    subject: str
    relation: str
    object: str


class Hop(_Answer):
    """One stored triple; `inverse` says that it was walked from object to subject."""

    subject: Annotated[str, Field(description="IRI")]
    relation: Annotated[str, Field(description="IRI")]
    object: Annotated[str, Field(description="IRI")]
    inverse: bool
    source: Annotated[str, Field(description="file and line, or what it was derived from")]
    labels: Labels


class Path(_Answer):
    """A walk from the asker to the item with what it adds to the score."""

    metapath: str
    contribution: FiniteFloat
    share: Annotated[FiniteFloat, Field(description="of the whole score")]
    hops: list[Hop]
    text: str


class Remainder(_Answer):
    """What the paths not listed add up to."""

    contribution: FiniteFloat
    paths: int


class Receipt(_Answer):
    """Proof: the item scored again without what its paths start from, and ranked by the listed paths alone."""

    removed: Annotated[int, Field(description="triples left out of account")]
    score_without: FiniteFloat
    rank_without: int | None
    predicted_without: FiniteFloat
    sufficient_rank: int | None


class Explanation(_Answer):
    """Why an item has its score: prior + contributions + remainder = score."""

    user_id: str
    item_id: str
    lang: Lang
    score: FiniteFloat
    rank: Annotated[int | None, Field(description="null if the asker already has the item")]
    prior: FiniteFloat
    text: str
    paths: list[Path]
    remainder: Remainder
    receipt: Receipt | None
    model: str
    graph_version: str


class RecommendedItem(_Answer):
    """One item with its place; the explanation is there if it was asked for."""

    item_id: str
    title: str
    score: FiniteFloat
    rank: int
    explanation: Explanation | None = None


class RecommendAnswer(_Answer):
    """The best items, best first."""

    request_id: str
    model: str
    graph_version: str
    items: list[RecommendedItem]
    took_ms: FiniteFloat


class Problem(_Answer):
    """What is wrong and what to do about it (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
