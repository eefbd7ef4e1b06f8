"""The commands with `--home aws`, over an emulator's tables, buckets, parameters and functions."""

import json

import pytest

from emulator.account import PROJECT, Account
from emulator.codepipeline_stand_in import CodePipeline, served
from laststop.cli import catalog_aws, following_aws
from laststop.homes.aws.history import PipelineHistory
from laststop.homes.aws.versions import TableVersions
from unit.cli.cli_workbench import Cli
from unit.events import event
from unit.homes.home_workbench import COMPLETE
from unit.homes.slack_stand_in import slack_running

pytestmark = pytest.mark.emulator


class OnAws(Cli):
    """`aws("catalog", "list")`: the same commands, with `--home aws` and an account behind them."""

    account: Account

    def __call__(self, *words: str):
        return super().__call__(*words, "--home", "aws")


@pytest.fixture
def laststop(aws, tmp_path, capsys, monkeypatch):
    pipeline = CodePipeline(
        PROJECT, {"routing": "routing.zip", "firewall": "firewall.zip"}, f"{PROJECT}-documents"
    )
    with served(pipeline) as pipeline_url, slack_running() as (workspace, slack_url, _):
        account = Account(aws, pipeline, pipeline_url, workspace, slack_url)
        account.parameters()
        for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        for name, value in account.environment.items():
            if name.startswith("AWS_") or name in ("LASTSTOP_SITE_URL", "LASTSTOP_PROBE_CONNECT_TO"):
                monkeypatch.setenv(name, value)
        made = OnAws(tmp_path / "project", capsys)
        made.account = account
        yield made
        account.home.close()


def publish(laststop: OnAws, monkeypatch) -> None:
    laststop.account.call("publish", {"Records": laststop.account.records()}, monkeypatch)


def ship(laststop: OnAws, run: str, monkeypatch, page: str = "<h1>page</h1>") -> None:
    account = laststop.account
    account.build(page)
    for function in ("deploy_site", "invalidate_edge", "verify_live", "announce"):
        account.job(function, run, monkeypatch)
    account.pipeline.ends(run, "Succeeded")
    account.call("announce", account.state(run, "SUCCEEDED"), monkeypatch)


def test_a_version_is_put_released_traced_to_its_verdict_and_retired(laststop, monkeypatch):
    account = laststop.account
    done = laststop.ok("catalog", "put", "bgp", "1.0", "--type", "routing", "--set", "title=BGP")
    assert done.err == "bgp 1.0 (routing) is UPLOADED\n"
    done = laststop.ok("catalog", "phase", "bgp", "1.0", COMPLETE)
    assert done.err.endswith("follow it: laststop trace bgp 1.0 --home aws\n")
    (line,) = laststop.ok("catalog", "list", "--json").json
    assert (line["verdict"], line["reason"]) == ("pending", "recorded, and not published yet")
    waiting = laststop.ok("trace", "bgp").out
    assert "waits: the stream's record is about to be read" in waiting

    publish(laststop, monkeypatch)
    (line,) = laststop.ok("catalog", "list", "--json").json
    assert (line["verdict"], line["reason"]) == ("pending", "waits for a run")
    assert "run started                waits: waits for a run" in laststop.ok("trace", "bgp", "1.0").out
    run = account.call("start", event("s3-object-created"), monkeypatch)["run"]
    ship(laststop, run, monkeypatch)

    (line,) = laststop.ok("catalog", "list", "--json").json
    assert list(line.values()) == ["bgp", "1.0", "routing", COMPLETE, "live", "the page shows 1.0", run]
    traced = laststop.ok("trace", "bgp", "--json").json
    assert traced["verdict"] == "live"
    names = [step["name"] for step in traced["steps"]]
    assert {"recorded", "published", "run started", "seen at the edge", "verdict live"} <= set(names)
    assert laststop.ok("trace", "bgp", "--follow").code == 0

    shown = laststop.ok("catalog", "show", "bgp").out
    assert "bgp: follows its highest version" in shown
    assert "1.0 title: BGP" in shown
    assert "nothing" in laststop.ok("catalog", "phase", "bgp", "1.0", COMPLETE, "--dry-run").err
    foreseen = laststop.ok("catalog", "phase", "bgp", "1.0", "RETIRED", "--dry-run").err
    assert foreseen == (
        "bgp 1.0 would be RETIRED, and the page would change: bgp from 1.0 to nothing (routing)\n"
    )
    assert laststop.ok("catalog", "retire", "bgp", "1.0", "--json").json["phase"] == "RETIRED"
    publish(laststop, monkeypatch)
    assert account.home.documents.head("routing").generation == 2


def test_what_others_keep_in_a_row_is_left_as_they_spell_it(laststop):
    table = laststop.account.stack.client("dynamodb")
    item = {
        "algorithm": {"S": "bgp"}, "version": {"S": "1.0"}, "type": {"S": "routing"},
        "phase": {"S": "UPLOADED"}, "size": {"N": "123456789012345678901"}, "tags": {"SS": ["a", "b"]},
    }  # fmt: skip
    table.put_item(TableName=f"{PROJECT}-catalog", Item=item)
    laststop.ok("catalog", "phase", "bgp", "1.0", COMPLETE)
    key = {"algorithm": item["algorithm"], "version": item["version"]}
    found = table.get_item(TableName=f"{PROJECT}-catalog", Key=key)["Item"]
    assert found == {**item, "phase": {"S": COMPLETE}}
    rows = laststop.account.home.ledger_table.scan()
    assert list(rows) == [], "the commands write no ledger"


def test_a_row_that_somebody_else_wrote_meanwhile_is_read_again(laststop, monkeypatch):
    laststop.ok("catalog", "put", "bgp", "1.0", "--type", "routing")
    real, overtaken = TableVersions.put, []

    def put(self, row, *, expected):
        if not overtaken:
            overtaken.append(row)
            table = laststop.account.stack.client("dynamodb")
            table.update_item(
                TableName=f"{PROJECT}-catalog",
                Key={"algorithm": {"S": "bgp"}, "version": {"S": "1.0"}},
                UpdateExpression="SET phase = :p",
                ExpressionAttributeValues={":p": {"S": "PACKAGE_TESTS_RUNNING"}},
            )
        real(self, row, expected=expected)

    monkeypatch.setattr(TableVersions, "put", put)
    laststop.ok("catalog", "phase", "bgp", "1.0", COMPLETE)
    assert overtaken
    assert laststop.account.home.versions.get("bgp", "1.0").phase == COMPLETE


def test_a_list_goes_on_where_it_ended_and_misses_nothing(laststop):
    for name in ("acl", "bgp", "nat"):
        for version in ("1.0", "1.1"):
            laststop.ok("catalog", "put", name, version, "--type", "routing")
    everything = [(x["algorithm"], x["version"]) for x in laststop.ok("catalog", "list", "--json").json]
    assert len(everything) == 6
    found, more = [], ()
    while True:
        page = laststop.ok("catalog", "list", "--limit", "1", "--json", *more)
        found += [(x["algorithm"], x["version"]) for x in page.json]
        if "more follow" not in page.err:
            break
        assert page.err.endswith("--home aws\n")
        more = ("--after", "/".join(found[-1]))
    assert found == everything
    assert laststop.ok("catalog", "list", "--type", "firewall", "--json").json == []


def test_an_import_is_judged_whole_and_written_side_by_side(laststop):
    lines = [{"algorithm": f"a{n % 3}", "version": f"1.{n}", "type": "routing", "n": n} for n in range(50)]
    path = laststop.folder / "v.ndjson"
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    assert laststop.ok("catalog", "import", str(path), "--json").json == {"lines": 50, "changed": 50}
    assert laststop.ok("catalog", "import", str(path), "--json").json == {"lines": 50, "changed": 0}
    path.write_text(json.dumps({"algorithm": "x", "version": "1", "type": "nonsense"}) + "\n")
    refused = laststop("catalog", "import", str(path))
    assert (refused.code, "line 1" in refused.err) == (2, True)


def test_a_pin_is_set_and_taken_away(laststop, monkeypatch):
    for version in ("1.0", "1.1"):
        laststop.ok("catalog", "put", "bgp", version, "--type", "routing", "--phase", COMPLETE)
    assert laststop.ok("catalog", "activate", "bgp", "1.0").err == "bgp is pinned to 1.0\n"
    publish(laststop, monkeypatch)
    documents = laststop.account.home.documents
    assert documents.read(documents.head("routing")).entry("routing", "bgp").version == "1.0"
    laststop.ok("catalog", "activate", "bgp", "--auto")
    publish(laststop, monkeypatch)
    assert documents.read(documents.head("routing")).entry("routing", "bgp").version == "1.1"


def test_the_functions_on_aws_go_back_hold_lift_and_sweep(laststop, monkeypatch):
    account = laststop.account
    account.deploy("release", "sweep")
    assert laststop.ok("release", "list").err == "nothing was live yet\n"
    laststop.ok("catalog", "put", "bgp", "1.0", "--type", "routing", "--phase", COMPLETE)
    swept = laststop.ok("sweep")  # the record was lost: nobody called publish
    assert swept.out == "routing: bgp was not shown, is 1.0\n"
    first = next(iter(account.pipeline.runs))
    assert f"run {first} begins" in swept.err
    ship(laststop, first, monkeypatch, "<h1>one</h1>")
    laststop.ok("catalog", "put", "bgp", "1.1", "--type", "routing", "--phase", COMPLETE)
    second = laststop.ok("sweep", "--json").json["run"]
    ship(laststop, second, monkeypatch, "<h1>two</h1>")

    newest, oldest = laststop.ok("release", "list", "--json").json
    assert [(newest["run"], newest["live"]), (oldest["run"], oldest["live"])] == [
        (second, True),
        (first, False),
    ]
    assert laststop.ok("release", "diff", "previous").out == "~ build.json\n~ index.html\n"
    back = laststop.ok("release", "rollback", "previous", "--reason", "prices are wrong", "--json").json
    assert (back["run"], back["held"], back["seen"]) == (first, True, True)
    assert "held since" in laststop.ok("release", "list").err
    laststop.ok("catalog", "put", "bgp", "1.2", "--type", "routing", "--phase", COMPLETE)
    publish(laststop, monkeypatch)
    (*_, waiting) = laststop.ok("catalog", "list", "--json").json
    assert (waiting["version"], waiting["reason"]) == ("1.2", "held: prices are wrong")
    assert "held: prices are wrong" in laststop.ok("sweep").err
    assert "the hold is lifted; run" in laststop.ok("release", "lift").err
    assert laststop.ok("release", "lift").err == "nothing is held\n"


def test_what_a_function_refuses_is_told_here(laststop):
    """The emulator hides which error it was; tests/unit/homes/aws/test_functions.py has the kinds."""
    laststop.account.deploy("release")
    refused = laststop("release", "rollback", "previous", "--reason", "x")
    assert refused.code == 1
    assert "no earlier release is kept" in refused.err
    assert f"/aws/lambda/{PROJECT}-release" in refused.err


def test_a_function_that_is_not_deployed_says_what_deploys_it(laststop):
    refused = laststop("sweep")
    assert refused.code == 2
    assert f"function {PROJECT}-sweep" in refused.err
    assert "osls deploy" in refused.err


def test_a_project_that_was_not_applied_says_which_step_is_missing(laststop):
    laststop.account.stack.client("ssm").delete_parameter(Name=f"/{PROJECT}/ledger/table")
    refused = laststop("catalog", "list")
    assert refused.code == 2
    assert f"there is no parameter /{PROJECT}/ledger/table" in refused.err
    assert "Terraform's step base" in refused.err


def test_following_on_aws_ends_with_the_verdict(laststop, monkeypatch):
    monkeypatch.setattr(following_aws, "LOOK_SECONDS", 0.0)
    account = laststop.account
    laststop.ok("catalog", "put", "bgp", "1.0", "--type", "routing", "--phase", COMPLETE)
    publish(laststop, monkeypatch)
    run = account.call("start", event("s3-object-created"), monkeypatch)["run"]
    account.pipeline.acts(run, "Build", "build", "Failed", errorDetails={"code": "x", "message": "no disk"})
    account.pipeline.ends(run, "Failed")
    done = laststop("trace", "bgp", "1.0", "--follow")
    assert (done.code, "no disk" in done.err) == (1, True)


def test_a_conflict_that_stays_is_told_after_a_few_looks(laststop, monkeypatch):
    laststop.ok("catalog", "put", "bgp", "1.0", "--type", "routing")
    refused = laststop("catalog", "put", "bgp", "1.0", "--type", "firewall")
    assert (refused.code, catalog_aws.ATTEMPTS_MAX) == (3, 5)


def test_a_builds_log_is_read_from_where_codebuild_wrote_it(laststop, monkeypatch):
    pipeline = laststop.account.pipeline
    run = pipeline.begin()
    pipeline.acts(run, "Build", "build", externalExecutionId="site:1")
    pipeline.acts(run, "Build", "check", externalExecutionId="site:2")
    none = laststop("run", "logs", run)
    assert (none.code, "has no log" in none.err) == (2, True)
    monkeypatch.setattr(PipelineHistory, "log", lambda _, external: (f"line of {external}",))
    assert laststop.ok("run", "logs", run).out.splitlines()[-2:] == ["line of site:1", "line of site:2"]
    assert laststop.ok("run", "logs", run, "--action", "check").out == "line of site:2\n"
    assert laststop("run", "logs", run, "--follow").code == 2
