"""A fitted path model as plain files, and what these have to be before anything is computed with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from kgrec.domain import EVENTS, FloatArray
from kgrec.errors import BadBundle, KgrecError
from kgrec.models.path.behaviour import BehaviourConfig
from kgrec.models.path.compiled import Compiled
from kgrec.models.path.config import PathConfig, TrainingConfig
from kgrec.models.path.metapath import Leg
from kgrec.models.path.operators import DEGREE_CLASSES, OperatorConfig
from kgrec.models.soundness import demand_finite, demand_rows, demand_shapes
from kgrec.models.timeline import POSITIONS

ARRAYS = ("start", "item", "metapath", "weight", "gate", "prior")


@dataclass(frozen=True, eq=False)
class Saved:
    """All that is kept of a fitted model."""

    config: PathConfig
    history: list[dict[str, float]]
    weights: dict[str, FloatArray]  # the network's parameters by name
    compiled: Compiled  # in one layer


def write(saved: Saved, folder: FilePath) -> None:
    """Weights as safetensors, operators as npy files that can be memory-mapped, settings as JSON."""
    save_file(saved.weights, folder / "weights.safetensors")
    for name in ARRAYS:
        np.save(folder / f"{name}.npy", getattr(saved.compiled, name), allow_pickle=False)
    described = {
        "config": asdict(saved.config),
        "legs": [[[leg.relation, leg.form] for leg in legs] for legs in saved.compiled.legs],
        "history": saved.history,
    }
    (folder / "model.json").write_text(json.dumps(described, indent=1), encoding="utf-8")


def read(folder: FilePath, n_items: int) -> Saved:
    """What `write` wrote of a model of so many items; BadBundle if it is not sound."""
    try:
        described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        config = PathConfig(
            BehaviourConfig(**described["config"]["behaviour"]),
            OperatorConfig(**described["config"]["operators"]),
            TrainingConfig(**described["config"]["training"]),
        )
        legs = tuple(tuple(Leg(name, form) for name, form in path) for path in described["legs"])
        history = described["history"]
        arrays = {
            # A view that is no memmap: slicing one costs ten times as much.
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
            for name in ARRAYS
        }
        weights = load_file(folder / "weights.safetensors")
        _demand_sound(weights, arrays, len(legs))
    except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError, KgrecError) as error:
        raise BadBundle(f"{folder}: the model cannot be read ({error}); train it again") from None
    if weights["source"].shape[0] != len(arrays["start"]) - 1 or arrays["prior"].shape[1:] != (n_items,):
        raise BadBundle(f"{folder}: the model does not fit the graph beside it; train it again")
    return Saved(config, history, weights, Compiled(legs=legs, **arrays))


def _demand_sound(
    weights: Mapping[str, FloatArray], arrays: Mapping[str, npt.NDArray[Any]], n_metapaths: int
) -> None:
    """ValueError unless what was saved are the parts of one model."""
    m, positions, events = n_metapaths // 2 + 1, POSITIONS, len(EVENTS)
    n_sources, n_items = len(arrays["start"]) - 1, arrays["prior"].shape[-1]
    demand_shapes(
        weights,
        {
            "position": (m, positions),
            "event": (m, events),
            "degree": (m, DEGREE_CLASSES),
            "source": (n_sources, m),
            "unseen": (m - 1, positions),
            "item": (n_items,),
            "prior": (2,),
        },
    )
    demand_finite({**weights, **arrays})
    tables = {"gate": (n_metapaths, positions, events), "prior": (2, n_items)}
    demand_shapes({name: arrays[name] for name in tables}, tables)
    columns = {name: arrays[name] for name in ("item", "metapath", "weight")}
    demand_rows(arrays["start"], columns, {"item": n_items, "metapath": n_metapaths})
