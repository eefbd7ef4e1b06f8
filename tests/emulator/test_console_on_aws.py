"""The console over the AWS home: what it shows of an emulated account, and that it gives no orders."""

import json
import threading
import time
import urllib.request
from datetime import UTC, datetime

import pytest

from emulator.account import PROJECT, Account
from emulator.codepipeline_stand_in import CodePipeline, served
from laststop.cli.serving_aws import OnAws, serve_aws
from laststop.console.access import Access
from laststop.console.elsewhere_app import make_elsewhere_app
from laststop.errors import DeniedError
from laststop.wiring.aws_console import DeployedReading
from unit.cli.cli_workbench import Cli
from unit.console.console_workbench import ask
from unit.events import event
from unit.homes.home_workbench import COMPLETE
from unit.homes.slack_stand_in import slack_running

pytestmark = pytest.mark.emulator


@pytest.fixture
def account(aws):
    pipeline = CodePipeline(
        PROJECT, {"routing": "routing.zip", "firewall": "firewall.zip"}, f"{PROJECT}-documents"
    )
    with served(pipeline) as pipeline_url, slack_running() as (workspace, slack_url, _):
        made = Account(aws, pipeline, pipeline_url, workspace, slack_url)
        made.parameters()
        yield made
        made.home.close()


@pytest.fixture
def console(account):
    """A console over the account; gives how to ask it."""
    app = make_elsewhere_app(
        OnAws(DeployedReading(account.home)),
        project=PROJECT,
        access=Access(host="127.0.0.1"),
        clock=lambda: datetime.now(UTC),
    )
    return lambda path, method="GET", **more: ask(app, method, path, **more)


@pytest.fixture
def run(account, monkeypatch):
    """A change that went live, and one that waits behind a hold."""
    account.put("1.0", COMPLETE)
    account.call("publish", {"Records": account.records()}, monkeypatch)
    run = account.call("start", event("s3-object-created"), monkeypatch)["run"]
    account.build("<h1>page</h1>")
    for function in ("deploy_site", "invalidate_edge", "verify_live", "announce"):
        account.job(function, run, monkeypatch)
    account.pipeline.ends(run, "Succeeded")
    account.call("release", {"action": "hold", "reason": "prices <b>are</b> wrong", "by": "ada"}, monkeypatch)
    account.put("1.1", COMPLETE)
    account.call("publish", {"Records": account.records()}, monkeypatch)
    return run


def test_before_anything_was_live_every_page_says_so(console):
    assert "Nothing was live yet" in console("/").text
    for path in ("/runs", "/versions", "/releases"):
        answer = console(path)
        assert (answer.status, answer.headers["x-frame-options"]) == (200, "DENY")
    assert console("/api/v1/runs").json == []
    assert console("/healthz").json == {"status": "ok"}


def test_the_pages_show_what_is_live_what_is_held_and_where_a_change_is(console, run):
    home = console("/").text
    assert "is live, seen at the edge" in home
    assert "The site is held" in home
    assert "prices &lt;b&gt;are&lt;/b&gt; wrong" in home
    assert '<form method="post"' not in home
    assert f"/runs/{run}" in home
    assert "deploy-site" in console(f"/runs/{run}").text
    versions = console("/versions").text
    assert "the page shows 1.0" in versions
    assert "held: prices" in versions
    assert run[:8] in console("/releases").text
    assert "verdict live" in console("/versions/bgp/1.0").text
    assert "waits:" in console("/versions/bgp/1.1").text
    found = console("/trace?q=bgp%201.0")
    assert (found.status, found.headers["location"]) == (303, "/versions/bgp/1.0")


def test_the_api_has_the_shapes_of_the_one_on_one_machine(console, run):
    lines = console("/api/v1/catalog").json
    assert [(each["version"], each["verdict"]) for each in lines] == [("1.0", "live"), ("1.1", "pending")]
    first = console("/api/v1/catalog?limit=1")
    assert (len(first.json), first.headers["x-more"]) == (1, "bgp/1.0")
    assert [each["version"] for each in console("/api/v1/catalog?after=bgp/1.0").json] == ["1.1"]
    (told,) = console("/api/v1/runs").json
    assert list(told) == ["id", "pipeline", "status", "cause", "bill", "started_at", "ended_at"]
    (release,) = console("/api/v1/releases").json
    assert (release["run"], release["live"]) == (run, True)
    assert console("/api/v1/catalog/bgp/1.0/trace").json["verdict"] == "live"


def test_nothing_can_be_ordered_and_what_is_not_there_is_said(console):
    for path in ("/runs", "/releases/lift", "/api/v1/runs", "/"):
        assert console(path, "POST", headers=[("origin", "http://127.0.0.1:8700")]).status in (400, 404, 405)
    assert console("/api/v1/catalog/bgp/9/trace").error["code"] == "NotFound"
    assert console("/versions/nothing").status == 404
    for path in ("/api/v1/runs?limit=0", "/api/v1/catalog?after=x", "/api/v1/runs?limit=1000000000000"):
        assert console(path).error["code"] == "InvalidInput"
    assert console("/", host="evil.example").status == 421


def test_it_is_served_until_it_is_ended(account, run, tmp_path, capsys, monkeypatch):
    cli = Cli(tmp_path / "project", capsys)
    for name, value in account.environment.items():
        if name.startswith("AWS_") or name == "LASTSTOP_SITE_URL":
            monkeypatch.setenv(name, value)
    ended = threading.Event()
    serving = threading.Thread(
        target=serve_aws,
        args=(cli.folder,),
        kwargs={"host": "127.0.0.1", "port": 0, "allowed_hosts": (), "as_json": True, "ended": ended},
    )
    serving.start()
    try:
        told, deadline = "", time.monotonic() + 20
        while not told and time.monotonic() < deadline:
            told = capsys.readouterr().out
            time.sleep(0.02)
        url = json.loads(told)["console_url"]
        with urllib.request.urlopen(f"{url}/api/v1/releases", timeout=10) as answer:
            assert json.load(answer)[0]["run"] == run
    finally:
        ended.set()
        serving.join(20)
    assert not serving.is_alive()
    monkeypatch.delenv("LASTSTOP_TOKEN", raising=False)
    with pytest.raises(DeniedError):
        serve_aws(cli.folder, host="0.0.0.0", port=0, allowed_hosts=(), as_json=True, ended=ended)
