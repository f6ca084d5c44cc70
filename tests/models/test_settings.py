"""Settings by name, as from a command line."""

import pytest

from kgrec.errors import BadInput, UnknownName
from kgrec.models import MODELS, new_model
from kgrec.models.path import FAST, PathConfig
from kgrec.models.settings import configured


def test_a_setting_reaches_into_a_part_and_keeps_the_rest():
    config = configured(PathConfig(), {"training.rounds": "3", "operators.target_damping": 0.5})
    assert (config.training.rounds, config.operators.target_damping) == (3, 0.5)
    assert config.behaviour == PathConfig().behaviour


@pytest.mark.parametrize(
    ("name", "value", "error", "says"),
    [
        ("training.round", 3, UnknownName, "rounds"),
        ("training", 3, BadInput, "training.rounds"),
        ("training.rounds", "three", BadInput, "int"),
        ("training.rounds", 2.5, BadInput, "int"),
        ("training.decay", "inf nite", BadInput, "float"),
        ("training.rounds.more", 1, UnknownName, "training.rounds.more"),
    ],
)
def test_a_wrong_setting_is_named(name, value, error, says):
    with pytest.raises(error, match=says):
        configured(PathConfig(), {name: value})


@pytest.mark.parametrize("name", list(MODELS))
def test_every_setting_worth_searching_exists(name):
    model = MODELS[name]
    for setting, values in model.space.items():
        value = values.low if hasattr(values, "low") else values.values[0]
        assert new_model(name, {setting: value}).name == name


def test_the_fast_settings_exist():
    assert configured(PathConfig(), FAST).training.rounds == 2
