"""Items with rare words in common are found, in English and in Chinese."""

from __future__ import annotations

import numpy as np
import pytest

from kgrec.domain import Edges
from kgrec.understand.text import similar_text


def pairs(edges: Edges) -> dict[tuple[int, int], float]:
    weights = zip(edges.head.tolist(), edges.tail.tolist(), edges.weight.tolist(), strict=True)
    return {(head, tail): weight for head, tail, weight in weights}


def test_titles_with_words_in_common_are_joined_and_others_are_not() -> None:
    titles = ["Rose Hand Cream", "Rose Hand Lotion", "Charcoal Soap", "Charcoal Soap Bar", "Comb"]
    found = pairs(similar_text(titles, [""] * 5))
    assert set(found) == {(0, 1), (2, 3)}
    assert all(0 < weight <= 1.00001 for weight in found.values())


def test_the_brand_counts_as_words_do() -> None:
    assert set(pairs(similar_text(["Cream", "Oil", "Soap"], ["Lavera", "Lavera", "Weleda"]))) == {(0, 1)}


def test_chinese_titles_are_compared_by_pairs_of_characters() -> None:
    titles = ["玫瑰面霜", "保湿玫瑰面霜", "竹炭香皂", "竹炭香皂Soap", "梳子"]
    found = pairs(similar_text(titles, [""] * 5))
    assert set(found) == {(0, 1), (2, 3)}


def test_each_pair_is_there_once_smaller_row_first_with_no_item_beside_itself() -> None:
    titles = [f"thing {n % 7} {n % 3}a {n % 5}b" for n in range(600)]  # more than one block of comparisons
    edges = similar_text(titles, ["x"] * 600, neighbours=5)
    assert (edges.head < edges.tail).all()
    assert len(pairs(edges)) == len(edges)
    degree = np.bincount(np.concatenate([edges.head, edges.tail]), minlength=600)
    assert (degree >= 5).all()
    assert edges.relation == "similar_text" and set(edges.support) == {0}


def test_the_nearest_are_kept() -> None:
    titles = ["red wool winter hat", "red wool winter hat", "red wool scarf", "red pen", "blue pen"]
    found = pairs(similar_text(titles, [""] * 5, neighbours=1))
    assert (0, 1) in found and (0, 3) not in found


def test_the_weight_is_the_cosine_of_the_words() -> None:
    found = pairs(similar_text(["rose", "rose", "soap", "soap"], [""] * 4))
    assert found == pytest.approx({(0, 1): 1.0, (2, 3): 1.0})


@pytest.mark.parametrize(
    "titles", [[], ["one"], ["", "", ""], ["the", "of the"], ["rose", "soap"], ["\x00", "<script>"]], ids=str
)
def test_nothing_in_common_means_no_edges(titles: list[str]) -> None:
    edges = similar_text(titles, [""] * len(titles))
    assert len(edges) == 0 and edges.weight.dtype == np.float32


def test_huge_and_hostile_titles_do_no_harm() -> None:
    titles = ["rose " * 200_000, "rose \ud800\u202e", "玫" * 500_000, "rose"]
    assert (0, 3) in pairs(similar_text(titles, [""] * 4))


def test_asking_twice_gives_the_same() -> None:
    titles = [f"rose {n % 4} cream {n % 9}" for n in range(300)]
    first, second = (similar_text(titles, [""] * 300, neighbours=3) for _ in range(2))
    assert pairs(first) == pairs(second)
