"""why-not, what-if, takes and explain --rather-than on the command line: one JSON object, or one line of error."""

import json

import pytest
from toy import QUICK, graph_of, parity_shop

from kgrec.guide import Guide
from kgrec.models.path import PathModel


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A saved bundle."""
    dataset = parity_shop()
    graph = graph_of(dataset)
    folder = tmp_path_factory.mktemp("bundles") / "parity"
    Guide(dataset, graph, PathModel(QUICK).fit(dataset, graph, seed=0)).save(folder)
    return folder


def told(run, *words):
    code, out, err = run(*words)
    assert code == 0, err
    return json.loads(out)


def test_what_if_prints_both_lists_and_why_each_item_moves(run, shop):
    found = told(run, "what-if", shop, "u3", "--add", "i2", "--add", "i4:view", "--remove", "i19", "-k", 5)
    assert found["asked"]["add"] == [{"item_id": "i2", "event": "buy"}, {"item_id": "i4", "event": "view"}]
    assert found["asked"]["remove"] == ["i19"]
    assert [item["rank"] for item in found["after"]] == [1, 2, 3, 4, 5]
    assert found["moves"] and found["before"] != found["after"]
    for move in found["moves"]:
        total = (
            sum(part["difference"] for part in move["change"]["parts"]) + move["change"]["rest"]["difference"]
        )
        assert total == pytest.approx(move["score_after"] - move["score_before"], abs=1e-5)
        for part in move["change"]["parts"]:
            assert part["after"] - part["before"] == pytest.approx(part["difference"])


def test_what_if_changes_what_items_have(run, shop):
    found = told(
        run, "what-if", shop, "u3", "--set", "i2.has_brand=Odd Ltd", "--set", "i2.has_colour=", "-k", 24
    )
    assert found["asked"]["change"] == {"i2": {"has_brand": "Odd Ltd", "has_colour": ""}}
    assert "i2" in {move["item_id"] for move in found["moves"]}
    assert len(found["notes"]) == 2


def test_why_not_prints_the_gap_part_by_part(run, shop):
    found = told(run, "why-not", shop, "u3", "i2", "-k", 5, "--paths", 1)
    assert found["rank"] > 5 and found["blocked"] is None
    assert found["gap"] == pytest.approx(found["last"]["score"] - found["score"])
    for name in ("by_known", "by_way"):
        assert found[name]["total"] == pytest.approx(found["gap"], abs=1e-5)
    assert len(found["explanation"]["paths"]) == 1


def test_takes_prints_the_things(run, shop):
    added = told(run, "takes", shop, "u3", "i2", "-k", 5)
    assert added["action"] == "add" and added["possible"] and 1 <= len(added["things"]) <= 2
    removed = told(run, "takes", shop, "u3", "i5", "-k", 5, "--lang", "zh")
    assert removed["action"] == "remove" and removed["text"].endswith("。")


def test_explain_rather_than_prints_both_and_the_difference(run, shop):
    found = told(run, "explain", shop, "u3", "i5", "--rather-than", "i2", "--paths", 2)
    assert found["difference"] == pytest.approx(found["item"]["score"] - found["rather_than"]["score"])
    assert found["by_known"]["total"] == pytest.approx(found["difference"], abs=1e-5)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("what-if", "SHOP", "u3"), "something to add, to remove or to change"),
        (("what-if", "SHOP", "u3", "--set", "has_brand"), "ITEM.RELATION=VALUE"),
        (("what-if", "SHOP", "u3", "--set", "i2.has_brand=Evn & Co"), "Even & Co"),
        (("what-if", "SHOP", "u3", "--add", "i2:steal"), "no event named 'steal'"),
        (("what-if", "SHOP", "u3", "--remove", "i2"), "nothing is known"),
        (("why-not", "SHOP", "u3x", "i2"), "did you mean"),
        (("why-not", "SHOP", "u3", "i2", "-k", "0"), "k is 0"),
        (("takes", "SHOP", "u3", "i99"), "no item named 'i99'"),
        (("explain", "SHOP", "u3", "i5", "--rather-than", "i5"), "compared with itself"),
        (("explain", "SHOP", "u3", "i5", "--rather-than", "i2", "--format", "svg"), "JSON"),
        (("explain", "SHOP", "u3", "i5", "--rather-than", "i2", "--out", "why.svg"), "not in svg"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(run, shop, words, hint):
    code, out, err = run(*[shop if word == "SHOP" else word for word in words])
    assert (code, out) == (2, "")
    assert hint in err and err.count("\n") == 1
