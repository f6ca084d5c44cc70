"""Baselines as measured by the harness beside figures that others published, or that other libraries give.

`deep`, `gru`, `ease`, `user-knn` and the content models have no such figure for these data in full rankings; their
formulas are held against other libraries in the tests beside this one. Others with settings of their own are in
benchmarks/baselines.py.
"""

import json
from pathlib import Path

import pytest

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


def measured(row):
    """The metrics of a kept run, or a skip where there is none."""
    file = RESULTS / f"{row}.0.json"
    if not file.exists():
        pytest.skip(f"{row} is not measured yet; run benchmarks/accuracy.py DATA --only {row}")
    return json.loads(file.read_text(encoding="utf-8"))["metrics"]


def assert_near(found, reference):
    for name, value in reference.items():
        assert found[name] == pytest.approx(value, rel=0.05), name


@pytest.mark.parametrize(
    ("row", "reference"),
    [
        # ALS of the library implicit, 64 factors, on the PGPR split of Amazon Beauty.
        ("paths-als", {"ndcg@10": 0.0400, "hr@10": 0.107}),
        # Item neighbours in the logs beside KUCNet, on the KGAT split of Amazon Book.
        ("book-item-knn", {"recall@20": 0.1644, "ndcg@20": 0.0972}),
        # RP3beta of an independent script on the same split.
        ("book-rp3beta", {"recall@20": 0.1683, "ndcg@20": 0.0979}),
    ],
)
def test_a_baseline_ranks_as_well_as_elsewhere(row, reference):
    assert_near(measured(row), reference)


def test_sasrec_with_full_cross_entropy_ranks_as_well_as_elsewhere():
    """The figures on Amazon Beauty, leave-one-out, in the logs of MTandHJ/CE-SCE-LLMRec."""
    told = json.loads((RESULTS / "training-time.json").read_text(encoding="utf-8"))
    (sasrec,) = [model for model in told["models"] if model["model"] == "sasrec"]
    assert_near(sasrec["test"], {"hr@10": 0.0986, "ndcg@10": 0.0590})
