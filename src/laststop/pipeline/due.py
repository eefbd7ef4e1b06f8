"""What the state asks for: derived, never stored."""

import msgspec

from laststop.pipeline.declaration import EnvironmentVariable
from laststop.pipeline.state import ActionRun, Run, State
from laststop.words.artifact import Artifact
from laststop.words.ids import AttemptKey
from laststop.words.instants import Instant
from laststop.words.overrides import SourceOverride

APPROVAL = "Approval/AWS/Manual/1"
"""What a person does; nothing to run."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that was requested and has not ended, with all its provider needs.

    `job` counts the jobs of an attempt (it rises with each continuation), `token` is the continuation
    token the last one left. A rule of a stage's condition is a command too: its key names it
    `beforeEntry:NAME`, `onSuccess:NAME` or `onFailure:NAME` (no action's name has a colon).
    `commands`, `files` (output artifact -> globs), `output_variables` and `environment` are those of a
    Commands action or rule; `overrides` are the run's pins for this source action.
    """

    key: AttemptKey
    pipeline: str
    provider: str
    configuration: dict[str, str]
    inputs: tuple[Artifact, ...]
    outputs: tuple[str, ...]
    started_at: Instant
    deadline_at: Instant
    job: int = 0
    token: str = ""
    commands: tuple[str, ...] = ()
    files: dict[str, tuple[str, ...]] = {}
    output_variables: tuple[str, ...] = ()
    environment: tuple[EnvironmentVariable, ...] = ()
    overrides: tuple[SourceOverride, ...] = ()

    @property
    def name(self) -> str:
        """What the executor knows it by: a continuation is another command than the job before it."""
        return f"{self.key.text}#{self.job}"


def due(state: State) -> tuple[Command, ...]:
    """Every attempt requested and not ended that a provider works on, oldest run first.

    An approval is no command: a person answers it. After a crash nothing runs, so everything due is issued
    again: recovery has no code of its own.
    """
    return tuple(
        _command(state, run, key, action)
        for run in state.in_order()
        for key, action in run.open_attempts()
        if action.provider != APPROVAL
    )


def _command(state: State, run: Run, key: AttemptKey, action: ActionRun) -> Command:
    definition = state.definition(run)
    stage = definition.stage(key.stage) if definition else None
    declared = stage.action(key.action) if stage else None
    made = declared.output_artifacts if declared else ()
    given = {each.name: each.type for each in declared.environment_variables} if declared else {}
    return Command(
        key=key,
        pipeline=state.pipeline,
        provider=action.provider,
        configuration=action.configuration,
        inputs=action.inputs,
        outputs=action.outputs,
        started_at=action.started_at,
        deadline_at=action.deadline_at,
        job=action.job,
        token=action.token,
        commands=action.commands,
        files={each.name: each.files for each in made if each.files},
        output_variables=declared.output_variables if declared else (),
        environment=tuple(
            EnvironmentVariable(name=name, value=value, type=given.get(name, "PLAINTEXT"))
            for name, value in action.environment.items()
        ),
        overrides=tuple(each for each in run.overrides if each.action_name == key.action),
    )


def open_attempts(state: State) -> tuple[tuple[AttemptKey, ActionRun], ...]:
    """Every attempt requested and not ended, approvals too, oldest run first."""
    return tuple(each for run in state.in_order() for each in run.open_attempts())


def next_deadline(state: State) -> Instant | None:
    """When `TimePassed` must be decided at the latest, or None when nothing is awaited."""
    return min((action.deadline_at for _, action in open_attempts(state)), default=None)
