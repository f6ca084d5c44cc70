"""A bundle from a stranger: damage is told by its hashes, and whoever writes the hashes too gets no further."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.numpy import load_file, save_file

import kgrec
from kgrec.errors import BadBundle, KgrecError, UnknownName
from kgrec.generations import write_manifest
from kgrec.guide import Guide
from kgrec.models import MODELS


@pytest.fixture(scope="module")
def saved(parity_guide: Guide, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "bundle"
    parity_guide.save(folder)
    return folder


@pytest.fixture
def bundle(saved: Path, tmp_path: Path) -> Path:
    shutil.copytree(saved, tmp_path / "bundle")
    return tmp_path / "bundle"


def hashed_again(bundle: Path, **changes: Any) -> None:
    """The manifest that whoever made these files would have written."""
    told = json.loads((bundle / "manifest.json").read_text())
    files = told.pop("files")
    write_manifest(bundle, {**told, **changes})
    assert json.loads((bundle / "manifest.json").read_text())["files"].keys() >= files.keys() - {"gone"}


def test_one_bit_of_any_file_is_noticed(bundle: Path, saved: Path) -> None:
    files = [path for path in bundle.rglob("*") if path.is_file() and path.name != "manifest.json"]
    assert len(files) > 20
    random = np.random.default_rng(0)
    for file in files:
        content = bytearray(file.read_bytes())
        content[int(random.integers(len(content)))] ^= 1 << int(random.integers(8))
        file.write_bytes(bytes(content))
        with pytest.raises(BadBundle, match=f"{file.name} was changed after it was saved"):
            kgrec.open(bundle)
        shutil.copy(saved / file.relative_to(bundle), file)
    kgrec.open(bundle)


@pytest.mark.parametrize("name", ["extra.py", "model/weights.pkl", "tables/.hidden", "arrays/sub/x.npy"])
def test_a_file_too_many_is_noticed(bundle: Path, name: str) -> None:
    (bundle / name).parent.mkdir(exist_ok=True)
    (bundle / name).write_bytes(b"boom")
    with pytest.raises(BadBundle, match="does not belong there"):
        kgrec.open(bundle)


@pytest.mark.parametrize("name", ["../outside.npy", "/etc/passwd", "model/../../outside.npy"])
def test_a_manifest_cannot_name_what_is_outside(bundle: Path, name: str) -> None:
    (bundle.parent / "outside.npy").write_bytes(b"")
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"][name] = "0" * 64
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadBundle, match="is missing"):
        kgrec.open(bundle)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cannot be read"),
        (b"[]", "cannot be read"),
        (b'{"kgrec": "x", "files": {}}', "cannot be read"),
        (b'{"kgrec": 99, "files": {}}', "newer kgrec"),
        (b'{"kgrec": 2, "files": ["a"]}', "cannot be read"),
        (b'{"kgrec": 2, "files": {"model/weight.npy": 5}}', "missing|belong|changed"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"kgrec": 1e999, "files": {}}', "cannot be read"),
        (b"\xff\xfe{}", "cannot be read"),
    ],
)
def test_a_manifest_that_is_none_is_one_line(bundle: Path, content: bytes, told: str) -> None:
    (bundle / "manifest.json").write_bytes(content)
    with pytest.raises(BadBundle, match=told):
        kgrec.open(bundle)


@pytest.mark.parametrize(
    "model", ["../../etc/passwd", "os:system", "", "path.__class__", "kgrec.models.path"]
)
def test_a_model_is_chosen_from_a_list_and_never_imported_by_name(bundle: Path, model: str) -> None:
    hashed_again(bundle, model=model)
    with pytest.raises(UnknownName, match="no model named"):
        kgrec.open(bundle)


def test_a_pickle_that_calls_itself_safetensors_is_not_unpickled(bundle: Path, tmp_path: Path) -> None:
    class Boom:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
            return os.mkdir, (str(tmp_path / "boom"),)

    torch.save({"source": torch.zeros(3), "boom": Boom()}, bundle / "model" / "weights.safetensors")
    hashed_again(bundle)
    with pytest.raises(BadBundle, match="the model cannot be read"):
        kgrec.open(bundle)
    assert not (tmp_path / "boom").exists()


def test_an_array_of_objects_is_not_unpickled(bundle: Path) -> None:
    np.save(bundle / "model" / "weight.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    hashed_again(bundle)
    with pytest.raises(BadBundle, match="the model cannot be read"):
        kgrec.open(bundle)
    np.save(bundle / "arrays" / "head.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    hashed_again(bundle)
    with pytest.raises(BadBundle, match="cannot be read as a graph"):
        kgrec.open(bundle)


def changed(change: Callable[[np.ndarray], Any]) -> Callable[[Path], None]:
    """A change of what an array file holds."""

    def write(file: Path) -> None:
        array = np.load(file)
        result = change(array)
        np.save(file, array if result is None else result)

    return write


def put(value: Any, place: int = 0) -> Callable[[Path], None]:
    def change(array: np.ndarray) -> None:
        array.flat[place] = value

    return changed(change)


WRONG_MODEL: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "a weight that is no number": ("weight", put(np.nan), "weight holds a number that is not finite"),
    "a weight without end": ("weight", put(np.inf, -1), "not finite"),
    "a prior that is no number": ("prior", put(np.nan), "prior holds a number that is not finite"),
    "a gate without end": ("gate", put(-np.inf), "gate holds a number that is not finite"),
    "an item that is not there": ("item", put(10**6), "item points to something that is not there"),
    "an item before the first": ("item", put(-1), "item points to something that is not there"),
    "a metapath that is not there": ("metapath", put(65_535), "metapath points to something that is not"),
    "a start that goes back": ("start", put(10**6, 1), "start goes back"),
    "a start before the first": ("start", put(-5), "where the entries of each source are"),
    "an end beyond the last": ("start", put(10**9, -1), "where the entries of each source are"),
    "an entry too few": ("weight", changed(lambda array: array[:-1]), "weight is of shape|where the entries"),
    "an item of the prior too many": ("prior", changed(lambda a: np.pad(a, ((0, 0), (0, 1)))), "shape"),
    "a row of the prior too many": ("prior", changed(lambda a: np.vstack([a, a])), "prior is of shape"),
    "gates of another shape": ("gate", changed(lambda array: array[:, :-1]), "gate is of shape"),
    "texts for numbers": ("weight", changed(lambda array: array.astype("U8")), "holds no numbers"),
    "fractions for rows": ("item", changed(lambda array: array.astype(float)), "holds no whole numbers"),
    "a table for a row": ("item", changed(lambda array: array[None]), "shape|where the"),
}


@pytest.mark.parametrize("name", WRONG_MODEL)
def test_numbers_that_no_training_made_are_refused(bundle: Path, name: str) -> None:
    file, write, told = WRONG_MODEL[name]
    write(bundle / "model" / f"{file}.npy")
    hashed_again(bundle)
    with pytest.raises(BadBundle, match=told):
        kgrec.open(bundle)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda state: state["source"].fill(np.nan), "source holds a number that is not finite"),
        (lambda state: state.update(item=state["item"][:-1]), "item is of shape"),
        (lambda state: state.pop("degree"), "degree missing"),
        (lambda state: state.update(more=np.zeros(1, np.float32)), "more missing, or not known"),
    ],
)
def test_weights_of_another_network_are_refused(bundle: Path, change: Callable[..., Any], told: str) -> None:
    file = bundle / "model" / "weights.safetensors"
    state = {name: array.copy() for name, array in load_file(file).items()}
    change(state)
    save_file(state, file)
    hashed_again(bundle)
    with pytest.raises(BadBundle, match=told):
        kgrec.open(bundle)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (b"\xff" * 8, "cannot be read"),  # a header of 2^64 bytes
        ((10**9).to_bytes(8, "little") + b"{}", "cannot be read"),
        ((2).to_bytes(8, "little") + b"{}", "missing"),
        (b"", "cannot be read"),
    ],
)
def test_a_header_that_lies_about_itself_is_refused(bundle: Path, header: bytes, told: str) -> None:
    (bundle / "model" / "weights.safetensors").write_bytes(header)
    hashed_again(bundle)
    with pytest.raises(BadBundle, match=told):
        kgrec.open(bundle)


@pytest.mark.parametrize(
    ("file", "write", "told"),
    [
        ("head", put(10**7), "head points to something that is not there"),
        ("tail", put(-1), "tail points to something that is not there"),
        ("relation", put(999, -1), "relation points to something"),
        ("relation", changed(lambda array: array[::-1].copy()), "not sorted by relation"),
        ("weight", put(np.nan), "a weight is no number"),
        ("weight", put(-1.0), "a weight is no number, or below 0"),
        ("source", put(77), "source points to something"),
        ("items", put(-3), "items points to something"),
        ("users", changed(lambda array: array[:-1]), "do not fit together"),
    ],
)
def test_a_graph_that_points_nowhere_is_refused(
    bundle: Path, file: str, write: Callable[[Path], None], told: str
) -> None:
    write(bundle / "arrays" / f"{file}.npy")
    hashed_again(bundle)
    with pytest.raises(BadBundle, match=told):
        kgrec.open(bundle)


@pytest.mark.parametrize("content", ["[" * 100_000, "{}", '{"legs": [[["a"]]], "config": {}}', "\x00"])
def test_a_description_that_is_none_is_refused(bundle: Path, content: str) -> None:
    (bundle / "model" / "model.json").write_text(content)
    hashed_again(bundle)
    with pytest.raises(BadBundle, match="the model cannot be read"):
        kgrec.open(bundle)


def test_a_description_that_lacks_something_is_refused(bundle: Path) -> None:
    file = bundle / "model" / "model.json"
    described = json.loads(file.read_text())
    for name in described:
        file.write_text(json.dumps({key: value for key, value in described.items() if key != name}))
        hashed_again(bundle)
        with pytest.raises(BadBundle, match=f"the model cannot be read .*{name}"):
            kgrec.open(bundle)


def test_settings_that_make_no_sense_are_refused(bundle: Path) -> None:
    file = bundle / "model" / "model.json"
    described = json.loads(file.read_text())
    for trust in ({"hasty": 9}, {"more": 1}, [1], {"hasty": "x"}):
        described["config"]["behaviour"]["trust"] = trust
        file.write_text(json.dumps(described))
        hashed_again(bundle)
        with pytest.raises(KgrecError):
            kgrec.open(bundle)


@pytest.mark.parametrize(
    ("model", "file", "write"),
    [
        ("item-knn", "column", put(10**6)),
        ("item-knn", "column", put(-1)),
        ("item-knn", "start", put(10**6, 1)),
        ("item-knn", "weight", put(np.nan)),
        ("content-attributes", "column", put(10**6)),
        ("content-attributes", "attribute", put(-1)),
        ("ease", "weights", put(np.inf)),
        ("ease", "weights", changed(lambda array: array[:-1])),
    ],
)
def test_numbers_that_no_other_model_learned_are_refused_too(
    parity_guide: Guide, tmp_path: Path, model: str, file: str, write: Callable[[Path], None]
) -> None:
    """Compiled code would read memory that is not theirs."""
    fitted = MODELS[model]().fit(parity_guide.dataset, parity_guide.graph)
    fitted.save(tmp_path)
    MODELS[model].load(tmp_path, parity_guide.graph)
    write(tmp_path / f"{file}.npy")
    with pytest.raises(BadBundle, match="the model is not sound"):
        MODELS[model].load(tmp_path, parity_guide.graph)


@pytest.mark.parametrize(
    ("table", "column", "value", "told"),
    [
        ("interactions", "user", 10**9, "the user of a row is not there"),
        ("interactions", "item", -1, "the item of a row is not there"),
        ("interactions", "event", 6, "the event of a row is not there"),
        ("interactions", "weight", np.nan, "a weight of an interaction is no number above 0"),
        ("interactions", "weight", -1.0, "a weight of an interaction is no number above 0"),
        ("facts", "item", 10**9, "the item of a fact of a row is not there"),
    ],
)
def test_tables_that_point_nowhere_are_refused(
    bundle: Path, table: str, column: str, value: float, told: str
) -> None:
    file = bundle / "tables" / f"{table}.parquet"
    content = pq.read_table(file)
    array = content[column].to_numpy().copy()
    array[0] = value
    place = content.column_names.index(column)
    pq.write_table(content.set_column(place, column, pa.array(array)), file)
    hashed_again(bundle)
    with pytest.raises(BadBundle, match=told):
        kgrec.open(bundle)


@pytest.mark.parametrize(
    "content", ["[" * 100_000, "{}", '{"version": 1, "clocks": {"interactions": "moon"}}']
)
def test_a_report_that_is_none_is_refused(bundle: Path, content: str) -> None:
    (bundle / "tables" / "report.json").write_text(content)
    hashed_again(bundle)
    with pytest.raises(BadBundle):
        kgrec.open(bundle)
