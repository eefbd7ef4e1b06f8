"""Conditions around a stage: their rules, what follows, retrying and overriding them."""

import msgspec
import pytest

from laststop.pipeline.declaration import PipelineVariable
from laststop.pipeline.variable_check import check_variable
from laststop.words import facts_gates as g
from laststop.words import facts_pipeline as f
from unit.pipeline.bench import BROKEN, Bench, action, flow, gate, rule, run_id, source, stage

TWO_RULES = (rule("window"), rule("alarm"))


def line(**gates):
    return flow(
        stage("Source", source("frontend")),
        stage("Build", action("compile", "Build", makes="site"), action("pack", run_order=2), **gates),
        stage("Release", action("deploy")),
    )


BEFORE = line(before=gate("FAIL", *TWO_RULES))
SKIPPING = line(before=gate("SKIP", rule("window")))
AFTER = line(after=gate("FAIL", rule("alarm")))
BACK = line(after=gate("ROLLBACK", rule("alarm")))
FAILING = line(failing=gate("ROLLBACK", rule("alarm")))
AGAIN = line(failing=gate("RETRY", rule("flaky")))
READ = "start 1; pass 1 Source"
BUILT = f"{READ}; ok 1 compile; ok 1 pack"

ROWS = {
    # why not start compile meanwhile: the condition is before entry
    "R-CONDITION-01 its rules are asked side by side, before any action": (BEFORE, READ, "1:beforeEntry:window/1 1:beforeEntry:alarm/1", ""),
    # why not wait outside: the stage is locked while its condition is examined
    "R-CONDITION-02 the stage is held meanwhile": (BEFORE, f"{READ}; start 2; pass 2 Source", "1:beforeEntry:window/1 1:beforeEntry:alarm/1", ""),
    # why not: all rules must pass, and one has not ended
    "R-CONDITION-03 all rules must pass": (BEFORE, f"{READ}; ok 1 beforeEntry:window", "1:beforeEntry:alarm/1", ""),
    "R-CONDITION-04 when they have, the actions begin": (BEFORE, f"{READ}; ok 1 beforeEntry:window; ok 1 beforeEntry:alarm", "1:compile/1", ""),
    # why not at once: rules are waited for like actions, so that each has its end
    "R-CONDITION-05 one no is enough, and is drawn when all have ended": (BEFORE, f"{READ}; fail 1 beforeEntry:window", "1:beforeEntry:alarm/1", ""),
    "R-CONDITION-06 the stage fails": (BEFORE, f"{READ}; fail 1 beforeEntry:window; ok 1 beforeEntry:alarm", "", "1 failed"),
    # why not fail: the declaration says to skip the stage
    "R-CONDITION-07 or is skipped, and the run goes on": (SKIPPING, f"{READ}; fail 1 beforeEntry:window", "1:deploy/1", ""),
    "R-CONDITION-08 a condition after is examined when all actions have succeeded": (AFTER, BUILT, "1:onSuccess:alarm/1", ""),
    "R-CONDITION-09 it lets the run go on": (AFTER, f"{BUILT}; ok 1 onSuccess:alarm", "1:deploy/1", ""),
    "R-CONDITION-10 or fails the stage although its actions succeeded": (AFTER, f"{BUILT}; fail 1 onSuccess:alarm", "", "1 failed"),
    # why not: no action failed is asked here
    "R-CONDITION-11 it is not examined when an action failed": (AFTER, f"{READ}; fail 1 compile", "", "1 failed"),
    "R-CONDITION-12 a condition on failure is examined when an action has failed": (FAILING, f"{READ}; fail 1 compile", "1:onFailure:alarm/1", ""),
    # why not: nothing failed
    "R-CONDITION-13 and not when none has": (FAILING, BUILT, "1:deploy/1", ""),
    # why not go back: its rule says no, so its result does not follow
    "R-CONDITION-14 a no there leaves the stage as it is, failed": (FAILING, f"{READ}; fail 1 compile; fail 1 onFailure:alarm", "", "1 failed"),
    # why not fail: the rule holds, and the result is one more try
    "R-CONDITION-15 a yes there is followed by its result": (AGAIN, f"{READ}; fail 1 compile; ok 1 onFailure:flaky", "1:compile/2", ""),
    # why not for ever: there is one automatic retry
    "R-CONDITION-16 once": (AGAIN, f"{READ}; fail 1 compile; ok 1 onFailure:flaky; fail 1 compile; ok 1 onFailure:flaky", "", "1 failed"),
    # why not keep the yes of before: time has passed
    "R-CONDITION-17 a retry examines again what did not pass": (BEFORE, f"{READ}; fail 1 beforeEntry:window; ok 1 beforeEntry:alarm; retry 1 Build", "1:beforeEntry:window/2 1:beforeEntry:alarm/2", "1 failed"),
    # why not compile again: it succeeded, and only its condition did not
    "R-CONDITION-18 a retry of failed actions keeps what succeeded": (AFTER, f"{BUILT}; fail 1 onSuccess:alarm; retry 1 Build", "1:onSuccess:alarm/2", "1 failed"),
    # why not ask again: it has passed
    "R-CONDITION-19 and does not examine again what has passed": (BEFORE, f"{READ}; ok 1 beforeEntry:window; ok 1 beforeEntry:alarm; fail 1 compile; retry 1 Build", "1:compile/2", "1 failed"),
    # why not keep it: everything begins again
    "R-CONDITION-20 a retry of all actions examines everything again": (BEFORE, f"{READ}; ok 1 beforeEntry:window; ok 1 beforeEntry:alarm; fail 1 compile; retry 1 Build ALL", "1:beforeEntry:window/2 1:beforeEntry:alarm/2", "1 failed"),
    # why not wait for the rules: they change nothing
    "R-CONDITION-21 a stop asks the rules no longer": (BEFORE, f"{READ}; stop 1", "", "1 stopped"),
    "R-CONDITION-22 an override lets the run in": (BEFORE, f"{READ}; override 1 Build BEFORE_ENTRY", "1:compile/1", ""),
    "R-CONDITION-23 an override lets the run go on after the stage": (AFTER, f"{BUILT}; override 1 Build ON_SUCCESS", "1:deploy/1", ""),
    # why not: somebody waits for an answer that nobody gives
    "R-CONDITION-24 a rule that is silent has its bound": (AFTER, f"{BUILT}; after 20", "", "1 failed"),
}  # fmt: skip


@pytest.mark.parametrize(("pipeline", "script", "at_work", "ends"), ROWS.values(), ids=ROWS)
def test_what_is_at_work(pipeline, script, at_work, ends):
    bench = Bench(pipeline).play(script)
    shown = " ".join(each for each in bench.at_work.split() if each.startswith("1:"))
    assert (bench.refused, shown, bench.ends) == (None, at_work, ends)


NO = "ConditionNotOverridableException"
REFUSED = {
    # why not: nothing is examined
    "R-OVERRIDE-01 a condition that is not being examined": (BEFORE, "start 1; override 1 Build BEFORE_ENTRY", NO),
    # why not: it has passed; there is nothing to override
    "R-OVERRIDE-02 a condition that has passed": (AFTER, f"{BUILT}; ok 1 onSuccess:alarm; override 1 Build ON_SUCCESS", NO),
    # why not: AWS says so; the stage is skipped, or it is not
    "R-OVERRIDE-03 a condition that skips": (SKIPPING, f"{READ}; override 1 Build BEFORE_ENTRY", NO),
    # why not: two wishes would pull at one run
    "R-OVERRIDE-04 in a run that ends": (BEFORE, f"{READ}; fail 1 beforeEntry:window; ok 1 beforeEntry:alarm; override 1 Build BEFORE_ENTRY", NO),
    # why not guess
    "R-OVERRIDE-05 in a stage that is not declared": (BEFORE, f"{READ}; override 1 Biuld BEFORE_ENTRY", "StageNotFoundException"),
    # why not: another run is there
    "R-OVERRIDE-06 for a run that is not the latest there": (BEFORE, f"{READ}; start 2; pass 2 Source; override 2 Build BEFORE_ENTRY", "NotLatestPipelineExecutionException"),
}  # fmt: skip


@pytest.mark.parametrize(("pipeline", "script", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_overridden(pipeline, script, code):
    bench = Bench(pipeline).play(script)
    assert bench.refused is not None
    assert bench.refused.code == code


def ends(bench: Bench) -> list[tuple[str, str, str]]:
    return [(fact.gate, fact.status, fact.result) for fact in bench.told(g.ConditionEnded)]


ENDS = {
    "R-CONDITION-25 a yes": (BEFORE, f"{READ}; ok 1 beforeEntry:window; ok 1 beforeEntry:alarm", ("beforeEntry", "Succeeded", "")),
    "R-CONDITION-26 a no": (BEFORE, f"{READ}; ok 1 beforeEntry:window; fail 1 beforeEntry:alarm", ("beforeEntry", "Failed", "FAIL")),
    # why not Failed: nobody said no; it could not be judged
    "R-CONDITION-27 a rule that cannot be judged": (BEFORE, f"{READ}; fail 1 beforeEntry:window; error 1 beforeEntry:alarm", ("beforeEntry", "Errored", "FAIL")),
    "R-CONDITION-28 a skip": (SKIPPING, f"{READ}; fail 1 beforeEntry:window", ("beforeEntry", "Failed", "SKIP")),
    "R-CONDITION-29 an override": (BEFORE, f"{READ}; override 1 Build BEFORE_ENTRY", ("beforeEntry", "Overridden", "")),
    "R-CONDITION-30 a stop": (BEFORE, f"{READ}; stop 1", ("beforeEntry", "Abandoned", "")),
    "R-CONDITION-31 an abandoned run": (BEFORE, f"{READ}; abandon 1", ("beforeEntry", "Abandoned", "")),
    "R-CONDITION-32 an update": (BEFORE, f"{READ}; update", ("beforeEntry", "Cancelled", "")),
    # why not FAIL: on failure the result follows a yes
    "R-CONDITION-33 a no on failure": (FAILING, f"{READ}; fail 1 compile; fail 1 onFailure:alarm", ("onFailure", "Failed", "")),
    "R-CONDITION-34 a yes on failure": (FAILING, f"{READ}; fail 1 compile; ok 1 onFailure:alarm", ("onFailure", "Succeeded", "ROLLBACK")),
}  # fmt: skip


@pytest.mark.parametrize(("pipeline", "script", "end"), ENDS.values(), ids=ENDS)
def test_how_an_examination_ends(pipeline, script, end):
    assert ends(Bench(pipeline).play(script))[-1] == end


def test_a_condition_after_goes_back_to_what_last_passed_it_r_condition_35():
    bench = Bench(BACK).play(
        f"{BUILT}; ok 1 onSuccess:alarm; ok 1 deploy;"
        "start 2; pass 2 Source; ok 2 compile; ok 2 pack; fail 2 onSuccess:alarm"
    )
    started = bench.told(f.RunStarted)[-1]
    assert (started.execution_type, started.target) == ("ROLLBACK", run_id("1"))
    assert bench.ends == "1 succeeded, 2 failed"


def test_a_condition_on_failure_goes_back_when_it_holds_r_condition_36():
    bench = Bench(FAILING).play(
        f"{BUILT}; ok 1 deploy; start 2; pass 2 Source; fail 2 compile; ok 2 onFailure:alarm"
    )
    assert bench.told(f.RunStarted)[-1].target == run_id("1")


def test_a_run_that_a_condition_failed_says_which_rule_r_condition_37():
    bench = Bench(AFTER).play(f"{BUILT}; fail 1 onSuccess:alarm")
    assert bench.told(f.RunFailed)[0].reason == "Build: rule alarm of onSuccess did not pass"
    assert [type(fact) for fact in bench.facts if fact.kind == "stage.succeeded"] == [f.StageSucceeded]


def test_what_a_skipped_stage_would_have_made_is_missing_later_r_condition_38():
    skipping = flow(
        stage("Source", source("frontend")),
        stage("Build", action("compile", "Build", makes="site"), before=gate("SKIP", rule("window"))),
        stage("Release", action("deploy", reads="site")),
    )
    bench = Bench(skipping).play(f"{READ}; fail 1 beforeEntry:window")
    (failed,) = [fact for fact in bench.told(f.ActionFailed) if fact.action == "deploy"]
    assert failed.failure.code == "ConfigurationError"
    assert "nothing has made the input site" in failed.failure.message


def test_a_skipped_stage_is_no_success_to_go_back_to_r_condition_39():
    bench = Bench(SKIPPING).play(f"{READ}; fail 1 beforeEntry:window")
    assert bench.state.stage("Build").success is None


def test_sources_that_are_skipped_close_an_empty_bill():
    line_ = flow(
        stage("Source", source("frontend"), before=gate("SKIP", rule("open"))),
        stage("Build", action("compile")),
    )
    bench = Bench(line_).play("start 1; fail 1 beforeEntry:open")
    assert bench.told(f.BillClosed)[0].bill.revisions == ()
    assert bench.at_work == "1:compile/1"


def test_an_override_gives_up_what_is_asked_and_keeps_what_was_answered():
    bench = Bench(BEFORE).play(f"{READ}; ok 1 beforeEntry:window; override 1 Build BEFORE_ENTRY")
    assert [fact.action for fact in bench.told(f.ActionAbandoned)] == ["beforeEntry:alarm"]


CHECKED = flow(
    stage("Source", source("frontend")),
    stage(
        "Build",
        action("compile"),
        before=gate(
            "SKIP",
            rule("mood", "VariableCheck", configuration={"Variable": "#{variables.Mood}", "Operator": "EQ", "Value": "calm"}),
        ),
    ),
    variables=(PipelineVariable(name="Mood", default_value="calm"),),
)  # fmt: skip


def test_a_variable_is_compared_at_once_and_by_nobody_else_r_check_01():
    assert Bench(CHECKED).play(READ).at_work == "1:compile/1"
    assert Bench(CHECKED).play("start 1 Mood=keen; pass 1 Source").ends == "1 succeeded"


def test_a_variable_without_a_value_cannot_be_judged_r_check_02():
    broken = flow(
        CHECKED.stages[0],
        stage(
            "Build",
            action("compile"),
            before=gate(
                "FAIL", rule("mood", "VariableCheck", configuration={"Variable": "#{variables.Nobody}"})
            ),
        ),
    )
    bench = Bench(broken).play(READ)
    assert ends(bench) == [("beforeEntry", "Errored", "FAIL")]
    assert bench.ends == "1 failed"


HOLDS = {
    "R-CHECK-03 EQ": ("EQ", "calm", "calm", "Calm"),
    "R-CHECK-04 NE": ("NE", "calm", "keen", "calm"),
    "R-CHECK-05 CONTAINS": ("CONTAINS", "al", "calm", "keen"),
    # why not keenest: MATCHES is about the whole value
    "R-CHECK-06 MATCHES": ("MATCHES", "k.*n", "keen", "keenest"),
}


@pytest.mark.parametrize(("operator", "value", "good", "bad"), HOLDS.values(), ids=HOLDS)
def test_how_a_variable_is_compared(operator, value, good, bad):
    assert check_variable({"Operator": operator, "Value": value, "Variable": good}) is None
    failure = check_variable({"Operator": operator, "Value": value, "Variable": bad})
    assert failure is not None
    assert (failure.code, repr(bad) in failure.message) == ("JobFailed", True)


@pytest.mark.parametrize(("operator", "value"), [("LIKE", "x"), ("", "x"), ("MATCHES", "(")])
def test_a_check_that_makes_no_sense_cannot_be_judged_r_check_07(operator, value):
    failure = check_variable({"Operator": operator, "Value": value, "Variable": "x"})
    assert failure is not None
    assert failure.code == "ConfigurationError"


def examinations(bench: Bench) -> list[tuple[str, int]]:
    return [(fact.kind, fact.attempt) for fact in bench.facts if isinstance(fact, g.ConditionFact)]


def test_examinations_are_counted():
    bench = Bench(BEFORE).play(f"{READ}; fail 1 beforeEntry:window; ok 1 beforeEntry:alarm; retry 1 Build")
    bench.play("override 1 Build BEFORE_ENTRY")
    assert examinations(bench) == [
        ("condition.started", 1),
        ("condition.ended", 1),
        ("condition.started", 2),
        ("condition.ended", 2),
    ]


def test_an_override_for_a_run_that_nobody_knows_names_the_one_that_is_there():
    bench = Bench(BEFORE).play(f"{READ}; override 9 Build BEFORE_ENTRY")
    assert bench.refused is not None
    assert bench.refused.code == "NotLatestPipelineExecutionException"
    assert bench.at_work == "1:beforeEntry:window/1 1:beforeEntry:alarm/1"


def test_an_override_is_no_answer_to_the_condition_at_the_other_gate():
    """Why not: the run would skip an examination that nobody has looked at."""
    both = line(before=gate("FAIL", rule("window")), after=gate("FAIL", rule("alarm")))
    bench = Bench(both).play(f"{READ}; override 1 Build ON_SUCCESS")
    assert bench.refused is not None
    bench.play("override 1 Build BEFORE_ENTRY; ok 1 compile; ok 1 pack")
    assert bench.at_work == "1:onSuccess:alarm/1"
    bench.play("override 1 Build BEFORE_ENTRY")
    assert bench.refused is not None
    bench.play("override 1 Build ON_SUCCESS")
    assert bench.at_work == "1:deploy/1"


def test_in_parallel_mode_each_run_is_overridden_by_itself():
    free = msgspec.structs.replace(BEFORE, execution_mode="PARALLEL")
    bench = Bench(free).play(f"{READ}; start 2; pass 2 Source; override 1 Build BEFORE_ENTRY")
    assert bench.at_work == "1:compile/1 2:beforeEntry:window/1 2:beforeEntry:alarm/1"
    bench.play("override 9 Build BEFORE_ENTRY")
    assert bench.refused is not None
    assert bench.refused.code == NO


WORK = ["LambdaInvoke", "Commands"]


@pytest.mark.parametrize("provider", WORK)
def test_a_rule_that_is_at_work_is_called_off_by_an_override(provider):
    """What its provider says afterwards comes too late to count."""
    asking = line(before=gate("FAIL", rule("window", provider)))
    bench = Bench(asking).play(READ)
    command = bench.command("1", "beforeEntry:window")
    bench.play("override 1 Build BEFORE_ENTRY")
    assert (bench.refused, bench.at_work) == (None, "1:compile/1")
    bench.report_for(command, BROKEN)
    assert (len(bench.told(f.ReportIgnored)), bench.at_work) == (1, "1:compile/1")
