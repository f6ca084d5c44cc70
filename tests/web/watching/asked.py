"""What tests of a watched server ask it, and how its numbers are read."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from web.api.answers import RecommendAnswer

ANA = "u3"  # a user of the shop


def numbers(text: str) -> dict[str, float]:
    """Each sample by its name and labels, as Prometheus reads them."""
    return {
        f"{one.name}{sorted(one.labels.items())}" if one.labels else one.name: one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def recommend(client: FlaskClient, **asked: Any) -> Any:
    answer = client.post("/api/v1/recommend", json=asked)
    assert answer.status_code == 200, answer.text
    RecommendAnswer.model_validate_json(answer.data)
    return answer.get_json()
