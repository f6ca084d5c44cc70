"""`kgrec evaluate`: the figures of a model under a protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kgrec.cli.output import MODEL_NAMES, SETTINGS, SHOP, print_json, progress_bars

PROTOCOL = click.option(
    "--protocol", required=True, help="leave-one-out, given-split, temporal, cold-items or cold-users."
)
SEED = click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31 - 1))
WITHOUT = click.option(
    "--without",
    multiple=True,
    metavar="RELATION",
    help="Leave a relation out of the graph, or text, crawled, catalogue, behaviour, all. May be repeated.",
)


@click.command()
@click.argument("shop", type=SHOP)
@PROTOCOL
@click.option("--model", "model_name", default="path", show_default=True, help=MODEL_NAMES)
@SETTINGS
@SEED
@click.option(
    "--seeds", type=click.IntRange(1, 1000), help="Mean and deviation over so many seeds, from --seed on."
)
@WITHOUT
@click.option("--dump", type=click.Path(path_type=Path, dir_okay=False), help="FILE.tsv.gz of the 20 best.")
def command(
    shop: Path,
    protocol: str,
    model_name: str,
    settings: dict[str, str],
    seed: int,
    seeds: int | None,
    without: tuple[str, ...],
    dump: Path | None,
) -> None:
    """Split the data of SHOP, train on the train part alone, rank the test part once in the full catalogue.

    Example: kgrec evaluate my-shop --protocol leave-one-out --dump best.tsv.gz
    """
    from kgrec import experiments, storage

    dataset = storage.load_tables(storage.open_workspace(shop))
    wanted = experiments.Evaluation(protocol, model_name, seed, dump, settings, without)
    with progress_bars() as progress:
        watched: dict[str, Any] = {"say": say, "progress": progress}
        if seeds is None:
            result = experiments.evaluate(dataset, wanted, **watched)
        else:
            result = experiments.evaluate_seeds(dataset, wanted, seeds, **watched)
    print_json(result)


def say(text: str) -> None:
    """A line on standard error, always."""
    click.echo(text, err=True)
