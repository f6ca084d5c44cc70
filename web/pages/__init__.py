"""A guide and a folder of pictures → the blueprint of all pages a person reads."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path as FilePath
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.routing import BaseConverter

from kgrec.guide import Guide

from . import languages, shown
from .storefront import home, item, media, shopper

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
    """All pages over one guide; pictures are served from `image_folder` if there is one."""
    pages = Blueprint("pages", __name__)
    pages.jinja_loader = ChoiceLoader([FileSystemLoader(_PAGES), FileSystemLoader(_TEMPLATES)])
    pages.record_once(_know_shop_ids)
    pages.add_url_rule("/", "home", home.view(guide))
    pages.add_url_rule("/shopper/<id:user_id>", "shopper", shopper.view(guide))
    pages.add_url_rule("/shopper/<id:user_id>/item/<id:item_id>", "item", item.view(guide))
    pages.add_url_rule("/media/<path:name>", "media", media.view(image_folder))
    picture_of = media.address(image_folder)
    pages.app_context_processor(
        lambda: {
            "t": languages.t,
            "known_text": languages.known,
            "lang": languages.current(),
            "languages": languages.LANGUAGES,
            "in_language": _in_language,
            "asset": _asset,
            "shop": guide.name,
            "picture_of": picture_of,
        }
    )
    for name, function in shown.FILTERS.items():
        pages.add_app_template_filter(function, name)
    pages.after_request(_remember_language)
    return pages


def _know_shop_ids(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["id"] = ShopId


def _in_language(lang: str) -> str:
    """The address of this page in another language."""
    return "?" + urlencode({**request.args.to_dict(), "lang": lang})


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
