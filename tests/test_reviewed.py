"""What reviews speak of is found by a build, only read by a server, and nobody who was forgotten is counted in it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from kgrec import forgetting, pipeline, reviewed, storage
from kgrec.domain import Dataset, KnowledgeGraph, Recommender
from kgrec.guide import Guide
from kgrec.models import new_model
from kgrec.parts import best_parts
from kgrec.serving import Served, open_guide
from kgrec.shelf import Aspect, Shelf, Spoken
from kgrec.understand.mentions import Mentions
from tests.toy import parity_shop

GONE = "customer-seventeen"
SAID = (
    (GONE, "The spigot is great, but the lid is awful."),
    ("u1", "The spigot is great. The lid is nice."),
    ("u3", "The lid is terrible."),
    ("u5", "屏幕很好。"),
    ("u7", "屏幕太差了，颜色不错"),
    ("u9", "颜色很好看"),
)


def reviewed_shop() -> Dataset:
    """The parity shop with reviews of one item; one of their writers can be searched for."""
    shop = parity_shop()
    frame = pd.DataFrame(
        {
            "user_id": [GONE if one == "u17" else one for one in shop.users.ids[shop.interactions.user]],
            "item_id": shop.items.ids[shop.interactions.item],
            "event": "buy",
            "datetime": shop.interactions.time,
        }
    )
    items = pd.DataFrame(
        {
            "item_id": shop.items.ids,
            "title": shop.item_table["title"],
            "brand": ["Even" if row % 2 == 0 else "Odd" for row in range(len(shop.items))],
        }
    )
    users, texts = zip(*SAID, strict=True)
    reviews = pd.DataFrame({"user_id": users, "item_id": "i1", "text": texts, "rating": 4})
    return Dataset.from_frames(frame, items, reviews=reviews)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reviewed") / "shop"
    workspace = storage.create_workspace(
        folder, reviewed_shop(), settings={"format": "csv", "source": "nowhere"}
    )
    pipeline.build(workspace)
    pipeline.train(workspace, model_name="popularity")
    return folder


@pytest.fixture
def shop(template: Path, tmp_path: Path) -> storage.Workspace:
    shutil.copytree(template, tmp_path / "shop", symlinks=True)
    return storage.open_workspace(tmp_path / "shop")


def counted(guide: Shelf, lang: str = "en") -> list[tuple[str, int, int]]:
    return [(one.label, one.praised, one.faulted) for one in guide.reviews("i1", lang=lang).aspects]


def test_a_build_finds_what_reviews_speak_of_and_says_by_what(shop: storage.Workspace) -> None:
    told = pipeline.build(shop)["reviews"]
    assert told["aspects"] == 4 and told["mentions"] == 9
    assert told["praise_told_by"] == dict.fromkeys(("en", "zh"), "opinion words: too few rated reviews")


def test_a_visitors_language_comes_first_then_what_most_speak_of(shop: storage.Workspace) -> None:
    guide = open_guide(shop.folder)
    assert counted(guide) == [("lid", 1, 2), ("spigot", 2, 0), ("屏幕", 1, 1), ("颜色", 2, 0)]
    assert [label for label, _, _ in counted(guide, "zh")] == ["屏幕", "颜色", "lid", "spigot"]
    assert guide.reviews("i1", lang="zh").aspects[0] == Aspect("屏幕", 1, 1, "zh")
    assert guide.reviews("i3").aspects == ()


def test_a_review_says_where_it_speaks_of_what(shop: storage.Workspace) -> None:
    (said,) = (one for one in open_guide(shop.folder).reviews("i1").items if "but" in one.text)
    parts = [(said.text[one.start : one.end], one.aspects, one.praises) for one in said.spoken]
    assert parts == [("The spigot is great", ("spigot",), True), ("the lid is awful", ("lid",), False)]


def test_a_clause_that_praises_one_thing_and_faults_another_is_neither() -> None:
    dataset = replace(reviewed_shop())
    dataset.reviews["text"] = "价格很好质量太差"
    guide = Guide(dataset, *_graph_and_model(dataset), mentions=lambda: reviewed.found(dataset))
    (part, *_) = guide.reviews("i1").items[0].spoken
    assert part == Spoken(0, 8, ("价格", "质量"), None)


def test_the_next_build_takes_over_what_was_found_in_the_same_reviews(shop: storage.Workspace) -> None:
    before = (shop.graphs / "CURRENT" / "reviews" / "review.npy").stat().st_ino
    pipeline.build(shop)
    assert (shop.graphs / "CURRENT" / "reviews" / "review.npy").stat().st_ino == before


def test_a_generation_from_before_opens_without(shop: storage.Workspace) -> None:
    generation = (shop.graphs / "CURRENT").resolve()
    shutil.rmtree(generation / "reviews")
    manifest = json.loads((generation / "manifest.json").read_text())
    manifest["files"] = {name: value for name, value in manifest["files"].items() if "reviews/" not in name}
    (generation / "manifest.json").write_text(json.dumps(manifest))
    assert counted(open_guide(shop.folder)) == [] and best_parts(shop).troubles == ()
    assert open_guide(shop.folder).reviews("i1").total == len(SAID)


def test_what_is_of_other_reviews_is_not_shown_and_is_told(shop: storage.Workspace) -> None:
    tables = storage.load_tables(shop)
    fewer = replace(tables, reviews=tables.reviews.iloc[1:].reset_index(drop=True))
    shutil.rmtree(shop.first_tables)
    storage.tables.save(fewer, shop.first_tables)
    parts = best_parts(shop)
    assert len(parts.mentions) == 0
    (trouble,) = parts.troubles
    assert trouble.part == "reviews" and "build it again" in trouble.reason


def test_a_saved_guide_brings_it_along(shop: storage.Workspace, tmp_path: Path) -> None:
    guide = open_guide(shop.folder)
    guide.save(tmp_path / "bundle")
    assert counted(open_guide(tmp_path / "bundle")) == counted(guide)


def test_in_memory_it_is_found_when_somebody_asks() -> None:
    dataset = reviewed_shop()
    asked: list[int] = []

    def find() -> Mentions:
        asked.append(1)
        return reviewed.found(dataset)

    guide = Guide(dataset, *_graph_and_model(dataset), mentions=find)
    guide.reviews("i1")
    assert counted(guide)[0] == ("lid", 1, 2) and asked == [1]


def test_who_is_forgotten_is_not_counted_from_that_moment_on(shop: storage.Workspace) -> None:
    served = Served(shop.folder)
    assert ("lid", 1, 2) in counted(served.as_opened) and ("spigot", 2, 0) in counted(served.as_opened)
    served.registry.erasures.begin(GONE, "")
    assert ("lid", 1, 1) in counted(served.as_opened) and ("spigot", 1, 0) in counted(served.as_opened)
    served.database.close()


def test_nothing_of_who_was_forgotten_is_left_in_it(shop: storage.Workspace) -> None:
    receipt = forgetting.forget(shop, GONE)
    assert receipt["complete"]
    guide = open_guide(shop.folder)
    assert counted(guide) == [("lid", 1, 1), ("屏幕", 1, 1), ("颜色", 2, 0)]
    assert len(guide.mentions.labels) == 3  # nobody else shares the spigot with u1
    kept = b"".join(path.read_bytes() for path in shop.graphs.glob("gen-*/reviews/*"))
    assert b"spigot" not in kept and GONE.encode() not in kept
    assert not [path for path in shop.graphs.glob("gen-*") if path.name == "gen-0001"]


def test_texts_of_reviews_are_not_kept_with_it(shop: storage.Workspace) -> None:
    kept = b"".join(path.read_bytes() for path in (shop.graphs / "CURRENT" / "reviews").iterdir())
    assert b"lid" in kept
    assert not any(word.encode() in kept for word in ("great", "terrible", "太差", GONE))


def _graph_and_model(dataset: Dataset) -> tuple[KnowledgeGraph, Recommender]:
    graph = pipeline.knowledge_graph(dataset, storage.Namer())
    return graph, new_model("popularity").fit(dataset, graph)
