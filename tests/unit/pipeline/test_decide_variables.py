"""Variables in configurations and commands, output variables, and how long things may take."""

from datetime import timedelta

import msgspec
import pytest

from laststop.pipeline.declaration import (
    Action,
    ActionTypeId,
    ArtifactName,
    EnvironmentVariable,
    PipelineVariable,
    Rule,
    RuleTypeId,
)
from laststop.pipeline.inputs import Succeeded
from laststop.pipeline.timeouts import time_allowed
from laststop.pipeline.variables import OUTPUT_BYTES_MAX
from laststop.words import facts_pipeline as f
from unit.pipeline.bench import MORNING, Bench, action, flow, source, stage

COMMANDS = Action(
    name="script",
    action_type_id=ActionTypeId(category="Compute", owner="AWS", provider="Commands"),
    commands=("echo #{variables.Mood}", "make"),
    output_artifacts=(ArtifactName(name="out", files=("dist/**",)), ArtifactName(name="rest")),
    output_variables=("SIZE",),
    environment_variables=(
        EnvironmentVariable(name="MOOD", value="#{variables.Mood}"),
        EnvironmentVariable(name="KEY", value="the/secret", type="SECRETS_MANAGER"),
    ),
)
LINE = flow(
    stage("Source", source("frontend")),
    stage("Build", action("compile", namespace="build"), action("early"), COMMANDS),
    stage("Release", action("deploy", configuration={"Size": "#{build.Size}"})),
    variables=(PipelineVariable(name="Mood", default_value="calm"),),
)
READ = "start 1; pass 1 Source"


def test_commands_and_environment_are_filled_in_like_a_configuration_r_variable_01():
    command = Bench(LINE).play(READ).command("1", "script")
    assert command.commands == ("echo calm", "make")
    assert [(e.name, e.value, e.type) for e in command.environment] == [
        ("MOOD", "calm", "PLAINTEXT"),
        ("KEY", "the/secret", "SECRETS_MANAGER"),
    ]


def test_a_commands_action_knows_what_it_is_to_hand_over_r_variable_02():
    command = Bench(LINE).play(READ).command("1", "script")
    assert (command.files, command.output_variables) == ({"out": ("dist/**",)}, ("SIZE",))
    assert command.outputs == ("out", "rest")


def built(bench: Bench, **variables: str) -> Bench:
    bench.play(READ)
    bench.report_for(bench.command("1", "compile"), Succeeded(variables=variables))
    return bench.play("ok 1 early; ok 1 script")


def test_an_output_variable_is_read_under_its_namespace_r_variable_03():
    assert built(Bench(LINE), Size="7").command("1", "deploy").configuration == {"Size": "7"}


def test_a_key_that_the_namespace_does_not_hold_fails_the_action_r_variable_04():
    bench = built(Bench(LINE), Width="7")
    (failed,) = bench.told(f.ActionFailed)
    assert (failed.action, failed.failure.code) == ("deploy", "ConfigurationError")
    assert "holds only Width" in failed.failure.message


def test_what_an_action_gave_is_frozen_with_its_attempt_r_variable_05():
    bench = built(Bench(LINE), Size="7").play("fail 1 deploy; retry 1 Release")
    assert bench.command("1", "deploy").configuration == {"Size": "7"}


def test_a_value_is_not_read_again_for_references_r_variable_06():
    assert built(Bench(LINE), Size="#{variables.Mood}").command("1", "deploy").configuration == {
        "Size": "#{variables.Mood}"
    }


def test_output_variables_have_their_bound_r_variable_07():
    fits = {"S": "x" * (OUTPUT_BYTES_MAX - 1)}
    assert built(Bench(LINE), **fits).told(f.ActionFailed)[0].action == "deploy"
    bench = Bench(LINE).play(READ)
    bench.report_for(bench.command("1", "compile"), Succeeded(variables={"S": "x" * OUTPUT_BYTES_MAX}))
    (failed,) = bench.told(f.ActionFailed)
    assert (failed.action, failed.failure.code) == ("compile", "ConfigurationError")
    assert str(OUTPUT_BYTES_MAX) in failed.failure.message


def typed(category: str, provider: str, owner: str = "AWS", minutes: int | None = None) -> Action:
    kind = msgspec.convert({"category": category, "owner": owner, "provider": provider}, ActionTypeId)
    return Action(name="a", action_type_id=kind, timeout_in_minutes=minutes)


BOUNDS = {
    "R-TIME-01 a build": (typed("Build", "CodeBuild"), timedelta(hours=36)),
    "R-TIME-02 a test": (typed("Test", "CodeBuild"), timedelta(hours=8)),
    "R-TIME-03 the silence of a function": (typed("Invoke", "Lambda"), timedelta(minutes=20)),
    "R-TIME-04 a deploy to a bucket": (typed("Deploy", "S3"), timedelta(minutes=90)),
    "R-TIME-05 commands": (typed("Compute", "Commands"), timedelta(minutes=55)),
    "R-TIME-06 an action of one's own": (typed("Deploy", "Mine", "Custom"), timedelta(hours=24)),
    "R-TIME-07 a state machine": (typed("Invoke", "StepFunctions"), timedelta(days=7)),
    "R-TIME-08 an approval": (typed("Approval", "Manual"), timedelta(days=7)),
    "R-TIME-09 anything else": (typed("Source", "S3"), timedelta(hours=1)),
    "R-TIME-10 what the declaration says": (typed("Approval", "Manual", minutes=5), timedelta(minutes=5)),
    "R-TIME-11 a rule that calls a function": (
        Rule(name="r", rule_type_id=RuleTypeId(provider="LambdaInvoke")),
        timedelta(minutes=20),
    ),
    "R-TIME-12 a rule with a bound of its own": (
        Rule(name="r", rule_type_id=RuleTypeId(provider="Commands"), timeout_in_minutes=6),
        timedelta(minutes=6),
    ),
}


@pytest.mark.parametrize(("declared", "bound"), BOUNDS.values(), ids=BOUNDS)
def test_how_long_things_may_take(declared, bound):
    assert time_allowed(declared) == bound


def test_each_continuation_is_given_its_own_time_but_a_day_is_all_r_time_13():
    bench = Bench(flow(stage("Source", source("frontend")), stage("Build", action("long")))).play(READ)
    for _ in range(71):
        bench.play("after 19; more 1 long")
    assert bench.command("1", "long").deadline_at == bench.now + timedelta(minutes=20)
    for _ in range(4):
        bench.play("after 19; more 1 long")
    assert bench.command("1", "long").deadline_at == MORNING + timedelta(hours=24)
    bench.play("after 19")
    assert bench.ends == "1 failed"
