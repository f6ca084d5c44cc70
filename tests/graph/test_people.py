"""What people did is asked of a store of its own: a library query that needs it says so."""

from __future__ import annotations

import pytest

from kgrec.graph import query, store
from tests.graph.shop import NAMER, iri

VALUES = {
    "item": iri("item", "cream"),
    "one": iri("item", "cream"),
    "other": iri("item", "oil"),
    "user": iri("user", "ana"),
    "brand": iri("brand", "Lavera"),
    "category": iri("category", "Skin"),
    "segment": NAMER.segment("age_band", "25-34"),
}


@pytest.fixture(scope="module")
def stores(tmp_path_factory, graph, shop):
    folder = tmp_path_factory.mktemp("stores")
    store.write(graph, shop, folder)
    return [store.open_store(folder / name) for name in (store.PUBLIC, store.PEOPLE)]


def rows(opened, asked: query.NamedQuery) -> set[str]:
    given = {p.name: VALUES[p.name] for p in asked.parameters}
    return {str(row) for row in query.run(opened, asked.text, parameters=query.bind(asked, given)).rows}


@pytest.mark.parametrize("name", sorted(query.library()))
def test_a_query_that_is_not_marked_as_personal_says_nothing_in_public_that_is_not_so(stores, name) -> None:
    asked = query.named(name)
    public, people = (rows(opened, asked) for opened in stores)
    if asked.personal:
        assert public != people or not people, "the mark is not needed"
    else:
        assert public <= people
        assert public == people or name == "counts-per-relation"  # where relations of users have no line


def test_the_public_store_counts_no_relation_of_users(stores) -> None:
    public, people = (rows(opened, query.named("counts-per-relation")) for opened in stores)
    for name in ("bought", "viewed", "inSegment"):
        assert not [row for row in public if f"#{name}>" in row]
        assert [row for row in people if f"#{name}>" in row]
