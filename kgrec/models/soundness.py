"""What a saved model's arrays have to be before anything is computed with them.

A manifest's hashes tell of damage; whoever writes a bundle on purpose writes its hashes too. Rows that point nowhere
would have compiled code read memory that is not theirs, and a weight that is no number would win every list or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def demand_finite(arrays: Mapping[str, Array]) -> None:
    """ValueError names an array that holds anything but numbers, or one that is not finite."""
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub":
            raise ValueError(f"{name} holds no numbers")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"{name} holds a number that is not finite")


def demand_shapes(arrays: Mapping[str, Array], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """ValueError unless there are these arrays and no others, each of its shape."""
    if arrays.keys() != shapes.keys():
        raise ValueError(f"{', '.join(sorted(arrays.keys() ^ shapes.keys()))} missing, or not known")
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} is of shape {arrays[name].shape}, not {shape}")


def demand_rows(start: Array, columns: Mapping[str, Array], bounds: Mapping[str, int]) -> None:
    """ValueError unless start[s] : start[s + 1] are the entries of s in each column, and places in some in bounds."""
    n = len(next(iter(columns.values())))
    if start.ndim != 1 or start.dtype.kind != "i" or len(start) == 0 or start[0] != 0 or start[-1] != n:
        raise ValueError("start does not tell where the entries of each source are")
    if (np.diff(start) < 0).any():
        raise ValueError("start goes back")
    for name, column in columns.items():
        if column.shape != (n,):
            raise ValueError(f"{name} is of shape {column.shape}, not {(n,)}")
    for name, bound in bounds.items():
        demand_places(name, columns[name], bound)


def demand_places(name: str, array: Array, bound: int, *, least: int = 0) -> None:
    """ValueError unless all are whole numbers from `least` to before a bound."""
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} holds no whole numbers")
    if len(array) and (int(array.min()) < least or int(array.max()) >= bound):
        raise ValueError(f"{name} points to something that is not there")
