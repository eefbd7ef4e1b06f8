"""What the state asks for: derived, never stored."""

import msgspec

from laststop.pipeline.declaration import EnvironmentVariable
from laststop.pipeline.overrides import SourceOverride
from laststop.pipeline.state import State
from laststop.words.artifact import Artifact
from laststop.words.ids import AttemptKey
from laststop.words.instants import Instant


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
    """Every attempt requested and not ended, oldest run first.

    After a crash nothing runs, so everything due is issued again: recovery has no code of its own.
    """
    commands = []
    for run in sorted(state.runs.values(), key=lambda run: run.ordinal):
        for stage, actions in run.actions.items():
            for name, action in actions.items():
                if action.status != "InProgress":
                    continue
                key = AttemptKey(run=run.id, stage=stage, action=name, attempt=action.attempt)
                commands.append(
                    Command(
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
                    )
                )
    return tuple(commands)


def next_deadline(state: State) -> Instant | None:
    """When `TimePassed` must be decided at the latest, or None when nothing is awaited."""
    return min((command.deadline_at for command in due(state)), default=None)
