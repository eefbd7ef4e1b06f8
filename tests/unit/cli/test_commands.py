"""What the commands print: stable members for scripts, sentences for people."""

import shlex

import pytest

from laststop.words.failure import Failure
from unit.cli.cli_workbench import Cli
from unit.homes.home_workbench import COMPLETE, PIPELINE, RUNNING


@pytest.fixture
def cli(tmp_path, capsys):
    return Cli(tmp_path / "project", capsys)


@pytest.fixture
def home(cli):
    """The project, served once with one change gone live."""
    home = cli.home().serve().work()
    home.put("bgp", "1.0", title="BGP")
    return home.work()


def test_catalog_list_has_exactly_these_members(cli, home):
    home.put("bgp", "0.9", "UPLOADED")
    (old, live) = cli.ok("catalog", "list", "--json").json
    assert list(live) == ["algorithm", "version", "type", "phase", "verdict", "reason", "run"]
    run = home.run_rows()[-1].id
    assert list(live.values()) == ["bgp", "1.0", "routing", COMPLETE, "live", "the page shows 1.0", run]
    assert (old["verdict"], old["reason"], old["run"]) == (None, "", None)


def test_catalog_list_is_paged_and_says_how_to_go_on(cli):
    for name in ("a b", "bgp", "nat"):
        cli.ok("catalog", "put", name, "1.0", "--type", "routing")
    first = cli.ok("catalog", "list", "--type", "routing", "--limit", "1", "--json")
    assert [line["algorithm"] for line in first.json] == ["a b"]
    told = "more follow: laststop catalog list --type routing --limit 1 --after 'a b/1.0'\n"
    assert first.err == told
    words = shlex.split(told.removeprefix("more follow: laststop "))
    assert [line["algorithm"] for line in cli.ok(*words, "--json").json] == ["bgp"]
    last = cli.ok("catalog", "list", "--after", "bgp/1.0", "--json")
    assert ([line["algorithm"] for line in last.json], last.err) == (["nat"], "")
    refused = cli("catalog", "list", "--after", "bgp")
    assert (refused.code, refused.err) == (2, "laststop: --after: 'bgp' is no NAME/VERSION\n")


def test_run_list_has_exactly_these_members(cli, home):
    (newest, first) = cli.ok("run", "list", "--json").json
    members = ["id", "pipeline", "status", "cause", "bill", "started_at", "ended_at"]
    assert list(newest) == list(first) == members
    assert (newest["pipeline"], newest["status"], newest["cause"]) == (
        PIPELINE,
        "Succeeded",
        "routing: bgp 1.0",
    )
    assert newest["bill"]["frontend"] == "c1"
    assert set(newest["bill"]) == {"frontend", "routing", "firewall", "switching"}
    assert newest["started_at"].endswith("Z")
    assert newest["ended_at"] > newest["started_at"]


def test_a_run_under_way_has_no_end_and_while_its_sources_are_read_no_bill(cli, home):
    home.executor.held.add("frontend")
    home.push("c2")
    home.work()
    newest = cli.ok("run", "list", "--json", "--limit", "1").json[0]
    assert (newest["status"], newest["bill"], newest["ended_at"]) == ("InProgress", {}, None)


def test_release_list_has_exactly_these_members(cli, home):
    (newest, first) = cli.ok("release", "list", "--json").json
    assert list(newest) == ["id", "run", "live", "switched_at"]
    assert (newest["live"], first["live"]) == (True, False)
    assert newest["id"].startswith(newest["run"])


def test_trace_has_exactly_these_members(cli, home):
    found = cli.ok("trace", "bgp", "1.0", "--json").json
    assert list(found) == ["algorithm", "version", "verdict", "steps"]
    assert all(list(step) == ["name", "at", "took_seconds", "waiting_because"] for step in found["steps"])
    assert found["verdict"] == "live"
    home.put("bgp", "1.1")
    last = cli.ok("trace", "bgp", "--json").json["steps"][-1]
    assert (last["name"], last["at"], last["took_seconds"]) == ("published", None, None)
    assert last["waiting_because"] == "no server is running: start it with `laststop up`"


def test_lists_are_arrays_also_when_they_are_empty(cli):
    for words in (["catalog", "list"], ["run", "list"], ["release", "list"]):
        done = cli.ok(*words, "--json")
        assert (done.json, done.err) == ([], "")
        assert cli.ok(*words).err, "people are told what to do"


def test_for_people_every_list_is_a_table_on_stdout(cli, home):
    assert "routing  bgp        1.0      PACKAGE_TESTS_COMPLETE  live" in cli.ok("catalog", "list").out
    assert "Succeeded" in cli.ok("run", "list").out
    assert cli.ok("release", "list").out.splitlines()[1].startswith("live")
    told = cli.ok("trace", "bgp").out
    assert told.startswith("bgp 1.0: live\n")
    assert "in all" in told


# the catalog


def test_put_phase_and_retire_say_what_they_did_and_what_stood_so_already(cli):
    steps = [
        (
            ("put", "bgp", "1.0", "--type", "routing", "--set", "title=BGP=4", "--set", "n=1"),
            "UPLOADED",
            True,
        ),
        (("put", "bgp", "1.0"), "UPLOADED", False),
        (("phase", "bgp", "1.0", RUNNING), RUNNING, True),
        (("phase", "bgp", "1.0", RUNNING), RUNNING, False),
        (("retire", "bgp", "1.0"), "RETIRED", True),
    ]
    for words, phase, changed in steps:
        assert cli.ok("catalog", *words, "--json").json == {
            "algorithm": "bgp",
            "version": "1.0",
            "type": "routing",
            "phase": phase,
            "changed": changed,
        }
    shown = cli.ok("catalog", "show", "bgp").out
    assert "title: BGP=4" in shown
    assert "follows its highest version" in shown


def test_an_attribute_is_taken_out_by_an_empty_value_and_others_stay(cli):
    cli.ok("catalog", "put", "bgp", "1.0", "--type", "routing", "--set", "a=1", "--set", "b=2")
    cli.ok("catalog", "put", "bgp", "1.0", "--set", "a=")
    with cli.home().versions() as versions:
        assert versions.get("bgp", "1.0").attributes == {"b": "2"}


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("put", "bgp", "2.0"), 2, "needs a type"),
        (("put", "bgp", "2.0", "--type", "routng"), 2, 'did you mean "routing"?'),
        (("put", "bgp", "1.0", "--type", "firewall"), 3, "fixed for its life"),
        (("put", "", "1.0", "--type", "routing"), 2, "is empty"),
        (("put", "a/b", "1.0", "--type", "routing"), 2, "slash"),
        (("put", "bgp", "1.0", "--set", "novalue"), 2, "--set wants KEY=VALUE"),
        (("put", "bgp", "1.0", "--set", "=x"), 2, "--set wants KEY=VALUE"),
        (("put", "bgp", "1.0", "--set", "phase=x"), 2, "column"),
        (("phase", "bgp", "9.9", COMPLETE), 2, "has no version 9.9"),
        (("phase", "moon", "1.0", COMPLETE), 2, 'no algorithm "moon"'),
        (("retire", "bgp", "9.9"), 2, "has no version 9.9"),
        (("show", "moon"), 2, 'no algorithm "moon"'),
        (("activate", "bgp", "9.9"), 2, "no such version"),
        (("activate", "bgp"), 2, "either a version or --auto"),
        (("activate", "bgp", "1.0", "--auto"), 2, "either a version or --auto"),
        (("activate", "moon", "--auto"), 2, 'no algorithm "moon"'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_refused_with_its_code_and_writes_nothing(cli, words, code, part):
    cli.ok("catalog", "put", "bgp", "1.0", "--type", "routing")
    before = len(cli.home().facts())
    done = cli("catalog", *words)
    assert (done.code, done.out) == (code, "")
    assert part in done.err
    assert len(cli.home().facts()) == before


def test_an_unusual_phase_is_taken_and_a_likely_slip_is_noted(cli):
    cli.ok("catalog", "put", "bgp", "1.0", "--type", "routing")
    done = cli.ok("catalog", "phase", "bgp", "1.0", "PACKAGE_TESTS_COMPLET")
    assert "did you mean PACKAGE_TESTS_COMPLETE?" in done.err
    assert "did you mean" not in cli.ok("catalog", "phase", "bgp", "1.0", "ON_HOLD").err


def test_a_dry_run_says_what_the_page_would_show_and_writes_nothing(cli):
    cli.ok("catalog", "put", "bgp", "1.0", "--type", "routing", "--phase", COMPLETE)
    cli.ok("catalog", "put", "bgp", "1.1", "--type", "routing")
    cli.ok("catalog", "list")
    home = cli.home()
    home.open_documents()
    before = home.facts()
    told = cli.ok("catalog", "phase", "bgp", "1.1", COMPLETE, "--dry-run").err
    assert "bgp from nothing to 1.1 (routing)" in told
    assert "would change nothing" not in told
    for phase, part in (
        (RUNNING, "the page would show what it shows now"),
        ("UPLOADED", "nothing would change"),
    ):
        assert (
            part
            in cli.ok("catalog", "phase", "bgp", "1.1", phase, "--dry-run").err.replace(
                "the page would change", "?"
            )
            or phase == RUNNING
        )
    assert home.facts() == before


def test_a_pin_is_shown_and_lifted(cli):
    for version in ("1.0", "1.1"):
        cli.ok("catalog", "put", "bgp", version, "--type", "routing", "--phase", COMPLETE)
    assert "bgp is pinned to 1.0\n" in cli.ok("catalog", "activate", "bgp", "1.0").err
    assert "bgp is pinned to 1.0 already" in cli.ok("catalog", "activate", "bgp", "1.0").err
    assert cli.ok("catalog", "show", "bgp", "--json").json["pin"] == "1.0"
    assert "follows its highest version" in cli.ok("catalog", "activate", "bgp", "--auto").err
    assert cli.ok("catalog", "show", "bgp", "--json").json["pin"] is None


# runs and stages


def test_a_run_is_shown_by_its_id_the_beginning_of_it_or_latest(cli, home):
    run = home.run_rows()[-1].id
    shown = [cli.ok("run", "show", word, "--json").json for word in (run, run[:8], "latest")]
    assert shown[0] == shown[1] == shown[2]
    assert list(shown[0]) == ["run", "stages", "attempts", "tests", "message"]
    assert shown[0]["run"]["id"] == run
    told = cli.ok("run", "show").out
    for part in (run, "Succeeded", "docs/routing.zip", "generation 1", "deploy-site", "verify-live"):
        assert part in told


@pytest.mark.parametrize("word", ["nobody", "00000000-0000-0000-0000-000000000000"])
def test_a_run_that_is_not_there_is_not_found(cli, home, word):
    for words in (["show"], ["stop"], ["retry"], ["logs"]):
        done = cli("run", *words, word)
        assert done.code == 2
        assert "there is no run" in done.err


def test_a_beginning_that_fits_several_runs_is_refused(cli, home):
    done = cli("run", "show", "")
    assert done.code == 2
    assert "several runs begin" in done.err


def test_before_the_first_run_there_is_none(cli):
    done = cli("run", "show")
    assert done.code == 2
    assert "there is no run yet" in done.err


def test_a_failed_run_shows_action_phase_command_status_and_lines_and_can_be_retried(cli, home):
    home.broken = Failure(
        code="JobFailed",
        message="npm failed",
        phase="BUILD",
        command="npm ci",
        exit_status=7,
        lines=("boom",),
    )
    home.push("c2")
    home.work()
    run = home.run_rows()[-1].id
    told = cli.ok("run", "show", "latest").out
    for part in (
        "Failed",
        "build-site",
        "JobFailed: npm failed",
        "phase BUILD, exit status 7: npm ci",
        "| boom",
    ):
        assert part in told
    assert f"laststop run retry {run[:8]}" in told
    home.broken = None
    assert "goes on at Build" in cli.ok("run", "retry", run[:8]).err
    assert home.work().run_rows()[-1].status == "Succeeded"
    done = cli("run", "retry", run[:8])
    assert done.code == 3


def test_a_start_gives_its_id_and_a_stop_its_reason(cli, home):
    run = cli.ok("run", "start", "--json").json["id"]
    assert cli.ok("run", "list", "--json").json[0]["id"] == run
    assert "stops" in cli.ok("run", "stop", run, "--reason", "wrong branch").err
    home.work()
    assert cli.ok("run", "list", "--json").json[0]["status"] == "Stopped"
    assert cli("run", "stop", run).code == 3


def test_before_the_pipeline_was_ever_served_a_start_says_what_to_do(cli):
    done = cli("run", "start")
    assert done.code == 2
    assert "laststop up" in done.err


def test_the_way_into_a_stage_is_closed_with_a_reason_and_opened(cli, home):
    assert cli("stage", "disable", "Release").code == 2
    cli.ok("stage", "disable", "Release", "--reason", "freeze")
    home.put("bgp", "1.1")
    home.work()
    assert cli.ok("run", "list", "--json").json[0]["status"] == "InProgress"
    cli.ok("stage", "enable", "Release")
    assert home.work().verdicts()[("bgp", "1.1")] == "live"
    done = cli("stage", "enable", "Moon")
    assert done.code == 2
    assert "Moon" in done.err


def test_a_run_without_a_log_says_so(cli, home):
    done = cli("run", "logs", "latest")
    assert done.code == 2
    assert "has no log" in done.err


# the project


def test_a_new_project_passes_its_own_check_and_is_never_made_over_another_one(cli, tmp_path):
    made = tmp_path / "fresh"
    assert cli("--", "init", str(made)).code == 0
    assert cli("--", "check", "-C", str(made)).code == 0
    before = sorted(path.name for path in made.iterdir())
    done = cli("--", "init", str(made))
    assert done.code in (2, 3)
    assert sorted(path.name for path in made.iterdir()) == before


def test_a_check_names_what_is_wrong_with_its_line_and_ends_with_2(cli):
    text = (cli.folder / "pipeline.yml").read_text()
    (cli.folder / "pipeline.yml").write_text(
        text.replace("inputArtifacts: [{name: frontend}]", "inputArtifacts: [{name: frontned}]")
    )
    done = cli("check")
    assert done.code == 2
    assert "pipeline.yml:16 stages[1].actions[0].inputArtifacts[0]" in done.out
    assert 'did you mean "frontend"' in done.out


def test_commands_that_need_no_pipeline_work_while_its_file_is_broken(cli):
    (cli.folder / "pipeline.yml").write_text("name: [")
    assert cli("catalog", "put", "bgp", "1.0", "--type", "routing").code == 0
    assert cli("catalog", "list").code == 0
    assert cli("run", "start").code == 2
