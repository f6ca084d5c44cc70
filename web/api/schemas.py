"""What the API accepts; unknown fields are refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, RootModel, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

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


class _Asker(_Strict):
    user_id: Id | None = None
    session: Annotated[list[SessionItem], Field(max_length=200, description="oldest first")] = []
    lang: Lang = "en"

    @property
    def _described(self) -> bool:
        """Whether anything else says who asks."""
        return False

    @model_validator(mode="after")
    def _one_asker(self) -> _Asker:
        if self.user_id is None and self._described:
            return self
        if (self.user_id is None) == (not self.session):
            raise PydanticCustomError("asker", "give either user_id or a session with at least one event")
        return self


class _InContext(_Asker):
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
        if self.explain is not False and self.k * len(self.session) > MOST_WORK:
            raise PydanticCustomError(
                "work",
                "k is too large to explain so long a session at once: ask for {most} items, or without explain",
                {"most": MOST_WORK // len(self.session)},
            )
        return self


class WhyNotRequest(_Asker):
    """Who asks, about which item, and how long the list is that it misses."""

    item_id: Id
    k: Annotated[int, Field(ge=1, le=100)] = 10
    exclude: Annotated[list[Id], Field(max_length=1000, description="item ids to leave out")] = []
    paths: Annotated[int, Field(ge=0, le=50)] = 3


class Done(_Strict):
    """One thing that is supposed to be done now."""

    item_id: Id
    event: Event = "buy"


class WhatIfRequest(_Asker):
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
