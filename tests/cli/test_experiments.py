"""evaluate, compare and tune from the command line: what they print, write, refuse, and never look at."""

import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import pandas as pd
import pytest
from toy import graph_of, parity_shop

from kgrec import comparison, experiments, pipeline, storage, tuning
from kgrec.domain import EVENTS, Facts
from kgrec.errors import BadInput, UnknownName
from kgrec.evaluation.splits import split_by
from kgrec.models.path import PathConfig
from kgrec.models.popularity import Popularity
from kgrec.models.settings import Number

QUICK = ("--set", "training.rounds=2", "--set", "training.steps=10", "--set", "training.batch=32")
SETTINGS = {"training.rounds": 2, "training.steps": 10, "training.batch": 32}


@pytest.fixture(scope="module")
def dataset():
    return parity_shop()


@pytest.fixture(scope="module")
def shop(dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shops") / "parity"
    storage.create_workspace(folder, dataset, settings={"format": "csv"})
    return folder


@pytest.fixture(scope="module")
def crawled(dataset):
    """The parity shop where the catalogue knows who bought what else."""
    links = Facts(
        item=np.arange(20),
        relation=np.full(20, "also_bought", dtype=object),
        value=dataset.items.ids[np.arange(20) + 4],
        line=np.arange(20) + 1,
    )
    return replace(dataset, facts=links)


@pytest.mark.parametrize("protocol", ["leave-one-out", "temporal", "cold-items", "cold-users"])
def test_every_protocol_is_one_object_after_its_leak_check(run, shop, protocol):
    code, out, err = run("evaluate", shop, "--protocol", protocol, "--model", "popularity", "--seed", 3)
    found = json.loads(out)
    assert code == 0
    assert (found["protocol"], found["model"], found["seed"], found["selection"]) == (
        *(protocol, "popularity", 3, "validation"),
    )
    assert {"hr@5", "recall@20", "precision@10", "ndcg@10", "mrr@10", "map@10"} <= set(found["metrics"])
    assert {"coverage@10", "novelty@10", "diversity@10", "gini@10", "popularity_lift@10"} <= set(
        found["beyond"]
    )
    assert {"build", "train", "score"} <= set(found["seconds"])
    assert found["leaks"]["test_pairs_chosen_in_train"] == 0
    assert err.index("leak check") < err.index("scoring")


@pytest.mark.parametrize("protocol", ["leave-one-out", "temporal", "cold-items", "cold-users"])
def test_the_path_model_beats_popularity_where_only_the_catalogue_or_the_city_tells(dataset, protocol):
    found = {
        name: experiments.evaluate(dataset, experiments.Evaluation(protocol, name, settings=settings))
        for name, settings in {"path": SETTINGS, "popularity": {}}.items()
    }
    assert found["path"]["metrics"]["mrr@10"] > found["popularity"]["metrics"]["mrr@10"]


def test_several_seeds_give_mean_and_deviation(run, shop):
    words = ("evaluate", shop, "--protocol", "cold-users", "--model", "popularity")
    found = json.loads(run(*words, "--seeds", 3)[1])
    each = [json.loads(run(*words, "--seed", seed)[1])["metrics"]["ndcg@10"] for seed in range(3)]
    assert found["seeds"] == [0, 1, 2]
    assert [one["metrics"]["ndcg@10"] for one in found["runs"]] == each
    assert len(set(each)) > 1
    assert found["metrics"]["ndcg@10"] == pytest.approx(np.mean(each))
    assert found["sd"]["ndcg@10"] == pytest.approx(np.std(each, ddof=1))


def test_relations_can_be_left_out_by_name_or_group(crawled):
    graph = graph_of(crawled)
    assert graph.has_edges("similar_text")
    less = experiments.reduced(graph, ["text", "also_bought"])
    assert set(graph.names(*_kinds(graph))) - set(less.names(*_kinds(graph))) == {
        "similar_text",
        "also_bought",
    }
    assert not experiments.reduced(graph, ["crawled"]).has_edges("also_bought")
    with pytest.raises(UnknownName, match="similar_text"):
        experiments.reduced(graph, ["similar_txt"])
    for absent in ("similar_image", "has_material"):
        with pytest.raises(BadInput, match=absent):
            experiments.reduced(graph, [absent])


def _kinds(graph):
    return {relation.kind for relation in graph.relations}


def test_what_is_left_out_is_left_out_before_training(run, shop):
    words = ("evaluate", shop, "--protocol", "cold-items", *QUICK)
    attributes = ("--without", "has_brand", "--without", "has_colour", "--without", "text")
    whole, bare = (json.loads(run(*words, *more)[1]) for more in ((), attributes))
    assert bare["removed"] == ["has_brand", "has_colour", "text"]
    assert bare["beyond"]["diversity@10"] is None
    assert whole["metrics"]["mrr@10"] > bare["metrics"]["mrr@10"]


def test_events_left_out_are_not_brought_back_when_testing(dataset):
    known = dataset.interactions
    event = np.where(np.arange(len(known)) % 3 == 0, EVENTS.index("view"), known.event)
    mixed = dataset.with_interactions(replace(known, event=event))
    whole = experiments.prepare(mixed, "leave-one-out")
    bare = experiments.prepare(mixed, "leave-one-out", without=["viewed"])
    assert whole.graph_when_tested.has_edges("viewed")
    assert not bare.graph_when_tested.has_edges("viewed")
    bought = [stage.graph_when_tested.edges_of("bought") for stage in (whole, bare)]
    assert len({where.stop - where.start for where in bought}) == 1


def test_the_path_model_is_also_measured_without_crawled_links(crawled):
    wanted = experiments.Evaluation("leave-one-out", settings=SETTINGS)
    found = experiments.evaluate(crawled, wanted)
    assert found["without"]["relations"] == ["also_bought"]
    assert found["without"]["metrics"] != found["metrics"]
    assert found["leaks"]["crawled_links"]["also_bought"] > 0
    assert "without" not in experiments.evaluate(crawled, replace(wanted, without=("crawled",)))


def test_a_model_sees_nothing_of_what_is_tested(dataset, monkeypatch):
    split = split_by("leave-one-out", dataset, 0)
    given = []

    def fit(self, known, graph, *, seed=0, validation=None, progress=None):
        given.append((known, graph, validation))
        return original(self, known, graph, seed=seed)

    original = Popularity.fit
    monkeypatch.setattr(Popularity, "fit", fit)
    held_out = replace(dataset, held_out=split.test)
    experiments.evaluate(held_out, experiments.Evaluation("leave-one-out", "popularity"))
    known, graph, validation = given[0]
    assert known.held_out is None
    assert len(known.interactions) == len(split.train)
    where = graph.edges_of("bought")
    assert where.stop - where.start == len(split.train)
    assert validation.item.tolist() == split.validation.item.tolist()


def test_stars_are_measured_where_people_rate_what_they_have_bought(dataset):
    known = dataset.interactions
    rated = replace(known, event=np.full(len(known), EVENTS.index("rate")), time=known.time + 10**9)
    rated = replace(rated, weight=np.where(known.user % 2 == known.item % 2, 5, 1).astype(np.float32))
    names = ("user", "item", "event", "weight", "time", "line")
    both = {name: np.concatenate([getattr(known, name), getattr(rated, name)]) for name in names}
    bought_then_rated = dataset.with_interactions(replace(known, **both))
    stars = {"objective": "ratings", "epochs": 1}
    wanted = experiments.Evaluation("cold-users", "deep", settings=stars)
    found = experiments.evaluate(bought_then_rated, wanted)["metrics"]
    assert 0 <= found["mae"] <= found["rmse"] <= 4
    clicks = experiments.evaluate(bought_then_rated, replace(wanted, settings={"epochs": 1}))["metrics"]
    assert not {"mae", "rmse"} & set(clicks)


def test_compare_orders_models_and_writes_table_plot_and_users(run, shop, tmp_path):
    out = tmp_path / "figures"
    settings = [word.replace("training", "path.training") for word in QUICK]
    code, text, err = run(
        "compare", shop, "--protocol", "leave-one-out", "--models", "popularity,path", *settings, "--out", out
    )
    found = json.loads(text)
    assert code == 0
    assert err.startswith("graph") or err.startswith("leak check")
    assert [row["model"] for row in found["models"]] == ["path", "popularity"]
    assert (found["against"], found["metric"]) == ("path", "ndcg@10")
    best, floor = found["models"]
    assert best["p_value"] is None
    assert 0 <= floor["p_value"] < 0.001
    for row in found["models"]:
        for name, (low, high) in row["intervals"].items():
            assert low - 1e-9 <= row["metrics"][name] <= high + 1e-9
    table = (out / "table.md").read_text()
    assert table.index("| path |") < table.index("| popularity |")
    assert f"{best['metrics']['ndcg@10']:.4f}" in table
    users = pd.read_csv(out / "per_user.csv.gz")
    assert len(users) == 120
    assert users.groupby("model")["ndcg@10"].mean()["path"] == pytest.approx(
        best["metrics"]["ndcg@10"], rel=1e-5
    )
    assert (out / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_a_comparison_that_was_stopped_goes_on_where_it_was(dataset, monkeypatch, tmp_path):
    def stopped(stage, model, **rest):
        if model == "item-knn":
            raise KeyboardInterrupt
        return experiments.run(stage, model, **rest)

    wanted = comparison.Comparison("leave-one-out", ["popularity", "item-knn"], out=tmp_path)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(comparison, "run", stopped)
        comparison.compare(dataset, wanted)
    done = []

    def counted(stage, model, **rest):
        done.append(model)
        return experiments.run(stage, model, **rest)

    monkeypatch.setattr(comparison, "run", counted)
    went_on = comparison.compare(dataset, wanted)
    assert done == ["item-knn"]
    anew = comparison.compare(dataset, replace(wanted, out=None))
    assert [row | {"seconds": 0} for row in went_on["models"]] == [
        row | {"seconds": 0} for row in anew["models"]
    ]
    done.clear()
    comparison.compare(dataset, replace(wanted, seed=1))
    comparison.compare(dataset, replace(wanted, settings={"item-knn": {"neighbours": 3}}))
    assert done == ["popularity", "item-knn", "item-knn"], "another seed or setting is another run"
    (first, *_) = (tmp_path / "runs").iterdir()
    first.write_bytes(b"half a file")
    with pytest.raises(BadInput, match="cannot be read .* take it away"):
        comparison.compare(dataset, replace(wanted, seed=1))
        comparison.compare(dataset, wanted)
        comparison.compare(dataset, replace(wanted, settings={"item-knn": {"neighbours": 3}}))


def one_choice_of_another_item(dataset, part):
    """The shop where the first choice of a part is of an item that its user has not chosen."""
    known = dataset.interactions
    row = np.flatnonzero((known.user == part.user[0]) & (known.item == part.item[0]))
    item = known.item.copy()
    item[row] = np.setdiff1d(np.arange(24), known.item[known.user == part.user[0]])[-1]
    return dataset.with_interactions(replace(known, item=item))


def test_a_comparison_does_not_go_on_with_figures_of_another_test_part(dataset, tmp_path):
    wanted = comparison.Comparison("leave-one-out", ["popularity", "item-knn"], out=tmp_path)
    comparison.compare(dataset, wanted)
    other = one_choice_of_another_item(dataset, split_by("leave-one-out", dataset, 0).test)
    went_on, anew = (comparison.compare(other, replace(wanted, out=out)) for out in (tmp_path, None))
    for one, same in zip(went_on["models"], anew["models"], strict=True):
        assert (one["model"], one["metrics"]) == (same["model"], same["metrics"])


def test_a_table_of_a_test_part_that_was_trained_on_says_so(dataset, tmp_path):
    overlapping = replace(dataset, held_out=dataset.interactions.select(np.arange(40)))
    said = []
    wanted = comparison.Comparison("given-split", ["popularity"], out=tmp_path / "wrong")
    found = comparison.compare(overlapping, wanted, say=said.append)
    assert found["leaks"]["test_pairs_chosen_in_train"] == 40
    assert said[0].startswith("leak check: NOT CLEAN")
    assert "leak check is not clean" in (tmp_path / "wrong" / "table.md").read_text(encoding="utf-8")
    right = replace(wanted, protocol="temporal", out=tmp_path / "right")
    comparison.compare(dataset, right, say=said.append)
    assert "leak check is not clean" not in (tmp_path / "right" / "table.md").read_text(encoding="utf-8")


def test_compare_builds_one_graph_for_all_and_may_be_told_the_reference(dataset, monkeypatch):
    built = []

    def counted(*arguments):
        built.append(1)
        return pipeline.knowledge_graph(*arguments)

    monkeypatch.setattr(experiments, "knowledge_graph", counted)
    wanted = comparison.Comparison(
        "leave-one-out", ["popularity", "path"], settings={"path": SETTINGS}, against="popularity"
    )
    found = comparison.compare(dataset, wanted)
    assert built == [1]
    assert {row["model"]: row["p_value"] is None for row in found["models"]} == {
        "path": False,
        "popularity": True,
    }
    single = experiments.evaluate(dataset, experiments.Evaluation("leave-one-out", settings=SETTINGS))
    assert found["models"][0]["metrics"] == single["metrics"]


def test_compare_says_what_each_relation_is_worth(run, shop):
    settings = [word.replace("training", "path.training") for word in QUICK]
    words = ("compare", shop, "--protocol", "cold-items", "--models", "path", *settings)
    code, text, _ = run(*words, "--ablate", "has_brand", "--ablate", "catalogue", "--ablate", "has_brand")
    found = json.loads(text)
    assert code == 0
    assert found["against"] == "path"
    ndcg = {row["model"]: row["metrics"]["ndcg@10"] for row in found["models"]}
    assert set(ndcg) == {"path", "path −has_brand", "path −catalogue"}
    assert ndcg["path −catalogue"] < ndcg["path"] - 0.05  # nothing else tells new items apart
    code, _, err = run(*words, "--ablate", "has_brnd")
    assert code == 2
    assert "has_brand" in err


def test_each_stands_for_every_relation_but_events_and_for_the_groups(dataset):
    graph = graph_of(dataset)
    less = experiments.ablations(graph, ["each"])
    assert [name for name in less if graph.has_edges(name)] == [
        relation.name
        for relation in graph.relations
        if relation.kind != "event" and graph.has_edges(relation.name)
    ]
    assert [name for name in less if name not in graph.names(*_kinds(graph))] == [
        "catalogue",
        "behaviour",
        "all",
    ]
    for name, one in less.items():
        assert not one.has_edges(name)
    assert set(less["all"].names(*_kinds(graph))) == {"bought", "in_segment", "often_chooses"}
    assert experiments.ablations(graph, []) == {}


def test_a_path_model_without_any_relation_between_items_knows_what_is_popular_where(dataset):
    stage = experiments.prepare(dataset, "leave-one-out", without=["all"])
    found = experiments.run(stage, "path", settings=SETTINGS)
    assert found.metrics["ndcg@10"] > 0.1


def test_tune_goes_on_where_it_stopped_and_prints_flags(run, shop):
    words = ("tune", shop, "--protocol", "leave-one-out", *QUICK, "--trials", 2)
    code, out, _ = run(*words)
    first = json.loads(out)
    assert code == 0
    assert (first["trials"], first["selection"], first["failed"]) == (2, "validation", [])
    assert first["study"] == str(shop / "tuning.db")
    again = json.loads(run(*words)[1])
    assert again["trials"] == 4
    assert again["best"]["value"] >= first["best"]["value"]
    flags = again["flags"].split()
    assert "training.rounds=2" in flags
    assert run("evaluate", shop, "--protocol", "leave-one-out", *flags)[0] == 0
    with closing(sqlite3.connect(shop / "tuning.db")) as file:
        rows = file.execute("select param_name, param_value from trial_params").fetchall()
    decays = [value for name, value in rows if name == "training.decay"]
    assert PathConfig().training.decay in decays  # the model's own settings are tried first
    assert len(set(decays)) == 4  # and going on tries new ones


def test_tuning_does_not_depend_on_the_test_part(dataset, tmp_path):
    known = dataset.interactions
    test = split_by("leave-one-out", dataset, 0).test
    item = known.item.copy()
    for user, tested in zip(test.user, test.item, strict=True):
        mine = known.user == user
        item[mine & (known.item == tested)] = np.setdiff1d(np.arange(24), known.item[mine])[-1]
    other = dataset.with_interactions(replace(known, item=item))
    assert (split_by("leave-one-out", other, 0).test.item != test.item).all()
    found = [
        tuning.tune(shop, tuning.Search("leave-one-out", "path", tmp_path / f"{n}.db", 2, settings=SETTINGS))[
            "best"
        ]
        for n, shop in enumerate((dataset, other))
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("protocol", ["given-split", "cold-items", "cold-users"])
def test_every_protocol_can_be_tuned(dataset, tmp_path, protocol):
    held = replace(dataset, held_out=dataset.interactions.select(np.arange(5)))
    wanted = tuning.Search(protocol, "path", tmp_path / "t.db", 1, settings=SETTINGS)
    assert tuning.tune(held, wanted)["best"]["value"] > 0.2


@dataclass(frozen=True)
class Width:
    width: float = 0.5


class Shaky(Popularity):
    """Every other one gives scores that are no numbers."""

    config_type = Width
    space = {"width": Number(0, 1)}
    made = count()

    def score(self, graph, user_rows):
        return super().score(graph, user_rows) * (np.nan if self.bad else 1)

    def __init__(self, config=None):
        super().__init__()
        self.bad = next(self.made) % 2 == 1


def test_trials_that_cannot_be_scored_are_counted_and_do_not_end_the_search(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(tuning, "model_named", lambda name: Shaky)
    monkeypatch.setattr(tuning, "new_model", lambda name, settings: Shaky())
    found = tuning.tune(dataset, tuning.Search("leave-one-out", "shaky", tmp_path / "t.db", 4))
    assert found["trials"] == 2
    assert len(found["failed"]) == 2
    assert "not finite" in found["failed"][0]


def test_trials_of_other_data_are_not_mixed(dataset, tmp_path):
    wanted = tuning.Search("leave-one-out", "path", tmp_path / "t.db", 1, settings=SETTINGS)
    tuning.tune(dataset, wanted)
    with pytest.raises(BadInput, match="other data"):
        tuning.tune(parity_shop(users=40), wanted)
    other = one_choice_of_another_item(dataset, split_by("leave-one-out", dataset, 0).validation)
    with pytest.raises(BadInput, match="other data"):
        tuning.tune(other, wanted)


def test_the_settings_of_the_model_are_tried_again_where_their_trial_was_stopped(
    dataset, tmp_path, monkeypatch
):
    wanted = tuning.Search("leave-one-out", "content-text", tmp_path / "t.db", 1)

    def stopped(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(tuning, "_judged", stopped)
        tuning.tune(dataset, wanted)
    tried = [tuning.tune(dataset, wanted)["best"], tuning.tune(dataset, replace(wanted, trials=2))]
    assert tried[0]["settings"] == {"decay": 1.0}
    with closing(sqlite3.connect(tmp_path / "t.db")) as file:
        rows = file.execute("select param_value from trial_params where param_name = 'decay'").fetchall()
    values = [value for (value,) in rows]
    assert len(values) == 4
    assert len(set(values[1:])) == 3, "once they are judged, they are not tried again"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("evaluate", "--protocol", "leave-one-outt"), "did you mean leave-one-out"),
        (("evaluate", "--protocol", "given-split"), "test part"),
        (("evaluate", "--protocol", "temporal", "--model", "popularty"), "popularity"),
        (("evaluate", "--protocol", "temporal", "--without", "has_brant"), "has_brand"),
        (("evaluate", "--protocol", "temporal", "--without", "crawled"), "no crawled relations"),
        (("evaluate", "--protocol", "temporal", "--seeds", "2", "--dump", "x.tsv.gz"), "--seeds"),
        (("evaluate", "--protocol", "temporal", "--dump", "nowhere/x.tsv.gz"), "nowhere"),
        (("compare", "--protocol", "temporal", "--models", "popularity", "--out", "/dev/null/x"), "--out"),
        (("compare", "--protocol", "temporal", "--models", "path,popularty"), "did you mean popularity"),
        (("compare", "--protocol", "temporal", "--models", ","), "--models"),
        (("compare", "--protocol", "temporal", "--models", "path,path"), "twice"),
        (("compare", "--protocol", "temporal", "--models", "path", "--metric", "ndcg@7"), "ndcg@5"),
        (("compare", "--protocol", "temporal", "--models", "path", "--against", "popularity"), "path"),
        (("compare", "--protocol", "temporal", "--models", "path", "--set", "steps=3"), "path.steps"),
        (("tune", "--protocol", "temporal", "--model", "popularity"), "nothing left to tune"),
        (("tune", "--protocol", "temporal", "--study", "nowhere/t.db"), "nowhere"),
        (("tune", "--protocol", "temporal", "--set", "depth=3"), "depth"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(run, shop, words, hint):
    code, out, err = run(words[0], shop, *words[1:])
    assert (code, out) == (2, "")
    assert hint in err.splitlines()[-1]


def test_a_study_that_is_no_database_is_named(run, shop, tmp_path):
    file = tmp_path / "notes.db"
    file.write_text("these are not the trials you are looking for, " * 100)
    code, out, err = run("tune", shop, "--protocol", "leave-one-out", "--study", file)
    assert (code, out) == (2, "")
    assert "notes.db" in err.splitlines()[-1]


def test_missing_optional_parts_are_named_before_anything_is_trained(run, shop, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for words in (
        ("tune", shop, "--protocol", "temporal"),
        ("compare", shop, "--protocol", "temporal", "--models", "popularity", "--out", tmp_path / "out"),
    ):
        code, out, err = run(*words)
        assert (code, out) == (2, "")
        assert "pip install 'kgrec[bench]'" in err
        assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()
