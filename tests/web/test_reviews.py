"""The reviews of an item as a page shows them: what they speak of counted, and marked where they say it."""

from __future__ import annotations

import html
import re

import pandas as pd
import pytest
from flask.testing import FlaskClient

from kgrec import reviewed
from kgrec.domain import Dataset
from kgrec.graph.vocabulary import Namer
from kgrec.guide import Guide
from kgrec.models import new_model
from kgrec.pipeline import knowledge_graph
from web import create_app

SAID = (
    "<b>The size is great</b>, but the\u202e lid is awful. <i>And</i> <script>alert(1)</script>",
    "The size is awful. The lid is broken & {{ 7 * 7 }}",
    "尺寸很好。<img src=x onerror=alert(1)>盖子！ 物流很快",
    "尺寸不错，物流很慢",
    "😀" * 500,
    "The lid is great " * 500,
)


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    events = pd.DataFrame(
        {
            "user_id": [f"u{n % 8}" for n in range(24)],
            "item_id": [f"i{n % 6}" for n in range(24)],
            "event": "buy",
        }
    )
    reviews = pd.DataFrame({"user_id": [f"u{n}" for n in range(len(SAID))], "item_id": "i1", "text": SAID})
    dataset = Dataset.from_frames(events, reviews=reviews)
    graph = knowledge_graph(dataset, Namer())
    model = new_model("popularity").fit(dataset, graph)
    guide = Guide(dataset, graph, model, mentions=lambda: reviewed.found(dataset))
    return create_app(guide).test_client()


def shown(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def both_pages(client: FlaskClient, lang: str) -> str:
    return "".join(shown(client, f"/item/i1?lang={lang}&reviews={number}") for number in (1, 2))


def test_aspects_are_counted_those_of_the_visitors_language_first(client: FlaskClient) -> None:
    rows = re.compile(r'<bdi lang="(\w+)">([^<]+)</bdi></th><td>(\d+)</td><td>(\d+)</td>')
    english = [("en", "lid", "0", "2"), ("en", "size", "1", "1")]
    chinese = [("zh", "尺寸", "2", "0"), ("zh", "物流", "1", "1")]
    assert rows.findall(shown(client, "/item/i1?lang=en")) == english + chinese
    page = shown(client, "/item/i1?lang=zh")
    assert rows.findall(page) == chinese + english
    assert "称赞之处标有实线" in page and "批评" in page


def test_clauses_that_speak_of_an_aspect_are_marked_as_text(client: FlaskClient) -> None:
    page = both_pages(client, "en")
    marks = re.findall(r'<mark class="(said-\w+)" title="([^"]+)">(.*?)</mark>', page)
    assert ("said-well", "size: praised", "The size is great") in marks
    assert ("said-ill", "lid: criticised", "The lid is broken &amp;") in marks
    assert ("said-well", "物流: praised", "物流很快") in marks
    assert all("<" not in text for _, _, text in marks)


def test_the_rest_of_a_review_stands_around_the_marks_unharmed(client: FlaskClient) -> None:
    page = both_pages(client, "en")
    told = [
        html.unescape(re.sub("<[^>]+>", "", one))
        for one in re.findall(r'<p lang="\w*"><bdi>(.*?)</bdi></p>', page, re.S)
    ]
    assert "<b>The size is great</b>, but the lid is awful. <i>And</i> <script>alert(1)</script>" in told
    assert "尺寸很好。<img src=x onerror=alert(1)>盖子！ 物流很快" in told
    assert "The size is awful. The lid is broken & {{ 7 * 7 }}" in told
    assert "😀" * 500 in told
    assert "<script>alert" not in page and "<img src=x" not in page and "\u202e" not in page
