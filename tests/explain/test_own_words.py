"""Words of a shop's own stand in the place of ours, and a slip in them is named."""

from __future__ import annotations

from typing import Any

import pytest

from kgrec.errors import KgrecError
from kgrec.explain.wording.own import check, language, verdicts


def test_own_words_replace_what_they_name_and_leave_the_rest() -> None:
    words = {"en": {"this": "this book", "acts": {"bought": "read {thing}"}}}
    changed, usual = language("en", words), language("en")
    assert (changed.this, changed.acts["bought"]) == ("this book", "read {thing}")
    assert changed.acts["viewed"] == usual.acts["viewed"] and changed.reasons == usual.reasons
    assert language("zh", words) == language("zh")


def test_own_answers_keep_their_forms_for_one_and_for_several() -> None:
    words = {
        "en": {"answers": {"sources": {"bought": ["your reading of {names}", "your readings of {names}"]}}}
    }
    check(words, "mapping.toml")
    assert verdicts("en", words).sources["bought"] == ("your reading of {names}", "your readings of {names}")
    assert verdicts("en", words).sources["viewed"] == verdicts("en").sources["viewed"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"fr": {"this": "ce livre"}}, "no language of [words] in m.toml named 'fr'; known are en, zh"),
        ({"en": {"thiss": "x"}}, "no word in m.toml named 'thiss'; did you mean this"),
        ({"en": {"elidable": "(a+)+"}}, "no word in m.toml named 'elidable'"),
        ({"en": {"number": "x"}}, "no word in m.toml named 'number'"),
        ({"en": {"acts": {"bougth": "x"}}}, "named 'bougth'; did you mean bought"),
        (
            {"en": {"acts": {"bought": "read {title}"}}},
            "nothing is known as {title}; what stands in braces there: {thing}",
        ),
        ({"en": {"this": "this {thing}"}}, "nothing is known as {thing}; what stands in braces there: none"),
        ({"en": {"acts": {"bought": "read {thing.__class__}"}}}, "a brace that belongs to no name"),
        ({"en": {"acts": "read"}}, "words.en.acts is 'read'; it must be a table of texts"),
        ({"en": {"this": ["a"]}}, "it must be a text in quotes"),
        ({"en": {"answers": {"purchases": "x"}}}, "it must be a list of 2 texts"),
        ({"en": {"answers": {"gain": {}}}}, "no word in m.toml named 'gain'; did you mean gains"),
        ({"en": {"answers": {"summary": "{k.__init__}"}}}, "a brace that belongs to no name"),
    ],
)
def test_a_slip_in_own_words_is_named(words: dict[str, Any], message: str) -> None:
    with pytest.raises(KgrecError) as told:
        check(words, "m.toml")
    assert message in str(told.value)
