"""What is asked of the executor: derived from the state, and from nothing else."""

from datetime import timedelta

import pytest

from laststop.pipeline.due import next_deadline
from laststop.pipeline.state import decode_state, encode_state
from laststop.pipeline.timeouts import time_allowed
from unit.pipeline.bench import MORNING, Bench, action, made


def test_a_command_says_all_its_provider_needs():
    bench = Bench().play("start 1; pass 1 Source")
    command = bench.command("1", "compile")
    assert command.key.text == "run-1/Build/compile/1"
    assert command.name == "run-1/Build/compile/1#0"
    assert command.pipeline == "flow"
    assert command.provider == "Build/AWS/CodeBuild/1"
    assert command.inputs == (made("frontend", "run-1 1"), made("routing", "run-1 1"))
    assert command.outputs == ("site",)
    assert command.started_at == MORNING
    assert command.deadline_at == MORNING + timedelta(hours=36)


def test_the_same_state_asks_for_the_same_commands_also_after_a_crash():
    bench = Bench().play("start 1; pass 1 Source; more 1 compile")
    again = Bench(None)
    again.state = decode_state(encode_state(bench.state))
    assert again.due() == bench.due()
    assert [command.name for command in again.due()] == ["run-1/Build/compile/1#1"]


def test_a_retry_and_a_continuation_are_other_commands():
    bench = Bench().play("start 1; pass 1 Source; pass 1 Build")
    names = [bench.due()[0].name]
    bench.play("more 1 deploy")
    names.append(bench.due()[0].name)
    bench.play("fail 1 deploy; retry 1 Release")
    names.append(bench.due()[0].name)
    assert [name.removeprefix("run-1/Release/") for name in names] == [
        "deploy/1#0",
        "deploy/1#1",
        "deploy/2#0",
    ]


def test_an_attempt_has_one_id_of_its_own_however_often_it_is_issued():
    bench = Bench().play("start 1")
    first, second = (command.key.id for command in bench.due())
    assert first != second
    assert [command.key.id for command in bench.due()] == [first, second]


def test_the_oldest_run_comes_first():
    bench = Bench().play("start 1; pass 1 Source; start 2")
    assert bench.at_work == "1:compile/1 2:frontend/1 2:routing/1"


def test_nothing_is_due_of_runs_that_wait_or_rest():
    bench = Bench().play(
        "close Build frozen; start 1; pass 1 Source; start 2; fail 2 frontend; fail 2 routing"
    )
    assert bench.due() == ()
    assert next_deadline(bench.state) is None


def test_the_next_deadline_is_the_earliest():
    bench = Bench().play("start 1; pass 1 Source; pass 1 Build; ok 1 deploy; after 3; more 1 purge")
    assert next_deadline(bench.state) == MORNING + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("declared", "allowed"),
    [
        (action("a", "Source"), timedelta(hours=1)),
        (action("a", "Build"), timedelta(hours=36)),
        (action("a", "Test"), timedelta(hours=8)),
        (action("a", "Invoke"), timedelta(minutes=20)),
        (action("a", "Approval"), timedelta(days=7)),
        (action("a", "Approval", timeout_in_minutes=5), timedelta(minutes=5)),
    ],
    ids=["source", "build", "test", "invoke", "approval", "with its own timeout"],
)
def test_how_long_an_action_may_take(declared, allowed):
    assert time_allowed(declared) == allowed
