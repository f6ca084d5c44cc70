"""How many customers did something is told of five and more, in no form of fewer."""

from __future__ import annotations

import json
import re
from io import StringIO

import pandas as pd
import pytest
from rich.console import Console

from kgrec.domain import Accountable, Dataset
from kgrec.errors import BadInput
from kgrec.explain.wording.speech import Speech, speech
from kgrec.graph.vocabulary import Namer
from kgrec.guide import Guide
from kgrec.models import MODELS
from kgrec.models.path import PathConfig
from kgrec.models.path.config import TrainingConfig
from kgrec.pipeline import knowledge_graph

MOST = 8
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
CHINESE = "一二三四五六七八"

COUNTED = re.compile(
    rf"(?:\b(\d+|{'|'.join(WORDS)}) (?:other )?(?:customers|people|shoppers|times)\b)"
    rf"|(?:(\d+|[{CHINESE}]) ?(?:位|名|次|人))|(?:\"support\": (\d+))",
    re.IGNORECASE,
)


def counts(text: str) -> set[int]:
    """The numbers of customers or times that a text tells, in words or digits."""
    found = set()
    for match in COUNTED.finditer(text):
        said = next(group for group in match.groups() if group)
        if said.isdigit():
            found.add(int(said))
        else:
            found.add((WORDS.index(said.lower()) if said.lower() in WORDS else CHINESE.index(said)) + 1)
    return found


def planted() -> Dataset:
    """Item b3 was bought right after a3 by exactly three customers, b5 after a5 by five, and so on."""
    bought, items = [], []
    for n in range(1, MOST + 1):
        items += [f"a{n}", f"b{n}"]
        bought += [(f"u{n}-{each}", f"{side}{n}") for each in range(n) for side in "ab"]
        bought += [(f"asks{n}", f"a{n}")]
    items += [f"c{n}" for n in range(10)]
    for each in range(12):  # something for a model to learn from
        bought += [(f"w{each}", f"c{(each + n) % 10}") for n in range(5)]
    users, chosen = zip(*bought, strict=True)
    days = pd.date_range("2025-01-01", periods=len(bought), freq="h", tz="UTC").astype(str)
    table = pd.DataFrame({"user_id": users, "item_id": chosen, "event": "buy", "datetime": days})
    titles = [f"Thing {name}" for name in items]
    return Dataset.from_frames(table, pd.DataFrame({"item_id": items, "title": titles}))


@pytest.fixture(scope="module")
def world() -> tuple[Dataset, object]:
    dataset = planted()
    return dataset, knowledge_graph(dataset, Namer())


def everything(guide: Guide, n: int, lang: str) -> str:
    """All that can be read of why the n-th asker is told of the n-th pair's other item."""
    user_id, item_id = f"asks{n}", f"b{n}"
    texts = []
    for audience in ("shopper", "staff", "merchandiser", "engineer"):
        found = guide.explain(user_id, item_id, paths=50, lang=lang, audience=audience)
        assert found.paths
        texts += [found.text, *(path.text for path in found.paths)]
        texts += [hop.source for path in found.paths for hop in path.hops]
    texts.append(json.dumps(guide.provenance(found)))
    texts += [str(guide.page(found)), str(guide.drawing(found)), found._repr_html_(), repr(found)]
    shown = StringIO()
    Console(file=shown, width=200).print(guide.tree(found))
    texts.append(shown.getvalue())
    if isinstance(guide.model, Accountable):
        texts.append(json.dumps(guide.why_not(user_id, item_id, lang=lang).text))
    return "\n".join(re.sub(r"Thing \w+|\b[abcu]\d+\b", "", text) for text in texts)


@pytest.mark.parametrize("model", ["path", "item-knn", "user-knn"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_fewer_than_five_are_counted_out_nowhere(
    world: tuple[Dataset, object], model: str, lang: str
) -> None:
    dataset, graph = world
    config = PathConfig(training=TrainingConfig(rounds=1, steps=5)) if model == "path" else None
    guide = Guide(dataset, graph, MODELS[model](config).fit(dataset, graph, seed=0))  # type: ignore[arg-type]
    told = {n: counts(everything(guide, n, lang)) for n in range(1, MOST + 1)}
    for n, said in told.items():
        assert not said & {1, 2, 3, 4}, (n, said)
    assert all(n in told[n] for n in (5, 6, 7, 8)), told


def test_a_shop_may_only_ask_for_more() -> None:
    assert speech({"least_people": 10}, "kgrec.toml").least_people == 10
    assert Speech().least_people == 5
    with pytest.raises(BadInput, match="from 5"):
        speech({"least_people": 4}, "kgrec.toml")
