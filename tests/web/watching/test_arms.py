"""What was shown is kept with its reason, and an experiment's arms hold for pages and the API."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from kgrec.errors import BadInput, BadLog, NotReady
from kgrec.guide import Guide
from kgrec.live.experiments import Arm, Experiment
from kgrec.live.storefront import Storefront
from kgrec.live.watch import Watch
from tests.web.opened import Kept, look_as
from tests.web.watching.asked import ANA, recommend
from web import create_app
from web.pages.storefront.home import FIRST, LINE


def test_what_was_shown_is_kept_with_the_kind_of_reason(
    client: FlaskClient, kept: Kept, guide: Guide
) -> None:
    bare = recommend(client, user_id=ANA, k=3)
    told = recommend(client, user_id=ANA, k=3, explain=2)
    look_as(client, ANA).get("/")
    first, second, third = kept.all()
    assert (first.request_id, first.user_id, first.way, first.model) == (
        bare["request_id"], ANA, "user", guide.model_name,
    )  # fmt: skip
    assert [(one.item_id, one.kind) for one in first.items] == [(i["item_id"], "none") for i in bare["items"]]
    for shown, item in zip(second.items, told["items"], strict=True):
        paths = item["explanation"]["paths"]
        assert shown.kind == (paths[0]["metapath"] if paths else "popular")
    assert third.user_id == ANA and all(one.kind != "none" for one in third.items)
    assert abs(first.time - time.time()) < 60


def test_visitors_and_refusals_are_nobodys(client: FlaskClient, kept: Kept) -> None:
    recommend(client, session=[{"item_id": "soap"}])
    client.post("/api/v1/recommend", json={"user_id": "nobody"})
    client.post("/api/v1/recommend", json={"user_id": ANA, "k": 0})
    (only,) = kept.all()
    assert (only.user_id, only.way) == (None, "visitor")


def in_experiment(
    guide: Guide, kept: Kept, *arms: Arm, agreed: bool = True, others: Any = None
) -> FlaskClient:
    watch = Watch(
        writer=kept.writer, experiment=Experiment("try", arms, b"k" * 32), takes_part=lambda _: agreed
    )
    storefront = Storefront(try_as=True, made_up=True)
    return create_app(guide, watch=watch, others=others, storefront=storefront).test_client()


def test_an_arm_is_in_the_answer_and_in_what_is_kept(guide: Guide, kept: Kept) -> None:
    client = in_experiment(guide, kept, Arm("control", 0.5), Arm("seen", 0.5, filter_seen=False))
    arms = {}
    for n in range(30):
        answer = recommend(client, user_id=f"u{n}", k=12)
        assert answer["experiment"]["name"] == "try"
        arms[f"u{n}"] = answer["experiment"]["arm"]
        whole = len(answer["items"]) == 12  # nothing was left out
        assert whole == (arms[f"u{n}"] == "seen")
        assert recommend(client, user_id=f"u{n}")["experiment"]["arm"] == arms[f"u{n}"]
    assert set(arms.values()) == {"control", "seen"}
    assert {(one.user_id, one.arm) for one in kept.all()} == set(arms.items())


def test_what_a_request_says_counts_for_more_than_its_arm(guide: Guide, kept: Kept) -> None:
    client = in_experiment(
        guide, kept, Arm("one", 0.5, filter_seen=False), Arm("other", 0.5, filter_seen=False)
    )
    assert len(recommend(client, user_id=ANA, k=12)["items"]) == 12
    assert len(recommend(client, user_id=ANA, k=12, filter={"seen": True})["items"]) < 12


def test_a_balanced_arm_is_balanced(guide: Guide, kept: Kept) -> None:
    client = in_experiment(guide, kept, Arm("a", 0.5, balance=1.0), Arm("b", 0.5, balance=1.0))
    asked = [item["item_id"] for item in recommend(client, user_id=ANA, k=3)["items"]]
    placed = [one.item.item_id for one in guide.overview(ANA, 3, balance=1.0).items]
    assert asked == placed


def test_another_model_answers_in_its_arm(guide: Guide, kept: Kept, lines: Callable[[], list[str]]) -> None:
    other = Guide(guide.dataset, guide.graph, guide.model, name="other")
    arms = Arm("control", 0.5), Arm("other", 0.5, model="gen-0002")
    client = in_experiment(guide, kept, *arms, others={"gen-0002": other})
    other.__dict__["model_name"] = "other@1"  # the same scores, so that only its name tells
    told = {recommend(client, user_id=f"u{n}")["model"] for n in range(20)}
    assert told == {guide.model_name, "other@1"} == {one.model for one in kept.all()}
    assert [json.loads(line)["model"] for line in lines()] == [one.model for one in kept.all()]
    with pytest.raises(BadInput, match="gen-0002"):
        in_experiment(guide, kept, *arms)


def test_the_first_page_is_of_the_arm_of_who_looks(guide: Guide, kept: Kept) -> None:
    client = in_experiment(guide, kept, Arm("mixed", 0.5, balance=1.0, filter_seen=False), Arm("usual", 0.5))
    users = guide.dataset.users.ids.tolist()
    for user_id in users:
        look_as(client, user_id).get("/")
    assert {one.arm for one in kept.all()} == {"mixed", "usual"}
    for one in kept.all():
        asked = {"balance": 1.0, "filter_seen": False} if one.arm == "mixed" else {}
        rows = guide.rows(one.user_id, "en", FIRST, LINE, **asked)
        assert [item.item_id for item in one.items] == [
            item.item.item_id for row in rows for item in row.items
        ]
        assert one.arm == recommend(client, user_id=one.user_id)["experiment"]["arm"]


def test_all_pages_of_a_user_are_of_the_model_of_their_arm(guide: Guide, kept: Kept) -> None:
    other = Guide(guide.dataset, guide.graph, guide.model, name="The other shop")
    arms = Arm("control", 0.5), Arm("other", 0.5, model="gen-0002")
    client = in_experiment(guide, kept, *arms, others={"gen-0002": other})
    for user_id in guide.dataset.users.ids.tolist():
        look_as(client, user_id).get("/")
        elsewhere = "The other shop" in client.get("/item/soap/why").text
        assert elsewhere == (kept.all()[-1].arm == "other")
        assert "The other shop" not in client.get("/try").text  # who there is, by the newest tables
    assert {one.arm for one in kept.all()} == {"control", "other"}


def test_all_that_is_asked_about_a_user_is_answered_by_the_model_of_their_arm(
    guide: Guide, kept: Kept
) -> None:
    other = Guide(guide.dataset, guide.graph, guide.model, name="other")
    other.__dict__["model_name"] = "other@1"
    arms = Arm("control", 0.5), Arm("other", 0.5, model="gen-0002")
    client = in_experiment(guide, kept, *arms, others={"gen-0002": other})
    for user_id in guide.dataset.users.ids.tolist():
        first = recommend(client, user_id=user_id)
        asked = {"user_id": user_id, "item_id": first["items"][0]["item_id"]}
        assert client.post("/api/v1/explain", json=asked).json["model"] == first["model"]
        supposed = {"user_id": user_id, "add": [{"item_id": asked["item_id"]}]}
        assert client.post("/api/v1/what-if", json=supposed).json["model"] == first["model"]


def test_an_arm_whose_model_is_gone_has_no_users_and_is_told(guide: Guide, kept: Kept) -> None:
    arms = Arm("control", 0.5), Arm("other", 0.5, model="gen-0002")
    client = in_experiment(guide, kept, *arms, others={"gen-0002": NotReady("gen-0002 is not kept")})
    for user_id in guide.dataset.users.ids.tolist():
        look_as(client, user_id)
        assert client.get("/").status_code == 200 and client.get("/item/soap/why").status_code == 200
    assert {one.arm for one in kept.all()} == {"control", None}
    told = client.get("/readyz").json
    assert told["status"] == "degraded"
    assert told["degraded"] == [
        {
            "part": "experiment",
            "reason": "arm other: gen-0002 is not kept; its users get what others get, in no arm",
        }
    ]


def test_nobody_is_in_an_arm_while_nobody_can_be_asked_what_they_allow(guide: Guide, kept: Kept) -> None:
    def out_of_order(_: str) -> bool:
        raise BadLog("the database is damaged")

    experiment = Experiment("try", (Arm("a", 0.5), Arm("b", 0.5)), b"k" * 32)
    watch = Watch(writer=kept.writer, experiment=experiment, takes_part=out_of_order)
    client = create_app(guide, watch=watch).test_client()
    assert look_as(client, "visitor-" + 32 * "a").get("/").status_code == 200
    assert "experiment" not in recommend(client, user_id=ANA)
    assert {one.arm for one in kept.all()} == {None}


def test_who_looks_as_somebody_else_shows_them_nothing(guide: Guide, kept: Kept) -> None:
    client = create_app(
        guide, watch=Watch(writer=kept.writer), storefront=Storefront(try_as=True)
    ).test_client()
    look_as(client, ANA).get("/")
    assert [one.user_id for one in kept.all()] == [None]


def test_somebody_new_takes_part_from_their_first_click_on(guide: Guide, kept: Kept) -> None:
    client = in_experiment(guide, kept, Arm("a", 0.5), Arm("b", 0.5))
    client.get("/")
    look_as(client, "visitor-" + 32 * "a").get("/")
    new, known = kept.all()
    assert new.arm is None and known.arm in ("a", "b")


def test_who_does_not_take_part_is_in_no_arm(guide: Guide, kept: Kept) -> None:
    client = in_experiment(guide, kept, Arm("a", 0.5, filter_seen=False), Arm("b", 0.5), agreed=False)
    assert "experiment" not in recommend(client, user_id=ANA)
    assert "experiment" not in recommend(client, session=[{"item_id": "soap"}])
    assert [one.arm for one in kept.all()] == [None, None]
