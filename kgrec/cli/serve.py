"""`kgrec serve`: pages and API over HTTP."""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from logging.config import dictConfig
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import click

from kgrec.cli.output import SHOP

if TYPE_CHECKING:
    from kgrec.errors import NotReady
    from kgrec.guide import Guide
    from kgrec.live.storefront import Storefront
    from kgrec.live.watch import Watch
    from kgrec.serving import Served

M_ARENA_MAX = -8  # of malloc.h


@click.command()
@click.argument("shop", type=SHOP)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--log",
    "form",
    default="text",
    show_default=True,
    type=click.Choice(["json", "text"]),
    help="How each request and each error is written to standard error.",
)
@click.option(
    "--log-level",
    "level",
    default="info",
    show_default=True,
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="info: each request; warning: those that were refused or failed.",
)
def command(shop: Path, host: str, port: int, workers: int, form: str, level: str) -> None:
    """Serve the pages and the API of SHOP.

    Example: kgrec serve my-shop --port 8080
    """
    serve(shop, host, port, workers, form=form, level=level)


def serve(
    shop: Path,
    host: str,
    port: int,
    workers: int,
    images: Path | None = None,
    *,
    form: str = "text",
    level: str = "warning",
) -> None:
    """Open a guide and serve it until stopped; workers share the memory-mapped operators."""
    with _numbers_of_workers():
        _serve(shop, host, port, workers, images, form=form, level=level)


def _serve(
    shop: Path, host: str, port: int, workers: int, images: Path | None, *, form: str, level: str
) -> None:
    from kgrec.errors import BadInput
    from kgrec.live.access import Access
    from kgrec.resources import web_package
    from kgrec.serving import Served, open_shop

    _refuse_taken_port(host, port, BadInput)
    opened = open_shop(shop)
    web = web_package()
    logs, metrics = (import_module(f"{web.__name__}.{name}") for name in ("logs", "metrics"))
    dictConfig(logs.settings(form, level))
    watch, others = _watched(shop, opened)
    app = web.create_app(
        opened,
        image_folder=images or _images(shop),
        access=Access.of(shop),
        watch=watch,
        others=others,
        storefront=_storefront(shop, opened),
    )
    for one in (opened, *others.values()):
        if isinstance(one, Served):
            one.warm()
    web.prepare(app, opened.as_opened if isinstance(opened, Served) else opened)
    click.echo(f"serving {shop} on http://{host}:{port} (stop with Ctrl+C)", err=True)
    if sys.platform == "win32":
        from waitress import serve as wait

        wait(app, host=host, port=port)
        return
    _share_memory()
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            settings: dict[str, Any] = {
                "bind": f"{host}:{port}",
                "workers": workers,
                # Queries of the graph hold twelve at most (two run and four wait, of either kind), events five.
                "threads": 24,
                "preload_app": True,
                # Longer than a proxy keeps an idle connection (nginx: 60 s), so that the proxy ends it.
                "keepalive": 75,
                "logconfig_dict": logs.settings(form, level),
                "loglevel": "warning",
                "child_exit": lambda _, worker: metrics.bury(worker.pid),
                "timeout": 60,
            }
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return app

    Server().run()


@contextmanager
def _numbers_of_workers() -> Iterator[None]:
    """A folder in which workers put their numbers for Prometheus, until the server has ended."""
    folder, pid = mkdtemp(prefix="kgrec-metrics-"), os.getpid()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        yield
    finally:
        if os.getpid() == pid:  # a worker ends here too
            del os.environ["PROMETHEUS_MULTIPROC_DIR"]
            shutil.rmtree(folder, ignore_errors=True)


def _watched(shop: Path, opened: Guide | Served) -> tuple[Watch, dict[str, Served | NotReady]]:
    """What is written down of the answers, and by generation the models of an experiment's arms, or why there is none.

    A generation can go while the experiment lasts: three are kept, and none in which somebody is who was forgotten.
    """
    from kgrec.errors import NotReady
    from kgrec.live.watch import Watch
    from kgrec.parts import parts_with
    from kgrec.serving import Served

    if not isinstance(opened, Served):
        return Watch(), {}
    watch = Watch.of(shop, opened.workspace.namer.key)
    others: dict[str, Served | NotReady] = {}
    for arm in watch.experiment.arms if watch.experiment is not None else ():
        if arm.model is not None:
            try:
                others[arm.model] = Served(shop, parts_with(arm.model))
            except NotReady as error:
                click.echo(f"arm {arm.name} of the experiment is left out: {error}", err=True)
                others[arm.model] = error
    return watch, others


def _storefront(shop: Path, opened: Guide | Served) -> Storefront:
    """What is open to anybody; of a bundle, which has no settings, nothing."""
    from kgrec.live.storefront import Storefront
    from kgrec.serving import Served

    if not isinstance(opened, Served):
        return Storefront()
    return Storefront.read(shop / "kgrec.toml", bundled=opened.workspace.bundled)


def _share_memory() -> None:
    """See to it that workers go on sharing what was loaded before they were forked."""
    gc.collect()
    gc.freeze()  # else each worker's first full collection writes to every object, and so copies its page
    with suppress(OSError, AttributeError):  # another C library than glibc has no such setting
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)  # of 24 threads each would have one that only grows


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
