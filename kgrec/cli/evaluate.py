"""`kgrec evaluate`: the figures of a model under a protocol."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import MODEL_NAMES, SETTINGS, SHOP, print_json, progress_bars


@click.command()
@click.argument("shop", type=SHOP)
@click.option("--protocol", required=True, help="leave-one-out or given-split.")
@click.option("--model", "model_name", default="path", show_default=True, help=MODEL_NAMES)
@SETTINGS
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31 - 1))
@click.option("--dump", type=click.Path(path_type=Path, dir_okay=False), help="FILE.tsv.gz of the 20 best.")
def command(
    shop: Path, protocol: str, model_name: str, settings: dict[str, str], seed: int, dump: Path | None
) -> None:
    """Split the data of SHOP, train on the train part alone, rank the test part once in the full catalogue.

    Example: kgrec evaluate my-shop --protocol leave-one-out --dump best.tsv.gz
    """
    from kgrec import pipeline, storage

    dataset = storage.load_tables(storage.open_workspace(shop))
    wanted = pipeline.Evaluation(protocol, model_name, seed, dump, settings)
    with progress_bars() as progress:
        result = pipeline.evaluate(dataset, wanted, progress=progress)
    print_json(result)
