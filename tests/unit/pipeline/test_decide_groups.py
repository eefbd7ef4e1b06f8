"""Inside a stage: run orders, failures beside siblings, variables, inputs, the bill."""

import msgspec
import pytest

from laststop.pipeline.declaration import PipelineVariable
from laststop.pipeline.inputs import Start
from laststop.pipeline.limits import CONFIGURATION_RESOLVED_BYTES_MAX
from laststop.words import facts_pipeline as f
from unit.pipeline.bench import Bench, action, flow, heads, made, run_id, source, stage

INTO_RELEASE = "start 1; pass 1 Source; pass 1 Build"

ROWS = {
    # why not announce yet: the group behind deploy starts after the whole group before it succeeded
    "R-GROUP-01 the first group starts alone": (INTO_RELEASE, "1:deploy/1", ""),
    # why not one by one: actions of one run order run side by side
    "R-GROUP-02 a group starts together": (f"{INTO_RELEASE}; ok 1 deploy", "1:purge/1 1:announce/1", ""),
    # why not verify yet: announce is still at work
    "R-GROUP-03 a group waits for all of the group before": (
        f"{INTO_RELEASE}; ok 1 deploy; ok 1 purge",
        "1:announce/1",
        "",
    ),
    # why not wait for more: both of the group have succeeded
    "R-GROUP-04 a group follows a group": (
        f"{INTO_RELEASE}; ok 1 deploy; ok 1 purge; ok 1 announce",
        "1:verify/1",
        "",
    ),
    # why not fail the run now: siblings of a failed action finish, and the stage stays locked meanwhile
    "R-GROUP-05 a failing action lets its siblings finish": (
        f"{INTO_RELEASE}; ok 1 deploy; fail 1 purge",
        "1:announce/1",
        "",
    ),
    # why not verify: a group behind a failure never starts, whatever the siblings say
    "R-GROUP-06 nothing starts behind a failure": (
        f"{INTO_RELEASE}; ok 1 deploy; fail 1 purge; ok 1 announce",
        "",
        "1 failed",
    ),
    # why not keep the run: nothing is left that could happen to it
    "R-GROUP-07 the last group ends the run": (f"{INTO_RELEASE}; pass 1 Release", "", "1 succeeded"),
}


@pytest.mark.parametrize(("script", "at_work", "ends"), ROWS.values(), ids=ROWS)
def test_what_is_at_work(script, at_work, ends):
    bench = Bench().play(script)
    assert (bench.at_work, bench.ends) == (at_work, ends)


def test_run_orders_may_leave_gaps_and_stand_in_any_order_r_group_08():
    line = flow(
        stage("Source", source("frontend")),
        stage(
            "Build", action("late", run_order=90), action("early", run_order=7), action("also", run_order=7)
        ),
    )
    bench = Bench(line).play("start 1; pass 1 Source")
    assert bench.at_work == "1:early/1 1:also/1"
    bench.play("ok 1 also; ok 1 early")
    assert bench.at_work == "1:late/1"


def test_an_action_gets_its_inputs_in_its_own_order_and_not_in_that_of_their_ends_r_group_09():
    bench = Bench().play("start 1; ok 1 routing; ok 1 frontend")
    assert bench.command("1", "compile").inputs == (made("frontend", "run-1 1"), made("routing", "run-1 1"))
    assert bench.command("1", "compile").outputs == ("site",)


def test_the_bill_holds_what_every_source_gave_r_group_10():
    bench = Bench().play("start 1; ok 1 routing@r; ok 1 frontend@f")
    (closed,) = bench.told(f.BillClosed)
    assert closed.bill == heads("frontend@f routing@r")
    assert bench.state.newest_bill == closed.bill


def test_the_bill_of_a_run_that_is_no_longer_the_newest_says_nothing_about_the_heads():
    bench = Bench().play("start 1; start 2; pass 1 Source frontend@a")
    assert bench.state.runs[run_id("1")].bill == heads("frontend@a")
    assert bench.state.newest_bill is None


WITH_VARIABLES = flow(
    stage("Source", source("frontend")),
    stage(
        "Build",
        action(
            "compile",
            "Build",
            namespace="build",
            configuration={
                "Run": "#{codepipeline.PipelineExecutionId}",
                "Mood": "#{variables.Mood}",
                "Twice": "#{frontend-source.Attempt}+#{frontend-source.Attempt}",
            },
        ),
        action("check", "Test", run_order=2, configuration={"Build": "#{build.Attempt}"}),
    ),
    variables=(PipelineVariable(name="Mood", default_value="calm"),),
)


def test_variables_of_the_run_the_pipeline_and_earlier_actions_are_filled_in():
    bench = Bench(WITH_VARIABLES).play("start 1; pass 1 Source")
    assert bench.command("1", "compile").configuration == {"Run": "run-1", "Mood": "calm", "Twice": "1+1"}
    bench.play("ok 1 compile")
    assert bench.command("1", "check").configuration == {"Build": "1"}


def test_variables_of_a_start_win_over_defaults_and_are_frozen_for_retries():
    bench = Bench(WITH_VARIABLES)
    bench.ask(Start(run=run_id("1"), cause="by hand", variables={"Mood": "keen"}))
    bench.play("pass 1 Source; fail 1 compile; retry 1 Build ALL")
    assert bench.command("1", "compile").configuration["Mood"] == "keen"
    assert bench.command("1", "compile").key.attempt == 2


def failing(configuration: dict[str, str]):
    return flow(
        stage("Source", source("frontend")),
        stage("Build", action("doomed", configuration=configuration), action("sound")),
    )


def test_a_variable_without_a_value_fails_its_action_and_never_reaches_a_provider_r_variable_08():
    bench = Bench(failing({"X": "#{variables.Nobody}"})).play("start 1; pass 1 Source")
    (failed,) = bench.told(f.ActionFailed)
    assert (failed.action, failed.failure.code) == ("doomed", "ConfigurationError")
    assert "#{variables.Nobody} has no value" in failed.failure.message
    assert bench.at_work == "1:sound/1"
    bench.play("ok 1 sound")
    assert bench.ends == "1 failed"


def test_a_stage_whose_every_action_cannot_start_fails_at_once():
    line = flow(
        stage("Source", source("frontend")),
        stage("Build", action("doomed", configuration={"X": "#{variables.Nobody}"}), retries="ALL_ACTIONS"),
    )
    bench = Bench(line).play("start 1; pass 1 Source")
    assert bench.ends == "1 failed"
    assert [fact.attempt for fact in bench.told(f.ActionFailed)] == [1, 2]


def test_a_configuration_that_grows_too_large_fails_its_action_and_not_the_engine_r_variable_09():
    wide = {f"K{number}": "#{variables.Big}" for number in range(3)}
    big = PipelineVariable(name="Big", default_value="x" * (CONFIGURATION_RESOLVED_BYTES_MAX // 2))
    bench = Bench(msgspec.structs.replace(failing(wide), variables=(big,)))
    bench.play("start 1; pass 1 Source")
    (failed,) = bench.told(f.ActionFailed)
    assert failed.failure.code == "ConfigurationError"
    assert "at most" in failed.failure.message


def test_when_all_is_retried_only_what_was_made_anew_counts_r_retry_29():
    line = flow(
        stage("Source", source("frontend")),
        stage(
            "Build",
            action("first", "Build", makes="site", namespace="first"),
            action("again", run_order=2, reads="site", configuration={"From": "#{first.Attempt}"}),
        ),
    )
    bench = Bench(line).play("start 1; pass 1 Source; ok 1 first; fail 1 again; retry 1 Build ALL")
    assert bench.at_work == "1:first/2"
    bench.play("ok 1 first")
    command = bench.command("1", "again")
    assert command.inputs == (made("site", "run-1 2"),)
    assert command.configuration == {"From": "2"}
