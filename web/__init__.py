"""A shop → a Flask application with its pages and its API; HTTP, HTML and JSON live here and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any, cast

from flask import Flask, g, render_template
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from flask_compress import Compress
from jinja2 import TemplateError
from markupsafe import escape
from werkzeug.local import LocalProxy

from kgrec.guide import Guide
from kgrec.live.access import Access
from kgrec.live.storefront import Storefront
from kgrec.live.watch import Watch
from kgrec.serving import Served

from . import present
from .api import api_blueprint
from .forms import register_forms
from .limits import register_limits
from .pages import pages_blueprint, studio_blueprint
from .pages.languages import register_languages
from .pages.studio.kept import prepare
from .problems import register_errors
from .security import register_security
from .visitors import register_visitors
from .watching import Other, register_watching

__all__ = ["create_app", "prepare", "present"]


class FiniteJSON(DefaultJSONProvider):
    """JSON as the standard has it: no NaN, no Infinity, fields in the order they are written."""

    sort_keys = False

    def dumps(self, obj: Any, **options: Any) -> str:
        return super().dumps(obj, **{"allow_nan": False, **options})


def _error_page(status: int, title: str, hint: str) -> ResponseReturnValue:
    try:
        return render_template("error.html", status=status, title=title, hint=hint), status
    except TemplateError:  # an error page that fails must not fail the answer
        return f"<!doctype html><title>{escape(title)}</title><h1>{status}</h1><p>{escape(hint)}</p>", status


def _guide_of_requests(app: Flask, shop: Guide | Served) -> Guide:
    """What stands for the guide of the request that is being answered."""

    @app.before_request
    def take_guide() -> None:
        g.guide = shop if isinstance(shop, Guide) else shop.guide

    return cast(Guide, LocalProxy(lambda: g.guide))


def create_app(
    shop: Guide | Served,
    *,
    image_folder: FilePath | None = None,
    access: Access | None = None,
    watch: Watch | None = None,
    others: Mapping[str, Other] | None = None,
    storefront: Storefront | None = None,
) -> Flask:
    """The application of one shop; `image_folder` is what image names of its items are relative to.

    Of a shop that is Served, each request is answered from the guide that was current when it came. `access` says how
    often who may ask, `watch` what is written down of the answers; `others` are the same shop with other models, by
    generation, for the arms of its experiment, or why there is none; `storefront` says what is open to anybody.
    """
    app = Flask(__name__)
    guide = shop if isinstance(shop, Guide) and not others else _guide_of_requests(app, shop)
    app.config.update(
        MAX_CONTENT_LENGTH=1_000_000,
        MAX_FORM_MEMORY_SIZE=100_000,
        MAX_FORM_PARTS=50,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_MIMETYPES=["text/html", "text/css", "text/javascript", "image/svg+xml"],
    )
    Compress(app)
    app.json = FiniteJSON(app)
    register_security(app)
    register_watching(app, shop, watch or Watch(), others)
    register_limits(app, access or Access())
    register_errors(app, _error_page)
    register_languages(app)
    register_visitors(
        app, storefront or Storefront(), shop.secret("cookies") if isinstance(shop, Served) else None
    )
    api = api_blueprint(guide)
    register_forms(app, api)
    app.register_blueprint(api, url_prefix="/api/v1")
    app.register_blueprint(pages_blueprint(guide, image_folder))
    app.register_blueprint(studio_blueprint(guide), url_prefix="/studio")
    return app
