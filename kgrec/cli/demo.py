"""`kgrec demo`: the bundled shop, built and trained on first use, then served."""

from __future__ import annotations

from pathlib import Path

import click

from kgrec.cli.output import progress_bars


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("~/.cache/kgrec/demo"),
    show_default=True,
    help="Where the demo shop is kept.",
)
@click.option("--no-serve", is_flag=True, help="Build and train only.")
def command(host: str, port: int, folder: Path, no_serve: bool) -> None:
    """Build, train and serve the bundled demo shop (a simulated one).

    Example: kgrec demo --port 8080
    """
    shop = folder.expanduser()
    prepare(shop)
    if not no_serve:
        from kgrec.cli.serve import serve

        click.echo(f"storefront: http://{host}:{port}/", err=True)
        click.echo(
            f"studio: http://{host}:{port}/studio, with a key from: kgrec key {shop} create --role admin",
            err=True,
        )
        serve(shop, host, port, workers=1)


def prepare(shop: Path) -> None:
    """Do what is not done yet: init, build, train."""
    from kgrec import pipeline, storage

    if not (shop / "kgrec.toml").exists():
        click.echo("reading the demo shop's tables …", err=True)
        pipeline.init(shop, "demo", None)
    workspace = storage.open_workspace(shop)
    with progress_bars() as progress:
        if not (workspace.graphs / "CURRENT").exists():
            click.echo("building its knowledge graph …", err=True)
            pipeline.build(workspace, progress=progress)
        if not (workspace.models / "CURRENT").exists():
            click.echo("training the path model …", err=True)
            pipeline.train(workspace, progress=progress)
