"""Who is in which arm: decided by the key, the experiment and the user alone, in the shares that were asked for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgrec.errors import BadInput, UnknownName
from kgrec.live.experiments import Arm, Experiment

KEY = b"k" * 32
NAMES = st.text("abcdefgh-", min_size=1, max_size=8).map(lambda name: f"x{name}")


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    names = sorted(draw(st.lists(NAMES, min_size=2, max_size=5, unique=True)))
    parts = draw(st.lists(st.integers(1, 20), min_size=len(names), max_size=len(names)))
    left_out = draw(st.integers(0, 20))
    total = sum(parts) + left_out
    arms = tuple(Arm(name, part / total) for name, part in zip(names, parts, strict=True))
    return Experiment(draw(NAMES), arms, draw(st.binary(min_size=16, max_size=32)))


@settings(max_examples=30, deadline=None)
@given(experiments(), st.text("abc0123", max_size=5))
def test_arms_get_their_shares_of_any_users(experiment: Experiment, prefix: str) -> None:
    n = 4000
    found = Counter(arm.name for u in range(n) if (arm := experiment.arm_of(f"{prefix}{u}")) is not None)
    for arm in experiment.arms:
        # Six standard deviations: chance alone does that once in five hundred million.
        allowed = 6 * (n * arm.share * (1 - arm.share)) ** 0.5 + 1
        assert abs(found[arm.name] - n * arm.share) <= allowed
    if sum(arm.share for arm in experiment.arms) > 1 - 1e-9:
        assert found.total() == n


@settings(max_examples=50, deadline=None)
@given(experiments(), st.text(max_size=20))
def test_the_same_user_is_in_the_same_arm_wherever_it_is_asked(experiment: Experiment, user_id: str) -> None:
    again = Experiment(experiment.name, tuple(experiment.arms), bytes(experiment.key))
    assert again.arm_of(user_id) == experiment.arm_of(user_id)


def test_experiments_and_shops_are_independent_of_each_other() -> None:
    arms = (Arm("control", 0.5), Arm("other", 0.5))
    users = [f"u{n}" for n in range(2000)]

    def chosen(experiment: Experiment) -> list[bool]:
        return [experiment.arm_of(user) == arms[0] for user in users]

    first = chosen(Experiment("first", arms, KEY))
    for other in (Experiment("second", arms, KEY), Experiment("first", arms, b"q" * 32)):
        same = sum(one == two for one, two in zip(first, chosen(other), strict=True))
        assert 850 < same < 1150


SET_UP = """
[experiment]
name = "more-balance"
[experiment.arms.control]
share = 0.5
[experiment.arms.balanced]
share = 0.25
balance = 0.3
model = "gen-0002"
filter = { seen = false }
"""


def read(folder: Path, text: str) -> Experiment | None:
    file = folder / "kgrec.toml"
    file.write_text(text)
    return Experiment.read(file, KEY)


def test_it_is_set_up_in_kgrec_toml(tmp_path: Path) -> None:
    found = read(tmp_path, SET_UP)
    assert found is not None and found.name == "more-balance"
    balanced, control = found.arms
    assert (balanced.name, balanced.share, balanced.balance, balanced.model, balanced.filter_seen) == (
        "balanced", 0.25, 0.3, "gen-0002", False,
    )  # fmt: skip
    assert (control.name, control.balance, control.model, control.filter_seen) == (
        "control",
        None,
        None,
        None,
    )
    assert KEY.hex() not in repr(found) and repr(KEY) not in repr(found)
    assert read(tmp_path, "") is None


def test_the_order_in_the_file_moves_nobody(tmp_path: Path) -> None:
    head, control, balanced = (
        SET_UP.partition("[experiment.arms.control]")[0],
        *SET_UP.split("[experiment.arms.")[1:],
    )
    turned = read(tmp_path, f"{head}[experiment.arms.{balanced}[experiment.arms.{control}")
    straight = read(tmp_path, SET_UP)
    assert turned == straight


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[experiment]\nname = 'x'", "fewer than two arms"),
        (SET_UP.replace("0.25", "0.75"), "add up to 1.25"),
        (SET_UP.replace("0.25", "0"), "has no share"),
        (SET_UP.replace("0.25", "-0.1"), "share is -0.1"),
        (SET_UP.replace("0.25", "nan"), "share is nan"),
        (SET_UP.replace("0.25", "true"), "share is True"),
        (SET_UP.replace("balance = 0.3", "balance = 2"), "balance is 2"),
        (SET_UP.replace("gen-0002", "../../etc"), "name a generation"),
        (SET_UP.replace("seen = false", "seen = 1"), "filter is"),
        (SET_UP.replace("more-balance", "a: b"), "cannot be one"),
        (SET_UP.replace("arms.control", 'arms."evil\\nline"'), "cannot be one"),
    ],
)
def test_a_mistake_in_it_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadInput) as raised:
        read(tmp_path, text)
    assert told in str(raised.value) and "kgrec.toml" in str(raised.value) and "\n" not in str(raised.value)


def test_a_setting_that_nobody_knows_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="balance"):
        read(tmp_path, SET_UP.replace("balance = 0.3", "balanse = 0.3"))
