"""What the API answers, as schemas for its description; `web.present` makes the answers themselves."""

from __future__ import annotations

from typing import Annotated, Any, Literal

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


class Wish(_Answer):
    """What the user has asked for that bears on the score, and the factor it puts on the paths."""

    asked: Literal["gift", "less", "more", "never"]
    entity: Annotated[str, Field(description="IRI")]
    label: str
    factor: FiniteFloat


class Rule(_Answer):
    """A rule of the shop's experts that has changed the score of an item or its place."""

    name: str
    do: Literal["boost", "bury", "pin", "exclude", "complement"]
    factor: Annotated[
        FiniteFloat | None,
        Field(description="on all paths to the item; of a complement, how strong its path is"),
    ]
    place: Annotated[int | None, Field(description="where it has put the item; null where the score did")]
    reason: Annotated[dict[Lang, str], Field(description="what shoppers are told, by language")]


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
    wishes: list[Wish] = []
    rules: list[Rule] = []
    prior_of: Annotated[
        Literal["always", "now"], Field(description="now: everybody's recent choices count for more")
    ] = "always"


class RecommendedItem(_Answer):
    """One item with its place; the explanation is there if it was asked for."""

    item_id: str
    title: str
    score: FiniteFloat
    rank: int
    rules: list[Rule] = []
    explanation: Explanation | None = None


class InExperiment(_Answer):
    """The experiment that the user is part of, and the arm from which the list comes."""

    name: str
    arm: str


class RecommendAnswer(_Answer):
    """The best items, best first."""

    request_id: str
    model: str
    graph_version: str
    items: list[RecommendedItem]
    took_ms: FiniteFloat
    experiment: Annotated[InExperiment | None, Field(description="not there outside of one")] = None


class Known(_Answer):
    """One thing known of the asker, from which paths start."""

    relation: str
    item_id: str | None
    iri: str
    label: str


class Rest(_Answer):
    """What the parts not listed add up to."""

    difference: FiniteFloat
    parts: int


_EVERYBODY = "A part of neither a thing known nor a way is what everybody's choices add."


class Part(_Answer):
    """What one source of a score adds on both sides."""

    known: Known | None
    way: str | None
    difference: FiniteFloat


class PartOfChange(Part):
    after: FiniteFloat
    before: FiniteFloat


class PartOfGap(Part):
    last: FiniteFloat
    item: FiniteFloat


class Change(_Answer):
    """The change of a score: differences of the parts + rest = total."""

    parts: Annotated[list[PartOfChange], Field(description=_EVERYBODY)]
    rest: Rest
    total: FiniteFloat


class Gap(_Answer):
    """What the last item of a list has more than another: differences of the parts + rest = total."""

    parts: Annotated[list[PartOfGap], Field(description=_EVERYBODY)]
    rest: Rest
    total: FiniteFloat


class Move(_Answer):
    """An item whose place would be another; ranks are null where the asker has it."""

    item_id: str
    title: str
    moved: Literal["entered", "left", "moved"]
    rank_before: int | None
    rank_after: int | None
    score_before: FiniteFloat
    score_after: FiniteFloat
    change: Change
    text: str


class SupposedEvent(_Answer):
    """Something supposed to be done now."""

    item_id: str
    event: str


class Supposed(_Answer):
    """What was supposed."""

    add: list[SupposedEvent]
    remove: list[str]
    change: dict[str, dict[str, str]]


class WhatIfAnswer(_Answer):
    """The list as it is and as it would be, and why each item moves."""

    user_id: str
    lang: Lang
    asked: Supposed
    text: str
    before: list[RecommendedItem]
    after: list[RecommendedItem]
    moves: list[Move]
    notes: Annotated[list[str], Field(description="what was taken to stay as it is")]
    model: str
    graph_version: str


class Lack(_Answer):
    """A way by which items of the list are reached, and this one is not."""

    way: str
    items: int
    mean: FiniteFloat


class WhyNotAnswer(_Answer):
    """By how much an item misses the list, what blocks it, and what its rivals have instead."""

    user_id: str
    item_id: str
    title: str
    lang: Lang
    k: int
    score: FiniteFloat
    rank: Annotated[int, Field(description="the place it has, or would have if nothing blocked it")]
    blocked: (
        Literal[
            "chosen", "returned", "disliked", "unwanted", "excluded", "withdrawn", "rule", "quota", "places"
        ]
        | None
    )
    text: str
    last: Annotated[RecommendedItem | None, Field(description="the item at the last place of the list")]
    gap: Annotated[FiniteFloat, Field(description="score of the last less score of the item")]
    by_known: Gap
    by_way: Gap
    lacks: list[Lack]
    explanation: Explanation


class RejectedEvent(_Answer):
    """An event of a batch that was not written, and why."""

    index: Annotated[int, Field(description="its place in the batch, from 0")]
    reason: str


class EventsAnswer(_Answer):
    """What became of a batch of events."""

    accepted: Annotated[int, Field(description="written now")]
    duplicates: Annotated[int, Field(description="the same under the same event_id was there before")]
    rejected: list[RejectedEvent]


class ItemAnswer(_Answer):
    """A change of an item that was kept."""

    item_id: str
    recommendable: Annotated[bool, Field(description="whether it is in recommendations already")]


class ItemCard(_Answer):
    """What a list shows of an item; texts are "" where nothing is said."""

    item_id: str
    title: str
    title_zh: str
    image: str
    price: FiniteFloat | None
    currency: str
    brand: str
    category: str


class FacetValue(_Answer):
    """One value by which items can be chosen, and how many of those found have it."""

    value: str
    label: str
    count: int
    chosen: bool


class Facet(_Answer):
    """What the items can be narrowed down by: of its values any, of several facets all."""

    name: Annotated[str, Field(description="of a parameter, which may be repeated")]
    label: str
    values: list[FacetValue]
    more: Annotated[int, Field(description="values that are not listed")]


class ItemsAnswer(_Answer):
    """A part of the items that were found."""

    total: int
    items: list[ItemCard]
    facets: list[Facet]
    notes: list[str]
    read_as: Annotated[str, Field(description="the query that was answered in place of q, if another was")]


class ItemRecord(_Answer):
    """An item as a program would say it: what PUT takes."""

    item_id: str
    attributes: dict[str, Annotated[str | FiniteFloat | list[str], Field(union_mode="left_to_right")]]


class AspectOfReviews(_Answer):
    """Something about an item that its reviews speak of."""

    label: str
    lang: Annotated[str, Field(description="of the label")]
    praised: Annotated[int, Field(description="how many reviews praise it")]
    faulted: Annotated[int, Field(description="how many find fault with it")]


class SpokenPart(_Answer):
    """A part of a review that speaks of aspects; places count the characters (Unicode code points) of the text."""

    start: int
    end: Annotated[int, Field(description="the first character after it")]
    aspects: list[str]
    praises: Annotated[
        bool | None, Field(description="null if it praises one of them and finds fault with another")
    ]


class ReviewAnswer(_Answer):
    """What somebody wrote of an item; who it was is not told."""

    rating: FiniteFloat | None
    text: str
    lang: Annotated[str, Field(description="empty if that is not known")]
    written: Annotated[str | None, Field(description="ISO 8601, UTC")]
    spoken: Annotated[list[SpokenPart], Field(description="in the order of the text, none within another")]


class ReviewsAnswer(_Answer):
    """A part of the reviews of an item, and all of them in figures."""

    item_id: str
    total: int
    rated: Annotated[int, Field(description="how many of them have a rating")]
    mean: Annotated[FiniteFloat | None, Field(description="of these")]
    aspects: Annotated[
        list[AspectOfReviews],
        Field(description="at most twelve, most spoken of first; before others those named in the language"),
    ]
    reviews: list[ReviewAnswer]


class TokenAnswer(_Answer):
    """A token that a browser may hold, sent as a key is."""

    token: str
    user_id: str
    expires: Annotated[str, Field(description="ISO 8601, UTC")]


class UserAnswer(_Answer):
    """What programs said of a user."""

    user_id: str
    attributes: dict[str, str]


class ConsentAnswer(_Answer):
    """What a user allows; where nobody asked them it is as the shop has it."""

    user_id: str
    recommend: bool
    research: bool
    marketing: bool
    asked: list[Literal["recommend", "research", "marketing"]]


class FactAnswer(_Answer):
    """One thing that is known of a user and that recommendations may start from."""

    fact: Annotated[str, Field(description="what it is called when it is to be hidden")]
    relation: Annotated[str, Field(description="IRI")]
    entity: Annotated[str, Field(description="IRI")]
    item_id: str | None
    label: str
    source: Annotated[str, Field(description="file and line, or number in the log of events")]
    time: Annotated[int | None, Field(description="Unix seconds, of the latest")]
    times: int
    text: str


class FactsAnswer(_Answer):
    """All of them, latest first."""

    user_id: str
    total: int
    facts: list[FactAnswer]


class HiddenAnswer(_Answer):
    """A fact that is not used any more."""

    user_id: str
    hidden: str
    deleted: Annotated[int, Field(description="events that were deleted from the log with it")]


class ErasureReceipt(_Answer):
    """What was removed of somebody, who is called by a keyed hash; more when it is complete."""

    model_config = ConfigDict(extra="allow", strict=True)

    person: str
    complete: Annotated[bool, Field(description="whether tables and graphs are without them, too")]
    begun: str
    reason: str
    removed: Annotated[dict[str, dict[str, int]], Field(description="by database, tables, graph")]


class LibraryParameter(_Answer):
    """A variable of a named query that may be set."""

    name: str
    meaning: Annotated[
        str, Field(description="what it is to be; of an item or a brand, its id or label will do")
    ]
    required: bool


class LibraryQuery(_Answer):
    """A question that can be asked by name."""

    name: str
    title: str
    open: Annotated[bool, Field(description="false if it is about people, and so the shop's own to ask")]
    parameters: list[LibraryParameter]


class Library(_Answer):
    """All of them."""

    queries: list[LibraryQuery]


class Bindings(_Answer):
    """The rows of an answer, each variable → its term."""

    bindings: list[dict[str, dict[str, Any]]]


class Rows(_Answer):
    """SPARQL 1.1 Query Results JSON: `results` of SELECT, `boolean` of ASK."""

    head: dict[str, list[str]]
    results: Bindings | None = None
    boolean: bool | None = None
    truncated: Annotated[bool, Field(description="whether rows were left out")] = False


class Problem(_Answer):
    """What is wrong and what to do about it (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
