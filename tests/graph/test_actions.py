"""Every event leaves as one schema.org action that names its user by hash only."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kgrec.cli import main
from kgrec.domain import EVENT_RELATIONS, EVENTS
from kgrec.errors import BadInput
from kgrec.graph.actions import CLASS_OF_EVENT, FORMATS, export_actions
from kgrec.graph.namespaces import KG, SCHEMA
from kgrec.graph.vocabulary import camel
from kgrec.resources import ontology_folder
from kgrec.storage import create_workspace
from tests.graph.shop import NAMER, iri, toy_shop

TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def told(file, form: str) -> dict[str, dict[str, str]]:
    """What a file says of each action: property → value."""
    found: dict[str, dict[str, str]] = {}
    for quad in ox.parse(path=str(file), format=FORMATS[form]):
        name = quad.predicate.value.removeprefix(SCHEMA)
        found.setdefault(quad.subject.value.removeprefix(NAMER.base), {})[name] = quad.object.value
    return found


@pytest.mark.parametrize("form", FORMATS)
def test_each_event_is_an_action_with_who_what_and_when(tmp_path, form) -> None:
    shop = toy_shop()
    assert export_actions(shop, NAMER, tmp_path / "out", form) == {"actions": 6}
    found = told(tmp_path / "out", form)
    assert found["id/action/2"] == {
        TYPE: f"{SCHEMA}BuyAction",
        "agent": iri("user", "ana"),
        "object": iri("item", "cream"),
        "startTime": "1970-01-01T00:02:00Z",
    }
    kinds = [found[f"id/action/{n}"][TYPE].removeprefix(SCHEMA) for n in range(6)]
    assert kinds == ["BuyAction", "ReviewAction", "BuyAction", "ViewAction", "ReviewAction", "ReturnAction"]
    assert found[found["id/action/4"]["result"].removeprefix(NAMER.base)]["ratingValue"] == "2.0"
    text = (tmp_path / "out").read_text("utf-8")
    assert not [user_id for user_id in shop.users.ids if f"/{user_id}" in text or f'"{user_id}"' in text]


def test_a_time_that_is_no_moment_is_not_told(tmp_path) -> None:
    export_actions(toy_shop(clock="steps"), NAMER, tmp_path / "out", "nt")
    assert not [action for action in told(tmp_path / "out", "nt").values() if "startTime" in action]


def test_a_rating_comes_out_as_it_went_in(tmp_path) -> None:
    shop = toy_shop(events=[("ana", "cream", "rate", weight, 100) for weight in (4.1, 1e-5, 5.0)])
    export_actions(shop, NAMER, tmp_path / "out", "nt")
    values = [one["ratingValue"] for one in told(tmp_path / "out", "nt").values() if "ratingValue" in one]
    assert values == ["4.1", "0.00001", "5.0"]


def test_classes_are_those_that_the_ontology_sees_beside_its_relations() -> None:
    memory = ox.Store()
    memory.load(path=str(ontology_folder() / "kgrec.ttl"), format=ox.RdfFormat.TURTLE)
    also = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#seeAlso")
    for event, relation in zip(EVENTS, EVENT_RELATIONS, strict=True):
        seen = memory.quads_for_pattern(ox.NamedNode(KG + camel(relation)), also, None)
        assert SCHEMA + CLASS_OF_EVENT[event] in {quad.object.value for quad in seen}, event


def test_a_format_that_cannot_hold_them_is_refused(tmp_path) -> None:
    with pytest.raises(BadInput, match="ttl, nt, jsonld"):
        export_actions(toy_shop(), NAMER, tmp_path / "out.csv", "csv")


def test_actions_are_not_written_without_saying_that_users_are_meant(tmp_path, capsys) -> None:
    create_workspace(tmp_path / "shop", toy_shop(), settings={})
    words = ["export", str(tmp_path / "shop"), str(tmp_path / "out.nt"), "--actions"]
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert "--with-users" in capsys.readouterr().err
    assert not (tmp_path / "out.nt").exists()
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--with-users"])
    assert not stopped.value.code
    assert '"n_actions": 6' in capsys.readouterr().out
    assert len((tmp_path / "out.nt").read_text().splitlines()) == 6 * 4 + 2 * 3
