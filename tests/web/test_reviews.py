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
from tests.web.test_api import refused
from web import create_app
from web.api.answers import ReviewsAnswer

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
    reviews["datetime"] = [1_700_000_000, -62_170_156_800, 1, 1, 1, 1]  # one before the first of all years
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


# As programs read them


def told(client: FlaskClient, asked: str = "") -> ReviewsAnswer:
    answer = client.get(f"/api/v1/items/i1/reviews{asked}")
    assert answer.status_code == 200
    return ReviewsAnswer.model_validate(answer.json)


def test_a_program_is_told_what_the_page_counts_and_marks(client: FlaskClient) -> None:
    found = told(client)
    assert (found.total, found.rated, found.mean) == (6, 0, None) and len(found.reviews) == 6
    assert [(one.lang, one.label, one.praised, one.faulted) for one in found.aspects] == [
        ("en", "lid", 0, 2), ("en", "size", 1, 1), ("zh", "尺寸", 2, 0), ("zh", "物流", 1, 1),
    ]  # fmt: skip
    assert told(client, "?lang=zh").aspects[0].label == "尺寸"
    parts = {
        (review.text[part.start : part.end], *part.aspects, part.praises)
        for review in found.reviews
        for part in review.spoken
    }
    assert {("尺寸很好", "尺寸", True), ("物流很慢", "物流", False)} <= parts


def test_nobody_is_named_and_the_text_is_as_it_was_written(client: FlaskClient) -> None:
    answer = client.get("/api/v1/items/i1/reviews")
    texts = {one.text for one in ReviewsAnswer.model_validate(answer.json).reviews}
    assert {SAID[1], SAID[2], SAID[3]} <= texts and any("<script>alert(1)</script>" in text for text in texts)
    assert not re.search(r'"u\d"|user', answer.text)


def test_a_review_says_when_it_was_written_if_a_calendar_goes_that_far(client: FlaskClient) -> None:
    written = {one.text: one.written for one in told(client).reviews}
    assert "2023-11-14T22:13:20+00:00" in written.values() and written[SAID[1]] is None


def test_reviews_come_in_parts(client: FlaskClient) -> None:
    whole = told(client).reviews
    answer = client.get("/api/v1/items/i1/reviews?limit=4&offset=1")
    assert ReviewsAnswer.model_validate(answer.json).reviews == whole[1:5]
    assert '<?limit=4&offset=5>; rel="next"' in answer.headers["Link"]
    assert told(client, "?offset=99").reviews == [] and told(client, "?offset=99").total == 6


@pytest.mark.parametrize(
    ("asked", "status", "hint"),
    [
        ("i1/reviews?limit=101", 422, "limit"),
        ("i1/reviews?page=2", 422, "page"),
        ("ii1/reviews", 404, "did you mean i1"),
        ("i1/reviews/reviews", 404, "i1/reviews"),
    ],
)
def test_what_cannot_be_told_is_refused(client: FlaskClient, asked: str, status: int, hint: str) -> None:
    assert hint in refused(client.get(f"/api/v1/items/{asked}"), status)
