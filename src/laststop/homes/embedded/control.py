"""CodePipeline's operations on the embedded pipeline; any process may call them, with or without a server."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from laststop.engine.apply import apply
from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.runs import kept_run
from laststop.homes.embedded.store.journal import Store
from laststop.pipeline.control import ControlError
from laststop.pipeline.inputs import AnyInput, Retry, SetTransition, Start, Stop
from laststop.words.facts_pipeline import RetryMode
from laststop.words.ids import RunId, derived_id
from laststop.words.instants import Instant

MANUAL = "somebody asked for it"
INBOUND = "Inbound"


class _Request(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """CodePipeline's spelling."""


class _Variable(_Request, frozen=True, kw_only=True):
    name: str
    value: str


class _Start(_Request, frozen=True, kw_only=True):
    name: str
    variables: tuple[_Variable, ...] = ()
    client_request_token: str = ""


class _Stop(_Request, frozen=True, kw_only=True):
    pipeline_name: str
    pipeline_execution_id: str
    abandon: bool = False
    reason: str = ""


class _Retry(_Request, frozen=True, kw_only=True):
    pipeline_name: str
    stage_name: str
    pipeline_execution_id: str
    retry_mode: RetryMode = "FAILED_ACTIONS"


class _Transition(_Request, frozen=True, kw_only=True):
    pipeline_name: str
    stage_name: str
    transition_type: str = INBOUND
    reason: str = ""


_R = TypeVar("_R", bound=_Request)


class StoredControl:
    """The `Control` port over the store."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], Instant],
        draw: Callable[[], RunId],
        ring: Callable[[], None],
    ) -> None:
        """`ring` tells the server, if there is one."""
        self._store = store
        self._clock = clock
        self._draw = draw
        self._ring = ring
        self._operations: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "StartPipelineExecution": self._start,
            "StopPipelineExecution": self._stop,
            "RetryStageExecution": self._retry,
            "EnableStageTransition": lambda request: self._transition(request, enabled=True),
            "DisableStageTransition": lambda request: self._transition(request, enabled=False),
        }

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Perform an operation in one transaction, then ring."""
        perform = self._operations.get(operation)
        if perform is None:
            raise UsageError(
                f"the embedded home does not do {operation}",
                hint=f"it does {', '.join(sorted(self._operations))}",
            )
        answer = perform(request)
        self._ring()
        return answer

    def _start(self, request: Mapping[str, Any]) -> dict[str, Any]:
        asked = _read(request, _Start)
        token = asked.client_request_token
        run = RunId(derived_id(RunId(asked.name), "start", token)) if token else self._draw()
        variables = {each.name: each.value for each in asked.variables}
        self._decide(asked.name, Start(run=run, cause=MANUAL, variables=variables))
        return {"pipelineExecutionId": run}

    def _stop(self, request: Mapping[str, Any]) -> dict[str, Any]:
        asked = _read(request, _Stop)
        run = RunId(asked.pipeline_execution_id)
        self._decide(asked.pipeline_name, Stop(run=run, abandon=asked.abandon, reason=asked.reason))
        return {"pipelineExecutionId": run}

    def _retry(self, request: Mapping[str, Any]) -> dict[str, Any]:
        asked = _read(request, _Retry)
        run = RunId(asked.pipeline_execution_id)
        self._decide(asked.pipeline_name, Retry(run=run, stage=asked.stage_name, mode=asked.retry_mode))
        return {"pipelineExecutionId": run}

    def _transition(self, request: Mapping[str, Any], *, enabled: bool) -> dict[str, Any]:
        asked = _read(request, _Transition)
        if asked.transition_type != INBOUND:
            raise UsageError(
                f'a transition is {INBOUND} here, not "{asked.transition_type}"',
                hint="close the way into the following stage instead",
            )
        wanted = SetTransition(stage=asked.stage_name, enabled=enabled, reason=asked.reason)
        self._decide(asked.pipeline_name, wanted)
        return {}

    def _decide(self, pipeline: str, asked: AnyInput) -> None:
        """Decide and write, in one transaction; a start under a token that was used is done already."""
        with self._store.transaction() as transaction:
            before = transaction.state(pipeline)
            if before.declaration is None:
                raise NotFoundError(
                    f'no pipeline is named "{pipeline}" here',
                    hint="it is created by the first `laststop up`",
                )
            if isinstance(asked, Start) and kept_run(transaction, asked.run) is not None:
                return
            applied = apply(transaction, before, asked, self._clock())
            if applied.refused is not None:
                raise ControlError(applied.refused)
            transaction.save_state(applied.state)


def _read(request: Mapping[str, Any], kind: type[_R]) -> _R:
    try:
        return msgspec.convert(request, kind)
    except msgspec.ValidationError as error:
        raise UsageError(f"CodePipeline would refuse this request: {error}") from error
