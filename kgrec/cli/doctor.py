"""`kgrec doctor`: what is installed, what is missing, what to do."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import click

from kgrec import __version__
from kgrec.cli.output import print_json

NEEDED = (
    *("click", "flask", "networkx", "numpy", "pandas", "pyarrow", "pydantic", "pyoxigraph", "pyshacl"),
    *("rdflib", "rich", "safetensors", "scikit-learn", "scipy", "sqlalchemy", "torch", "torch-geometric"),
    "zstandard",
)
OPTIONAL = {
    "gunicorn": "kgrec serve with several workers",
    "polars": "Polars frames as input",
    "psycopg": "an event log in PostgreSQL",
    "implicit": "the model als",
    "optuna": "kgrec tune",
    "matplotlib": "the plot of kgrec compare",
}


@click.command()
def command() -> None:
    """Say which versions are here, which optional parts are missing, and how to install them.

    Example: kgrec doctor
    """
    from kgrec.graph.sandbox.walls import can_wall
    from kgrec.models import MODELS
    from kgrec.resources import demo_folder, ontology_folder

    missing = [name for name in NEEDED if _version(name) is None]
    folders = {"ontology": ontology_folder(), "demo shop": demo_folder()}
    print_json(
        {
            "kgrec": __version__,
            "python": platform.python_version(),
            "packages": {name: _version(name) for name in NEEDED},
            "optional": {name: _version(name) or f"missing: {use}" for name, use in OPTIONAL.items()},
            "models": list(MODELS),
            "sparql": "walled off, as docs/sparql.md tells"
            if can_wall()
            else "own queries over HTTP are off: this system has no seccomp that is known here",
            "folders": {name: path.is_dir() for name, path in folders.items()},
            "install": f"pip install {' '.join(missing)}" if missing else "nothing is missing",
        }
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
