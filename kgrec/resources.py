"""What is at hand: folders that travel with the package (in a checkout beside it, in a wheel inside), and plotting."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path as FilePath
from types import ModuleType

from kgrec.errors import NotReady

_PACKAGE = FilePath(__file__).resolve().parent


def _folder(name: str) -> FilePath:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def ontology_folder() -> FilePath:
    """The folder with kgrec.ttl, shapes.ttl, schema-org.toml, mappings/ and queries/."""
    return _folder("ontology")


def demo_folder() -> FilePath:
    """The folder of the bundled demo shop's tables."""
    return _folder("data") / "demo"


def web_package() -> ModuleType:
    """The package of pages and API: `kgrec.web` in a wheel, `web` in a checkout."""
    return import_module("kgrec.web" if (_PACKAGE / "web").is_dir() else "web")


def check_plotting() -> None:
    """NotReady where matplotlib is missing: better before the work than after it."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise NotReady("plots need matplotlib; install it with: pip install 'kgrec[bench]'") from None
