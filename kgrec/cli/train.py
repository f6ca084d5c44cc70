"""`kgrec train`: a workspace's graph → a model."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import MODEL_NAMES, SETTINGS, SHOP, print_json, progress_bars


@click.command()
@click.argument("shop", type=SHOP)
@click.option("--model", "model_name", default="path", show_default=True, help=MODEL_NAMES)
@SETTINGS
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31 - 1))
@click.option("--fast", "quick", is_flag=True, help="A third of the rounds, for a first look.")
def command(shop: Path, model_name: str, settings: dict[str, str], seed: int, quick: bool) -> None:
    """Train a model on the graph of SHOP.

    Example: kgrec train my-shop --seed 1
    """
    from kgrec import pipeline, storage

    with progress_bars() as progress:
        result = pipeline.train(
            storage.open_workspace(shop),
            model_name=model_name,
            settings=settings,
            seed=seed,
            quick=quick,
            progress=progress,
        )
    print_json(result)
