"""`kgrec rules`: what holds, whether a file is right, a list with and without it; and rules in a shop that is open."""

import json
import shutil

import pytest
from toy import parity_shop

from kgrec import pipeline, storage
from kgrec.guide import Guide
from kgrec.serving import open_guide

RULES = """
[[rule]]
name = "Ten years"
do = "pin"
items = ["i7"]
place = 1
until = 2026-06-30

[[rule]]
name = "Odd with even"
do = "complement"
of = { brand = "even & co" }
offer = { brand = "Odd Ltd", colour = "red" }
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shops") / "parity"
    workspace = storage.create_workspace(folder, parity_shop(), settings={})
    pipeline.build(workspace)
    pipeline.train(workspace, model_name="item-knn")
    return folder


@pytest.fixture
def shop(trained, tmp_path):
    folder = shutil.copytree(trained, tmp_path / "shop", symlinks=True)
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    return folder


def told(run, *words):
    code, out, err = run(*words)
    assert code == 0, err
    return json.loads(out)


def mistake(run, *words):
    code, out, err = run(*words)
    assert code == 2 and not out and err.count("\n") == 1, err
    return err


def test_each_rule_is_listed_with_whether_it_holds_and_how_many_items_it_is_about(run, shop):
    pin, offer = told(run, "rules", shop, "--today", "2026-06-30")["rules"]
    assert (pin["name"], pin["do"], pin["today"], pin["items"], pin["place"]) == (
        "Ten years",
        "pin",
        True,
        1,
        1,
    )
    assert (offer["of"], offer["items"], offer["factor"]) == (12, 4, 1.0)
    assert told(run, "rules", shop, "--today", "2026-07-01")["rules"][0]["today"] is False


def test_a_preview_shows_the_list_with_the_rules_and_without(run, shop):
    found = told(run, "rules", shop, "--preview", "u0", "-k", 3, "--today", "2026-01-01")["preview"]
    assert found["with"][0]["item_id"] == "i7"
    assert found["with"][0]["rules"][0]["name"] == "Ten years"
    assert [one["item_id"] for one in found["with"][1:]] == [one["item_id"] for one in found["without"][:2]]
    assert all("rules" not in one for one in found["without"])


def test_a_file_is_checked_before_it_is_put_in_place(run, shop, tmp_path):
    new = tmp_path / "new.toml"
    new.write_text(RULES.replace("i7", "i99"), encoding="utf-8")
    assert "new.toml: rule 'Ten years': no item named 'i99'" in mistake(run, "rules", shop, "--check", new)
    new.write_text(RULES.replace("colour", "color"), encoding="utf-8")
    assert "did you mean colour" in mistake(run, "rules", shop, "--check", new)
    new.write_text('[[rule]]\nname = "X"\ndo = "exclude"\ncolour = "blue"\n', encoding="utf-8")
    assert told(run, "rules", shop, "--check", new)["rules"][0]["items"] == 8
    assert len(told(run, "rules", shop)["rules"]) == 2
    assert "is no file" in mistake(run, "rules", shop, "--check", tmp_path / "none.toml")


def test_a_shop_answers_by_its_rules_as_they_stand_and_by_the_last_good_ones(run, shop):
    (shop / "rules.toml").write_text(RULES.replace("2026-06-30", "2999-12-31"), encoding="utf-8")
    guide = open_guide(shop)
    assert guide.recommend_for("u0", k=1)[0].item_id == "i7"
    assert guide.ready()["rules"] == "ready"
    told_why = guide.explain("u0", "i3", paths=20)
    assert any(path.metapath.endswith("complemented_by") for path in told_why.paths)
    total = (
        told_why.prior + sum(path.contribution for path in told_why.paths) + told_why.remainder.contribution
    )
    assert total == pytest.approx(told_why.score, rel=1e-5)
    (shop / "rules.toml").write_text("[[rule", encoding="utf-8")
    assert guide.recommend_for("u0", k=1)[0].item_id == "i7"
    assert guide.ready()["rules"].startswith("rules.toml: is no TOML")
    (shop / "rules.toml").unlink()
    assert guide.recommend_for("u0", k=1)[0].item_id != "i7"
    (shop / "rules.toml").write_text("[[rule", encoding="utf-8")
    assert "rules.toml: is no TOML" in mistake(run, "rules", shop)
    assert guide.recommend_for("u0", k=3)  # without rules, as there are no good ones


def test_a_bundle_has_neither_rules_nor_wishes_and_says_so(run, trained, tmp_path):
    guide: Guide = open_guide(trained)
    guide.save(tmp_path / "bundle")
    assert "saved bundle, which has no rules" in mistake(run, "rules", tmp_path / "bundle")
    steered = ("steer", tmp_path / "bundle", "u0", "--never", "i3")
    assert "saved bundle, which keeps no wishes" in mistake(run, *steered)
    assert "no user named 'nobody'" in mistake(run, "rules", trained, "--preview", "nobody")
