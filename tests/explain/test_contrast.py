"""Why one item rather than another: the difference of two sums, whichever comes first."""

import pytest

from kgrec.errors import BadInput, UnknownName
from kgrec.guide import SessionEvent


def test_the_parts_add_up_to_the_difference_of_the_scores(parity_guide):
    best = [one.item_id for one in parity_guide.recommend_for("u3", k=24)]
    for one, other in [(best[0], best[1]), (best[1], best[0]), (best[0], best[-1])]:
        found = parity_guide.contrast("u3", one, other)
        for balance in (found.by_known, found.by_way):
            total = sum(part.difference for part in balance.parts) + balance.rest
            assert total == pytest.approx(found.one.score - found.other.score, abs=1e-5 * found.one.score)


def test_the_one_that_comes_first_is_said_to_and_above_all_why(parity_guide):
    first, second = (one.item_id for one in parity_guide.recommend_for("u3", k=2))
    titles = [parity_guide.item(name).title for name in (first, second)]
    for ends in ((first, second), (second, first)):
        found = parity_guide.contrast("u3", *ends)
        assert found.text.startswith(f"“{titles[0]}” comes before “{titles[1]}” above all because")
        ahead = [part for part in found.by_known.parts if (part.difference > 0) == (ends[0] == first)]
        main = ahead[0]
        assert (main.known.label if main.known else "everybody") in found.text


def test_the_amounts_of_both_items_are_those_of_their_scores(parity_guide):
    found = parity_guide.contrast("u3", "i5", "i8")
    assert found.by_known.n_rest == 0
    everybody = next(part for part in found.by_known.parts if part.everybody)
    assert everybody.one == pytest.approx(found.one.prior)
    assert everybody.other == pytest.approx(found.other.prior)
    assert sum(part.one for part in found.by_known.parts) == pytest.approx(found.one.score, rel=1e-5)
    assert sum(part.other for part in found.by_known.parts) == pytest.approx(found.other.score, rel=1e-5)
    assert len(found.one.paths) == len(found.other.paths) == 3


def test_what_a_user_has_can_be_compared_and_so_can_a_visitor(parity_guide):
    has = parity_guide.history("u3")[0].item.item_id
    assert parity_guide.contrast("u3", has, "i2").one.rank is None
    found = parity_guide.contrast(None, "i4", "i6", session=[SessionEvent("i2", "view")])
    assert found.user_id == "visitor"
    assert "your look at “even thing 2”" in found.text or "everybody" in found.text


def test_an_item_is_not_compared_with_itself_or_with_what_is_not_there(parity_guide):
    with pytest.raises(BadInput, match="compared with itself"):
        parity_guide.contrast("u3", "i5", "i5")
    with pytest.raises(UnknownName, match="no item named 'i99'"):
        parity_guide.contrast("u3", "i5", "i99")
    with pytest.raises(UnknownName, match="no user named 'nobody'"):
        parity_guide.contrast("nobody", "i5", "i7")


def test_it_is_told_in_chinese(parity_guide):
    assert parity_guide.contrast("u3", "i5", "i8", lang="zh").text.endswith("。")
