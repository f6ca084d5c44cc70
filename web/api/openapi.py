"""The schemas → an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from kgrec import __version__

from .schemas import ExplainRequest, RecommendRequest


def description() -> dict[str, Any]:
    """The API as it is."""
    _, definitions = models_json_schema(
        [(RecommendRequest, "validation"), (ExplainRequest, "validation")],
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
            "/api/v1/recommend": {"post": _operation("recommend", "The best items", "RecommendRequest")},
            "/api/v1/explain": {"post": _operation("explain", "Why an item has its score", "ExplainRequest")},
        },
        "components": {"schemas": definitions["$defs"]},
    }


def _operation(name: str, summary: str, schema: str) -> dict[str, Any]:
    refused = {"description": "a problem document (RFC 9457)", "content": {"application/problem+json": {}}}
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    codes = ("400", "404", "413", "415", "422")
    return {
        "operationId": name,
        "summary": summary,
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": {"description": "the answer", "content": {"application/json": {}}},
            **{code: refused for code in codes},
        },
    }
