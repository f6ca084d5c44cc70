"""`kgrec doctor`: what is installed, what is missing, what to do; and the same of a shop that is served."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from kgrec import __version__
from kgrec.cli.output import SHOP, print_json

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
@click.argument("shop", type=SHOP, required=False)
@click.option(
    "--format",
    "form",
    default="json",
    show_default=True,
    type=click.Choice(["json", "text"]),
    help="Of what is told of SHOP.",
)
@click.pass_context
def command(context: click.Context, shop: Path | None, form: str) -> None:
    """Say which versions are here, which optional parts are missing, and how to install them.

    With SHOP, look it over instead: its files and their hashes, its database, keys, room and clock, whether or not it
    is being served. Nothing is changed. Exits with 2 if anything is wrong, with 0 for warnings alone.

    Example: kgrec doctor my-shop --format text
    """
    if shop is not None:
        context.exit(_look_over(shop, form))
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


def _look_over(shop: Path, form: str) -> int:
    """Print what was found; the exit code."""
    from kgrec.checkup import checkup, worst
    from kgrec.domain import plain

    findings = checkup(shop)
    if form == "json":
        told = [asdict(one) for one in findings]
        print_json({"shop": str(shop), "state": worst(findings), "checks": told})
    else:
        for one in findings:
            remedy = f"; {one.remedy}" if one.remedy else ""
            click.echo(f"{one.grade:<8}{one.check}: {plain(one.found + remedy)}")
    return 2 if worst(findings) == "error" else 0


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
