"""What the API accepts; unknown fields are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Id = Annotated[str, Field(min_length=1, max_length=512)]
Event = Literal["view", "cart", "buy", "rate", "return", "dislike"]
Lang = Literal["en", "zh"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SessionItem(_Strict):
    """One thing a visitor did, oldest first."""

    item_id: Id
    event: Event = "view"


class _Asker(_Strict):
    user_id: Id | None = None
    session: Annotated[list[SessionItem], Field(max_length=200)] = []
    lang: Lang = "en"

    @model_validator(mode="after")
    def _one_asker(self) -> _Asker:
        if (self.user_id is None) == (not self.session):
            raise ValueError("give either user_id or a session with at least one event")
        return self


class Filter(_Strict):
    """What is left out of a list."""

    seen: bool = True


class RecommendRequest(_Asker):
    """POST /recommend."""

    k: Annotated[int, Field(ge=1, le=100)] = 10
    filter: Filter = Filter()
    exclude: Annotated[list[Id], Field(max_length=1000)] = []
    explain: bool | Annotated[int, Field(ge=0, le=20)] = False


class ExplainRequest(_Asker):
    """POST /explain."""

    item_id: Id
    paths: Annotated[int, Field(ge=0, le=50)] = 3
