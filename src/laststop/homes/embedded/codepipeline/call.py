"""One call of an operation: the view or transaction it works in, and what every operation needs there."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from laststop.engine.apply import Applied, apply
from laststop.homes.embedded.store.journal import Transaction, View
from laststop.pipeline.control import ControlError, control_error
from laststop.pipeline.declaration import Pipeline, Stage
from laststop.pipeline.inputs import AnyInput, Refused
from laststop.pipeline.problems import Problem
from laststop.pipeline.state import State
from laststop.words.ids import RunId
from laststop.words.instants import Instant

ReadDeclaration = Callable[[Mapping[str, Any]], tuple[Pipeline | None, tuple[Problem, ...]]]
"""A declaration as it came in -> the pipeline, unless its shape is wrong, and everything wrong with it."""
PARTITION: Final = "arn:aws:codepipeline:local:000000000000:"
"""What the ARN of every pipeline begins with: no account and no region stand behind it."""


class Call:
    """What an operation reads with. `by` is who asks, as people know them."""

    def __init__(self, view: View, *, now: Instant, by: str) -> None:
        """Nothing is read yet."""
        self.view = view
        self.now = now
        self.by = by

    def state(self, pipeline: str) -> State:
        """A declared pipeline's live state.

        Raises: ControlError with PipelineNotFoundException.
        """
        state = self.view.state(pipeline)
        if state.declaration is None:
            raise refused(
                "PipelineNotFoundException",
                f"no pipeline is named '{pipeline}' here",
                hint="one of a project is created by the first `laststop up`",
            )
        return state

    def declaration(self, pipeline: str) -> Pipeline:
        """A pipeline's declaration as it stands; raises as `state`."""
        declaration = self.state(pipeline).declaration
        if declaration is None:
            raise refused("PipelineNotFoundException", f"no pipeline is named '{pipeline}' here")
        return declaration

    def stage(self, pipeline: str, stage: str) -> Stage:
        """A stage as it is declared now.

        Raises: ControlError as `state`, and with StageNotFoundException.
        """
        found = self.declaration(pipeline).stage(stage)
        if found is None:
            raise refused("StageNotFoundException", f"the pipeline '{pipeline}' has no stage '{stage}'")
        return found


class Order(Call):
    """What an operation writes with; everything it writes is committed together, or not at all."""

    def __init__(
        self,
        transaction: Transaction,
        *,
        now: Instant,
        by: str,
        draw: Callable[[], RunId],
        read: ReadDeclaration,
        file_of: Callable[[str], str | None],
    ) -> None:
        """`draw` makes the id of a new run; `read` judges declarations; `file_of` names their files."""
        super().__init__(transaction, now=now, by=by)
        self.transaction = transaction
        self.draw = draw
        self.read = read
        self.file_of = file_of

    def decide(self, pipeline: str, asked: AnyInput) -> Applied:
        """Let the pipeline's rules decide, and write what follows.

        Raises: ControlError as `state`, and with the code the rules refuse with.
        """
        applied = apply(self.transaction, self.state(pipeline), asked, self.now)
        if applied.refused is not None:
            raise control_error(applied.refused)
        self.transaction.save_state(applied.state)
        return applied


def refused(code: str, message: str, *, hint: str = "") -> ControlError:
    """CodePipeline's no, to be raised."""
    return control_error(Refused(code=code, message=message), hint=hint)


def plain(value: msgspec.Struct | None) -> dict[str, object]:
    """An answer as boto3 would give it: dicts and lists, instants left as they are."""
    if value is None:
        return {}
    told: dict[str, object] = msgspec.to_builtins(value, builtin_types=(datetime,))
    return told
