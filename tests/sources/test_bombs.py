"""Small files that unpack to very large ones, or never end, are refused before they fill the memory."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path as FilePath

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from kgrec import sources
from kgrec.errors import BadInput, KgrecError
from kgrec.sources import files
from kgrec.sources.parquet import read_table

HEAD = b"user_id,item_id,datetime\n"
ROW = b"ana,rose,2024-01-01\n"


def packed(ending: str, parts: list[bytes]) -> bytes:
    if ending == "gz":
        return gzip.compress(b"".join(parts), 9)
    return zstandard.compress(b"".join(parts), 19)


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_one_endless_line_is_no_table(tmp_path: FilePath, ending: str) -> None:
    file = tmp_path / f"interactions.csv.{ending}"
    file.write_bytes(packed(ending, [HEAD, b"x" * 40_000_000]))
    assert file.stat().st_size < 100_000
    with pytest.raises(BadInput, match="line 2: longer than 16,777,216 bytes"):
        sources.read("csv", file)


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_more_than_a_file_may_hold_is_refused_on_the_way(
    tmp_path: FilePath, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 2_000_000)
    file = tmp_path / f"interactions.csv.{ending}"
    file.write_bytes(packed(ending, [HEAD, ROW * 1_000_000]))
    assert file.stat().st_size < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(BadInput, match="holds more than 2,000,000 bytes unpacked"):
            list(files.lines(file))
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_an_archive_of_an_archive_is_no_text(tmp_path: FilePath) -> None:
    file = tmp_path / "interactions.csv.gz"
    file.write_bytes(gzip.compress(gzip.compress(HEAD + ROW * 1000)))
    with pytest.raises(BadInput, match="is not UTF-8"):
        sources.read("csv", file)


def dictionary(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))


BOMBS: dict[str, Callable[[], pa.Table]] = {
    "a long text in every row": lambda: pa.table(
        {"user_id": dictionary("x" * 5_000_000, 100_000), "item_id": ["a"] * 100_000}
    ),
    "a short text in very many rows": lambda: pa.table(
        {"user_id": dictionary("x" * 3000, 2_000_000), "item_id": dictionary("y", 2_000_000)}
    ),
    "in a list": lambda: pa.table(
        {
            "user_id": ["a"] * 50_000,
            "tags": pa.ListArray.from_arrays(
                pa.array(range(50_001), pa.int32()), dictionary("x" * 500_000, 50_000)
            ),
        }
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_texts_that_a_parquet_file_holds_once_are_counted_as_often_as_they_occur(
    tmp_path: FilePath, name: str
) -> None:
    file = tmp_path / "interactions.parquet"
    pq.write_table(BOMBS[name](), file, compression="zstd")
    assert file.stat().st_size < 1_000_000
    before = pa.total_allocated_bytes()
    with pytest.raises(BadInput, match="holds more than 4,294,967,296 bytes unpacked"):
        read_table(file)
    assert pa.total_allocated_bytes() - before < 100_000_000


def test_a_parquet_file_is_read_as_it_was_whatever_its_columns_are(tmp_path: FilePath) -> None:
    table = pa.table(
        {
            "user_id": dictionary("ana", 3),
            "item_id": ["玫瑰", None, ""],
            "n": [1, None, 3],
            "raw": pa.array([b"a", None, b"c"]),
            "tags": pa.array([["x", "y"], [], None]),
            "big": pa.array(["a", "b", "a"], pa.large_string()),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    frame = read_table(tmp_path / "t.parquet").frame
    assert list(frame["user_id"]) == ["ana"] * 3 and list(frame["big"]) == ["a", "b", "a"]
    assert frame["item_id"].iloc[0] == "玫瑰" and frame["item_id"].isna().tolist() == [False, True, False]
    assert [cell if cell is None else list(cell) for cell in frame["tags"]] == [["x", "y"], [], None]
    assert frame["n"].tolist() == [1, None, 3]


ENTITIES = (
    b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c SYSTEM "file:///etc/passwd">]>\n'
)
RDF = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'


@pytest.mark.parametrize(
    "start", [ENTITIES, b"<!doctype a>", b"\xef\xbb\xbf<!DOCTYPE a>", b"<!-- x --> <!DOCTYPE a>"]
)
def test_a_catalogue_with_entities_of_its_own_is_refused_before_it_is_parsed(
    tmp_path: FilePath, start: bytes
) -> None:
    interactions = tmp_path / "interactions.csv"
    interactions.write_bytes(HEAD + ROW)
    catalogue = tmp_path / "catalogue.rdf"
    catalogue.write_bytes(start + RDF)
    with pytest.raises(KgrecError, match="DOCTYPE|ENTITY") as told:
        sources.read("csv", interactions, catalogue)
    assert "root:" not in str(told.value)


def test_json_of_any_depth_is_one_line(tmp_path: FilePath) -> None:
    file = tmp_path / "deep.json"
    file.write_bytes(b"[" * 1_000_000)
    with pytest.raises(BadInput, match="too deep"):
        files.read_json(file)
