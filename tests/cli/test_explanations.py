"""`kgrec evaluate --explanations`: every figure is there, and what cannot be measured is said before training."""

import json
import math

import pytest
from toy import parity_shop

from kgrec import storage

QUICK = ("--set", "training.rounds=1", "--set", "training.steps=5", "--set", "training.batch=32")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shops") / "parity"
    storage.create_workspace(folder, parity_shop(), settings={"format": "csv"})
    return folder


def measure(shop, *words):
    return ("evaluate", shop, "--protocol", "leave-one-out", "--explanations", *words)


def numbers(content):
    """All numbers in a JSON object."""
    if isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from numbers(part)
    elif isinstance(content, float):
        yield content


def test_one_object_holds_every_figure_and_the_folder_table_and_plot(run, shop, tmp_path):
    code, out, _ = run(*measure(shop, *QUICK, "--users", 4, "--gnn-users", 1, "--out", tmp_path / "figures"))
    assert code == 0
    whole = json.loads(out)
    assert {"metrics", "explanations"} <= set(whole)
    assert "explanations" in whole["seconds"]
    found = whole["explanations"]
    assert (found["users"], found["items"]) == (4, 40)
    assert max(found["completeness_error"].values()) <= 1e-5
    assert found["validity"]["share"] == 1.0
    assert found["coverage"]["with_history"]["share"] == 1.0
    names = ["contribution", "random", "popular", "attention", "gnn_explainer", "gnn_explainer_tuned"]
    assert found["explainers"] == [*names, "contribution_same_users"]
    for kind in ("comprehensiveness", "sufficiency"):
        assert set(found[kind]) == set(found["explainers"])
        for figures in found[kind].values():
            assert set(figures) == {"score_auc", "score_bins", "rank_auc", "rank_bins"}
        assert len(found["curves"][kind]["contribution"]["rank"]) == len(found["curves"]["shares"])
    assert found["comprehensiveness"]["gnn_explainer"]["score_auc"]["n_users"] == 1
    against = found["comprehensiveness_of_contribution_against"]["score_bins"]
    assert set(against) == set(names[1:])
    assert against["random"]["ratio"] > 1
    for depth in (1, 3, 5):
        assert {"score_lost", "random_score_lost", "leaves_the_ten"} <= set(
            found["evidence"][f"paths_{depth}"]
        )
        assert {"pn", "ps", "f"} <= set(found["pn_ps"][f"paths_{depth}"])
    assert {"items", "success", "size"} <= set(found["counterfactual"])
    assert {"lir", "sep", "etd"} <= set(found["quality"])
    assert {"top_paths_jaccard", "term_rank_correlation"} <= set(found["stability"]["seed_1"])
    assert "planted" not in found
    assert all(map(math.isfinite, numbers(found)))
    assert "GNNExplainer" in (tmp_path / "figures" / "explanations.md").read_text()
    assert (tmp_path / "figures" / "explanations.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("protocol", "model", "settings"), [("cold-users", "path", QUICK), ("leave-one-out", "item-knn", ())]
)
def test_users_without_history_and_models_without_a_network_have_what_figures_there_are(
    run, shop, protocol, model, settings
):
    words = ("evaluate", shop, "--protocol", protocol, "--explanations", "--model", model, *settings)
    code, out, _ = run(*words, "--users", 3, "--gnn-users", 0, "--seeds-compared", 1)
    found = json.loads(out)["explanations"]
    assert code == 0
    assert ("network" in found["completeness_error"]) == (model == "path")
    assert ("attention" in found["explainers"]) == (model == "path")
    new = protocol == "cold-users"
    assert found["coverage"]["without_history"]["users"] == (3 if new else 0)
    assert (found["quality"]["lir"] is None) == new
    assert found["stability"] == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model", "ease"), "ease cannot give reasons"),
        (("--model", "user-knn"), "user-knn has no terms"),
        (("--seeds", 2), "leave out --seeds"),
        (("--ground-truth", "nowhere.csv"), "nowhere.csv is no file"),
        (("--users", 0), "--users"),
    ],
)
def test_what_cannot_be_measured_is_said_before_anything_is_trained(run, shop, words, said):
    code, out, err = run(*measure(shop, *words))
    assert (code, out) == (2, "")
    assert said in err
    assert "training" not in err


def test_planted_causes_are_of_last_choices(run, shop, tmp_path):
    file = tmp_path / "causes.csv"
    file.write_text("user_id,item_id,reason,evidence\n")
    words = ("evaluate", shop, "--protocol", "cold-items", "--explanations", "--ground-truth", file)
    code, _, err = run(*words)
    assert code == 2
    assert "take leave-one-out" in err


def test_options_of_explanations_alone_are_refused(run, shop):
    code, _, err = run("evaluate", shop, "--protocol", "leave-one-out", "--gnn-users", 3)
    assert code == 2
    assert "--gnn-users is about explanations; add --explanations" in err
