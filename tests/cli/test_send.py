"""A shop whose kgrec.toml names a SPARQL server: build sends there, query asks there, and nothing is ever lost."""

import json

import pytest

from kgrec import pipeline
from kgrec.graph import remote
from tests.graph import servers


@pytest.fixture
def shop(tmp_path):
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "interactions.csv").write_text("user_id,item_id,event,datetime\nu1,i1,buy,100\nu1,i2,buy,200\n")
    (tables / "items.csv").write_text("item_id,title,brand\ni1,Rose Cream,Lavera\ni2,玫瑰,Weleda\n")
    return pipeline.init(tmp_path / "shop", "csv", tables).folder


def name_server(shop, running, users=False):
    file = shop / "kgrec.toml"
    settings = {key: json.dumps(value) for key, value in running.settings(store_users=users).items()}
    lines = "\n".join(f"{key} = {value}" for key, value in settings.items())
    file.write_text(file.read_text().split("\nstore ")[0].rstrip() + f"\n{lines}\n")


def test_build_sends_query_asks_and_a_server_that_is_down_loses_nothing(run, shop, tmp_path, monkeypatch):
    port = servers.free_port()
    with servers.oxigraph(tmp_path / "data", port) as running:
        name_server(shop, running)
        code, out, err = run("build", shop)
        assert code == 0, err
        assert json.loads(out)["sent"]["triples"] > 100
        code, there, err = run("query", shop, "brands-by-size", "--format", "json")
        assert code == 0, err
        assert there == run("query", shop, "brands-by-size", "--format", "json", "--local")[1]
        code, _, err = run("query", shop, "history-of-user", "--param", "user=u1")
        assert code == 2
        assert "--local" in err
        assert "i2" in run("query", shop, "history-of-user", "--param", "user=u1", "--local")[1]
        everything = run("query", shop, "SELECT ?s ?o { ?s ?p ?o }", "--format", "csv")[1]
        assert "/id/item/i1" in everything
        assert "/id/user/" not in everything
    with monkeypatch.context() as patched:
        patched.setattr(remote.time, "sleep", lambda _: None)
        code, out, err = run("build", shop)
    assert (code, out) == (2, "")
    assert "built and current here" in err.splitlines()[-1]
    assert "kgrec send" in err.splitlines()[-1]
    assert (shop / "graph" / "CURRENT").resolve().name == "gen-0002"
    with servers.oxigraph(tmp_path / "data", port) as running:
        assert run("query", shop, "brands-by-size", "--format", "json")[1] == there
        name_server(shop, running, users=True)
        assert run("send", shop)[0] == 0
        assert "i2" in run("query", shop, "history-of-user", "--param", "user=u1")[1]


def test_a_shop_without_a_server_is_told_how_to_name_one(run, shop):
    code, _, err = run("send", shop)
    assert code == 2
    assert "store = … under [graph]" in err
