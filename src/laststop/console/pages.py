"""The pages: what is live, runs, versions; readable without a script."""

import itertools
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from laststop.catalog.order import order_key
from laststop.console import api_runs
from laststop.console.api_catalog import trace_of
from laststop.console.desk import Asked, Desk
from laststop.console.flow import drawn, flow_of
from laststop.console.reading import read_count
from laststop.console.run_detail import message_of
from laststop.console.stages import stage_boxes
from laststop.console.standing import shown_now, standing_of
from laststop.errors import NotFoundError
from laststop.homes.embedded.gate import StoredGate
from laststop.homes.embedded.listing import VersionLine, version_lines
from laststop.homes.embedded.runs import RunRow, attempt_rows, find_run, newest_runs
from laststop.homes.embedded.store.journal import View
from laststop.pipeline.state import State
from laststop.words.bill import Bill
from laststop.words.facts_pipeline import RetryMode

RECENT_RUNS = 10
RUNS_PER_PAGE = 50
VERSIONS_PER_PAGE = 200
LAST_PAGE = 100_000


def home(desk: Desk, asked: Asked) -> Response:
    """`GET /`: what is live in one sentence, the flow, the last runs."""
    del asked
    with desk.home.store.view() as view:
        state = view.state(desk.pipeline)
        standing = standing_of(view)
        return _page(
            desk,
            view,
            "home.html",
            standing=standing,
            flow=flow_of(view, state, standing, _heads(desk, state)),
            runs=newest_runs(view, RECENT_RUNS),
        )


def runs(desk: Desk, asked: Asked) -> Response:
    """`GET /runs?before=`: all runs, the newest first."""
    rows, more = api_runs.page_of_runs(desk, RUNS_PER_PAGE, asked.query.get("before"))
    with desk.home.store.view() as view:
        return _page(desk, view, "runs.html", runs=rows, more=more)


def run(desk: Desk, asked: Asked) -> Response:
    """`GET /runs/{id}`: one run; the id may be shortened."""
    with desk.home.store.view() as view:
        row = find_run(view, asked.names["id"])
        state = view.state(desk.pipeline)
        detail = drawn(view, row, {})
        attempts = attempt_rows(view, row.id)
        return _page(
            desk,
            view,
            "run.html",
            run=row,
            stages=stage_boxes(state, detail),
            attempts=attempts,
            failed=[each for each in attempts if each.failure is not None][-1:],
            before=detail.before,
            message=message_of(view, row),
            can_retry=_can_retry(state, row),
            can_stop=row.live,
        )


def retried(desk: Desk, asked: Asked) -> Response:
    """`POST /runs/{id}/retry?all=`: the button; leads back to the run."""
    mode: RetryMode = "ALL_ACTIONS" if asked.query.get("all") else "FAILED_ACTIONS"
    row = api_runs.retry(desk, api_runs.find(desk, asked.names["id"]), mode)
    return _back_to(row)


def stopped(desk: Desk, asked: Asked) -> Response:
    """`POST /runs/{id}/stop?abandon=`: the button; leads back to the run."""
    abandon = bool(asked.query.get("abandon"))
    row = api_runs.find(desk, asked.names["id"])
    return _back_to(api_runs.stop(desk, row, abandon=abandon, reason="asked for in the console"))


def started(desk: Desk, asked: Asked) -> Response:
    """`POST /runs`: the button; leads to the new run."""
    del asked
    answer = desk.control.call("StartPipelineExecution", {"name": desk.pipeline})
    return _back_to(api_runs.find(desk, answer["pipelineExecutionId"]))


def versions(desk: Desk, asked: Asked) -> Response:
    """`GET /versions?type=&page=`: every version with its verdict."""
    number = read_count(asked, "page", default=1, largest=LAST_PAGE)
    type_ = asked.query.get("type") or None
    home = desk.home
    with home.store.view() as view:
        lines = _ordered(version_lines(view, home.policy, home.locations, type_=type_))
        chosen = lines[(number - 1) * VERSIONS_PER_PAGE : number * VERSIONS_PER_PAGE]
        return _page(
            desk,
            view,
            "versions.html",
            types=home.project.types,
            chosen=type_,
            number=number,
            last=max(1, -(-len(lines) // VERSIONS_PER_PAGE)),
            count=len(lines),
            shown={(each.algorithm, each.version) for each in shown_now(view)},
            groups=[(name, list(group)) for name, group in itertools.groupby(chosen, _type_of)],
        )


def version(desk: Desk, asked: Asked) -> Response:
    """`GET /versions/{algorithm}/{version}`: one version, and every step of its newest change."""
    algorithm, name = asked.names["algorithm"], asked.names["version"]
    home = desk.home
    with home.store.view() as view:
        lines = _ordered(version_lines(view, home.policy, home.locations, algorithm=algorithm))
        line = next((each for each in lines if each.version == name), None)
        if line is None:
            raise NotFoundError(f"the catalog has no version {name} of {algorithm}", hint="see: /versions")
        others = [each for each in lines if each.version != name]
        found = trace_of(desk, algorithm, name)
        shown = {(each.algorithm, each.version) for each in shown_now(view)}
        return _page(desk, view, "version.html", line=line, trace=found, others=others, shown=shown)


def _page(desk: Desk, view: View, template: str, **values: Any) -> HTMLResponse:
    """A page with what all of them show."""
    return desk.pages.page(
        template,
        seq=view.newest(),
        now=desk.clock(),
        alive=desk.alive(),
        page_url=desk.page_url(),
        **values,
    )


def _heads(desk: Desk, state: State) -> Bill:
    """The newest known revision of every source."""
    if state.declaration is None:
        return Bill()
    sources = [
        (action.name, action.action_type_id.text, action.configuration)
        for action in state.declaration.sources()
    ]
    return StoredGate(desk.home.store).heads(sources)


def _can_retry(state: State, row: RunRow) -> bool:
    """Whether the pipeline still keeps the run for a retry; it has the last word when asked."""
    kept = state.runs.get(row.id)
    return kept is not None and not kept.live and state.stage(kept.stage).latest == row.id


def _back_to(row: RunRow) -> Response:
    return RedirectResponse(f"/runs/{row.id}", status_code=303)


def _ordered(lines: list[VersionLine]) -> list[VersionLine]:
    """By type and algorithm, and of each the highest version first."""
    by_version = sorted(lines, key=lambda line: order_key(line.version), reverse=True)
    return sorted(by_version, key=lambda line: (line.type, line.algorithm))


def _type_of(line: VersionLine) -> str:
    return line.type
