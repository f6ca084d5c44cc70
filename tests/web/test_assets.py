"""Islands: tags where they are built, nothing where they are not, small, and nothing from anywhere else."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from kgrec.errors import BadBundle, UnknownName
from web import assets
from web.assets import FOLDER, Island, read_islands

WEB = FOLDER.parent.parent
FIRST = 10_000  # bytes of compressed JavaScript that a page of the storefront loads at once
ALL = 30_000  # bytes that any page loads at once

MANIFEST = {
    "islands/why.js": {"file": "why-1.js", "name": "why", "isEntry": True, "imports": ["_shared.js"]},
    "islands/chart.js": {
        "file": "chart-1.js", "name": "chart", "isEntry": True, "css": ["chart-1.css"], "imports": ["_deep.js"],
    },
    "islands/explorer.js": {"file": "explorer-1.js", "name": "explorer", "isDynamicEntry": True},
    "_shared.js": {"file": "shared-1.js", "name": "shared"},
    "_deep.js": {"file": "deep-1.js", "name": "deep", "imports": ["_shared.js"], "css": ["deep-1.css"]},
}  # fmt: skip


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    return tmp_path


@pytest.fixture
def pages(app: Flask, monkeypatch: pytest.MonkeyPatch, manifest: Path) -> Iterator[Flask]:
    """The application in a request, with the islands of `manifest`."""
    monkeypatch.setattr(assets, "_built", lambda: read_islands(manifest))
    with app.test_request_context("/"):
        yield app


@pytest.fixture
def built() -> Mapping[str, Island]:
    islands = read_islands(FOLDER)
    if islands is None:
        pytest.skip("the islands are not built here; make assets builds them")
    return islands


def test_an_island_is_its_entry_with_all_that_it_cannot_start_without(manifest: Path) -> None:
    assert read_islands(manifest) == {
        "why": Island("why-1.js", ("shared-1.js",), ()),
        "chart": Island("chart-1.js", ("deep-1.js", "shared-1.js"), ("deep-1.css", "chart-1.css")),
    }


def test_tags_carry_the_nonce_of_the_answer_and_stand_on_a_page_once(pages: Flask) -> None:
    tags = str(assets.island("why"))
    assert tags.splitlines() == [
        f'<link rel="modulepreload" nonce="{g.csp_nonce}" href="/static/dist/shared-1.js">',
        f'<script type="module" nonce="{g.csp_nonce}" src="/static/dist/why-1.js"></script>',
    ]
    assert g.csp_nonce and assets.island("why") == ""
    assert '<link rel="stylesheet" href="/static/dist/chart-1.css">' in assets.island("chart")


def test_an_island_that_nobody_built_is_told_by_name(pages: Flask) -> None:
    with pytest.raises(UnknownName, match="no island named 'charts'; did you mean chart"):
        assets.island("charts")


def test_pages_are_whole_where_nothing_is_built(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert read_islands(tmp_path) is None
    monkeypatch.setattr(assets, "_built", lambda: None)
    answer = client.get("/item/script/why")
    assert answer.status_code == 200 and 'type="module"' not in answer.text


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": {"isEntry": true}}', '{"a": 1}'])
def test_a_damaged_manifest_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadBundle, match="make assets"):
        read_islands(tmp_path)


def weight(files: tuple[str, ...]) -> int:
    return sum(len(gzip.compress((FOLDER / file).read_bytes())) for file in files)


def test_what_a_page_loads_at_first_is_small(built: Mapping[str, Island]) -> None:
    of = {name: weight((island.script, *island.imports)) for name, island in built.items()}
    assert of["why"] + of["graph"] <= FIRST
    assert sum(of.values()) <= ALL


def test_no_built_file_loads_anything_from_elsewhere(built: Mapping[str, Island]) -> None:
    files = [file for file in FOLDER.iterdir() if file.suffix in {".js", ".css"}]
    assert len(files) > len(built)
    for file in files:
        code = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.S)
        hosts = set(re.findall(r"(?:https?:)?//([\w.-]+\.\w{2,})", code)) - {"www.w3.org"}
        assert not hosts, (file.name, hosts)
        assert "eval(" not in code.replace(".eval(", ""), file.name


def test_licences_of_what_is_inside_are_told(built: Mapping[str, Island]) -> None:
    told = (FOLDER / "licences.txt").read_text(encoding="utf-8")
    for package in json.loads((WEB / "package.json").read_text(encoding="utf-8"))["dependencies"]:
        assert re.search(rf"^{package} [\d.]+ \(MIT\)$", told, re.M), package
    assert "Permission is hereby granted" in told


def test_the_lockfile_names_digests_and_no_place_to_fetch_from() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: about for name, about in lock["packages"].items() if name}
    assert packages
    for name, about in packages.items():
        assert "resolved" not in about, name
        assert about["integrity"].startswith("sha512-"), name
