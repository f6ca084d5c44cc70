"""A guide → a Flask application with its pages and its API; HTTP, HTML and JSON live here and nothing else."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

from flask import Flask, render_template
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from jinja2 import TemplateError
from markupsafe import escape

from kgrec.guide import Guide

from . import present
from .api import api_blueprint
from .pages import pages_blueprint
from .problems import register_errors
from .security import register_security

__all__ = ["create_app", "present"]


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


def create_app(guide: Guide, *, image_folder: FilePath | None = None) -> Flask:
    """The application of one shop; `image_folder` is what image names of its items are relative to."""
    app = Flask(__name__)
    app.config.update(
        MAX_CONTENT_LENGTH=1_000_000,
        MAX_FORM_MEMORY_SIZE=100_000,
        MAX_FORM_PARTS=50,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.json = FiniteJSON(app)
    register_security(app)
    register_errors(app, _error_page)
    app.register_blueprint(api_blueprint(guide), url_prefix="/api/v1")
    app.register_blueprint(pages_blueprint(guide, image_folder))

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        """Graph and model are loaded, and which ones; degraded while events cannot be written."""
        told = guide.ready()
        fine = told.get("events", "closed") in ("ready", "closed")
        return {"status": "ready" if fine else "degraded", **told}

    return app
