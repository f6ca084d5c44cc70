"""Models in the studio: told as they are, compared, and one made to answer by who may, after a look at what changes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from kgrec import pipeline, storage
from kgrec.guide import Guide
from kgrec.insight import compare
from kgrec.live.database import Database
from kgrec.live.keys import KeyRing
from kgrec.live.people import People
from tests.web.living import LivingShop, living_shop
from tests.web.opened import form, keys_alone, open_studio
from web import create_app

ARMS = """
[experiment]
name = "x"
arms.a = { share = 0.5, model = "gen-0001" }
arms.b.share = 0.5
"""


@pytest.fixture(scope="module")
def trained(parity_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path model on the first graph, popularity on the second one."""
    folder = tmp_path_factory.mktemp("models") / "twice"
    shutil.copytree(parity_workspace, folder, symlinks=True)
    workspace = storage.open_workspace(folder)
    database = Database.of(folder)
    People(database).consents("u59", {"recommend": False})  # so that the second graph is another one
    database.close()
    pipeline.build(workspace)
    pipeline.train(workspace, model_name="popularity")
    return folder


@pytest.fixture
def shop(trained: Path, tmp_path: Path) -> Iterator[LivingShop]:
    with living_shop(trained, tmp_path / "shop", ARMS) as shop:
        yield shop


@pytest.fixture
def admin(shop: LivingShop) -> FlaskClient:
    return open_studio(shop.app.test_client(), shop.served.keys, "admin")


def read(client: FlaskClient, address: str = "", status: int = 200) -> str:
    answer = client.get(f"/studio/models{address}")
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


def line(page: str, model: str) -> str:
    """What is said of one model."""
    rows = re.findall(r"<tr>.*?</tr>", page.split('id="kept"')[1].split("</section>")[0], re.DOTALL)
    (found,) = (words(row) for row in rows if f'code">{model}</th>' in row)
    return found


def current(shop: LivingShop, what: str = "models") -> str:
    return (shop.folder / what / "CURRENT").resolve().name


def test_figures_of_the_training_are_explained_in_plain_words(admin: FlaskClient) -> None:
    for lang, words in (("en", "among the first ten"), ("zh", "排在前十位")):
        page = read(admin, f"?lang={lang}")
        assert words in page and page.count("<strong>") >= 2


def test_models_are_told_with_what_they_were_made_from_and_which_answers(
    shop: LivingShop, admin: FlaskClient
) -> None:
    page = read(admin)
    path, popular = line(page, "gen-0001"), line(page, "gen-0002")
    assert "path" in path and "Fixed for arm a" in path and "Let it answer" in path
    assert "popularity" in popular and "Answers now" in popular and "Let it answer" not in popular
    last = shop.served.workspace.models / "gen-0001" / "model.json"
    assert last.exists() and re.search(r"\d\.\d{3}", path)
    assert "answers with model gen-0002" in words(page)


def test_two_are_compared(shop: LivingShop, admin: FlaskClient) -> None:
    told = compare(shop.served.workspace, "gen-0001", "gen-0002")
    page = words(read(admin, "?one=gen-0001&other=gen-0002"))
    assert f"of lists differ {told.lists.value:.1%}" in page
    assert f"of places are held by other products {told.places.value:.1%}" in page
    assert f"{told.users} of {told.of_users}" in page
    assert "no generation of the models named" in words(read(admin, "?one=gen-0001&other=<b>", 404))


def test_one_is_made_to_answer_after_a_look_at_what_changes(shop: LivingShop, admin: FlaskClient) -> None:
    confirm = read(admin, "/use?name=gen-0001")
    assert "Let gen-0001 answer?" in confirm and "The graph changes with it" in confirm
    assert current(shop) == "gen-0002"  # looking changes nothing
    fields = form(confirm, "/studio/models/use")
    answer = admin.post("/studio/models/use", data=fields)
    assert answer.status_code == 303 and answer.headers["Location"] == "/studio/models"
    assert (current(shop), current(shop, "graph")) == ("gen-0001", "gen-0001")
    assert "gen-0001 was chosen. Every process takes it over" in words(read(admin))
    shop.served.look()
    page = read(admin)
    assert "answers with model gen-0001 on graph gen-0001" in words(page)
    assert "Answers now" in line(page, "gen-0001") and "being taken over" not in page
    assert "It answers already." in read(admin, "/use?name=gen-0001")
    # Whoever still has the first page open does not change it back and forth.
    admin.post("/studio/models/use", data={**fields, "name": "gen-0002"})
    assert current(shop) == "gen-0001" and "Nothing was changed" in read(admin)


def test_a_key_that_may_read_may_look_and_no_more(shop: LivingShop, admin: FlaskClient) -> None:
    fields = form(read(admin, "/use?name=gen-0001"), "/studio/models/use")
    reader = open_studio(admin, shop.served.keys, "read")
    page = read(reader)
    assert "Let it answer" not in page and "takes a key of role admin" in words(page)
    for answer in (
        reader.get("/studio/models/use?name=gen-0001"),
        reader.post("/studio/models/use", data=fields),
    ):
        assert answer.status_code == 403 and "needs a key of role admin" in answer.text
    assert current(shop) == "gen-0002"


def test_what_was_sent_from_elsewhere_or_names_nothing_changes_nothing(
    shop: LivingShop, admin: FlaskClient
) -> None:
    fields = form(read(admin, "/use?name=gen-0001"), "/studio/models/use")
    token = fields.pop("csrf_token")
    assert admin.post("/studio/models/use", data=fields).status_code == 400
    for name in ("gen-9999", "../gen-0001", "", "x" * 5000):
        sent = {**fields, "name": name, "csrf_token": token}
        assert admin.post("/studio/models/use", data=sent).status_code == 404
        read(admin, f"/use?name={name[:50]}", 404)
    assert current(shop) == "gen-0002"


def test_a_model_whose_graph_is_gone_cannot_be_chosen(shop: LivingShop, admin: FlaskClient) -> None:
    shutil.rmtree(shop.folder / "graph" / "gen-0001")
    page = read(admin)
    assert "not kept any more" in line(page, "gen-0001") and "Let it answer" not in line(page, "gen-0001")
    assert "is not kept any more" in read(admin, "/use?name=gen-0001", 422)


def test_one_that_cannot_be_read_is_told_of(shop: LivingShop, admin: FlaskClient) -> None:
    (shop.folder / "models" / "gen-0001" / "model.json").write_text("{", encoding="utf-8")
    assert "model.json cannot be read" in line(read(admin), "gen-0001")


def test_a_shop_without_a_folder_says_so(parity_guide: Guide, tmp_path: Path) -> None:
    guide = Guide(parity_guide.dataset, parity_guide.graph, parity_guide.model, registry=keys_alone(tmp_path))
    client = open_studio(create_app(guide).test_client(), KeyRing(tmp_path / "keys.sqlite"), "admin")
    assert "without a folder of models" in read(client)
    read(client, "/use?name=gen-0001", 503)
