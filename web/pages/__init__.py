"""A guide and a folder of pictures → the blueprint of all pages a person reads."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, redirect, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.routing import BaseConverter

from kgrec.guide import Guide

from .. import visitors
from ..assets import island
from ..security import PUBLIC, csp_nonce
from ..watching import watching
from . import languages, mistakes, shown, storefront, studio
from .routes import add_all
from .storefront import media
from .studio import sign_in

_PAGES = FilePath(__file__).resolve().parent
_TEMPLATES = _PAGES.parent / "templates"
_STATIC = _PAGES.parent / "static"
_YEAR = 365 * 24 * 3600


class ShopId(BaseConverter):
    """An id of the shop as one step of an address, whatever it holds; slashes typed by hand are understood."""

    regex = ".+?"
    part_isolating = False

    def to_python(self, value: str) -> str:
        return value.replace("~2F", "/").replace("~2E", ".").replace("~7E", "~")

    def to_url(self, value: str) -> str:
        # Servers decode %2F before routes are matched and browsers walk up at "..": so a tilde, not a percent.
        escaped = str(value).replace("~", "~7E").replace("/", "~2F")
        return super().to_url(escaped.replace(".", "~2E") if set(escaped) == {"."} else escaped)


def pages_blueprint(guide: Guide, image_folder: FilePath | None) -> Blueprint:
    """The pages of those who shop; pictures are served from `image_folder` if there is one."""
    pages = Blueprint("pages", __name__)
    pages.jinja_loader = ChoiceLoader([FileSystemLoader(_PAGES), FileSystemLoader(_TEMPLATES)])
    pages.record_once(_know_shop_ids)
    add_all(pages, storefront.ROUTES, guide)
    pages.add_url_rule("/media/<path:name>", "media", media.view(image_folder))
    picture_of = media.address(image_folder)
    pages.app_context_processor(
        lambda: {
            "lang": languages.current(),
            "languages": languages.LANGUAGES,
            "in_language": _in_language,
            "asset": _asset,
            "csp_nonce": csp_nonce,
            "island": island,
            "shop": guide.name,
            "picture_of": picture_of,
            "column_called": lambda column: guide.column_called(column, languages.current()),
            "visitor": visitors.visitor(),
            "storefront": visitors.storefront(),
            "studio_key": g.get("studio_key"),
            "studio_pages": studio.MENU,
        }
    )
    for name, function in {**shown.FILTERS, "told": mistakes.told}.items():
        pages.add_app_template_filter(function, name)
    pages.before_request(_take_part)
    pages.after_request(_remember_language)
    return pages


def studio_blueprint(guide: Guide) -> Blueprint:
    """The pages of the shop's own people, each closed to whoever has shown no key that is good for it."""
    pages = Blueprint("studio", __name__)
    add_all(pages, studio.ROUTES, guide)
    role_of = {f"studio.{route.name}": route.role for route in studio.ROUTES}
    open_to_all = {f"studio.{name}" for name in studio.OPEN}

    @pages.before_request
    def let_in() -> ResponseReturnValue | None:
        key = g.studio_key = sign_in.opened_by(guide)
        if request.endpoint in open_to_all:
            return None
        if key is None:
            here = request.full_path.rstrip("?") if request.method == "GET" else ""
            return redirect(url_for("studio.sign_in", next=here or None), 303)
        guide.registry.keys.allow(key, role_of[str(request.endpoint)])
        return None

    pages.url_value_preprocessor(_take_long_forms)
    pages.after_request(_remember_language)
    return pages


_OF_THE_NEWEST = {
    f"pages.{name}" for name in ("you_data", "you_forget", "you_forget_all", "receipt", "try_as", "choose")
}
"""Pages on what is kept of somebody, and of whom something is."""


def _take_part() -> None:
    """All pages of a visitor are of the model of their arm, so that what is explained is what was shown.

    What is kept of them is that of the newest tables, and what is the same for everybody looks at nobody.
    """
    if request.path.startswith(PUBLIC) or request.endpoint in _OF_THE_NEWEST:
        return
    who = visitors.visitor()
    if not who.new:
        watching().answer_in_arm_of(who.user_id)


def _take_long_forms(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file of rules may be longer than what shoppers send; this is asked before the form is read."""
    request.max_form_memory_size = request.max_content_length


def _know_shop_ids(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["id"] = ShopId


def _in_language(lang: str) -> str:
    """The address of this page in another language."""
    return "?" + urlencode({**request.args.to_dict(flat=False), "lang": [lang]}, doseq=True)


def _asset(name: str) -> str:
    """The address of a static file, another one whenever the file changes."""
    return url_for("static", filename=name, v=_digest(name))


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:10]


def _remember_language(response: Response) -> Response:
    if response.mimetype != "text/html":
        return response
    response.vary.update(("Accept-Language", "Cookie"))
    if request.args.get("lang") in languages.LANGUAGES:
        response.set_cookie(
            languages.COOKIE, languages.current(), max_age=_YEAR, httponly=True, samesite="Lax"
        )
    return response
