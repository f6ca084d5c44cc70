"""`kgrec audit` names the item that made-up accounts push, and them, and nothing in an honest shop."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from kgrec import storage
from kgrec.domain import Dataset
from tests.evaluation.test_shilling import honest_shop


def shop_of(folder: Path, pushed: int) -> Path:
    known = honest_shop(0)
    random = np.random.default_rng(0)
    start = 1_700_000_000
    rows = [
        (f"u{user}", f"i{item}", start + int(time))
        for user, item, time in zip(known.user, known.item, known.time, strict=True)
    ]
    last = start + int(known.time.max())
    for account in range(pushed):
        for item in (*random.integers(0, 50, 3), 55):
            rows.append((f"=made_up{account}", f"i{item}", last - int(random.integers(0, 40_000))))
    users, items, times = zip(*rows, strict=True)
    frame = pd.DataFrame({"user_id": users, "item_id": items, "datetime": times}).drop_duplicates()
    return storage.create_workspace(folder, Dataset.from_frames(frame), settings={}).folder


def test_the_pushed_item_is_named_first_and_the_accounts_when_asked(run, tmp_path: Path) -> None:
    shop = shop_of(tmp_path / "shop", pushed=12)
    code, out, _ = run("audit", shop)
    found = json.loads(out)["suspects"]
    assert code == 0 and found[0]["item_id"] == "i55" and "users" not in found[0]
    assert found[0]["doubtful"] >= 12 and found[0]["began_together"] >= 8 and found[0]["chance"] < 1e-6
    named = json.loads(run("audit", shop, "--users")[1])["suspects"][0]["users"]
    assert {f"=made_up{n}" for n in range(12)} <= set(named)


def test_an_honest_shop_has_no_suspects(run, tmp_path: Path) -> None:
    code, out, _ = run("audit", shop_of(tmp_path / "shop", pushed=0), "--days", "0")
    assert code == 0 and json.loads(out) == {"days": 0, "clock": "seconds", "suspects": []}


def test_a_folder_that_is_no_shop_is_one_line(run, tmp_path: Path) -> None:
    code, _, err = run("audit", tmp_path)
    assert code == 2 and "kgrec init" in err and err.count("\n") == 1
