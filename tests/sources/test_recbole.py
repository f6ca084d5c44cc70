"""RecBole's atomic files: small ones written here, and the real ones where they are present."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from pathlib import Path as FilePath

import pytest

from kgrec import sources
from kgrec.domain import EVENTS, Dataset
from kgrec.errors import BadInput

Shared = Callable[[str], FilePath]

USERS = "user_id:token\tage:token\tgender:token\tzip_code:token\n" + "".join(
    f"{number}\t{20 + number}\t{'FM'[number % 2]}\t{10_000 + number // 2}\n" for number in range(20)
)
TOY = {
    "inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    "0\t2\t3.5\t881250949\n1\t1\t5\t881250948\n",
    "user": USERS,
    "item": "item_id:token\tmovie_title:token_seq\tprice:float\tclass:token_seq\n"
    '1\t"Great" Toy Story\t9.5\tAnimation Comedy\n2\tHeat\t\tCrime\n',
    "kg": "head_id:token\trelation_id:token\ttail_id:token\n"
    "m.toy\tfilm.film.genre\tm.fun\nm.fun\tfilm.genre.films\tm.toy\n"
    "m.ann\tfilm.writer.film\tm.heat\nm.ann\tperson.born\tm.rome\n",
    "link": "item_id:token\tentity_id:token\n1\tm.toy\n2\tm.heat\n77\tm.gone\n",
}


@pytest.fixture
def toy(tmp_path: FilePath) -> Callable[..., FilePath]:
    """Writes the toy's files, some of them other than usual or, where None, not at all."""

    def write(**others: str | None) -> FilePath:
        for ending, text in (TOY | others).items():
            if text is not None:
                (tmp_path / f"toy.{ending}").write_text(text)
        return tmp_path

    return write


def facts(dataset: Dataset) -> set[tuple[str, str, str]]:
    names = dataset.items.ids[dataset.facts.item]
    return set(zip(names, dataset.facts.relation, dataset.facts.value, strict=True))


def test_ratings_are_rated_with_their_stars_oldest_first(toy: Callable[..., FilePath]) -> None:
    dataset = sources.read("recbole", toy())
    known = dataset.interactions
    assert list(dataset.users.ids[known.user]) == ["1", "0"]
    assert list(known.weight) == [5.0, 3.5]
    assert {EVENTS[event] for event in known.event} == {"rate"}
    assert list(known.line) == [3, 2] and known.clock == "seconds"


def test_rows_without_ratings_and_times_are_bought_in_no_order(toy: Callable[..., FilePath]) -> None:
    folder = toy(
        inter="user_id:token\titem_id:token\nann\trose\nben\trose\n", user=None, item=None, kg=None, link=None
    )
    known = sources.read("recbole", folder).interactions
    assert {EVENTS[event] for event in known.event} == {"buy"}
    assert known.clock == "none" and list(known.weight) == [1.0, 1.0]


def test_ages_become_bands_and_what_few_users_share_makes_no_segments(toy: Callable[..., FilePath]) -> None:
    dataset = sources.read("recbole", toy())
    assert set(dataset.user_table.columns) == {"age", "gender"}
    ages = dict(zip(dataset.users.ids, dataset.user_table["age"], strict=True))
    assert (ages["0"], ages["9"], ages["10"]) == ("20-29", "20-29", "30-39")
    assert dataset.report.columns["toy.user"]["zip_code"] == "not used"
    assert any("zip_code makes no segments, a value has 2.0 users" in note for note in dataset.report.notes)


def test_impossible_ages_are_left_out_and_bands_of_the_source_stay(toy: Callable[..., FilePath]) -> None:
    dataset = sources.read("recbole", toy(user=USERS.replace("\t39\t", "\t-1\t").replace("\t20\t", "\t\t")))
    assert list(dataset.user_table["age"])[0] == list(dataset.user_table["age"])[19] == ""
    assert "toy.user: 1 values of age are no age and were left out" in dataset.report.notes
    banded = "".join(f"{number}\t{('young', 'old')[number % 2]}\n" for number in range(10))
    dataset = sources.read("recbole", toy(user="user_id:token\tage:token\n" + banded))
    assert set(dataset.user_table["age"]) == {"young", "old"}


def test_items_have_titles_as_written_prices_and_one_category_a_word(toy: Callable[..., FilePath]) -> None:
    dataset = sources.read("recbole", toy())
    assert list(dataset.item_table["title"]) == ['"Great" Toy Story', "Heat"]
    assert dataset.item_table["price"][0] == 9.5
    assert {fact for fact in facts(dataset) if fact[1] == "has_category"} == {
        ("1", "has_category", "Animation"),
        ("1", "has_category", "Comedy"),
        ("2", "has_category", "Crime"),
    }


def test_triples_of_linked_items_become_attributes_told_once(toy: Callable[..., FilePath]) -> None:
    dataset = sources.read("recbole", toy())
    assert {fact for fact in facts(dataset) if fact[1] == "has_attribute"} == {
        ("1", "has_attribute", "film.film.genre: m.fun"),
        ("2", "has_attribute", "is film.writer.film of m.ann"),
    }
    notes = "\n".join(dataset.report.notes)
    assert "toy.kg: 1 of 4 triples touch no item and were left out" in notes
    assert "toy.kg: film.genre.films say of their tails what other relations say of heads" in notes
    assert "toy.link: 1 links are of items that nothing else names" in notes


def test_a_relation_that_tells_more_than_its_mirror_is_kept(toy: Callable[..., FilePath]) -> None:
    more = str(TOY["kg"]) + "m.fun\tfilm.genre.films\tm.heat\n"
    assert ("2", "has_attribute", "is film.genre.films of m.fun") in facts(
        sources.read("recbole", toy(kg=more))
    )


def test_files_may_be_compressed_and_a_catalogue_stands_in_for_the_items(
    toy: Callable[..., FilePath],
) -> None:
    folder = toy(inter=None)
    (folder / "toy.inter.gz").write_bytes(gzip.compress(TOY["inter"].encode()))
    catalogue = folder / "catalogue.csv"
    catalogue.write_text('item_id,title,brand\n1,"Toys, new",Lavera\n2,Heat,\n')
    dataset = sources.read("recbole", folder, catalogue)
    assert list(dataset.item_table["title"]) == ["Toys, new", "Heat"]
    assert ("1", "has_brand", "Lavera") in facts(dataset)


@pytest.mark.parametrize(
    ("ending", "text", "message"),
    [
        ("inter", "user_id\titem_id\n1\t1\n", "^toy.inter, line 1: 'user_id' has no type; write NAME:TYPE"),
        ("inter", "user_id:word\titem_id:token\n1\t1\n", "^toy.inter, line 1: 'user_id:word' has no type"),
        ("inter", "item_id:token\n1\n", "^toy.inter: no column for user_id; found item_id"),
        (
            "inter",
            "user_id:token\titem_id:token\n1\t1\n1\n",
            "^toy.inter, line 3: 1 cells where the header has 2; no cell can hold a tab",
        ),
        ("inter", TOY["inter"] + "1\t9\t1\t1\n", "^toy.inter, line 4: the item is not in the catalogue: '9'"),
        ("inter", TOY["inter"] + "1\t1\tx\t1\n", "^toy.inter, line 4: rating is not a number above 0: 'x'"),
        ("inter", None, r"needs exactly one NAME.inter\[.gz\]; found none"),
        ("link", None, "toy.kg and toy.link need each other"),
        ("kg", None, "toy.kg and toy.link need each other"),
        ("kg", TOY["kg"] + "m.toy\t\tm.x\n", "^toy.kg, line 6: the relation id is empty"),
        ("kg", "head_id:token\ttail_id:token\na\tb\n", "^toy.kg: no column for relation_id; found head_id"),
        ("link", TOY["link"] + "\tm.x\n", "^toy.link, line 5: the item id is empty"),
        ("user", "user_id:token\tuser_id:float\n1\t1\n", "^toy.user: there are two columns named 'user_id'"),
    ],
)
def test_mistakes_are_named_by_file_and_line(
    toy: Callable[..., FilePath], ending: str, text: str | None, message: str
) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        sources.read("recbole", toy(**{ending: text}))
    assert "\n" not in str(caught.value)


def test_bad_rows_can_be_dropped_and_are_counted(toy: Callable[..., FilePath]) -> None:
    folder = toy(kg=TOY["kg"] + "m.toy\t\tm.x\n", inter=TOY["inter"] + "1\t9\t1\t1\n")
    dataset = sources.read("recbole", folder, on_invalid="drop")
    assert {(d.file, d.rows, d.first_line) for d in dataset.report.dropped} == {
        ("toy.kg", 1, 6),
        ("toy.inter", 1, 4),
    }


def test_real_movielens_has_its_known_size_segments_and_graph(shared: Shared) -> None:
    dataset = sources.read("recbole", shared("ml-100k-kg"))
    assert (len(dataset.users), len(dataset.items), len(dataset.interactions)) == (943, 1_682, 100_000)
    assert set(dataset.user_table.columns) == {"age", "gender", "occupation"}
    assert (dataset.item_table["title"] != "").all()
    assert Counter(dataset.facts.relation)["has_category"] == 2_893
    values = [str(value) for value in dataset.facts.value]
    assert sum(value.startswith("film.film.genre: ") for value in values) == 7_184
    assert not any("films_in_this_genre" in value for value in values)
