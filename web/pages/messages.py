"""The templates and the Python of the pages → the messages in them; messages → the catalogue of a language.

`make translations` runs this: it puts what is said into web/translations/…/messages.po, takes out what is no longer
said, and tells what is still to be translated.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import write_po

from .languages import CATALOGUES, LOCALES, catalogue_file, read_catalogue

_WEB = FilePath(__file__).resolve().parent.parent
_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "lazy_npgettext": ((1, "c"), 2, 3),
}
_NAMES = frozenset(
    {
        "kgrec",
        "SPARQL",
        "RDF",
        "CSV",
        "JSON",
        "API",
        "OpenAPI",
        "RFC",
        "TOML",
        "UTF",
        "NUL",
        "GET",
        "URL",
        "IRI",
        "ID",
        "read",
        "admin",
        "NDCG",
        "Esc",
    }
)
"""What is written in Latin letters in every language."""

_ELSEWHERE = frozenset({"node_modules", "static", "islands", "__pycache__"})
"""Folders that hold neither templates nor our Python."""

_SLOT = re.compile(r"%\((\w+)\)s")
_HANZI = "\u4e00-\u9fff"
_NARROW = re.compile(rf"[{_HANZI}][,;:!?(]|[,;:!?)][{_HANZI}]")

Key = tuple[str, str | None]
"""What a message is told apart by: its English, singular if there are two, and its context."""


@dataclass(frozen=True)
class Said:
    """A message and where it is said: `forms` are its English, one or singular and plural."""

    forms: tuple[str, ...]
    context: str | None
    files: tuple[str, ...]  # relative to the folder of web/, sorted

    @property
    def key(self) -> Key:
        return self.forms[0], self.context


def sources(folder: FilePath = _WEB) -> list[FilePath]:
    """The files in which messages may stand, in the order of their names."""
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _ELSEWHERE]
        found += [FilePath(root, name) for name in names if name.endswith((".html", ".py"))]
    return sorted(found)


def messages(folder: FilePath = _WEB) -> dict[Key, Said]:
    """Everything the pages say, in the order of its English; a template that cannot be parsed is an error."""
    found: dict[Key, Said] = {}
    for file in sources(folder):
        name = f"{folder.name}/{file.relative_to(folder).as_posix()}"
        for forms, context in _in_file(file):
            old = found.get((forms[0], context))
            # The same English with and without a plural is one message that has a plural.
            longest = max(forms, old.forms if old else (), key=len)
            files = tuple(sorted({name, *(old.files if old else ())}))
            found[forms[0], context] = Said(longest, context, files)
    return dict(sorted(found.items(), key=lambda entry: (entry[0][0], entry[0][1] or "")))


def _in_file(file: FilePath) -> Iterator[tuple[tuple[str, ...], str | None]]:
    method = "jinja2.ext:babel_extract" if file.suffix == ".html" else "python"
    options = {"silent": "false", "encoding": "utf-8"}
    for _, message, _, context in extract_from_file(method, file, keywords=_KEYWORDS, options=options):
        yield (message,) if isinstance(message, str) else tuple(message), context


def updated(catalogue: Catalog, said: Iterable[Said]) -> Catalog:
    """A catalogue with exactly these messages: translations are kept, what is new has none yet."""
    fresh = Catalog(locale=catalogue.locale)
    for one in said:
        old = catalogue.get(one.forms[0], one.context)
        plural = len(one.forms) > 1
        kept = _forms(old) if old is not None and old.pluralizable == plural else ()
        none = ("",) * (catalogue.num_plurals if plural else 1)
        translation = kept if len(kept) == len(none) else none
        fresh.add(
            one.forms if plural else one.forms[0],
            translation if plural else translation[0],
            locations=[(file, 0) for file in one.files],
            flags=() if old is None else old.flags - {"python-format"},  # Babel sets that one itself
            user_comments=() if old is None else old.user_comments,
            context=one.context,
        )
    return fresh


def _forms(message: Message | None) -> tuple[str, ...]:
    found = "" if message is None else message.string
    return (found,) if isinstance(found, str) else tuple(found or ())


def write_catalogue(catalogue: Catalog, file: FilePath) -> None:
    """Write a catalogue whose text depends on nothing but what it says: no dates, no line numbers, one order."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    head = (
        f'msgid ""\nmsgstr ""\n"Language: {catalogue.locale_identifier}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    with beside.open("wb") as stream:
        stream.write(head.encode())
        write_po(
            stream,
            catalogue,
            width=0,
            omit_header=True,
            sort_output=True,
            ignore_obsolete=True,
            include_lineno=False,
        )
    beside.replace(file)


def complaints(catalogue: Catalog, said: Mapping[Key, Said]) -> list[str]:
    """What is wrong with a catalogue for these messages, a line each: file, message, and what is the matter."""
    wrong = []
    for one in said.values():
        translated = catalogue.get(one.forms[0], one.context)
        wrong += [
            f"{', '.join(one.files)}: “{one.forms[0]}” {what}" for what in _wrong(one, translated, catalogue)
        ]
    listed = {(_english(message), message.context) for message in (*catalogue, *catalogue.obsolete.values())}
    stale = sorted((english, context or "") for english, context in listed - said.keys() - {("", None)})
    return wrong + [
        f"the catalogue of {catalogue.locale_identifier}: “{english}” is said by no page any more"
        for english, _ in stale
    ]


def _english(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _wrong(one: Said, translated: Message | None, catalogue: Catalog) -> Iterator[str]:
    yield from _unfit(one.forms)
    forms = _forms(translated)
    if translated is None or not all(form.strip() for form in forms):
        yield "is not translated"
        return
    if translated.fuzzy:
        yield "has a translation that is marked as fuzzy"
    if translated.pluralizable != (len(one.forms) > 1):
        yield "has a plural on one side only"
    elif len(forms) != (catalogue.num_plurals if translated.pluralizable else 1):
        yield f"has {len(forms)} translations, which is not the number of its plural forms"
    yield from (f"in translation {what}" for what in _unfit(forms))
    slots = set(_SLOT.findall(" ".join(one.forms)))
    for form in forms:
        if set(_SLOT.findall(form)) != slots:
            yield f"has other slots in translation: {', '.join(sorted(slots ^ set(_SLOT.findall(form))))}"
        if catalogue.locale == LOCALES["zh"]:
            yield from _not_chinese(form)


def _unfit(forms: Iterable[str]) -> Iterator[str]:
    """What no message may hold, in whatever language."""
    for form in forms:
        if "%" in _SLOT.sub("", form).replace("%%", ""):
            yield "has a % that is neither %(name)s nor %%"
        if re.search("[<>&]", form):
            yield "holds HTML, which belongs in the template"


def _not_chinese(form: str) -> Iterator[str]:
    """What a translation into Chinese may not hold."""
    bare = _SLOT.sub("", form)
    latin = [word for word in re.findall(r"[A-Za-z]{2,}", bare) if word not in _NAMES]
    if latin:
        yield f"has English left in its translation: {' '.join(latin)}"
    if _NARROW.search(form):
        yield "has narrow punctuation between Chinese characters in its translation"


def main() -> int:
    """Bring every catalogue up to date and tell what is to be done in it."""
    said = messages()
    left = []
    for lang in CATALOGUES:
        file = catalogue_file(lang)
        old = read_catalogue(file) if file.exists() else Catalog(locale=LOCALES[lang])
        for message in old:
            if message.id and (_english(message), message.context) not in said:
                print(f"taken out: {_english(message)!r} → {_forms(message)}")  # noqa: T201
        new = updated(old, said.values())
        write_catalogue(new, file)
        left += complaints(new, said)
    for line in left:
        print(line)  # noqa: T201
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
