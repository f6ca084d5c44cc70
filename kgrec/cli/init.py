"""`kgrec init`: a shop's data → a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from kgrec.cli.output import SHOP, note, print_json


@click.command()
@click.argument("shop", type=SHOP)
@click.option(
    "--format",
    "format_name",
    required=True,
    help="csv, parquet, rdf, amazon-json, s3rec, pgpr, kgat, recbole or demo.",
)
@click.option("--source", type=click.Path(path_type=Path), help="The folder or file of the data.")
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path),
    help="A table of item attributes; RDF goes with csv and parquet.",
)
@click.option(
    "--preset",
    help="What is sold: products (default), news or courses; says which headers and events are usual.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="A mapping.toml to start from; it may leave columns out.",
)
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
    preset: str | None,
    mapping: Path | None,
    on_invalid: Literal["raise", "drop"],
) -> None:
    """Make a workspace SHOP from a shop's data, and propose what each column becomes in SHOP/mapping.toml.

    Example: kgrec init my-shop --format csv --source exports/
    """
    note(f"reading {source or format_name}")
    from kgrec import pipeline, storage

    workspace = pipeline.init(
        shop, format_name, source, catalogue, on_invalid=on_invalid, mapping=mapping, preset=preset
    )
    dataset = storage.load_tables(workspace)
    print_json(
        {
            "shop": str(shop),
            "users": len(dataset.users),
            "items": len(dataset.items),
            "interactions": len(dataset.interactions),
            "columns": {file: dict(taken) for file, taken in dataset.report.columns.items()},
            "mapping": str(shop / workspace.mapping.name) if workspace.mapping.is_file() else "",
            "dropped": sum(dropped.rows for dropped in dataset.report.dropped),
            "notes": [*map(str, dataset.report.left_out), *dataset.report.notes],
            "next": f"kgrec build {shop}",
        }
    )
