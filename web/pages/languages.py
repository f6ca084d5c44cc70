"""A request → its language; a message and some values → the words of a page in that language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from numbers import Integral
from pathlib import Path as FilePath

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import Flask, Request, g, request
from flask_babel import Babel, Domain
from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context
from markupsafe import Markup

from kgrec.errors import BadBundle

LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文"}
"""What can be chosen, each under its own name; the first is for everybody else and that of the messages."""

LOCALES: Mapping[str, Locale] = {"en": Locale("en"), "zh": Locale("zh", "CN", script="Hans")}
"""How each writes numbers, dates and lists."""

CATALOGUES: Mapping[str, str] = {"zh": "zh_Hans"}
"""The folder in web/translations of every language but that of the messages."""

COOKIE = "lang"
_FOLDER = FilePath(__file__).resolve().parent.parent / "translations"
_LINE = re.compile(r'\s*(#.*|(msg(ctxt|id|id_plural|str(\[\d\])?)\s+)?"([^"\\]|\\.)*")?\s*')
"""A line of a .po file; Babel itself would take one without its closing quote."""


def chosen(asked: Request) -> str:
    """The language of a request: what it asks for, else what was chosen before, else what its reader speaks."""
    for wish in (asked.args.get("lang"), asked.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return str(wish)
    for accepted, quality in asked.accept_languages:
        spoken = accepted.lower().split("-")[0]
        if spoken in LANGUAGES and quality > 0:
            return spoken
    return next(iter(LANGUAGES))


def current() -> str:
    """The language of the request being answered."""
    lang: str | None = g.get("lang")
    if lang is None:
        lang = g.lang = chosen(request)
    return lang


def locale() -> Locale:
    """How the readers of the request being answered write numbers, dates and lists."""
    return LOCALES[current()]


def catalogue_file(lang: str) -> FilePath:
    """Where the translations into a language stand."""
    return _FOLDER / CATALOGUES[lang] / "LC_MESSAGES" / "messages.po"


def read_catalogue(file: FilePath) -> Catalog:
    """A .po file as Babel has it; one that is missing, broken or without a language is refused."""
    try:
        text = file.read_bytes()
        for number, line in enumerate(text.decode("utf-8").splitlines(), 1):
            if not _LINE.fullmatch(line):
                raise ValueError(f"line {number} makes no sense")
        catalogue = read_po(BytesIO(text), abort_invalid=True)
    except (OSError, PoFileError, UnknownLocaleError, ValueError) as error:
        raise BadBundle(
            f"The translations in {file} cannot be read ({error}); install kgrec anew."
        ) from error
    if catalogue.locale is None or not len(catalogue):
        raise BadBundle(f"The translations in {file} have no language or no message; install kgrec anew.")
    return catalogue


@cache
def translations(lang: str) -> NullTranslations:
    """The words of a language, read once per process; the messages themselves where they are its own words."""
    return compiled(catalogue_file(lang)) if lang in CATALOGUES else NullTranslations()


def compiled(file: FilePath) -> Translations:
    """The translations in a .po file, ready to be looked up; what is marked as fuzzy is left out."""
    machine = BytesIO()
    write_mo(machine, read_catalogue(file))
    machine.seek(0)
    try:
        return Translations(machine)
    except ValueError as error:
        raise BadBundle(f"The translations in {file} do not count ({error}); install kgrec anew.") from error


class Words(Domain):  # type: ignore[misc]
    """What flask_babel asks for words: %(slots)s are always filled, whole numbers as their readers write them."""

    def get_translations(self) -> NullTranslations:
        return translations(current())

    def gettext(self, message: str, /, **values: object) -> str:
        return self.get_translations().gettext(message) % _written(values)

    def ngettext(self, one: str, many: str, number: int, /, **values: object) -> str:
        return self.get_translations().ngettext(one, many, number) % _written({"num": number, **values})

    def pgettext(self, context: str, message: str, /, **values: object) -> str:
        return str(self.get_translations().pgettext(context, message)) % _written(values)

    def npgettext(self, context: str, one: str, many: str, number: int, /, **values: object) -> str:
        text = str(self.get_translations().npgettext(context, one, many, number))
        return text % _written({"num": number, **values})


_WORDS = Words()


def gettext(message: str, /, **values: object) -> str:
    """A message in the current language, its %(slots)s filled. It is plain text: whoever shows it escapes it."""
    return _WORDS.gettext(message, **values)


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """A message that depends on a number, which fills %(num)s."""
    return _WORDS.ngettext(one, many, number, **values)


def N_(message: str) -> str:
    """Marks a message that stands in a table, to be translated when it is shown."""
    return message


def register_languages(app: Flask) -> None:
    """Let the pages of an application, and flask_babel in it, speak the language of each request."""
    for lang in LANGUAGES:
        translations(lang)  # a broken catalogue stops the start, not a visitor
    babel = Babel(configure_jinja=False)
    babel.init_app(app, locale_selector=locale)
    babel.domain_instance = _WORDS
    pages = app.jinja_env
    pages.add_extension("jinja2.ext.i18n")
    pages.newstyle_gettext = True  # type: ignore[attr-defined]
    pages.globals.update(gettext=_message, ngettext=_counted, pgettext=_meant, npgettext=_counted_meant)


# What templates call: the text of a message is ours, so that it stays as it is, and only the values are escaped.


@pass_eval_context
def _message(page: EvalContext, message: str, /, **values: object) -> str:
    return _text(page, translations(current()).gettext(message)) % _written(values)


@pass_eval_context
def _counted(page: EvalContext, one: str, many: str, number: int, /, **values: object) -> str:
    text = translations(current()).ngettext(one, many, number)
    return _text(page, text) % _written({"num": number, **values})


@pass_eval_context
def _meant(page: EvalContext, context: str, message: str, /, **values: object) -> str:
    return _text(page, str(translations(current()).pgettext(context, message))) % _written(values)


@pass_eval_context
def _counted_meant(
    page: EvalContext, context: str, one: str, many: str, number: int, /, **values: object
) -> str:
    text = str(translations(current()).npgettext(context, one, many, number))
    return _text(page, text) % _written({"num": number, **values})


def _text(page: EvalContext, text: str) -> str:
    return Markup(text) if page.autoescape else text


def _written(values: Mapping[str, object]) -> dict[str, object]:
    return {
        name: format_decimal(int(value), locale=locale())
        if isinstance(value, Integral) and not isinstance(value, bool)
        else value
        for name, value in values.items()
    }
