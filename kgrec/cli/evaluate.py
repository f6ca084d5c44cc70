"""`kgrec evaluate`: the figures of a model under a protocol, and of its explanations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kgrec.cli.output import MODEL_NAMES, SETTINGS, SHOP, print_json, progress_bars

if TYPE_CHECKING:
    from kgrec.domain import Dataset
    from kgrec.experiments import Evaluation

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
@click.option("--explanations", is_flag=True, help="Measure how faithful the reasons are, too.")
@click.option(
    "--users", type=click.IntRange(1), help="Test users whose reasons are looked at.  [default: 200]"
)
@click.option(
    "--seeds-compared",
    type=click.IntRange(1, 100),
    help="Models whose reasons are compared, of seeds from --seed on; 1 for none.  [default: 2]",
)
@click.option(
    "--gnn-users",
    type=click.IntRange(0),
    help="Of those users, for how many GNNExplainer is asked: a training for every item.  [default: 20]",
)
@click.option(
    "--ground-truth",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Planted causes of last choices; the demo shop brings its own.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder for explanations.md and explanations.png.",
)
def command(
    shop: Path,
    protocol: str,
    model_name: str,
    settings: dict[str, str],
    seed: int,
    seeds: int | None,
    without: tuple[str, ...],
    dump: Path | None,
    explanations: bool,
    **suite: Any,
) -> None:
    """Split the data of SHOP, train on the train part alone, rank the test part once in the full catalogue.

    With --explanations the ten best items of some test users are looked at, too: whether reasons add up, how much of
    a score goes with them, against other explainers, and whether they name what is known to be the cause.

    Example: kgrec evaluate my-shop --protocol leave-one-out --dump best.tsv.gz
    """
    asked = {name: value for name, value in suite.items() if value is not None}
    if asked and not explanations:
        option = "--" + next(iter(asked)).replace("_", "-")
        raise click.UsageError(f"{option} is about explanations; add --explanations")
    if explanations and seeds is not None:
        raise click.UsageError(
            "--explanations looks at one model; leave out --seeds, or see --seeds-compared"
        )
    from kgrec import experiments, storage

    workspace = storage.open_workspace(shop)
    dataset = storage.load_tables(workspace)
    wanted = experiments.Evaluation(protocol, model_name, seed, dump, settings, without)
    with progress_bars() as progress:
        watched: dict[str, Any] = {"say": say, "progress": progress}
        if explanations:
            result = _explained(dataset, wanted, asked, workspace.bundled, watched)
        elif seeds is None:
            result = experiments.evaluate(dataset, wanted, **watched)
        else:
            result = experiments.evaluate_seeds(dataset, wanted, seeds, **watched)
    print_json(result)


def _explained(
    dataset: Dataset, wanted: Evaluation, asked: dict[str, Any], bundled: bool, watched: dict[str, Any]
) -> dict[str, Any]:
    """The evaluation with the figures of its explanations."""
    from kgrec.explanations import Suite, evaluate
    from kgrec.resources import demo_folder

    if bundled and wanted.protocol == "leave-one-out":
        asked.setdefault("ground_truth", demo_folder() / "ground_truth.csv.gz")
    return evaluate(dataset, wanted, Suite(**asked), **watched)


def say(text: str) -> None:
    """A line on standard error, always."""
    click.echo(text, err=True)
