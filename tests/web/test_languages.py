"""Both languages say everything, each reader gets their own, and prices and dates are written as they write them."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import flask_babel
import pytest
from babel.messages.catalog import Catalog
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, nodes
from markupsafe import escape

from kgrec.domain import EVENTS
from kgrec.errors import BadBundle
from kgrec.resources import web_package
from kgrec.shelf import ItemSummary
from web.pages import messages, shown, words
from web.pages.languages import (
    CATALOGUES,
    LANGUAGES,
    LOCALES,
    catalogue_file,
    compiled,
    current,
    gettext,
    ngettext,
    read_catalogue,
    register_languages,
)
from web.pages.messages import Said

FOLDER = Path(str(web_package().__file__)).parent
HEAD = 'msgid ""\nmsgstr ""\n"Language: zh_Hans_CN\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'


def speaker() -> Flask:
    app = Flask("test")
    register_languages(app)
    for name, function in shown.FILTERS.items():
        app.add_template_filter(function, name)
    return app


APP = speaker()
APP.jinja_env.autoescape = True


def page(template: str, lang: str = "en", **values: object) -> str:
    with speaker().test_request_context(f"/?lang={lang}"):
        return render_template_string(template, **values)


# ---- the catalogue ----


@pytest.mark.parametrize("lang", CATALOGUES)
def test_everything_the_pages_say_is_translated_and_nothing_else_is_in_the_catalogue(lang: str) -> None:
    said = messages.messages(FOLDER)
    wrong = messages.complaints(read_catalogue(catalogue_file(lang)), said)
    assert not wrong, "run `make translations` and translate:\n" + "\n".join(wrong)


def test_there_is_a_catalogue_for_every_language_but_that_of_the_messages() -> None:
    assert {*CATALOGUES, "en"} == set(LANGUAGES) == set(LOCALES)
    assert all(read_catalogue(catalogue_file(lang)).locale == LOCALES[lang] for lang in CATALOGUES)


def catalogue(tmp_path: Path, entries: str) -> Catalog:
    file = tmp_path / "messages.po"
    file.write_text(HEAD + "\n" + entries, encoding="utf-8")
    return read_catalogue(file)


ONE = Said(("%(num)s way for %(user)s", "%(num)s ways for %(user)s"), None, ("web/a.html",))
NEXT = Said(("Next",), None, ("web/a.html", "web/b.py"))
GOOD = (
    'msgid "%(num)s way for %(user)s"\nmsgid_plural "%(num)s ways for %(user)s"\n'
    'msgstr[0] "给%(user)s的 %(num)s 条路"\n'
)


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        (GOOD + '\nmsgid "Next"\nmsgstr "下一页"\n', ""),
        (GOOD, "web/a.html, web/b.py: “Next” is not translated"),
        (GOOD + '\nmsgid "Next"\nmsgstr "  "\n', "“Next” is not translated"),
        (
            GOOD + '\n#, fuzzy\nmsgid "Next"\nmsgstr "下一页"\n',
            "“Next” has a translation that is marked as fuzzy",
        ),
        (GOOD + '\nmsgid "Next"\nmsgstr "下一页 %(n)s"\n', "“Next” has other slots in translation: n"),
        (GOOD + '\nmsgid "Next"\nmsgstr "百分之百%"\n', "“Next” in translation has a % that is neither"),
        (GOOD + '\nmsgid "Next"\nmsgstr "<b>下一页</b>"\n', "“Next” in translation holds HTML"),
        (GOOD + '\nmsgid "Next"\nmsgstr "Next 页"\n', "“Next” has English left in its translation: Next"),
        (GOOD + '\nmsgid "Next"\nmsgstr "下一页,好"\n', "“Next” has narrow punctuation"),
        (
            GOOD.replace("%(user)s的", "") + '\nmsgid "Next"\nmsgstr "下一页"\n',
            "“%(num)s way for %(user)s” has other slots in translation: user",
        ),
        (
            'msgid "%(num)s way for %(user)s"\nmsgstr "给%(user)s的 %(num)s 条路"\n',
            "“%(num)s way for %(user)s” has a plural on one side only",
        ),
        (
            GOOD + '\nmsgid "Next"\nmsgstr "下一页"\n\nmsgid "Gone"\nmsgstr "没了"\n',
            "“Gone” is said by no page",
        ),
        (
            GOOD + '\nmsgid "Next"\nmsgstr "下一页"\n\n#~ msgid "Gone"\n#~ msgstr "没了"\n',
            "“Gone” is said by no page",
        ),
        (GOOD + '\nmsgctxt "road"\nmsgid "Next"\nmsgstr "下一页"\n', "“Next” is not translated"),
    ],
)
def test_each_flaw_of_a_catalogue_is_told_with_its_message_and_file(
    tmp_path: Path, entries: str, complaint: str
) -> None:
    wrong = messages.complaints(catalogue(tmp_path, entries), {one.key: one for one in (ONE, NEXT)})
    assert any(complaint in line for line in wrong) if complaint else not wrong, wrong


def test_an_english_message_that_cannot_be_filled_is_a_complaint_too(tmp_path: Path) -> None:
    said = [Said((text,), None, ("web/a.html",)) for text in ("100% sure", "%(n)d things", "<b>Bold</b>")]
    wrong = "\n".join(messages.complaints(catalogue(tmp_path, GOOD), {one.key: one for one in said}))
    assert (
        "“100% sure” has a %" in wrong
        and "“%(n)d things” has a %" in wrong
        and "“<b>Bold</b>” holds" in wrong
    )


def test_messages_are_found_in_templates_and_python_with_their_files(tmp_path: Path) -> None:
    web = tmp_path / "web"
    (web / "pages").mkdir(parents=True)
    (web / "static").mkdir()
    (web / "static" / "not.html").write_text("{{ _('Not looked at') }}")
    (web / "a.html").write_text(
        "{{ _('Next') }} {% trans user=u %}For {{ user }}{% endtrans %} {{ pgettext('road', 'Next') }}"
        "{{ ngettext('%(num)s way', '%(num)s ways', 2) }}"
    )
    (web / "pages" / "b.py").write_text(
        'x = gettext("Next")\ny = N_("In a table")\nz = lazy_gettext("Later")\n'
    )
    assert {(one.forms, one.context): one.files for one in messages.messages(web).values()} == {
        (("%(num)s way", "%(num)s ways"), None): ("web/a.html",),
        (("For %(user)s",), None): ("web/a.html",),
        (("In a table",), None): ("web/pages/b.py",),
        (("Later",), None): ("web/pages/b.py",),
        (("Next",), None): ("web/a.html", "web/pages/b.py"),
        (("Next",), "road"): ("web/a.html",),
    }
    (web / "a.html").write_text("{{ _('Next' }}")
    with pytest.raises(Exception, match="unexpected"):
        messages.messages(web)


def test_bringing_up_to_date_keeps_translations_drops_the_stale_and_is_the_same_every_time(
    tmp_path: Path,
) -> None:
    old = catalogue(tmp_path, GOOD + '\nmsgid "Gone"\nmsgstr "没了"\n')
    files = tmp_path / "first.po", tmp_path / "second.po"
    messages.write_catalogue(messages.updated(old, [NEXT, ONE]), files[0])
    messages.write_catalogue(messages.updated(read_catalogue(files[0]), [ONE, NEXT]), files[1])
    text = files[0].read_text(encoding="utf-8")
    assert text == files[1].read_text(encoding="utf-8")
    assert "条路" in text and "Gone" not in text and 'msgid "Next"\nmsgstr ""' in text
    assert "Date" not in text and "#: web/a.html web/b.py\n" in text
    assert messages.complaints(read_catalogue(files[0]), {one.key: one for one in (ONE, NEXT)}) == [
        "web/a.html, web/b.py: “Next” is not translated"
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'msgid "Next"\nmsgstr "x"\n',
        HEAD.encode(),
        HEAD.encode() + b'\n<<<<<<< HEAD\nmsgid "Next"\nmsgstr "x"\n',
        HEAD.encode() + b'\nmsgid "Next"\nmsgstr "\xff\xfe"\n',
        HEAD.encode() + b'\nmsgid "Next"\nmsgstr "x\n',
        HEAD.replace("zh_Hans_CN", "tlh").encode() + b'\nmsgid "Next"\nmsgstr "x"\n',
        HEAD.encode() + b'\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] "x"\nmsgstr[1] "y"\n',
        HEAD.encode() + b'"Plural-Forms: nplurals=1; plural=exit(1);\\n"\n\nmsgid "Next"\nmsgstr "x"\n',
    ],
)
def test_a_broken_catalogue_is_refused_by_its_name(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "messages.po"
    file.write_bytes(text)
    with pytest.raises(BadBundle, match=r"messages\.po"):
        compiled(file)


def test_a_missing_catalogue_is_refused_and_a_fuzzy_translation_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(BadBundle, match=r"none\.po"):
        compiled(tmp_path / "none.po")
    file = tmp_path / "messages.po"
    file.write_text(HEAD + '\n#, fuzzy\nmsgid "Next"\nmsgstr "上一页"\n\nmsgid "Last"\nmsgstr "末页"\n')
    assert (compiled(file).gettext("Next"), compiled(file).gettext("Last")) == ("Next", "末页")


# ---- the words of a page ----


class Bare(HTMLParser):
    """The words of a template that stand in it as they are, and so in every language."""

    CODE = frozenset({"code", "pre", "kbd", "samp", "script", "style"})
    READ = frozenset({"aria-label", "aria-description", "alt", "title", "placeholder"})

    def __init__(self) -> None:
        super().__init__()
        self.inside = 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside += tag in self.CODE
        self.found += [str(value) for name, value in attrs if name in self.READ]

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag in self.CODE

    def handle_data(self, data: str) -> None:
        self.found += [] if self.inside else [data]


@pytest.mark.parametrize(
    "file", [file for file in messages.sources(FOLDER) if file.suffix == ".html"], ids=lambda file: file.name
)
def test_no_words_stand_in_a_template_outside_of_messages(file: Path) -> None:
    parsed = Environment(extensions=["jinja2.ext.i18n"]).parse(file.read_text(encoding="utf-8"))
    for block in parsed.find_all(nodes.Block):
        block.body = [] if block.name.endswith("_class") else [*block.body, nodes.TemplateData(" ")]
    reader = Bare()
    reader.feed("".join(data.data for data in parsed.find_all(nodes.TemplateData)))
    reader.close()
    told = [word for text in reader.found for word in text.split() if sum(c.isalpha() for c in word) > 1]
    assert set(told) <= {"kgrec"}, told


def test_every_event_and_usual_error_has_words_in_both_languages() -> None:
    assert tuple(words.EVENTS) == EVENTS
    assert page(
        "{{ 'buy' | event_name }}, {{ 404 | error_title('?') }}, {{ 418 | error_title('Teapot') }}"
    ) == ("Bought, Nothing here by that name, Teapot")
    assert page("{{ 'buy' | event_name }}，{{ 404 | error_title('?') }}", "zh") == "购买，找不到该内容"


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", ["0 interactions", "1 interaction", "2 interactions", "1,200 interactions"]),
        ("zh", ["0 次互动", "1 次互动", "2 次互动", "1,200 次互动"]),
    ],
)
def test_one_and_many_are_told_apart(lang: str, expected: list[str]) -> None:
    asked = "{{ ngettext('%(num)s interaction', '%(num)s interactions', n) }}"
    assert [page(asked, lang, n=n) for n in (0, 1, 2, 1200)] == expected
    with speaker().test_request_context(f"/?lang={lang}"):
        for say in (ngettext, flask_babel.ngettext):
            assert [
                say("%(num)s interaction", "%(num)s interactions", n) for n in (0, 1, 2, 1200)
            ] == expected


@given(st.text())
def test_a_value_is_shown_as_it_is_escaped_once_and_never_filled_in(value: str) -> None:
    with APP.test_request_context("/?lang=zh"):
        assert gettext("Why %(item)s?", item=value) == f"为何推荐“{value}”？"
        asked = APP.jinja_env.from_string("{{ _('Why %(item)s?', item=value) }}")
        assert asked.render(value=value) == f"为何推荐“{escape(value)}”？"


@pytest.mark.parametrize("value", ["%(item)s %(user)s %s %", "{user} {0}", "<b>&amp;</b>", "{{ 7 * 7 }}"])
def test_values_with_slots_and_braces_of_their_own_stay_as_they_are(value: str) -> None:
    asked = "{{ _('Why %(item)s, for %(user)s', item=value, user='ana') }}"
    assert page(asked, value=value) == f"Why {escape(value)}, for ana"
    block = "{% trans item=value, user='ana' %}Why {{ item }}, for {{ user }}{% endtrans %}"
    assert page(block, value=value) == page(asked, value=value)


def test_a_percent_sign_is_written_alike_with_and_without_values() -> None:
    assert page("{{ _('50%% of it') }} {{ _('%(n)s%% of it', n=5) }}") == "50% of it 5% of it"
    with speaker().test_request_context("/?lang=en"):
        assert gettext("50%% of it") == flask_babel.gettext("50%% of it") == "50% of it"


# ---- whose language ----


@pytest.mark.parametrize(
    ("address", "cookie", "accepted", "lang"),
    [
        ("/", "", "zh", "zh"),
        ("/", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("/", "", "zh-Hans", "zh"),
        ("/", "", "zh-TW", "zh"),
        ("/", "", "ZH-hant-hk", "zh"),
        ("/", "", "de, zh;q=0.5", "zh"),
        ("/", "", "zh;q=0, de", "en"),
        ("/", "", "en-GB, zh;q=0.5", "en"),
        ("/", "", "fr", "en"),
        ("/", "", "", "en"),
        ("/", "zh", "en", "zh"),
        ("/", "xx", "zh", "zh"),
        ("/?lang=en", "zh", "zh", "en"),
        ("/?lang=zh", "en", "en", "zh"),
        ("/?lang=../en", "zh", "en", "zh"),
    ],
)
def test_asked_for_comes_before_chosen_before_spoken(
    address: str, cookie: str, accepted: str, lang: str
) -> None:
    headers = {"Accept-Language": accepted, "Cookie": f"lang={cookie}"}
    with speaker().test_request_context(address, headers=headers):
        assert current() == lang
        assert flask_babel.get_locale() == LOCALES[lang]
        assert flask_babel.gettext("Share") == gettext("Share") == {"en": "Share", "zh": "占比"}[lang]


# ---- values as their readers write them ----


@pytest.mark.parametrize(
    ("lang", "amount", "currency", "expected"),
    [
        ("en", 12.9, "EUR", "€12.90"),
        ("zh", 12.9, "EUR", "€12.90"),
        ("en", 1234.5, "USD", "$1,234.50"),
        ("zh", 1234.5, "usd", "US$1,234.50"),
        ("zh", 1234, "CNY", "¥1,234.00"),
        ("en", 1234, "CNY", "CN¥1,234.00"),
        ("en", 1234, "JPY", "¥1,234"),
        ("zh", 1234, "JPY", "JP¥1,234"),
        ("en", 1, "BHD", "BHD\u00a01.000"),
        ("en", -3, "EUR", "-€3.00"),
        ("en", 5, "XYZ", "XYZ\u00a05.00"),
        ("en", 5, "<b>", "<B> 5.00"),
        ("en", 5, "", "5.00"),
        ("en", 10**25, "EUR", "€10,000,000,000,000,000,000,000,000.00"),
        ("en", float("nan"), "EUR", ""),
        ("en", float("inf"), "", ""),
        ("en", None, "EUR", ""),
    ],
)
def test_prices_carry_their_currency(lang: str, amount: float | None, currency: str, expected: str) -> None:
    with speaker().test_request_context(f"/?lang={lang}"):
        assert shown.price(ItemSummary("i", "t", "", "", amount, currency, "", "")) == expected


def test_round_amounts_are_told_without_cents() -> None:
    with speaker().test_request_context("/"):
        said = [shown.amount(1000, currency, whole=True) for currency in ("EUR", "CHF", "JPY", "<b>", "")]
    assert said == ["€1,000", "CHF\u00a01,000", "¥1,000", "<B> 1,000", "1,000"]


@given(st.floats(), st.text(), st.sampled_from(sorted(LANGUAGES)))
def test_any_amount_in_any_currency_is_written(amount: float, currency: str, lang: str) -> None:
    with APP.test_request_context(f"/?lang={lang}"):
        written = shown.amount(amount, currency)
        assert bool(written) == (abs(amount) < float("inf")) and "\u202e" not in written


def test_numbers_shares_lists_and_times_are_written_in_the_language_of_the_page() -> None:
    when = datetime(2025, 5, 12, 14, 3, tzinfo=UTC)
    asked = (
        "{{ 12101 | number }} · {{ 0.5 | number(3) }} · {{ 0.1234 | percent }} · {{ 0.1234 | percent(1) }} · "
        "{{ ['a', 'b', 'c'] | listing }} · {{ when | day }} · {{ when | clock }} · {{ 5 | amount('EUR') }}"
    )
    assert page(asked, when=when) == (
        "12,101 · 0.500 · 12% · 12.3% · a, b, and c · May 12, 2025 · May 12, 2025, 14:03 · €5.00"
    )
    assert page(asked, "zh", when=when) == (
        "12,101 · 0.500 · 12% · 12.3% · a、b和c · 2025年5月12日 · 2025年5月12日 14:03 · €5.00"
    )
    assert page("{{ words | listing }}", words=["<b>", "x"]) == "&lt;b&gt; and x"


def test_a_title_is_that_of_the_language_if_there_is_one() -> None:
    item = SimpleNamespace(item_id="i", title="Soap", title_zh="")
    assert page("{{ i | title_of }}{{ i | title_lang }}{{ i | initial }}", "zh", i=item) == "SoapS"
    item.title_zh = "香皂"
    assert page("{{ i | title_of }}{{ i | title_lang }}{{ i | initial }}", "zh", i=item) == "香皂zh香"


def test_a_time_beyond_the_calendar_is_no_time() -> None:
    assert shown.moment(10**18) is None and shown.moment(-(10**18)) is None
    when = shown.moment(1747008000)
    assert when is not None and when.isoformat() == "2025-05-12T00:00:00+00:00"


def test_control_characters_and_marks_of_direction_are_dropped() -> None:
    assert shown.plain("a\0b\u202ec\nd") == "abc d"
