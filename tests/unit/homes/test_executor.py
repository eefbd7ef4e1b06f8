import queue
import threading
import time
from datetime import timedelta

import pytest

from laststop.errors import TransientError
from laststop.homes.embedded.executor import ThreadExecutor
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Continued, Succeeded
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey, RunId
from unit.homes.home_workbench import EPOCH


def command(action="a", provider="Test/Own/One/1", attempt=1, job=0) -> Command:
    return Command(
        key=AttemptKey(run=RunId("r"), stage="S", action=action, attempt=attempt),
        pipeline="p",
        provider=provider,
        configuration={},
        inputs=(),
        outputs=(),
        started_at=EPOCH,
        deadline_at=EPOCH + timedelta(hours=1),
        job=job,
    )


class Provider:
    """Does what it is told to."""

    def __init__(self, outcome=None, gate: threading.Event | None = None) -> None:
        self.outcome = outcome or Succeeded(summary="done")
        self.gate = gate
        self.began = threading.Event()
        self.cancelled: list[bool] = []

    def run(self, command, cancelled):
        self.began.set()
        while self.gate is not None and not self.gate.is_set():
            if cancelled.wait(0.01):
                self.cancelled.append(True)
                break
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


@pytest.fixture
def rung():
    return queue.SimpleQueue()


@pytest.fixture
def executor_of(rung):
    made = []

    def make(**providers):
        made.append(ThreadExecutor({f"Test/Own/{n}/1": p for n, p in providers.items()}, lambda: rung.put(1)))
        return made[-1]

    yield make
    for executor in made:
        executor.close(1)


def ended(executor, rung):
    rung.get(timeout=5)
    return executor.reports()


@pytest.mark.parametrize(
    "outcome",
    [Succeeded(summary="done"), Continued(token="t"), Failure(code="JobFailed", message="no")],
    ids=repr,
)
def test_every_end_is_reported_once_under_the_attempts_key_and_rings(executor_of, rung, outcome):
    executor = executor_of(One=Provider(outcome))
    executor.start(command(job=3))
    (report,) = ended(executor, rung)
    assert (report.key, report.job, report.outcome) == (command().key, 3, outcome)
    assert executor.reports() == []
    assert executor.running() == frozenset()


def test_a_command_runs_until_its_report_was_taken(executor_of, rung):
    executor = executor_of(One=Provider())
    executor.start(command())
    rung.get(timeout=5)
    assert executor.running() == {command().name}
    executor.reports()
    assert executor.running() == frozenset()


def test_our_own_errors_fail_the_action_with_their_code_and_the_next_step(executor_of, rung):
    error = TransientError("the registry is down", place="npm", hint="try again later")
    executor = executor_of(One=Provider(error))
    executor.start(command())
    (report,) = ended(executor, rung)
    assert report.outcome == Failure(code="TryAgain", message="npm: the registry is down (try again later)")


@pytest.mark.parametrize("bug", [ZeroDivisionError("by zero"), KeyError("x"), SystemExit(3)], ids=repr)
def test_a_bug_in_a_provider_ends_its_action_and_nothing_else(executor_of, rung, bug):
    executor = executor_of(One=Provider(bug), Two=Provider())
    executor.start(command())
    (report,) = ended(executor, rung)
    assert report.outcome.code == "InternalError"
    assert type(bug).__name__ in report.outcome.message
    executor.start(command("b", "Test/Own/Two/1"))
    assert isinstance(ended(executor, rung)[0].outcome, Succeeded)


def test_a_kind_of_action_nobody_does_is_a_configuration_error(executor_of, rung):
    executor = executor_of(One=Provider())
    executor.start(command(provider="Deploy/AWS/Moon/1"))
    (report,) = ended(executor, rung)
    assert report.outcome == Failure(
        code="ConfigurationError", message="no provider here does Deploy/AWS/Moon/1"
    )


def test_several_commands_run_at_once(executor_of, rung):
    gate = threading.Event()
    providers = [Provider(gate=gate), Provider(gate=gate)]
    executor = executor_of(One=providers[0], Two=providers[1])
    executor.start(command("a"))
    executor.start(command("b", "Test/Own/Two/1"))
    assert all(provider.began.wait(5) for provider in providers)
    assert executor.running() == {command("a").name, command("b").name}
    gate.set()
    reports = ended(executor, rung) + ended(executor, rung)
    assert {report.key.action for report in reports} == {"a", "b"}


def test_a_cancelled_command_is_told_and_may_still_report(executor_of, rung):
    provider = Provider(gate=threading.Event())
    executor = executor_of(One=provider)
    executor.start(command())
    assert provider.began.wait(5)
    executor.cancel("no such command")
    executor.cancel(command().name)
    assert len(ended(executor, rung)) == 1
    assert provider.cancelled == [True]


def test_closing_cancels_what_runs_and_reports_nothing_more(executor_of, rung):
    """What is cut off here is due again at the next start."""
    provider = Provider(gate=threading.Event())
    executor = executor_of(One=provider)
    executor.start(command())
    assert provider.began.wait(5)
    executor.close()
    assert provider.cancelled == [True]
    assert executor.reports() == []
    executor.start(command("late"))
    assert not any("late" in name for name in executor.running())


def test_closing_waits_no_longer_than_it_was_told_for_all_of_them_together(executor_of):
    class Deaf:
        def __init__(self):
            self.began, self.gate = threading.Event(), threading.Event()

        def run(self, command, cancelled):
            self.began.set()
            self.gate.wait(20)
            return Succeeded()

    deaf = [Deaf(), Deaf(), Deaf()]
    executor = executor_of(One=deaf[0], Two=deaf[1], Three=deaf[2])
    for number, name in enumerate(("One", "Two", "Three")):
        executor.start(command(f"a{number}", f"Test/Own/{name}/1"))
    assert all(each.began.wait(5) for each in deaf)
    began = time.monotonic()
    executor.close(0.2)
    assert time.monotonic() - began < 0.5
    for each in deaf:
        each.gate.set()
