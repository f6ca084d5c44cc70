"""The demo shop from its files to a page: what a shopper, an auditor and a merchandiser each see."""

import gzip
import re
from pathlib import Path

import numpy as np
import pytest

from kgrec.domain import EVENT_RELATIONS
from kgrec.guide import Guide, SessionEvent
from kgrec.live.storefront import Storefront
from kgrec.resources import demo_folder, web_package
from kgrec.serving import open_guide

ROOT = Path(__file__).parents[2]


pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def guide(demo_workspace) -> Guide:
    return open_guide(demo_workspace)


def pairs(guide: Guide, n: int) -> list[tuple[int, int]]:
    """Half recommended, half random (user row, item row)."""
    random = np.random.default_rng(0)
    users = random.choice(len(guide.graph.users), n // 2, replace=False)
    scores = guide.model.score(guide.graph, users)
    best = [(int(user), int(np.argmax(row))) for user, row in zip(users, scores, strict=True)]
    return best + [(int(user), int(random.integers(len(guide.graph.items)))) for user in users]


def test_the_three_views_agree_for_200_pairs_and_every_hop_is_in_the_store(guide):
    asked = pairs(guide, 200)
    users = np.array([user for user, _ in asked])
    network = guide.model.network_score(guide.graph, users)
    compiled = guide.model.score(guide.graph, users)
    np.testing.assert_allclose(network, compiled, rtol=1e-5)
    triples = set()
    for place, (user, item) in enumerate(asked):
        told = guide.explain(str(guide.dataset.users.ids[user]), str(guide.dataset.items.ids[item]), paths=10)
        total = told.prior + sum(path.contribution for path in told.paths) + told.remainder.contribution
        assert total == pytest.approx(network[place, item], rel=1e-5)
        triples |= {(hop.subject, hop.relation, hop.object) for path in told.paths for hop in path.hops}
    missing = [t for t in triples if not guide.query("ASK {{ <{}> <{}> <{}> }}".format(*t)).boolean]
    assert len(triples) > 500
    assert missing == []


def test_a_named_source_line_holds_the_purchase_it_names(guide):
    lines = gzip.decompress((demo_folder() / "interactions.csv.gz").read_bytes()).decode().splitlines()
    hop = guide.explain("u0002", guide.recommend_for("u0002", k=1)[0].item_id).paths[0].hops[0]
    assert hop.relation.rsplit("#")[-1] in EVENT_RELATIONS
    file, line = hop.source.rsplit(":", 1)
    assert file == "interactions.csv.gz"
    assert lines[int(line) - 1].startswith("u0002,")


def test_a_shopper_reads_why_and_an_auditor_adds_it_up(guide):
    app = web_package().create_app(guide, image_folder=demo_folder(), storefront=Storefront(try_as=True))
    client = app.test_client()
    page = client.get("/try").text
    assert "u0001" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    assert client.post("/try", data={"user_id": "u0002", "csrf_token": token}).status_code == 303
    page = client.get("/").text
    reasons = len(re.findall(r'<p class="reason">(?:You |(?:Two|Three) things you |This is popular )', page))
    assert reasons >= 8
    picture = re.search(r'src="(/media/images/K\d+\.png)"', page)
    assert picture
    with client.get(picture[1]) as answer:
        assert answer.mimetype == "image/png"
    best = guide.recommend_for("u0002", k=1)[0].item_id
    assert "<svg" in client.get(f"/item/{best}/why").text
    told = client.post("/api/v1/explain", json={"user_id": "u0002", "item_id": best, "paths": 5}).json
    total = told["prior"] + sum(p["contribution"] for p in told["paths"]) + told["remainder"]["contribution"]
    assert total == pytest.approx(told["score"], rel=1e-5)


def test_planted_reasons_rank_above_popularity(guide):
    """A complement bought right after its host is found far more often than by popularity."""
    dataset = guide.dataset
    host = next(row for row, name in enumerate(dataset.item_table["title"]) if "Backpack, " in name)
    found = guide.recommend_for(session=[SessionEvent(str(dataset.items.ids[host]), "buy")], k=10)
    links = dataset.facts.value[(dataset.facts.item == host) & (dataset.facts.relation == "compatible_with")]
    assert {one.item_id for one in found} & set(links)


def test_merchandisers_can_ask_the_graph(guide):
    names = [row[0] for row in guide.query("SELECT ?s WHERE { ?s a ?t } LIMIT 3").rows]
    assert len(names) == 3
