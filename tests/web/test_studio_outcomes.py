"""The studio tells what came of what was shown, with intervals, and says where there is too little to say."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from kgrec.guide import Guide
from kgrec.insight import outcomes_over_time
from kgrec.live.exposures import DAY, Exposure, ExposureBook, Shown
from kgrec.live.keys import KeyRing
from kgrec.live.told import Event
from kgrec.live.watch import Watch
from tests.web.living import LivingShop, living_shop
from tests.web.opened import keys_alone, open_studio
from web import create_app

EXPERIMENT = """
[experiment]
name = "x"
arms.control = { share = 0.5 }
arms.other = { share = 0.5, balance = 0.3 }
"""
NOW = int(time.time())
USERS = 60
BOUGHT = 32  # all of one arm, two of the other


@pytest.fixture(scope="module")
def shop(parity_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingShop]:
    """Each of 60 users saw a list a day ago and another one now; those of one arm clicked and bought far more."""
    with living_shop(parity_workspace, tmp_path_factory.mktemp("outcomes") / "shop", EXPERIMENT) as shop:
        users = [f"u{n}" for n in range(USERS)]
        for user_id in users:
            shop.served.registry.people.consents(user_id, {"research": True})
        shown = tuple(
            Shown(f"i{n}", "bought · has_brand · has_brand⁻¹" if n else "popular") for n in range(4)
        )
        ExposureBook(shop.served.database).keep(
            [
                Exposure(
                    f"r-{ago}-{user_id}",
                    user_id,
                    NOW - ago * DAY - 60,
                    "path@1" if ago else "<b>path@2</b>",
                    "g",
                    "x",
                    "other" if place % 2 else "control",
                    "user",
                    shown,
                )
                for place, user_id in enumerate(users)
                for ago in (1, 0)
            ]
        )
        shop.served.guide.intake.log.append(
            [
                Event(f"{kind}-{user_id}", user_id, "i1", kind, NOW - 30, request_id=f"r-0-{user_id}")
                for place, user_id in enumerate(users)
                if place % 2 or place < 4
                for kind in ("view", "buy")
            ]
        )
        yield shop


@pytest.fixture
def studio(shop: LivingShop) -> FlaskClient:
    watch = Watch.of(shop.folder, shop.served.workspace.namer.key)
    return open_studio(create_app(shop.served, watch=watch).test_client(), shop.served.keys)


def read(client: FlaskClient, address: str = "") -> str:
    answer = client.get(f"/studio/outcomes{address}")
    assert answer.status_code == 200, answer.text[:2000]
    return answer.text


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


def test_the_figures_are_those_of_the_log_with_their_intervals(shop: LivingShop, studio: FlaskClient) -> None:
    page = words(read(studio, "?days=7&k=2"))
    told = outcomes_over_time(
        shop.served.workspace, now=NOW + 5, days=7, k=2, database=shop.served.database
    ).groups[0]
    assert told.lists == 2 * USERS and told.conversion.n == BOUGHT
    for share in (told.precision, told.recall, told.click_through, told.conversion):
        assert share.value is not None and share.interval is not None
        low, high = share.interval
        assert f"{share.value:.1%} {low:.1%} to {high:.1%} {share.n} of {share.of}" in page
    assert "Precision at 2" in page and "Too few to say" not in page


def test_each_figure_is_drawn_over_the_days_with_a_table_behind_it(studio: FlaskClient) -> None:
    page = read(studio, "?by=model&days=7")
    assert page.count("<time-chart") == 4
    chart = page.split('id="conversion"')[1].split("</figure>")[0]
    rows = re.findall(r'<time datetime="(\d{4}-\d\d-\d\d)">', chart)
    assert len(rows) == 2 and rows == sorted(rows)
    values = re.findall(r'data-value="([^"]+)" data-low="([^"]+)" data-high="([^"]+)"', chart)
    assert [float(value) for value, _, _ in values] == [0.0, BOUGHT / (4 * USERS)]
    assert all(float(low) <= float(value) <= float(high) for value, low, high in values)


def test_by_day_the_days_are_the_lines_of_the_table(studio: FlaskClient) -> None:
    page = read(studio, "?by=day&days=7")
    chart = page.split('id="click-through"')[1].split("</figure>")[0]
    assert len(re.findall(r"<time datetime", chart)) == 2


def test_arms_are_compared_in_words(studio: FlaskClient) -> None:
    page = words(read(studio, "?by=arm"))
    assert "x: control" in page and "x: other" in page
    assert "More shoppers buy with other than with control." in page
    assert "More shoppers click with other than with control." in page and "+93.3 points (" in page
    assert "0.3" in page.split("As the experiment is set up")[1]


def test_by_kind_of_reason_ways_are_told_in_words(studio: FlaskClient) -> None:
    page = read(studio, "?by=explanation")
    assert "Because everybody chooses it" in words(page) and "has_brand" not in page
    kinds = re.findall(r'<th scope="row"><bdi>(.*?)</bdi>', page.split("</table>")[0])
    assert len(set(kinds)) == len(kinds) > 1, "two kinds of reason are called the same"
    assert any(" → " in kind for kind in kinds)


@pytest.mark.parametrize(
    "asked", ["?days=1e9&k=-3&window=nan&by=<b>", "?days=x&k=&window=1e-9", "?by=all&days=inf"]
)
def test_what_makes_no_sense_is_as_if_it_were_not_there(studio: FlaskClient, asked: str) -> None:
    assert "<b>" not in read(studio, asked)


def test_names_stay_texts(studio: FlaskClient) -> None:
    page = read(studio, "?by=model")
    assert "<b>path@2</b>" not in page and "&lt;b&gt;path@2&lt;/b&gt;" in page


def test_little_is_told_of_little_and_nothing_of_nothing(parity_workspace: Path, tmp_path: Path) -> None:
    with living_shop(parity_workspace, tmp_path / "shop") as shop:
        watch = Watch.of(shop.folder, shop.served.workspace.namer.key)
        client = open_studio(create_app(shop.served, watch=watch).test_client(), shop.served.keys)
        page = words(read(client))
        assert "Nothing was shown in this time" in page and "/api/v1/events" in page
        assert "[experiment.arms.control]" in words(read(client, "?by=arm"))
        shop.served.registry.people.consents("u1", {"research": True})
        shop.served.registry.people.consents("u2", {"research": True})
        ExposureBook(shop.served.database).keep(
            [
                Exposure(f"r{n}", f"u{n}", NOW - 60, "m", "g", "x", f"arm{n}", "user", (Shown("i1"),))
                for n in (1, 2)
            ]
        )
        page = words(read(client, "?by=arm"))
        assert page.count("Too few to say") == 2
        assert "Too few shoppers to say in which arm more of them buy." in page
        assert "these are figures of an earlier one" in page
        # An application that keeps nothing says how to change that.
        silent = open_studio(shop.app.test_client(), shop.served.keys)
        assert "keep = true" in read(silent, "?days=1&by=day") or "Too few to say" in words(read(silent))


def test_a_shop_without_a_database_says_so(parity_guide: Guide, tmp_path: Path) -> None:
    guide = Guide(parity_guide.dataset, parity_guide.graph, parity_guide.model, registry=keys_alone(tmp_path))
    client = open_studio(create_app(guide).test_client(), KeyRing(tmp_path / "keys.sqlite"))
    assert "without a database" in read(client)
