"""Rules are looked at before they are saved: every fault with its line, what would change; and no update is lost."""

from datetime import date

import pytest

from kgrec.errors import BadInput, Changed
from kgrec.insight import check_rules, preview_rules, rules_text, sample, save_rules

PIN = '[[rule]]\nname = "First"\ndo = "pin"\nitems = ["i7"]\nplace = 1\n'
OUT = '\n[[rule]]\nname = "No red"\ndo = "exclude"\ncolour = "red"\nuntil = 2026-06-30\n'


def test_rules_are_listed_with_their_lines_and_whether_they_hold(parity_guide):
    found = check_rules(parity_guide, PIN + OUT, date(2026, 7, 1))
    pin, out = found.rules
    assert (pin.name, pin.do, pin.place, pin.items, pin.holds, pin.line) == ("First", "pin", 1, 1, True, 1)
    assert (out.items, out.holds, out.line, out.last) == (8, False, 7, date(2026, 6, 30))
    assert not found.faults


def test_all_faults_are_told_each_with_its_line_and_rule(parity_guide):
    text = (
        PIN.replace("place = 1", "place = 0")
        + OUT.replace("colour", "color")
        + PIN.replace("First", "Third").replace("i7", "i99")
    )
    found = check_rules(parity_guide, text)
    assert [(fault.line, fault.rule) for fault in found.faults] == [
        (1, "First"),
        (7, "No red"),
        (12, "Third"),
    ]
    assert "place is 0" in found.faults[0].text
    assert "did you mean colour" in found.faults[1].text
    assert "no item named 'i99'" in found.faults[2].text


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('[[rule]]\nname = "x\n', 2, "is no TOML"),
        ('[shop]\nname = "x"\n', None, "no table of rules.toml"),
        ("rule = 3\n", None, "a list of tables"),
        ('rule = [{name = "x", do = "pin"}]\n', None, "does not say what it is about"),
        ("\ud800", None, "is not UTF-8"),
        ("#" + "x" * 1_000_001, None, "is longer than"),
    ],
)
def test_what_is_no_file_of_rules_says_so(parity_guide, text, line, what):
    (fault,) = check_rules(parity_guide, text).faults
    assert fault.line == line and what in fault.text
    assert preview_rules(parity_guide, text).changes is None


def test_a_preview_counts_what_a_look_at_every_list_finds(parity_guide):
    found = preview_rules(parity_guide, PIN + OUT, day=date(2026, 6, 1), user_id="u2", k=4)
    red = {f"i{n}" for n in range(0, 24, 3)}
    lists = {}
    for user_id in map(str, parity_guide.dataset.users.ids):
        before = [one.item_id for one in parity_guide.recommend_for(user_id, k=24)]
        rest = [item for item in before if item not in red and item != "i7"]
        lists[user_id] = (before[:4], ["i7", *rest][:4] if "i7" in before else rest[:4])
    assert [one.item_id for one in found.one.before] == lists["u2"][0]
    assert [one.item_id for one in found.one.after] == lists["u2"][1]
    changes = found.changes
    assert changes.lists.n == sum(before != after for before, after in lists.values())
    assert changes.places.n == sum(len(set(after) - set(before)) for before, after in lists.values())
    first = changes.gained[0]
    assert first.item_id == "i7" and first.after == sum("i7" in after for _, after in lists.values())
    assert {moved.item_id for moved in changes.lost if moved.after == 0} >= {
        item for before, _ in lists.values() for item in before if item in red
    }


def test_a_preview_is_against_the_rules_that_are_in_force(served):
    (served.workspace.folder / "rules.toml").write_text(PIN, encoding="utf-8")
    guide = served.as_opened
    same = preview_rules(guide, PIN, sample(guide, 10), user_id="u0")
    assert same.changes.lists.n == 0 and same.one.before == same.one.after
    none = preview_rules(guide, "", sample(guide, 10), user_id="u0")
    assert none.one.before[0].item_id == "i7" != none.one.after[0].item_id
    assert guide.recommend_for("u0", k=1)[0].item_id == "i7"  # nothing was saved


def test_what_is_saved_is_in_force_and_read_back(served):
    guide, workspace = served.as_opened, served.workspace
    empty = rules_text(workspace)
    assert (empty.text, empty.digest) == ("", "")
    saved = save_rules(workspace, guide, PIN.replace("\n", "\r\n"), empty.digest)
    assert rules_text(workspace) == saved and saved.text == PIN
    assert guide.recommend_for("u0", k=1)[0].item_id == "i7"


def test_nobody_elses_update_is_lost(served):
    guide, workspace = served.as_opened, served.workspace
    seen = rules_text(workspace)
    theirs = save_rules(workspace, guide, OUT, seen.digest)
    with pytest.raises(Changed, match="open it again"):
        save_rules(workspace, guide, PIN, seen.digest)
    assert rules_text(workspace) == theirs
    (workspace.folder / "rules.toml").unlink()
    with pytest.raises(Changed):
        save_rules(workspace, guide, PIN, theirs.digest)


def test_faulty_rules_are_not_saved_and_nothing_is_left_beside(served):
    guide, workspace = served.as_opened, served.workspace
    before = sorted(path.name for path in workspace.folder.iterdir())
    with pytest.raises(BadInput, match="no item named 'i99'"):
        save_rules(workspace, guide, PIN.replace("i7", "i99"), "")
    assert sorted(path.name for path in workspace.folder.iterdir()) == before
