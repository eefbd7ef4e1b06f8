"""Where is my change: every step it took, with its time, and why it waits where it waits."""

from laststop.errors import NotFoundError
from laststop.functions.publish import Policy
from laststop.homes.embedded.listing import version_lines
from laststop.homes.embedded.runs import RunRow, attempt_rows, kept_run, stage_rows
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.homes.shared.listing import NOT_READ
from laststop.homes.shared.tracing import Moment, Trace, steps_of
from laststop.pipeline.starts import may_begin
from laststop.pipeline.state import State
from laststop.words.ids import RunId
from laststop.words.instants import Instant, parse_instant
from laststop.words.verdicts import VerdictKind

_NOTICES = load("notices.sql")
_CATALOG = load("catalog.sql")
_SITE = load("site.sql")
NO_SERVER = "no server is running: start it with `laststop up`"


def trace(
    view: View,
    algorithm: str,
    version: str | None,
    *,
    policy: Policy,
    locations: dict[str, str],
    state: State,
    serving: bool,
) -> Trace:
    """Trace the newest release-phase change of a version, by default of the version changed last.

    `serving` is whether a server runs; `state` the pipeline's live state.
    Raises: NotFoundError when the catalog has no such version.
    """
    version = version or _newest_version(view, algorithm)
    lines = version_lines(view, policy, locations, algorithm=algorithm, only=version)
    if not lines:
        raise NotFoundError(
            f"the catalog has no version {version} of {algorithm}", hint="see: laststop catalog list"
        )
    [line] = lines
    moments: list[Moment] = []
    waits = ""
    found = view.connection.execute(_NOTICES["of_version"], (algorithm, version)).fetchall()
    if line.reason == NOT_READ or not found:
        moments.append(("recorded", _recorded_at(view, algorithm, version)))
        waits = _why_unpublished(line.reason, line.phase, serving=serving)
        return _trace(algorithm, version, line.verdict, moments, "published", waits)
    _, kind, _, run, recorded, published, settled, _, _ = found[-1]
    moments += [("recorded", parse_instant(recorded)), ("published", parse_instant(published))]
    carrier = RunId(line.run) if line.run else RunId(run) if run else None
    if carrier is not None and (row := kept_run(view, carrier)) is not None:
        moments += _of_run(view, row, parse_instant(published))
    if VerdictKind(kind).final:
        moments.append((f"verdict {kind}", parse_instant(settled)))
        return _trace(algorithm, version, line.verdict, moments, "", "")
    if line.verdict == VerdictKind.FAILED:
        waits = line.reason
    else:
        waits = _why_open(view, line.reason, carrier, state, serving=serving)
    following = "run started" if carrier is None else "verdict"
    return _trace(algorithm, version, line.verdict, moments, following, waits)


def _trace(
    algorithm: str, version: str, verdict: str | None, moments: list[Moment], following: str, waits: str
) -> Trace:
    return Trace(
        algorithm=algorithm,
        version=version,
        verdict=verdict,
        steps=steps_of(moments, following=following, waits=waits),
    )


def _of_run(view: View, run: RunRow, published: Instant) -> list[Moment]:
    """The steps of the run that carried the change; none when its proof is older than the change."""
    seen = view.connection.execute(_SITE["of_run"], (run.id,)).fetchone()
    listed = {row[0]: row for row in view.connection.execute(_SITE["listing"], (1000,))}
    release = listed.get(seen[0]) if seen else None
    proven = parse_instant(release[4]) if release and release[4] else None
    if proven is not None and proven < published:
        return []
    moments = [("run started", run.started_at)]
    if proven is not None:
        moments.append(("seen at the edge", proven))
    moments += [
        (f"{each.stage} / {each.action}", each.ended_at)
        for each in attempt_rows(view, run.id)
        if each.ended_at is not None and each.provider.startswith("Invoke/")
    ]
    stages = stage_rows(view, run.id)
    moments += [(each.stage, each.ended_at) for each in stages if each.ended_at is not None]
    return moments


def _newest_version(view: View, algorithm: str) -> str:
    row = view.connection.execute(_CATALOG["newest_version"], (algorithm,)).fetchone()
    if row is None:
        raise NotFoundError(f'the catalog has no algorithm "{algorithm}"', hint="see: laststop catalog list")
    return str(row[0])


def _recorded_at(view: View, algorithm: str, version: str) -> Instant:
    row = view.connection.execute(_CATALOG["changed_at"], (algorithm, version)).fetchone()
    return parse_instant(row[0])


def _why_unpublished(reason: str, phase: str, *, serving: bool) -> str:
    if reason != NOT_READ:
        return f"phase {phase} is no release phase"
    return "publishing is about to read it" if serving else NO_SERVER


def _why_open(view: View, reason: str, carrier: RunId | None, state: State, *, serving: bool) -> str:
    if not serving:
        return NO_SERVER
    if carrier is None:
        return may_begin(state) or reason
    run = state.runs.get(carrier)
    if run is not None and not run.inside and run.live:
        stage = state.stage(run.stage)
        if not stage.enabled:
            return f"the way into {run.stage} is closed: {stage.disabled_reason}"
        if stage.occupant is not None:
            return f"waits before {run.stage}: run {stage.occupant} is inside"
    busy = [each.action for each in attempt_rows(view, carrier) if each.status == "InProgress"]
    return f"{', '.join(busy)} of run {carrier[:8]} is under way" if busy else reason
