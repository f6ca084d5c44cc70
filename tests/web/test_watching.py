"""What is seen of a server: numbers without ids, lines that nobody can forge, and a word on what is out of order."""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from kgrec import pipeline
from kgrec.errors import BadInput, BadLog, NotReady
from kgrec.guide import Guide
from kgrec.live.experiments import Arm, Experiment
from kgrec.live.exposures import ExposureBook
from kgrec.live.keys import KeyRing
from kgrec.live.storefront import Storefront
from kgrec.live.watch import MetricSettings, Watch
from kgrec.serving import Served
from kgrec.storage import create_workspace
from tests.web.conftest import hostile_shop
from tests.web.opened import Kept, look_as
from tests.web.sieged import gone, serving
from tests.web.test_api import refused
from web import create_app
from web.api.answers import RecommendAnswer
from web.health import degraded
from web.logs import Discreet, JsonLines, TextLines, renamed
from web.pages.storefront.home import FIRST, LINE

ANA = "u3"  # a user of the shop


def numbers(text: str) -> dict[str, float]:
    """Each sample by its name and labels, as Prometheus reads them."""
    return {
        f"{one.name}{sorted(one.labels.items())}" if one.labels else one.name: one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


@pytest.fixture
def watched(guide: Guide, kept: Kept) -> Flask:
    watch = Watch(called=lambda user_id: f"hash-of-{len(user_id)}", writer=kept.writer)
    app = create_app(guide, watch=watch, storefront=Storefront(try_as=True, made_up=True))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def client(watched: Flask) -> FlaskClient:
    return watched.test_client()


def recommend(client: FlaskClient, **asked: Any) -> Any:
    answer = client.post("/api/v1/recommend", json=asked)
    assert answer.status_code == 200, answer.text
    RecommendAnswer.model_validate_json(answer.data)
    return answer.get_json()


# Numbers


def test_requests_are_counted_by_template_and_status(client: FlaskClient) -> None:
    recommend(client, user_id=ANA)
    look_as(client, ANA).get("/item/soap/why")
    client.get("/item/nothing-known/why")
    client.get("/nowhere/secret-id")
    client.open("/", method="EVIL<script>")
    text = client.get("/metrics").text
    told = numbers(text)
    route = "('route', '/item/<id:item_id>/why')"
    assert told[f"kgrec_http_requests_total[('method', 'GET'), {route}, ('status', '200')]"] == 1
    assert told[f"kgrec_http_requests_total[('method', 'GET'), {route}, ('status', '404')]"] == 1
    assert told[f"kgrec_http_request_seconds_count[('method', 'GET'), {route}]"] == 2
    assert told["kgrec_http_requests_total[('method', 'GET'), ('route', 'none'), ('status', '404')]"] == 1
    assert told["kgrec_errors_total[('kind', 'UnknownName')]"] == 1
    assert told["kgrec_errors_total[('kind', 'NotFound')]"] == 1
    assert not any(name in text for name in (ANA, "secret-id", "somebody", "script"))


def test_lists_are_counted_by_way_and_cover_the_catalogue(client: FlaskClient) -> None:
    before = numbers(client.get("/metrics").text)
    assert before["kgrec_catalogue_coverage_ratio"] == 0 and before["kgrec_catalogue_items"] == 12
    shown = {item["item_id"] for item in recommend(client, user_id=ANA, k=4)["items"]}
    shown |= {item["item_id"] for item in recommend(client, session=[{"item_id": "soap"}], k=2)["items"]}
    told = numbers(client.get("/metrics").text)
    assert told["kgrec_recommendations_total[('way', 'user')]"] == 1
    assert told["kgrec_recommendations_total[('way', 'visitor')]"] == 1
    assert told["kgrec_catalogue_coverage_ratio"] == pytest.approx(len(shown) / 12)


def test_what_answers_are_made_from_and_what_is_out_of_order(client: FlaskClient, guide: Guide) -> None:
    told = numbers(client.get("/metrics").text)
    made_from = f"[('graph_version', '{guide.graph_version}'), ('model', '{guide.model_name}')]"
    assert told[f"kgrec_generation_info{made_from}"] == 1
    assert told["kgrec_degraded[('part', 'events')]"] == 0


def test_numbers_are_for_this_machine_or_a_key(guide: Guide, tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.sqlite")
    client = create_app(guide, watch=Watch(keys=ring)).test_client()
    assert client.get("/metrics").status_code == 200
    elsewhere: list[dict[str, Any]] = [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}},
        {"headers": {"X-Forwarded-For": "192.0.2.1"}},  # a proxy on this machine asks for somebody else
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"Host": "attacker.example"}},  # a browser on this machine, whose name server lies
    ]
    for how in elsewhere:
        assert "kgrec key SHOP create --role read" in refused(client.get("/metrics", **how), 403)
    keys = {role: ring.create(role)[0] for role in ("read", "events", "admin")}
    for how in elsewhere:
        assert refused(client.get("/metrics", **how), 401)
    for role, status in (("read", 200), ("admin", 200), ("events", 403)):
        asked = {"Authorization": f"Bearer {keys[role]}"}
        answer = client.get("/metrics", headers=asked, environ_base={"REMOTE_ADDR": "192.0.2.1"})
        assert answer.status_code == status
    opened = create_app(guide, watch=Watch(metrics=MetricSettings(open=True))).test_client()
    assert opened.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200


def test_a_bundle_tells_its_numbers_to_this_machine_alone(guide: Guide) -> None:
    client = create_app(guide).test_client()
    assert "this machine" in refused(client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}), 403)


@pytest.mark.parametrize(
    "text", ["open = 1", "coverage_hours = 0", "coverage_hours = true", "coverage_hours = nan"]
)
def test_settings_of_metrics_that_make_no_sense_are_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kgrec.toml"
    file.write_text(f"[metrics]\n{text}\n")
    with pytest.raises(BadInput, match=text.split(" ")[0]):
        MetricSettings.read(file)


# Exposures and arms


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


# Lines


@pytest.fixture
def lines() -> Iterator[Callable[[], list[str]]]:
    """What is written in JSON while a test runs."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    handler.addFilter(Discreet())
    names = ("kgrec.requests", "web")
    before = {name: (logging.getLogger(name).level, logging.getLogger(name).disabled) for name in names}
    for name in names:
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).disabled = False
    yield lambda: stream.getvalue().splitlines()
    for name in names:
        logger = logging.getLogger(name)
        logger.removeHandler(handler)
        logger.level, logger.disabled = before[name]
        logger.manager._clear_cache()  # type: ignore[attr-defined]


def test_each_request_is_a_line_with_a_name_that_tells_nothing(
    client: FlaskClient, lines: Callable[[], list[str]]
) -> None:
    answer = recommend(client, user_id=ANA)
    look_as(client, ANA).get("/item/soap/why?lang=zh")
    client.get("/healthz")
    first, second, third = map(json.loads, lines())
    assert (first["request_id"], first["route"], first["status"], first["level"]) == (
        answer["request_id"], "/api/v1/recommend", 200, "info",
    )  # fmt: skip
    assert first["user"] == second["user"] == "hash-of-2"
    assert second["route"] == "/item/<id:item_id>/why" and first["ms"] > 0
    assert first["model"] == answer["model"] and first["bytes"] > 100
    assert third["level"] == "debug" and third["user"] is None
    assert f'"{ANA}"' not in "".join(lines()) and f"/{ANA}" not in "".join(lines())


FORGED = 'x\n{"time": "now", "level": "info", "request_id": "forged"}\r\x1b[2J\u2028'


def test_no_line_can_be_forged(client: FlaskClient, lines: Callable[[], list[str]]) -> None:
    client.post("/api/v1/recommend", json={"user_id": FORGED})
    client.get(f"/api/v1/{FORGED}")
    client.get("/healthz", headers={"X-Request-ID": "forged id"})
    told = [json.loads(line) for line in lines()]
    assert len(told) == 3 and "forged" not in "".join(lines())
    assert all(line.isprintable() and line.isascii() for line in lines())


@pytest.mark.parametrize("sent", ["abc-DEF_0123", "0" * 64])
def test_a_token_of_the_client_is_the_id_of_its_request(client: FlaskClient, sent: str) -> None:
    answer = client.post("/api/v1/recommend", json={"user_id": ANA}, headers={"X-Request-ID": sent})
    assert answer.headers["X-Request-ID"] == answer.get_json()["request_id"] == sent


@pytest.mark.parametrize(
    "sent", ["short", "0" * 65, "a b c d e f", "<script>alert", "ünïcödé-id", "tab\tbed-id"]
)
def test_anything_else_is_not(client: FlaskClient, sent: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": sent.encode().decode("latin-1")})
    assert answer.headers["X-Request-ID"] != sent and len(answer.headers["X-Request-ID"]) == 32


@pytest.mark.parametrize("user_id", ["ana-7f3", "a/b c", "安娜", 'q"uote', "12", "line\nbreak"])
@pytest.mark.parametrize("form", [JsonLines, TextLines])
def test_a_failure_is_logged_with_its_traceback_and_without_the_user(
    watched: Flask,
    guide: Guide,
    lines: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    user_id: str,
    form: type[logging.Formatter],
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError(
            f"no row for {user_id!r}, that is {user_id} of {{'user_id': {json.dumps(user_id)}}}"
        )

    monkeypatch.setattr(Guide, "asker", fails)
    for handler in logging.getLogger("web").handlers:
        monkeypatch.setattr(handler, "formatter", form())
    headers = {"X-Request-ID": "of-this-test"}  # one made by chance may hold the digits of a short id
    answer = watched.test_client().post("/api/v1/recommend", json={"user_id": user_id}, headers=headers)
    assert answer.status_code == 500 and user_id not in answer.get_json()["detail"]
    written = "\n".join(lines())
    assert "RuntimeError: no row for" in written and answer.headers["X-Request-ID"] in written
    assert written.count("user:hash-of-") >= 3
    said = written.split("RuntimeError: no row for", 1)[1].splitlines()[0].replace("hash-of-", "")
    for way in {user_id, repr(user_id)[1:-1], json.dumps(user_id)[1:-1]}:
        assert f"'{way}'" not in said and f" {way} " not in said


def test_further_lines_of_a_text_log_are_indented() -> None:
    record = logging.LogRecord("web", logging.ERROR, "", 0, "one\n2026-01-01 INFO forged\x1b[2J", (), None)
    first, *others = TextLines().format(record).splitlines()
    assert first.endswith("web: one") and all(line.startswith("    ") for line in others)
    assert "\x1b" not in "".join(others)


def test_what_the_server_beneath_says_of_a_request_is_cut() -> None:
    for said, args in (
        ("Error handling request %s %s", ("GET", "/studio/shoppers/ana")),
        ("Invalid request from ip=1.2.3.4: Invalid HTTP request line: 'GET /studio/shoppers/ana'", ()),
    ):
        record = logging.LogRecord("gunicorn.error", logging.ERROR, "", 0, said, args, None)
        assert Discreet().filter(record)
        written = JsonLines().format(record)
        assert "ana" not in written and "1.2.3.4" not in written and "request" in written


def test_an_id_within_a_word_is_no_id() -> None:
    assert renamed("line 12 of 3124, u12, '12', /12/", {"12": "user:x"}) == (
        "line user:x of 3124, u12, 'user:x', /user:x/"
    )


# Health


def test_ready_says_what_is_out_of_order_and_hides_folders(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_app(guide).test_client()
    assert client.get("/readyz").get_json() == {"status": "ready", **guide.ready(), "degraded": []}
    state = {
        **guide.ready(),
        "events": "the event log (events.sqlite) is damaged; restore it from a copy",
        "rules": "/srv/shops/one/rules.toml: line 3: no item named 'x'",
        "store": "the graph store at /srv/shops/one/graph/gen-0001/store cannot be read; build the graph again",
    }
    monkeypatch.setattr(Guide, "ready", lambda _: state)
    answer = client.get("/readyz")
    told = answer.get_json()
    assert (answer.status_code, told["status"]) == (200, "degraded")
    assert [one["part"] for one in told["degraded"]] == ["events", "rules", "store"]
    assert told["degraded"][1]["reason"] == "rules.toml: line 3: no item named 'x'" == told["rules"]
    assert "/srv" not in answer.text
    assert numbers(client.get("/metrics").text)["kgrec_degraded[('part', 'store')]"] == 1


def test_what_cannot_answer_is_not_ready(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Guide) -> None:
        raise NotReady(
            "/srv/shop/models/gen-0001: the model was trained on another graph; run kgrec train again"
        )

    monkeypatch.setattr(Guide, "ready", fails)
    answer = create_app(guide).test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "not ready")
    assert answer.get_json()["reason"].startswith("gen-0001: the model was trained")


def test_an_older_model_is_degraded_though_it_answers() -> None:
    told = {"model": "path@1", "degraded": [{"part": "model", "reason": "gen-0002 cannot be read"}]}
    assert degraded(told) == [{"part": "model", "reason": "gen-0002 cannot be read"}]
    assert degraded({"model": "path@1", "events": "closed", "store": "ready"}) == []


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda store: (store / "CURRENT").write_text("nonsense"), "store"),
        (lambda store: [file.write_bytes(b"x" * 5000) for file in store.glob("*.sst")], "store"),
        (lambda store: store.rename(store.with_name("elsewhere")), "there is no graph store"),
        (lambda store: (store.parent.parent / "CURRENT").unlink(), "has no graph yet"),
    ],
)
def test_a_store_that_cannot_be_read_is_told_and_lists_go_on(
    shop: Path, tmp_path: Path, harm: Callable[[Path], Any], told: str
) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder, symlinks=True)
    served = Served(folder)
    client = create_app(served, watch=Watch.of(folder, served.workspace.namer.key)).test_client()
    harm((folder / "graph" / "CURRENT").resolve() / "store")
    answer = client.get("/readyz").get_json()
    assert answer["status"] == "degraded" and told in answer["store"] and str(tmp_path) not in str(answer)
    assert "store" in [one["part"] for one in answer["degraded"]]
    recommend(client, user_id=ANA)
    served.database.close()


def test_an_event_is_counted_and_its_first_use_is_timed(shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder, symlinks=True)
    served = Served(folder)
    watch = Watch.of(folder, served.workspace.namer.key)
    client = create_app(served, watch=watch).test_client()
    key = KeyRing(folder / "keys.sqlite").create("events")[0]
    event = {"event_id": "e1", "user_id": ANA, "item_id": "soap", "event": "view", "datetime": "2026-01-31"}
    time.sleep(1.1)  # receipts are told in whole seconds, and only those after the start are new
    for told in ([event], [event, {}]):
        assert (
            client.post("/api/v1/events", json=told, headers={"Authorization": f"Bearer {key}"}).status_code
            == 202
        )
    for _ in range(3):
        recommend(client, user_id=ANA)
    recommend(client, user_id="u4")
    found = numbers(client.get("/metrics").text)
    assert [
        found[f"kgrec_events_total[('result', '{r}')]"] for r in ("accepted", "duplicate", "rejected")
    ] == [1, 1, 1]
    assert found["kgrec_event_lag_seconds_count"] == 1 and found["kgrec_event_lag_seconds_sum"] < 60
    assert watch.writer is not None
    watch.writer.close(30)
    kept = list(ExposureBook(served.database).since(0))
    assert len(kept) == 4 and {one.user_id for one in kept} == {None}  # nobody has agreed to research
    served.database.close()


# A real server


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("watched") / "shop"
    workspace = create_workspace(folder, hostile_shop(), settings={})
    pipeline.build(workspace)
    pipeline.train(workspace, model_name="popularity")
    return folder


def test_numbers_are_of_all_workers_and_outlive_them(shop: Path) -> None:
    with serving(shop, 2, "--log", "json") as server:
        n = 40
        for _ in range(n):
            assert server.ask("/").status == 200
            assert server.ask(f"/api/v1/users/{ANA}/facts").status == 403
        name = "kgrec_http_requests_total[('method', 'GET'), ('route', '/'), ('status', '200')]"

        def told() -> dict[str, float]:
            return numbers(server.ask("/metrics").body.decode())

        assert {told()[name] for _ in range(6)} == {n}  # whichever worker is asked
        assert told()["kgrec_model_age_seconds"] > 0 and told()["kgrec_graph_age_seconds"] > 0
        coverage = told()["kgrec_catalogue_coverage_ratio"]
        assert 0 < coverage < 1 and {told()["kgrec_catalogue_coverage_ratio"] for _ in range(6)} == {coverage}
        for pid in server.serving:
            os.kill(pid, signal.SIGKILL)
            assert gone(pid)
        until = time.monotonic() + 30
        while told()[name] != n:
            assert time.monotonic() < until
        for _ in range(10):
            assert server.ask("/").status == 200
            assert server.ask(f"/api/v1/users/{ANA}/facts").status == 403
        assert {told()[name] for _ in range(6)} == {n + 10}
    written = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    asked = [one for one in written if one.get("route") == "/api/v1/users/<any_id:user_id>/facts"]
    assert len(asked) == n + 10 and len({one["user"] for one in asked}) == 1
    assert f"/{ANA}" not in server.log.read_text() and f'"{ANA}"' not in server.log.read_text()
