"""The schemas → an OpenAPI 3.1 document."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic.json_schema import models_json_schema

from kgrec import __version__

from .answers import Explanation, Problem, RecommendAnswer, WhatIfAnswer, WhyNotAnswer
from .schemas import ExplainRequest, RecommendRequest, WhatIfRequest, WhyNotRequest

REFUSALS = (400, 404, 413, 415, 422, 500)


def description() -> dict[str, Any]:
    """The API as it is."""
    _, definitions = models_json_schema(
        [
            (RecommendRequest, "validation"),
            (ExplainRequest, "validation"),
            (WhyNotRequest, "validation"),
            (WhatIfRequest, "validation"),
            (WhyNotAnswer, "validation"),
            (WhatIfAnswer, "validation"),
            (RecommendAnswer, "validation"),
            (Explanation, "validation"),
            (Problem, "validation"),
        ],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "kgrec",
            "version": __version__,
            "summary": "Recommendations whose reasons are the score",
        },
        "paths": {
            "/api/v1/recommend": {
                "post": _operation("recommend", "The best items", "RecommendRequest", "RecommendAnswer")
            },
            "/api/v1/explain": {
                "post": _operation("explain", "Why an item has its score", "ExplainRequest", "Explanation")
            },
            "/api/v1/why-not": {
                "post": _operation(
                    "whyNot", "Why an item is not in the list", "WhyNotRequest", "WhyNotAnswer"
                )
            },
            "/api/v1/what-if": {
                "post": _operation(
                    "whatIf", "What the list would be with other events", "WhatIfRequest", "WhatIfAnswer"
                )
            },
        },
        "components": {"schemas": definitions["$defs"]},
    }


def _operation(name: str, summary: str, asked: str, answered: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "requestBody": {"required": True, "content": _content("application/json", asked)},
        "responses": {
            "200": {"description": "the answer", "content": _content("application/json", answered)},
            **{
                str(code): {
                    "description": HTTPStatus(code).phrase,
                    "content": _content("application/problem+json", "Problem"),
                }
                for code in REFUSALS
            },
        },
    }


def _content(kind: str, schema: str) -> dict[str, Any]:
    return {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
