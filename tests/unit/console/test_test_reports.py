"""What the tests of a run said, on its page, in the API and on the command line."""

import json

from click.testing import CliRunner

from laststop.build.reports.report import TestCase, report_of
from laststop.cli.run import command as run_command
from laststop.homes.embedded.report_file import SHOWN_CASES, write_reports
from laststop.pipeline.due import due
from laststop.words.failure import Failure
from unit.console.console_workbench import ask

GOOD = TestCase(suite="web", name="opens", status="SUCCEEDED", seconds=1.5)
BAD = TestCase(suite="web", name="<b>shows</b>", status="FAILED", message="1 != 2\nat line 3")


def ran_tests(bench, *cases):
    run = bench.start()
    bench.read_sources()
    command = next(each for each in due(bench.state()) if each.key.action == "build-site")
    reports = (report_of("unit", "JUNITXML", cases, files=1),)
    write_reports(bench.home.folders.reports(command.key), reports)
    bench.end("build-site", Failure(code="COMMAND_EXECUTION_ERROR", message="no"))
    return run


def test_the_page_of_a_run_shows_counts_and_bad_tests_as_plain_text(bench):
    run = ran_tests(bench, GOOD, BAD)
    page = ask(bench.app(), "GET", f"/runs/{run}").text
    assert '<h2 id="tests">Tests</h2>' in page
    assert "web: &lt;b&gt;shows&lt;/b&gt; failed" in page
    assert "1 != 2\nat line 3" in page
    assert "opens" not in page


def test_a_run_without_reports_has_no_such_section(bench):
    run = bench.ship()
    assert 'id="tests"' not in ask(bench.app(), "GET", f"/runs/{run}").text
    assert ask(bench.app(), "GET", f"/api/v1/runs/{run}").json["tests"] == []


def test_the_api_gives_counts_and_a_bounded_number_of_bad_tests(bench):
    run = ran_tests(bench, GOOD, *[BAD] * (SHOWN_CASES + 7))
    (attempt,) = ask(bench.app(), "GET", f"/api/v1/runs/{run}").json["tests"]
    assert (attempt["stage"], attempt["action"], attempt["attempt"]) == ("Build", "build-site", 1)
    (report,) = attempt["reports"]
    assert (report["group"], report["succeeded"], report["failed"]) == ("unit", 1, SHOWN_CASES + 7)
    assert len(report["cases"]) == SHOWN_CASES
    assert "and 7 more of unit" in ask(bench.app(), "GET", f"/runs/{run}").text


def test_run_show_tells_the_bad_tests(bench):
    run = ran_tests(bench, GOOD, BAD)
    folder = str(bench.home.project.root)
    told = CliRunner().invoke(run_command, ["show", run, "--project", folder]).stdout
    assert "tests of build-site, unit: 1 of 2 bad" in told
    assert "FAILED web <b>shows</b>: 1 != 2" in told
    data = json.loads(CliRunner().invoke(run_command, ["show", run, "--json", "--project", folder]).stdout)
    assert data["tests"][0]["reports"][0]["failed"] == 1
