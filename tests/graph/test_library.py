"""A query of the library answers no more than was asked, whatever the values hold."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from kgrec import pipeline
from kgrec.cli import root
from kgrec.errors import BadInput
from kgrec.graph import query, store
from kgrec.graph.build import assemble
from kgrec.storage import create_workspace
from tests.graph.shop import NAMER, iri, toy_shop

CREAM, OIL, MASK = (iri("item", name) for name in ("cream", "oil", "mask"))
HOSTILE = ['"> } ; DROP ALL #', "x> . ?a ?b ?c } #", "a\nb\\", "{}", "' OR 1=1", "\u202e"]


def rows(memory, name: str, **values: str) -> list[tuple[str, ...]]:
    asked = query.named(name)
    found = query.run(memory, asked.text, parameters=query.bind(asked, values)).rows
    return sorted(tuple(getattr(cell, "value", "") for cell in row) for row in found)


def test_only_an_item_that_nothing_leads_to_is_listed_as_such() -> None:
    facts = [("cream", "compatible_with", "mask"), ("oil", "has_brand", "Lavera")]
    # Cream has the head of a link that goes both ways.
    lonely = toy_shop(facts=facts, events=[("ben", "mask", "buy", 1.0, 100)])
    found = rows(store.load_memory(assemble(lonely, NAMER), lonely), "items-nothing-leads-to")
    assert [row[0] for row in found] == [OIL]


def test_pairs_of_one_brand_are_not_across_brands_and_others_are_no_duplicates(memory) -> None:
    assert rows(memory, "bought-together-across-brands", item=OIL) == []
    assert rows(memory, "near-duplicates", item=MASK) == []


def test_what_a_department_lacks_is_counted_and_what_it_has_is_not(memory) -> None:
    lacking = {(row[1], row[2].rpartition("#")[2]): row[3] for row in rows(memory, "missing-attributes")}
    assert lacking == {("Skin", "hasColour"): "1", ("Skin", "hasMaterial"): "2"}


def test_another_users_history_is_on_no_explanation_path(memory) -> None:
    found = rows(memory, "explanation-paths", user=iri("user", "ana"), item=OIL)
    assert iri("user", "ben") not in {cell for row in found for cell in row}
    assert rows(memory, "explanation-paths", user=iri("user", "cleo"), item=OIL) == []


def test_a_question_of_a_user_is_not_asked_without_the_user() -> None:
    with pytest.raises(BadInput, match="needs user"):
        query.bind(query.named("explanation-paths"), {"item": OIL})
    with pytest.raises(BadInput, match="needs user"):
        query.bind(query.named("history-of-user"), {})


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_id_is_an_id_nobody_has(memory, value: str) -> None:
    assert rows(memory, "item-facts", item=NAMER.item(value)) == []


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = create_workspace(tmp_path_factory.mktemp("shops") / "toy", toy_shop(), settings={})
    pipeline.build(made)
    return str(made.folder)


def asked(*words: str):
    return CliRunner().invoke(root, ["query", *words])


def test_the_command_lists_the_library_and_takes_ids_for_iris(workspace) -> None:
    listed = asked(workspace, "--list").output
    assert all(name in listed for name in query.library()) and "--param user=" in listed
    found = asked(workspace, "items-of-brand", "--param", "brand=Lavera", "--format", "csv").output
    assert "Rose Oil" in found and "mask" not in found
    paths = asked(
        workspace, "explanation-paths", "--param", "user=ana", "--param", "item=oil", "--format", "ttl"
    )
    assert "hasBrand" in paths.output


@pytest.mark.parametrize("value", HOSTILE)
def test_the_command_finds_nothing_for_a_hostile_id(workspace, value: str) -> None:
    answer = asked(workspace, "item-facts", "--param", f"item={value}", "--format", "csv")
    assert answer.exit_code == 0, answer.output
    assert len(answer.output.strip().splitlines()) == 1


def test_a_value_for_a_text_of_ones_own_is_refused(workspace) -> None:
    answer = asked(workspace, "ASK { ?a ?b ?c }", "--param", "a=b")
    assert isinstance(answer.exception, BadInput)
