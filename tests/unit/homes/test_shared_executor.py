import msgspec

from laststop.homes.embedded.shared_executor import SharedExecutor
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Report, Succeeded
from laststop.words.ids import AttemptKey, RunId
from unit.homes.home_workbench import EPOCH


class Recorder:
    """An executor that ends what it is told to."""

    def __init__(self) -> None:
        self.begun: dict[str, Command] = {}
        self.cancelled: list[str] = []
        self._ended: list[Report] = []

    def start(self, command) -> None:
        self.begun[command.name] = command

    def cancel(self, name) -> None:
        self.cancelled.append(name)

    def running(self):
        return frozenset(self.begun)

    def reports(self):
        ended, self._ended = self._ended, []
        return ended

    def end(self, command) -> None:
        del self.begun[command.name]
        self._ended.append(Report(key=command.key, job=command.job, outcome=Succeeded()))


def command(pipeline: str, run: str, action: str = "a", job: int = 0) -> Command:
    return Command(
        key=AttemptKey(run=RunId(run), stage="s", action=action, attempt=1),
        pipeline=pipeline,
        provider="Test/AWS/CodeBuild/1",
        configuration={},
        inputs=(),
        outputs=(),
        started_at=EPOCH,
        deadline_at=EPOCH,
        job=job,
    )


def test_each_pipeline_sees_its_own_commands_and_reports_alone() -> None:
    executor = Recorder()
    shared = SharedExecutor(executor)
    one, two = shared.share("one"), shared.share("two")
    first, second = command("one", "r1"), command("two", "r2")
    one.start(first)
    two.start(second)
    assert one.running() == {first.name}
    assert two.running() == {second.name}
    executor.end(second)
    assert one.reports() == []
    assert one.running() == {first.name}
    assert [report.key.run for report in two.reports()] == ["r2"]
    assert two.reports() == []
    one.cancel(first.name)
    assert executor.cancelled == [first.name]


def test_what_ended_while_another_pipeline_asked_waits_for_its_own() -> None:
    executor = Recorder()
    shared = SharedExecutor(executor)
    one, two = shared.share("one"), shared.share("two")
    commands = [command("two", "r2", action) for action in "abc"]
    for each in commands:
        two.start(each)
        executor.end(each)
        assert one.reports() == []
    assert [report.key.action for report in two.reports()] == ["a", "b", "c"]


def test_a_continuation_of_a_run_has_the_same_owner() -> None:
    executor = Recorder()
    shared = SharedExecutor(executor)
    one = shared.share("one")
    first = command("one", "r1")
    one.start(first)
    executor.end(first)
    assert len(one.reports()) == 1
    more = msgspec.structs.replace(first, job=1)
    one.start(more)
    executor.end(more)
    assert [report.job for report in one.reports()] == [1]


def test_a_share_that_is_taken_again_keeps_what_waits() -> None:
    executor = Recorder()
    shared = SharedExecutor(executor)
    one, two = shared.share("one"), shared.share("two")
    two.start(command("two", "r2"))
    executor.end(command("two", "r2"))
    one.reports()
    assert len(shared.share("two").reports()) == 1
