"""Every function's entry, called with its events, over an emulator's tables, buckets and CloudFront."""

import importlib
import json

import pytest

from emulator.account import PROJECT, TOKEN, Account
from emulator.codepipeline_stand_in import CodePipeline, served
from laststop.errors import ConflictError, TransientError
from laststop.homes.aws.publications import open_changes, settled_changes
from laststop.wiring.function_values import FUNCTIONS
from laststop.words.verdicts import VerdictKind
from unit.events import event
from unit.homes.slack_stand_in import slack_running

pytestmark = pytest.mark.emulator


@pytest.fixture
def account(aws):
    pipeline = CodePipeline(
        PROJECT, {"routing": "routing.zip", "firewall": "firewall.zip"}, f"{PROJECT}-documents"
    )
    with served(pipeline) as pipeline_url, slack_running() as (workspace, slack_url, _):
        made = Account(aws, pipeline, pipeline_url, workspace, slack_url)
        yield made
        made.home.close()


def test_a_change_goes_through_every_function_to_its_verdict_and_one_message(account, monkeypatch):
    call = account.call
    account.put("1.0")
    assert call("publish", {"Records": account.records()}, monkeypatch) == {"batchItemFailures": ()}
    head = account.home.documents.head("routing")
    assert head.generation == 1
    (opened,) = open_changes(account.home.ledger_table)
    assert (opened.version, opened.generation) == ("1.0", 1)

    began = call("start", event("s3-object-created"), monkeypatch)
    run = began["run"]
    assert account.pipeline.runs[run]["sources"]["routing"] == head.version_id
    assert call("start", event("s3-object-created"), monkeypatch).get("run") is None

    account.pipeline.acts(run, "Build", "build")
    call("announce", account.state(run, "STARTED", "codepipeline-stage-started"), monkeypatch)
    account.build("<h1>bgp 1.0</h1>")
    assert account.job("deploy_site", run, monkeypatch)["RELEASE"] == "live"
    account.job("invalidate_edge", run, monkeypatch)
    account.job("announce", run, monkeypatch)
    assert account.job("verify_live", run, monkeypatch)["EDGE"] == "seen"
    (settled,) = settled_changes(account.home.ledger_table, "bgp")
    assert (settled.verdict, settled.run) == (VerdictKind.LIVE, run)

    account.pipeline.ends(run, "Succeeded")
    for _ in range(3):
        call("announce", account.state(run, "SUCCEEDED"), monkeypatch)
    (message,) = account.slack.posted()
    assert "live, seen at the edge" in json.dumps(message)
    assert TOKEN not in json.dumps(account.slack.messages)
    assert call("start", account.state(run, "SUCCEEDED"), monkeypatch).get("run") is None


def test_repeating_every_call_changes_nothing(account, monkeypatch):
    account.put("1.0")
    run = account.pipeline.begin({"routing": account.home.documents.head("routing").version_id})
    account.build("<h1>page</h1>")
    for _ in range(2):
        account.call("publish", {"Records": account.records() * 2}, monkeypatch)
        assert account.job("deploy_site", run, monkeypatch)["RELEASE"] == "live"
        account.job("invalidate_edge", run, monkeypatch)
        assert account.job("verify_live", run, monkeypatch)["EDGE"] == "seen"
    assert account.home.documents.head("routing").generation == 1
    assert account.home.releases.live().epoch == 1


def test_a_function_that_died_is_answered_for_and_the_answer_stands(account, monkeypatch):
    run = account.pipeline.begin()
    given = event("lambda-on-failure-deploy-site")
    job = account.pipeline.job(run, "deploy-site")
    given["requestPayload"]["CodePipeline.job"]["id"] = job
    account.call("answer_failure", given, monkeypatch)
    how, said = account.pipeline.results[-1]
    assert (how, said["jobId"]) == ("failed", job)
    assert "timed out after 900.00 seconds" in said["failureDetails"]["message"]
    account.pipeline.refusals["PutJobFailureResult"] = (400, "InvalidJobStateException")
    account.call("answer_failure", given, monkeypatch)


def test_the_sweep_heals_what_events_missed_and_a_way_back_holds(account, monkeypatch):
    account.put("1.0")  # its record is lost
    swept = account.call("sweep", event("schedule-sweep"), monkeypatch)
    assert swept["healed"] == ("routing: bgp was not shown, is 1.0",)
    first = swept["run"]
    account.build("<h1>one</h1>")
    ship(account, first, monkeypatch)
    account.put("1.1")
    second = account.call("sweep", event("schedule-sweep"), monkeypatch)["run"]
    account.build("<h1>two</h1>")
    ship(account, second, monkeypatch)

    outcome = account.call("release", event("release-rollback"), monkeypatch)
    assert (outcome["held"], outcome["seen"]) == (True, True)
    assert account.home.releases.live().run == first
    assert ("DisableStageTransition", "the table is empty") in [
        (operation, asked.get("reason")) for operation, asked in account.pipeline.calls
    ]
    account.put("1.2")
    held = account.call("sweep", event("schedule-sweep"), monkeypatch)
    assert (held["run"], held["why"]) == (None, "held: the table is empty")
    lifted = account.call("release", event("release-lift"), monkeypatch)
    assert lifted["held"] is False
    newest = account.home.documents.head("routing").version_id
    assert list(account.pipeline.runs.values())[-1]["sources"]["routing"] == newest


def test_an_undecodable_record_is_set_aside_while_its_neighbours_go_on(account, monkeypatch):
    account.put("1.0")
    (record,) = account.records()
    broken = json.loads(json.dumps(record))
    broken["dynamodb"]["NewImage"]["type"] = {"N": "7"}
    broken["dynamodb"]["SequenceNumber"] = "999999999999999999999"
    for _ in range(2):
        answer = account.call("publish", {"Records": [broken, record]}, monkeypatch)
        assert answer == {"batchItemFailures": ()}
    (aside,) = account.home.ledger_table.query(
        KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "ASIDE"}}
    )
    assert "type" in aside["reason"]["S"]
    assert account.home.documents.head("routing").generation == 1


def test_a_slack_that_does_not_answer_fails_no_run_and_is_rung_again(account, monkeypatch):
    run = account.pipeline.begin()
    account.pipeline.acts(run, "Build", "build")
    account.slack.always = (500, {}, b"")
    account.job("announce", run, monkeypatch)
    with pytest.raises(TransientError):
        account.call("announce", account.state(run, "STARTED", "codepipeline-stage-started"), monkeypatch)
    account.slack.always = None
    account.call("announce", account.state(run, "STARTED", "codepipeline-stage-started"), monkeypatch)
    assert len(account.slack.posted()) == 1


def test_a_second_project_s_events_and_nonsense_are_refused(account, monkeypatch):
    for function in ("start", "announce", "release", "deploy_site"):
        with pytest.raises(Exception, match=r"is no|cannot be read"):
            account.call(function, {"nonsense": True}, monkeypatch)
    with pytest.raises(ConflictError):
        account.call("release", {"action": "lift"}, monkeypatch)


def ship(account, run: str, monkeypatch) -> None:
    for function in ("deploy_site", "invalidate_edge", "verify_live"):
        account.job(function, run, monkeypatch)
    account.pipeline.ends(run, "Succeeded")


def test_every_function_has_an_entry():
    for name in FUNCTIONS:
        assert callable(importlib.import_module(f"laststop.lambdas.{name}").handler)
