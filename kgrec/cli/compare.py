"""`kgrec compare`: models side by side under a protocol."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.evaluate import PROTOCOL, SEED, WITHOUT, say
from kgrec.cli.output import SETTINGS, SHOP, print_json, progress_bars


@click.command()
@click.argument("shop", type=SHOP)
@PROTOCOL
@click.option("--models", required=True, metavar="A,B,…", help="Models by name; `kgrec doctor` lists them.")
@SETTINGS
@SEED
@click.option("--metric", default="ndcg@10", show_default=True, help="What models are ordered and tested by.")
@click.option(
    "--against",
    metavar="MODEL",
    help="What the others are tested against; otherwise the best, or with --ablate the first.",
)
@WITHOUT
@click.option(
    "--ablate",
    multiple=True,
    metavar="RELATION",
    help="Run every model once more without it; each stands for all relations, one at a time. May be repeated.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder for table.md, plot.png and per_user.csv.gz.",
)
def command(
    shop: Path,
    protocol: str,
    models: str,
    settings: dict[str, str],
    seed: int,
    metric: str,
    against: str | None,
    without: tuple[str, ...],
    ablate: tuple[str, ...],
    out: Path | None,
) -> None:
    """Measure MODELS on one split and one graph of SHOP: 95 % intervals over users, corrected Wilcoxon tests.

    A setting names its model first: --set path.training.rounds=3.

    What each relation is worth: --models path --ablate each.

    Example: kgrec compare my-shop --protocol leave-one-out --models path,popularity --out figures
    """
    from kgrec import comparison, storage

    names = [name.strip() for name in models.split(",") if name.strip()]
    dataset = storage.load_tables(storage.open_workspace(shop))
    wanted = comparison.Comparison(
        protocol, names, seed, metric, against, _by_model(settings, names), without, ablate, out
    )
    with progress_bars() as progress:
        result = comparison.compare(dataset, wanted, say=say, progress=progress)
    print_json(result)


def _by_model(settings: dict[str, str], models: list[str]) -> dict[str, dict[str, str]]:
    """{"path.training.rounds": "3"} → {"path": {"training.rounds": "3"}}."""
    found: dict[str, dict[str, str]] = {}
    for name, value in settings.items():
        model, dot, setting = name.partition(".")
        if not dot or model not in models:
            raise click.BadParameter(
                f"--set {name}: name the model first, one of {', '.join(models)}, as in {models[0]}.{name}"
            )
        found.setdefault(model, {})[setting] = value
    return found
