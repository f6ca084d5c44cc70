"""What the API accepts, bodies and parameters; unknown fields are refused. `answers` has what it answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    PlainValidator,
    RootModel,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from kgrec.live.intake import MOST_RECORDS, EventRecord
from kgrec.live.inventory import MOST_ATTRIBUTES
from kgrec.live.tokens import LONGEST, USUAL

MOST_EXPLAINED = 20  # paths of each item in a list
MOST_WORK = 2000  # items explained × events of the session: each pair is walked, a few hundred a second

Id = Annotated[str, Field(min_length=1, max_length=512)]
Event = Literal["view", "cart", "buy", "rate", "return", "dislike"]
Lang = Literal["en", "zh"]


def _explained(value: Any) -> bool | int:
    """True, false or a number of paths; one check, so that one error names the field."""
    if isinstance(value, bool) or (isinstance(value, int) and 0 <= value <= MOST_EXPLAINED):
        return value
    raise PydanticCustomError(
        "explain", "give true, false or a number of paths from 0 to {most}", {"most": MOST_EXPLAINED}
    )


Explain = Annotated[
    bool | int,
    PlainValidator(_explained),
    WithJsonSchema(
        {"anyOf": [{"type": "boolean"}, {"type": "integer", "minimum": 0, "maximum": MOST_EXPLAINED}]}
    ),
]


def _bound(explain: bool | int, k: int, events: int) -> None:
    if explain is not False and k * events > MOST_WORK:
        raise PydanticCustomError(
            "work",
            "k is too large to explain so long a session at once: ask for {most} items, or without explain",
            {"most": MOST_WORK // events},
        )


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SessionItem(_Strict):
    """One thing a visitor did."""

    item_id: Id
    event: Event = "view"


Segments = Annotated[
    dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=500)]],
    Field(max_length=50, description="column of the users table: value, both as the shop has them"),
]


class Context(_Strict):
    """What is said of somebody in this question alone, and kept nowhere."""

    segments: Segments = {}


class Asker(_Strict):
    """Who asks: a user by id, or a visitor by what they did."""

    user_id: Id | None = None
    session: Annotated[list[SessionItem], Field(max_length=200, description="oldest first")] = []
    lang: Lang = "en"

    @property
    def _described(self) -> bool:
        """Whether anything else says who asks."""
        return False

    @model_validator(mode="after")
    def _one_asker(self) -> Asker:
        if self.user_id is None and self._described:
            return self
        if (self.user_id is None) == (not self.session):
            raise PydanticCustomError("asker", "give either user_id or a session with at least one event")
        return self


class _InContext(Asker):
    context: Context = Context()

    @property
    def _described(self) -> bool:
        return bool(self.context.segments)


class Filter(_Strict):
    """What is left out of a list."""

    seen: bool = True


class RecommendRequest(_InContext):
    """Who asks, and for how many items."""

    k: Annotated[int, Field(ge=1, le=100)] = 10
    filter: Filter = Filter()
    exclude: Annotated[list[Id], Field(max_length=1000, description="item ids to leave out")] = []
    explain: Explain = False

    @model_validator(mode="after")
    def _bounded(self) -> RecommendRequest:
        _bound(self.explain, self.k, len(self.session))
        return self


class WhyNotRequest(Asker):
    """Who asks, about which item, and how long the list is that it misses."""

    item_id: Id
    k: Annotated[int, Field(ge=1, le=100)] = 10
    exclude: Annotated[list[Id], Field(max_length=1000, description="item ids to leave out")] = []
    paths: Annotated[int, Field(ge=0, le=50)] = 3


class Done(_Strict):
    """One thing that is supposed to be done now."""

    item_id: Id
    event: Event = "buy"


class WhatIfRequest(Asker):
    """Who asks, and what they are supposed to have done, or not to have done."""

    add: Annotated[list[Done], Field(max_length=50, description="in this order, after all else")] = []
    remove: Annotated[
        list[Id], Field(max_length=200, description="items the asker has done something with")
    ] = []
    k: Annotated[int, Field(ge=1, le=100)] = 10

    @model_validator(mode="after")
    def _different(self) -> WhatIfRequest:
        if not (self.add or self.remove):
            raise PydanticCustomError("supposed", "give something to add or to remove")
        return self


class ExplainRequest(_InContext):
    """Who asks, and about which item."""

    item_id: Id
    paths: Annotated[int, Field(ge=0, le=50)] = 3


LANGUAGES: tuple[Lang, ...] = get_args(Lang)


class ConsentRequest(_Strict):
    """What a user says to a purpose; what is left out stays as it is."""

    recommend: Annotated[
        bool | None, Field(description="recommendations of their own, and learning from what they do")
    ] = None
    research: Annotated[bool | None, Field(description="studying how the shop does with what they do")] = None
    marketing: Annotated[bool | None, Field(description="being written to")] = None

    @model_validator(mode="after")
    def _something(self) -> ConsentRequest:
        if self.recommend is None and self.research is None and self.marketing is None:
            raise PydanticCustomError("consent", "say yes or no to recommend, research or marketing")
        return self


class UserAttributes(RootModel[dict[str, str | None]]):
    """What is said of a user: names as of columns of the users table, and values; null takes one away."""

    root: Annotated[dict[str, str | None], Field(max_length=50)]


class SimilarRequest(_Strict):
    """Items, for which others like them are wanted."""

    item_ids: Annotated[list[Id], Field(min_length=1, max_length=200)]
    k: Annotated[int, Field(ge=1, le=100)] = 10
    explain: Explain = False
    lang: Lang = "en"

    @model_validator(mode="after")
    def _bounded(self) -> SimilarRequest:
        _bound(self.explain, self.k, len(self.item_ids))
        return self


class TokenRequest(_Strict):
    """How long a token is to last."""

    seconds: Annotated[int, Field(ge=1, le=LONGEST)] = USUAL


_VALUE = {
    "anyOf": [
        {"type": "string"},
        {"type": "number", "minimum": 0},
        {"type": "boolean"},
        {"type": "array", "items": {"type": "string"}},
        {"type": "null"},
    ]
}


class ItemAttributes(RootModel[dict[str, Any]]):
    """Attributes by name: title, title_zh, description, price, currency, image and other columns of the catalogue;
    brand, category (broadest first, joined by ' > ') and other relations, each a value or a list; null takes one away.
    """

    # Values are checked as a row of the catalogue is, which knows the shop's own columns.
    root: Annotated[dict[str, Annotated[Any, WithJsonSchema(_VALUE)]], Field(max_length=MOST_ATTRIBUTES)]

    @model_validator(mode="before")
    @classmethod
    def _an_object(cls, sent: Any) -> Any:
        if not isinstance(sent, dict):
            raise PydanticCustomError("attributes", "send an object of attributes")
        if len(sent) > MOST_ATTRIBUTES:
            raise PydanticCustomError(
                "attributes",
                "{n} attributes at once; {most} are the most",
                {"n": len(sent), "most": MOST_ATTRIBUTES},
            )
        return sent


class EventBatch(RootModel[list[EventRecord]]):
    """What users did. Each event is taken or rejected by itself."""

    root: Annotated[
        list[EventRecord], Field(max_length=MOST_RECORDS), WrapValidator(lambda sent, _: sent)
    ]  # one by one, later

    @model_validator(mode="before")
    @classmethod
    def _a_batch(cls, sent: Any) -> Any:
        if not isinstance(sent, list):
            raise PydanticCustomError("events", "send a list of events")
        if len(sent) > MOST_RECORDS:
            raise PydanticCustomError(
                "events",
                "send at most {most} events at once; these are {n}",
                {"most": f"{MOST_RECORDS:,}", "n": f"{len(sent):,}"},
            )
        return sent


class _Parameters(BaseModel):
    """Parameters of an address: texts, read as what they are to be."""

    model_config = ConfigDict(extra="forbid")


MOST_FACTS, MOST_ITEMS, MOST_REVIEWS, FURTHEST = 1000, 100, 100, 100_000


class ItemsQuery(_Parameters):
    """What is looked for among the items. Other parameters are facets of the answer and values of theirs."""

    q: Annotated[
        str, Field(max_length=300, description="words of titles, brands, categories and attributes")
    ] = ""
    lang: Annotated[Lang, Field(description="of labels and notes")] = "en"
    order: Annotated[
        Literal["best", "price", "-price", "new"],
        Field(description="most relevant, cheapest, dearest or newest first"),
    ] = "best"
    limit: Annotated[int, Field(ge=1, le=MOST_ITEMS, description="how many at most")] = 24
    offset: Annotated[int, Field(ge=0, le=FURTHEST, description="how many to pass over")] = 0


class ReviewsQuery(_Parameters):
    """Which part of the reviews of an item."""

    lang: Annotated[Lang, Field(description="aspects named in this language come first")] = "en"
    limit: Annotated[int, Field(ge=1, le=MOST_REVIEWS, description="how many at most")] = 10
    offset: Annotated[int, Field(ge=0, le=FURTHEST, description="how many to pass over")] = 0


class FactsQuery(_Parameters):
    """Which part of the facts, and how they are told."""

    lang: Annotated[Lang, Field(description="of the texts")] = "en"
    limit: Annotated[int, Field(ge=1, le=MOST_FACTS, description="how many at most")] = MOST_FACTS
    offset: Annotated[int, Field(ge=0, le=FURTHEST, description="how many to pass over")] = 0


class ForgetQuery(_Parameters):
    """Why a user is forgotten."""

    reason: Annotated[
        str, Field(max_length=500, description="kept with the receipt; it is to name nobody")
    ] = ""


class TimeoutQuery(_Parameters):
    """How long an answer of the graph may take."""

    timeout: Annotated[
        FiniteFloat | None,
        Field(
            gt=0, description="seconds after which no answer is wanted any more, below what the shop allows"
        ),
    ] = None


class SparqlQuery(TimeoutQuery):
    """A query of one's own, by the SPARQL 1.1 Protocol; other parameters change nothing."""

    query: Annotated[
        str,
        Field(description="a SPARQL 1.1 query", examples=["SELECT ?item { ?item a kg:Item } LIMIT 3"]),
    ]
    default_graph: Annotated[
        list[str],
        Field(alias="default-graph-uri", description="graphs of the store to ask instead of all"),
    ] = []
    named_graph: Annotated[
        list[str], Field(alias="named-graph-uri", description="graphs of the store that GRAPH may name")
    ] = []


class PathQuery(TimeoutQuery):
    """Two items."""

    one: Annotated[str, Field(alias="from", description="id of an item", examples=["K0426"])]
    other: Annotated[str, Field(alias="to", description="id of another", examples=["K0195"])]
