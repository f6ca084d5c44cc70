"""`kgrec serve`: pages and API over HTTP."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from kgrec.cli.output import SHOP


@click.command()
@click.argument("shop", type=SHOP)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
def command(shop: Path, host: str, port: int, workers: int) -> None:
    """Serve the pages and the API of SHOP.

    Example: kgrec serve my-shop --port 8080
    """
    serve(shop, host, port, workers)


def serve(shop: Path, host: str, port: int, workers: int, images: Path | None = None) -> None:
    """Open a guide and serve it until stopped; workers share the memory-mapped operators."""
    from kgrec.errors import BadInput
    from kgrec.guide import open_guide
    from kgrec.resources import web_package

    _refuse_taken_port(host, port, BadInput)
    app = web_package().create_app(open_guide(shop), image_folder=images or _images(shop))
    click.echo(f"serving {shop} on http://{host}:{port} (stop with Ctrl+C)", err=True)
    if sys.platform == "win32":
        from waitress import serve as wait

        wait(app, host=host, port=port)
        return
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            settings: dict[str, Any] = {
                "bind": f"{host}:{port}",
                "workers": workers,
                # Queries of the graph hold twelve at most (two run and four wait, of either kind), events five.
                "threads": 24,
                "preload_app": True,
                "loglevel": "warning",
                "timeout": 60,
            }
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return app

    Server().run()


def _refuse_taken_port(host: str, port: int, error: type[Exception]) -> None:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as reason:
            raise error(
                f"cannot listen on {host}:{port} ({reason.strerror}); choose another --port"
            ) from None


def _images(shop: Path) -> Path | None:
    """The folder that image names of the items table are relative to: where the source was."""
    import tomllib

    from kgrec.resources import demo_folder

    file = shop / "kgrec.toml"
    if not file.is_file():
        return None
    source = tomllib.loads(file.read_text(encoding="utf-8"))["shop"].get("source", "")
    folder = demo_folder() if source == "demo" else Path(source)
    return folder if folder.is_dir() else None
