"""Where is my change, on AWS: its steps by what catalog, ledger and CodePipeline know of it.

Source: `ListActionExecutions` and `GetPipelineState` in botocore's CodePipeline model (1.43). A record of the
stream carries the second it was written in, no more, so `recorded` may be up to a second early.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from laststop.catalog.order import order_key
from laststop.errors import NotFoundError
from laststop.functions.history import Past
from laststop.homes.aws.history import Attempt, PipelineHistory
from laststop.homes.aws.listing import Listing, Told
from laststop.homes.aws.proofs import TableProofs
from laststop.homes.aws.service import Caller
from laststop.homes.shared.listing import NOT_READ, VersionLine
from laststop.homes.shared.tracing import Moment, Trace, steps_of
from laststop.words.ids import RunId
from laststop.words.instants import Instant
from laststop.words.verdicts import VerdictKind

_INVOKE: Final = "Invoke"


class Eyes(msgspec.Struct, frozen=True, kw_only=True):
    """What tracing reads; nothing is written."""

    listing: Listing
    history: PipelineHistory
    proofs: TableProofs
    codepipeline: Caller
    pipeline: str


def trace(eyes: Eyes, algorithm: str, version: str | None) -> Trace:
    """Trace the newest release-phase change of a version, by default of the version changed last.

    Raises: NotFoundError when the catalog has no such version.
    """
    told = eyes.listing.of(algorithm)
    version = version or _newest_version(told)
    line = next((line for line in told.lines if line.version == version), None)
    if line is None:
        raise NotFoundError(
            f"the catalog has no version {version} of {algorithm}"
            if told.lines
            else f'the catalog has no algorithm "{algorithm}"',
            hint="see: laststop catalog list --home aws",
        )
    change = next((row for row in reversed(told.changes) if row.version == version), None)
    if change is None:
        waits = (
            "the stream's record is about to be read; if it stays so: laststop sweep --home aws"
            if line.reason == NOT_READ
            else f"phase {line.phase} is no release phase"
        )
        return _trace(line, [], "published", waits)
    moments = [("recorded", change.recorded_at), ("published", change.published_at)]
    run = RunId(line.run) if line.run else None
    if run is not None:
        moments += _of_run(eyes, run, change.published_at)
    if change.verdict.final and change.settled_at is not None:
        return _trace(line, [*moments, (f"verdict {change.verdict}", change.settled_at)], "", "")
    waits = line.reason if line.verdict == VerdictKind.FAILED or run is None else _why_held(eyes, run)
    return _trace(line, moments, "run started" if run is None else "verdict", waits or line.reason)


def _trace(line: VersionLine, moments: list[Moment], following: str, waits: str) -> Trace:
    return Trace(
        algorithm=line.algorithm,
        version=line.version,
        verdict=line.verdict,
        steps=steps_of(moments, following=following, waits=waits),
    )


def _newest_version(told: Told) -> str:
    """The version whose record came last; before any record, the highest."""
    if told.changes:
        return told.changes[-1].version
    return max((line.version for line in told.lines), key=order_key, default="")


def _of_run(eyes: Eyes, run: RunId, published: Instant) -> list[Moment]:
    """The steps of the run that carried the change; none when its proof is older than the change."""
    release = eyes.proofs.release_of(run)
    proven = eyes.proofs.note(release.id).seen_at if release else None
    if proven is not None and proven < published:
        return []
    moments: list[Moment] = [("seen at the edge", proven)] if proven is not None else []
    past = _past(eyes.history, run)
    if past is None:
        return moments
    moments.append(("run started", past.started_at))
    attempts = eyes.history.attempts(run)
    return [*moments, *_ends(attempts, in_flight=past.in_flight)]


def _past(history: PipelineHistory, run: RunId) -> Past | None:
    """A run; None when CodePipeline no longer knows it."""
    try:
        return history.detail(run).past
    except NotFoundError:
        return None


def _ends(attempts: list[Attempt], *, in_flight: bool) -> Iterator[Moment]:
    """The functions' ends and the stages'; `attempts` begins with the newest."""
    stages: dict[str, dict[str, Attempt]] = {}
    for each in reversed(attempts):
        stages.setdefault(each.stage_name, {})[each.action_name] = each
    names = list(stages)
    for name, actions in stages.items():
        newest = list(actions.values())
        for each in newest:
            if each.input.action_type_id.category == _INVOKE and each.status == "Succeeded":
                yield f"{name} / {each.action_name}", each.updated_at
        left = name != names[-1] or not in_flight
        if left and all(each.status == "Succeeded" for each in newest):
            yield name, max(each.updated_at for each in newest)


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """CodePipeline's spelling; members we do not use are let be."""


class _Transition(_Wire, frozen=True, kw_only=True):
    enabled: bool = True
    disabled_reason: str = ""


class _Inside(_Wire, frozen=True, kw_only=True):
    pipeline_execution_id: str = ""
    status: str = ""


class _Stage(_Wire, frozen=True, kw_only=True):
    stage_name: str
    inbound_transition_state: _Transition = _Transition()
    inbound_execution: _Inside | None = None
    latest_execution: _Inside | None = None


def _why_held(eyes: Eyes, run: RunId) -> str:
    """What keeps a run before a stage; empty when nothing does."""
    told = eyes.codepipeline.call("GetPipelineState", {"name": eyes.pipeline})
    for stage in msgspec.convert(told.get("stageStates", ()), tuple[_Stage, ...]):
        if stage.inbound_execution is None or stage.inbound_execution.pipeline_execution_id != run:
            continue
        if not stage.inbound_transition_state.enabled:
            return (
                f"the way into {stage.stage_name} is closed: {stage.inbound_transition_state.disabled_reason}"
            )
        inside = stage.latest_execution
        if inside is not None and inside.status == "InProgress":
            return f"waits before {stage.stage_name}: run {inside.pipeline_execution_id} is inside"
    return ""
