"""`kgrec init`: a shop's data → a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from kgrec.cli.output import SHOP, note, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.option(
    "--format", "format_name", required=True, help="csv, parquet, s3rec, pgpr, kgat, recbole or demo."
)
@click.option("--source", type=click.Path(path_type=Path), help="The folder or file of the data.")
@click.option("--catalogue", type=click.Path(path_type=Path), help="A table of item attributes.")
@click.option(
    "--on-invalid",
    type=click.Choice(["raise", "drop"]),
    default="raise",
    show_default=True,
    help="Stop at a bad row, or leave it out and count it.",
)
def command(
    shop: Path,
    format_name: str,
    source: Path | None,
    catalogue: Path | None,
    on_invalid: Literal["raise", "drop"],
) -> None:
    """Make a workspace SHOP from a shop's data.

    Example: kgrec init my-shop --format csv --source exports/
    """
    note(f"reading {source or format_name}")
    from kgrec import pipeline, storage

    workspace = pipeline.init(shop, format_name, source, catalogue, on_invalid=on_invalid)
    dataset = storage.load_tables(workspace)
    print_json(
        {
            "shop": str(shop),
            "users": len(dataset.users),
            "items": len(dataset.items),
            "interactions": len(dataset.interactions),
            "columns": {file: dict(taken) for file, taken in dataset.report.columns.items()},
            "dropped": sum(dropped.rows for dropped in dataset.report.dropped),
            "notes": list(dataset.report.notes),
            "next": f"kgrec build {shop}",
        }
    )
