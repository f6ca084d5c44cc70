"""`kgrec tune`: the settings of a model that rank best on the validation part."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.evaluate import PROTOCOL, SEED, WITHOUT
from kgrec.cli.output import MODEL_NAMES, SETTINGS, SHOP, print_json, progress_bars


@click.command()
@click.argument("shop", type=SHOP)
@PROTOCOL
@click.option("--model", "model_name", default="path", show_default=True, help=MODEL_NAMES)
@SETTINGS
@click.option(
    "--trials", default=20, show_default=True, type=click.IntRange(1, 100_000), help="How many more."
)
@click.option(
    "--study",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The SQLite file of trials; tuning.db in the workspace otherwise. A later call goes on with it.",
)
@SEED
@WITHOUT
def command(
    shop: Path,
    protocol: str,
    model_name: str,
    settings: dict[str, str],
    trials: int,
    study: Path | None,
    seed: int,
    without: tuple[str, ...],
) -> None:
    """Try settings of a model on SHOP by NDCG@10 on the validation part; the test part is never looked at.

    What is fixed by --set is not searched.

    Example: kgrec tune my-shop --protocol leave-one-out --model path --trials 10
    """
    from kgrec import storage, tuning

    workspace = storage.open_workspace(shop)
    file = study or workspace.folder / "tuning.db"
    wanted = tuning.Search(protocol, model_name, file, trials, seed, settings, without)
    with progress_bars() as progress:
        result = tuning.tune(storage.load_tables(workspace), wanted, progress=progress)
    print_json(result)
