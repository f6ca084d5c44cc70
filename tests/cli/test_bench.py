"""`kgrec bench`: figures of a shop, which stays as it is."""

from __future__ import annotations

import json
from pathlib import Path


def test_a_shop_is_measured_and_left_as_it_is(run, parity_workspace: Path) -> None:
    shop = parity_workspace
    before = {str(path.relative_to(shop)) for path in shop.rglob("*")}
    code, out, _ = run("bench", shop, "--seconds", 0.4, "--users", 5)
    told = json.loads(out)
    assert code == 0 and told["asked_for"] == {"k": 10, "paths": 3, "users": 5, "seed": 0}
    for question in ("recommend", "explain", "explain_with_receipts", "update"):
        found = told[question]
        assert 0 < found["p50_ms"] <= found["p99_ms"] and found["asked"] > 0
    assert {str(path.relative_to(shop)) for path in shop.rglob("*")} == before
