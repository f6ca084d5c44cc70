"""All that can be asked of the API, a line each: routes and the description are both made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from kgrec.endpoint import GRAPHS, ROWS

from . import (
    askers,
    events,
    explain,
    graph,
    items,
    recommend,
    similar,
    sparql,
    tokens,
    users,
    what_if,
    why_not,
)
from .answers import (
    ConsentAnswer,
    ErasureReceipt,
    EventsAnswer,
    Explanation,
    FactsAnswer,
    HiddenAnswer,
    ItemAnswer,
    ItemRecord,
    ItemsAnswer,
    Library,
    RecommendAnswer,
    ReviewsAnswer,
    Rows,
    TokenAnswer,
    UserAnswer,
    WhatIfAnswer,
    WhyNotAnswer,
)
from .askers import Door
from .schemas import (
    Asker,
    ConsentRequest,
    EventBatch,
    ExplainRequest,
    FactsQuery,
    ForgetQuery,
    ItemAttributes,
    ItemsQuery,
    PathQuery,
    RecommendRequest,
    ReviewsQuery,
    SimilarRequest,
    SparqlQuery,
    TimeoutQuery,
    TokenRequest,
    UserAttributes,
    WhatIfRequest,
    WhyNotRequest,
)

BASE, USER, ITEM = "/api/v1", "/users/{user_id}", "/items/{item_id}"

JSON, FORM, QUERY = "application/json", "application/x-www-form-urlencoded", "application/sparql-query"

PLACES: Mapping[str, tuple[str, str]] = {
    "item_id": ("id of an item", "K0426"),
    "user_id": ("id of a user", "u0002"),
    "fact": ("name of a fact, of the list of facts", "97598ccbb04f1366"),
    "person": ("who was forgotten, as their receipt calls them", "5f2b9c0d4e6a71830b1c2d3e4f506172"),
    "name": ("name of a query, one of those that /graph/queries lists", "items-of-brand"),
}
"""Names in paths: what each is, and an example."""


@dataclass(frozen=True)
class Reply:
    """How an operation answers when all is well."""

    meaning: str
    schema: type[BaseModel] | None = None
    status: int = 200
    kinds: tuple[str, ...] = (JSON,)
    headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked."""

    method: str
    path: str  # below BASE; {names} are those of PLACES
    name: str
    topic: str
    summary: str
    view: Callable[..., ResponseReturnValue]  # guide, names of the path, `asked`, `query`
    reply: Reply
    body: type[BaseModel] | None = None
    optional_body: bool = False
    bodies: tuple[str, ...] = (JSON,)
    query: type[BaseModel] | None = None
    by_protocol: bool = False  # whether the view reads parameters and body itself
    named_values: str = ""  # what other parameters may be given, by names that are not known here
    door: Door | None = None
    headers: tuple[str, ...] = ()  # that may be sent
    refusals: tuple[int, ...] = ()  # besides those that follow from the rest

    @cached_property
    def rule(self) -> str:
        """The path as the router has it: an id is anything, slashes and ends of lines too."""
        user = "<whole_user:user_id>" if self.path == USER else "<any_id:user_id>"
        asked = self.path == ITEM and self.method == "GET"  # no other has addresses below it
        item = "<whole_item:item_id>" if asked else "<any_id:item_id>"
        rule = self.path.replace("{item_id}", item).replace("{user_id}", user)
        return rule.replace("{", "<").replace("}", ">")

    @property
    def about_asker(self) -> bool:
        """Whether the body says who asks."""
        return self.body is not None and issubclass(self.body, Asker)

    @property
    def for_pages(self) -> bool:
        """Whether pages of other sites may ask it, where the shop has named them."""
        return self.door is None or self.door.tokens

    @cached_property
    def refused(self) -> tuple[int, ...]:
        """The statuses of all refusals."""
        codes = {429, 500, *self.refusals}
        if self.body is not None:
            codes |= {400, 413, 415, 422}
        if self.about_asker:
            codes |= {401, 403, 404, 503}
        if self.query is not None:
            codes |= {400, 422}
        if "{" in self.path:
            codes |= {404, 422}
        if self.door is not None:
            codes |= {401, 403, 503}
        if "If-Match" in self.headers:
            codes |= {412}
        return tuple(sorted(codes))


_GRAPH = Reply(
    "rows (SELECT, ASK) or triples (CONSTRUCT, DESCRIBE)",
    Rows,
    kinds=tuple(dict.fromkeys([*ROWS, *GRAPHS])),
    headers=("X-Kgrec-Graph-Version", "X-Kgrec-Truncated"),
)
_OF_GRAPH = (400, 401, 403, 406, 413, 422, 503, 504)
_WRITES = (503, 507)
_MATCH = ("If-Match", "If-None-Match")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST", "/recommend", "recommend", "Recommendations", "The best items for a user or a visitor",
        recommend.recommend, Reply("best first", RecommendAnswer), body=RecommendRequest,
    ),
    Operation(
        "POST", "/similar", "similar", "Recommendations", "Items that go with some items",
        similar.similar, Reply("best first", RecommendAnswer), body=SimilarRequest, refusals=(404, 503),
    ),
    Operation(
        "POST", "/explain", "explain", "Recommendations", "Why an item has its score",
        explain.explain, Reply("prior + contributions + remainder = score", Explanation), body=ExplainRequest,
    ),
    Operation(
        "POST", "/why-not", "whyNot", "Recommendations", "Why an item is not in the list",
        why_not.why_not, Reply("the gap, part by part", WhyNotAnswer), body=WhyNotRequest,
    ),
    Operation(
        "POST", "/what-if", "whatIf", "Recommendations", "What the list would be with other events",
        what_if.what_if, Reply("both lists and every move", WhatIfAnswer), body=WhatIfRequest,
    ),
    Operation(
        "POST", "/events", "events", "Events", "Tell what users did; the answer comes when it is on disk",
        events.tell,
        Reply("what became of each: written, a duplicate, or rejected with the reason", EventsAnswer, 202),
        body=EventBatch, door=askers.OF_EVENTS, refusals=_WRITES,
    ),
    Operation(
        "GET", "/items", "items", "Items", "Look for items by words and by what they have; all of them without either",
        items.find, Reply("a part of those found, and what they can be narrowed down by", ItemsAnswer,
        headers=("Link",)), query=ItemsQuery,
        named_values="facets of the answer and a value each; a facet may be repeated",
    ),
    Operation(
        "GET", "/items/{item_id}", "item", "Items", "What the catalogue says of an item, as PUT takes it",
        items.get, Reply("its attributes", ItemRecord), refusals=(503,),
    ),
    Operation(
        "PUT", "/items/{item_id}", "putItem", "Items", "All that an item is from now on",
        items.put, Reply("kept", ItemAnswer), body=ItemAttributes, door=askers.OF_ITEMS, headers=_MATCH,
        refusals=_WRITES,
    ),
    Operation(
        "PATCH", "/items/{item_id}", "patchItem", "Items",
        "Some of what an item is; null takes an attribute away",
        items.patch, Reply("kept", ItemAnswer), body=ItemAttributes, door=askers.OF_ITEMS, headers=_MATCH,
        refusals=_WRITES,
    ),
    Operation(
        "DELETE", "/items/{item_id}", "deleteItem", "Items",
        "An item that is not to be recommended any more; what users did with it stays",
        items.delete, Reply("withdrawn", status=204, kinds=()), door=askers.OF_ITEMS, headers=_MATCH,
        refusals=_WRITES,
    ),
    Operation(
        "GET", "/items/{item_id}/reviews", "itemReviews", "Items",
        "What was written of an item, and what it is praised and criticised for",
        items.reviews, Reply("latest first", ReviewsAnswer, headers=("Link",)), query=ReviewsQuery,
    ),
    Operation(
        "PUT", "/users/{user_id}", "putUser", "Users",
        "All that is to be said of a user; what the tables say besides counts no more",
        users.put, Reply("kept", UserAnswer), body=UserAttributes, door=askers.OF_USERS, refusals=_WRITES,
    ),
    Operation(
        "PATCH", "/users/{user_id}", "patchUser", "Users",
        "Some of what there is to say of a user; null takes an attribute away",
        users.patch, Reply("kept", UserAnswer), body=UserAttributes, door=askers.OF_USERS, refusals=_WRITES,
    ),
    Operation(
        "DELETE", "/users/{user_id}", "forgetUser", "Users",
        "Forget a user: at once they are a stranger; tables and graphs follow",
        users.delete, Reply("begun", ErasureReceipt, 202, headers=("Location",)), query=ForgetQuery,
        door=askers.OF_USERS, refusals=_WRITES,
    ),
    Operation(
        "GET", "/users/{user_id}/consent", "consent", "Users", "What a user allows",
        users.consent, Reply("by purpose", ConsentAnswer), door=askers.OF_CONSENT,
    ),
    Operation(
        "PUT", "/users/{user_id}/consent", "putConsent", "Users", "Keep what a user allows",
        users.put_consent, Reply("kept", ConsentAnswer), body=ConsentRequest, door=askers.OF_CONSENT,
        refusals=_WRITES,
    ),
    Operation(
        "GET", "/users/{user_id}/facts", "facts", "Users", "All that is known of a user and used",
        users.facts, Reply("latest first", FactsAnswer, headers=("Link",)), query=FactsQuery,
        door=askers.OF_USERS,
    ),
    Operation(
        "DELETE", "/users/{user_id}/facts/{fact}", "hideFact", "Users", "Never use a fact of a user again",
        users.hide_fact, Reply("hidden", HiddenAnswer), door=askers.OF_USERS, refusals=_WRITES,
    ),
    Operation(
        "POST", "/users/{user_id}/token", "token", "Users",
        "A token with which a browser may ask for this user, as far as the key may that makes it",
        tokens.create, Reply("good until it expires or the key ends", TokenAnswer), body=TokenRequest,
        optional_body=True, door=askers.OF_TOKENS,
    ),
    Operation(
        "GET", "/erasures/{person}", "erasure", "Users", "The receipt of somebody who was forgotten",
        users.erasure, Reply("as far as it is", ErasureReceipt), door=askers.OF_USERS,
    ),
    Operation(
        "GET", "/sparql", "sparqlByGet", "Graph", "The answer to a SPARQL query of your own, over the public graph",
        sparql.sparql, _GRAPH, query=SparqlQuery, by_protocol=True, door=askers.OF_QUERIES, refusals=_OF_GRAPH,
    ),
    Operation(
        "POST", "/sparql", "sparqlByPost", "Graph", "The same, for long queries",
        sparql.sparql, _GRAPH, body=SparqlQuery, bodies=(FORM, QUERY), query=SparqlQuery, by_protocol=True,
        door=askers.OF_QUERIES, refusals=_OF_GRAPH,
    ),
    Operation(
        "GET", "/graph/queries", "namedQueries", "Graph",
        "The questions that can be asked by name, and what may be set in them",
        graph.queries, Reply("all of them", Library), refusals=(503,),
    ),
    Operation(
        "GET", "/graph/queries/{name}", "namedQuery", "Graph", "The answer to a question of the library",
        graph.named, _GRAPH, query=TimeoutQuery, by_protocol=True,
        named_values="values for the parameters of the question, by their names", refusals=_OF_GRAPH,
    ),
    Operation(
        "GET", "/graph/entities/{item_id}", "entity", "Graph",
        "What the catalogue says of an item, and the items it is linked to",
        graph.entity, _GRAPH, query=TimeoutQuery, by_protocol=True, refusals=_OF_GRAPH,
    ),
    Operation(
        "GET", "/graph/path", "path", "Graph", "How two items are joined: directly, or by what both have",
        graph.path, _GRAPH, query=PathQuery, by_protocol=True, refusals=(404, *_OF_GRAPH),
    ),
)  # fmt: skip
