"""Every operation of the API, in one table: routes, scopes and the OpenAPI document follow from it."""

from typing import Any

from laststop.console import api_catalog, api_health, api_releases, api_runs, api_tokens
from laststop.console import hooks_github as hooks
from laststop.console.api_operation import STREAM, TEXT, Answer, Operation, Parameter
from laststop.console.api_runs import LISTED, LISTED_MOST
from laststop.console.events import Event
from laststop.console.guard import GITHUB_HOOK, HEALTH
from laststop.console.run_detail import RunDetail
from laststop.homes.embedded.token_listing import TokenLine, TokenMade
from laststop.homes.embedded.tokens import Scope
from laststop.homes.shared.listing import ReleaseLine, RunLine, VersionLine
from laststop.homes.shared.tracing import Trace
from laststop.site.plan import Difference

API = "/api/v1"
EVENTS = f"{API}/events"
OPENAPI = f"{API}/openapi.json"
METRICS = "/metrics"

_VERSION = f"{API}/catalog/{{algorithm}}/{{version}}"
_RUN = f"{API}/runs/{{id}}"
_KIND = Parameter(
    name="kind",
    text="Only these kinds: `run.started`, `run.*`, several with commas, or the parameter repeated.",
)
_SEQ = {"type": "integer", "minimum": 0, "maximum": 2**53}


def _limit(default: int, most: int) -> Parameter:
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return Parameter(name="limit", text="How many.", schema=schema)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="listVersions",
        method="GET",
        path=f"{API}/catalog",
        handler=api_catalog.listed,
        scope=Scope.READ,
        summary="Versions with their verdicts, by name",
        text="`Link` with `rel=next` leads to those that follow.",
        parameters=(
            _limit(api_catalog.LISTED, api_catalog.LISTED_MOST),
            Parameter(name="after", text="Only what follows this one: `NAME/VERSION`."),
            Parameter(name="type", text="Only this algorithm type."),
            Parameter(name="algorithm", text="Only this algorithm."),
        ),
        answers=(Answer(text="The versions.", shape=list[VersionLine]),),
    ),
    Operation(
        name="showVersion",
        method="GET",
        path=_VERSION,
        handler=api_catalog.shown,
        scope=Scope.READ,
        summary="One version with its verdict",
        answers=(Answer(text="The version.", shape=VersionLine),),
        errors=(404,),
    ),
    Operation(
        name="putVersion",
        method="PUT",
        path=_VERSION,
        handler=api_catalog.put,
        scope=Scope.RELEASE,
        summary="Put a version, or change it",
        text="A member left out keeps what stands. The same request again writes nothing and starts nothing.",
        body=api_catalog.PutVersion,
        example={
            "type": "routing",
            "phase": "PACKAGE_TESTS_COMPLETE",
            "attributes": {"title": "BGP policies"},
        },
        answers=(
            Answer(text="It stood there.", shape=api_catalog.VersionPut),
            Answer(status=201, text="It is new.", shape=api_catalog.VersionPut),
        ),
        errors=(404, 409, 413),
    ),
    Operation(
        name="traceVersion",
        method="GET",
        path=f"{_VERSION}/trace",
        handler=api_catalog.traced,
        scope=Scope.READ,
        summary="Where a version's newest change is",
        answers=(Answer(text="Every step, with its time or what it waits for.", shape=Trace),),
        errors=(404,),
    ),
    Operation(
        name="listRuns",
        method="GET",
        path=f"{API}/runs",
        handler=api_runs.listed,
        scope=Scope.READ,
        summary="Runs, the newest first",
        text="`Link` with `rel=next` leads to older ones.",
        parameters=(
            _limit(LISTED, LISTED_MOST),
            Parameter(name="before", text="Only runs older than this one."),
        ),
        answers=(Answer(text="The runs.", shape=list[RunLine]),),
        errors=(404,),
    ),
    Operation(
        name="startRun",
        method="POST",
        path=f"{API}/runs",
        handler=api_runs.started,
        scope=Scope.RELEASE,
        summary="Start a run, whatever the sources say",
        body=api_runs.StartRun,
        body_optional=True,
        example={"variables": {"WHY": "the fonts are new"}},
        answers=(Answer(status=201, text="The run; `Location` leads to it.", shape=RunLine),),
        errors=(404, 409, 413),
    ),
    Operation(
        name="showRun",
        method="GET",
        path=_RUN,
        handler=api_runs.shown,
        scope=Scope.READ,
        summary="One run with everything that happened in it",
        text="The id may be shortened to any beginning that fits one run; `latest` is the newest.",
        answers=(Answer(text="The run.", shape=RunDetail),),
        errors=(404,),
    ),
    Operation(
        name="retryRun",
        method="POST",
        path=f"{_RUN}/retry",
        handler=api_runs.retried,
        scope=Scope.RELEASE,
        summary="Let a failed or stopped run go on where it ended",
        body=api_runs.RetryRun,
        body_optional=True,
        example={"mode": "FAILED_ACTIONS"},
        answers=(Answer(text="The run.", shape=RunLine),),
        errors=(404, 409, 413),
    ),
    Operation(
        name="stopRun",
        method="POST",
        path=f"{_RUN}/stop",
        handler=api_runs.stopped,
        scope=Scope.RELEASE,
        summary="End a run",
        body=api_runs.StopRun,
        body_optional=True,
        example={"abandon": False, "reason": "wrong branch"},
        answers=(Answer(text="The run.", shape=RunLine),),
        errors=(404, 409, 413),
    ),
    Operation(
        name="listReleases",
        method="GET",
        path=f"{API}/releases",
        handler=api_releases.listed,
        scope=Scope.READ,
        summary="What is and was live, the newest first",
        parameters=(_limit(api_releases.LISTED, api_releases.LISTED_MOST),),
        answers=(Answer(text="The releases that are kept.", shape=list[ReleaseLine]),),
    ),
    Operation(
        name="rollBack",
        method="POST",
        path=f"{API}/releases/{{id}}/rollback",
        handler=api_releases.rolled_back,
        scope=Scope.ADMIN,
        summary="Switch to a kept release, and hold the site there",
        text="The id may be shortened; `previous` is the one before the live one. Changes wait for a lift.",
        body=api_releases.RollBack,
        example={"reason": "the prices are wrong"},
        answers=(
            Answer(text="Every edge shows it.", shape=api_releases.RolledBack),
            Answer(
                status=202, text="It is live; some edge does not show it yet.", shape=api_releases.RolledBack
            ),
        ),
        errors=(404, 409, 413),
    ),
    Operation(
        name="lift",
        method="POST",
        path=f"{API}/releases/lift",
        handler=api_releases.lifted,
        scope=Scope.ADMIN,
        summary="Let changes flow again",
        text="The newest state ships once. Harmless when nothing is held.",
        answers=(Answer(text="Whether there was a hold.", shape=api_releases.Lifted),),
        errors=(413,),
    ),
    Operation(
        name="compareReleases",
        method="GET",
        path=f"{API}/releases/{{old}}/diff/{{new}}",
        handler=api_releases.compared,
        scope=Scope.READ,
        summary="What readers see differently in the second",
        answers=(Answer(text="Paths, by what became of them.", shape=Difference),),
        errors=(404,),
    ),
    Operation(
        name="listTokens",
        method="GET",
        path=f"{API}/tokens",
        handler=api_tokens.listed,
        scope=Scope.ADMIN,
        summary="Every token, without its secret",
        answers=(Answer(text="The tokens, the newest first.", shape=list[TokenLine]),),
    ),
    Operation(
        name="makeToken",
        method="POST",
        path=f"{API}/tokens",
        handler=api_tokens.made,
        scope=Scope.ADMIN,
        summary="Make a token",
        text="Its text is told this once.",
        body=api_tokens.MakeToken,
        example={"name": "ci", "scope": "release", "expires_days": 90},
        answers=(Answer(status=201, text="The token.", shape=TokenMade),),
        errors=(413,),
    ),
    Operation(
        name="revokeToken",
        method="DELETE",
        path=f"{API}/tokens/{{id}}",
        handler=api_tokens.revoked,
        scope=Scope.ADMIN,
        summary="Let a token open nothing any more",
        answers=(Answer(text="The token.", shape=TokenLine),),
        errors=(404, 413),
    ),
    Operation(
        name="listen",
        method="GET",
        path=EVENTS,
        scope=Scope.READ,
        summary="What happens, as it happens (server-sent events)",
        text=(
            "Every message is one `Event` as JSON, its `id` the place in the journal. A message `event: gap` "
            "says that facts behind the place asked for are gone. Without a place the stream begins now. "
            "With `pattern`, every message is a state change of a pipeline, stage or action in EventBridge's "
            "own shape that the event pattern asks for."
        ),
        parameters=(
            Parameter(name="after", text="Begin behind this place; 0 is the beginning.", schema=_SEQ),
            Parameter(
                name="Last-Event-ID",
                text="What a client that comes back has seen; counts before `after`.",
                schema=_SEQ,
                where="header",
            ),
            _KIND,
            Parameter(
                name="pattern", text="An EventBridge event pattern, as JSON; not together with `kind`."
            ),
        ),
        answers=(Answer(text="A stream that does not end by itself.", shape=Event, media=STREAM),),
    ),
    Operation(
        name="pulse",
        method="GET",
        path=f"{API}/pulse",
        handler=api_health.pulse,
        scope=Scope.READ,
        summary="The newest place of the journal",
        answers=(Answer(text="The place.", shape=api_health.Pulse),),
    ),
    Operation(
        name="openapi",
        method="GET",
        path=OPENAPI,
        scope=Scope.READ,
        summary="This document",
        answers=(Answer(text="OpenAPI 3.1.", shape=dict[str, Any]),),
    ),
    Operation(
        name="metrics",
        method="GET",
        path=METRICS,
        scope=Scope.READ,
        summary="Numbers for Prometheus",
        answers=(Answer(text="Prometheus' text format.", shape=str, media=TEXT),),
    ),
    Operation(
        name="health",
        method="GET",
        path=HEALTH,
        handler=api_health.healthy,
        scope=None,
        summary="Whether the loop runs and the store answers",
        answers=(Answer(text="Both do.", shape=api_health.Health),),
    ),
    Operation(
        name="githubHook",
        method="POST",
        path=GITHUB_HOOK,
        handler=hooks.received,
        scope=None,
        summary="A push at GitHub",
        text="Signed with LASTSTOP_GITHUB_SECRET instead of a token; without that secret it is not found.",
        parameters=tuple(
            Parameter(name=name, text=text, where="header")
            for name, text in (
                ("X-Hub-Signature-256", "HMAC-SHA256 of the body."),
                ("X-GitHub-Event", "What happened; only `push` leads to anything."),
                ("X-GitHub-Delivery", "The delivery's id; one that was acted on is not acted on again."),
            )
        ),
        body=hooks.Push,
        example={"ref": "refs/heads/main", "repository": {"full_name": "acme/frontend"}},
        answers=(
            Answer(status=202, text="The repository was looked at.", shape=hooks.Looked),
            Answer(status=204, text="It concerns nothing here, or was dealt with before."),
        ),
        errors=(404, 413),
    ),
)
