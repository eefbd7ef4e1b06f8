"""Triggers: which pushes and pull requests start a run, row by row, each with its why."""

import msgspec
import pytest

from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.triggers import Firing, Happened, PullRequested, Pushed, firings

REPOSITORY = "acme/frontend"


def source(name: str = "code", repository: str = REPOSITORY, branch: str = "main", **more: str) -> object:
    return {
        "name": name,
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection"},
        "configuration": {"FullRepositoryId": repository, "BranchName": branch, **more},
    }


def pipeline(*sources: object, triggers: list[object] | None = None) -> Pipeline:
    stages = [{"name": "Source", "actions": list(sources)}]
    return msgspec.convert({"name": "p", "stages": stages, "triggers": triggers or []}, Pipeline)


def trigger(action: str = "code", **filters: object) -> object:
    git = {"sourceActionName": action, **filters}
    return {"providerType": "CodeStarSourceConnection", "gitConfiguration": git}


def pushed(branch: str = "", **more: object) -> Pushed:
    return msgspec.convert({"repository": REPOSITORY, "commit": "c1", "branch": branch, **more}, Pushed)


def asked(event: str = "OPEN", target: str = "main", **more: object) -> PullRequested:
    values = {"repository": REPOSITORY, "commit": "c1", "event": event, "target": target, **more}
    return msgspec.convert(values, PullRequested)


BRANCHES = {"branches": {"includes": ["main", "release/**"], "excludes": ["release/old/**"]}}
PATHS = {"filePaths": {"includes": ["app/**"], "excludes": ["**/README.md"]}}
ROWS: list[tuple[str, dict[str, object], Happened, bool]] = [
    ("an included branch", {"push": [BRANCHES]}, pushed("main"), True),
    ("another branch", {"push": [BRANCHES]}, pushed("feature/x"), False),
    ("a glob over slashes", {"push": [BRANCHES]}, pushed("release/1/2"), True),
    ("an exclude wins over an include", {"push": [BRANCHES]}, pushed("release/old/1"), False),
    ("excludes alone let the others through", {"push": [{"branches": {"excludes": ["wip/*"]}}]}, pushed("x"), True),
    ("a tag is no branch", {"push": [BRANCHES]}, pushed(tag="main"), False),
    ("an included tag", {"push": [{"tags": {"includes": ["v*"]}}]}, pushed(tag="v1"), True),
    ("an excluded tag", {"push": [{"tags": {"excludes": ["v*-rc"]}}]}, pushed(tag="v1-rc"), False),
    ("a branch is no tag", {"push": [{"tags": {"includes": ["main"]}}]}, pushed("main"), False),
    ("tags and branches in one filter: nothing is both", {"push": [{"tags": {"includes": ["*"]}, **BRANCHES}]}, pushed("main"), False),
    ("neither as a tag", {"push": [{"tags": {"includes": ["*"]}, **BRANCHES}]}, pushed(tag="main"), False),
    ("a changed path that is meant", {"push": [PATHS]}, pushed("main", files=["app/a.js"]), True),
    ("one passing file is enough", {"push": [PATHS]}, pushed("main", files=["x", "app/a.js"]), True),
    ("each file is judged alone", {"push": [PATHS]}, pushed("main", files=["app/README.md", "x.js"]), False),
    ("the hundredth file counts", {"push": [PATHS]}, pushed("main", files=["x"] * 99 + ["app/a"]), True),
    ("the hundred and first does not", {"push": [PATHS]}, pushed("main", files=["x"] * 100 + ["app/a"]), False),
    ("a created branch passes no path filter", {"push": [PATHS]}, pushed("main", files=["app/a"], created=True), False),
    ("a created branch passes a branch filter", {"push": [BRANCHES]}, pushed("main", created=True), True),
    ("nobody knows the files", {"push": [PATHS]}, pushed("main"), False),
    ("branch and path: both must pass", {"push": [{**BRANCHES, **PATHS}]}, pushed("main", files=["x"]), False),
    ("branch and path: the branch must pass too", {"push": [{**BRANCHES, **PATHS}]}, pushed("dev", files=["app/a"]), False),
    ("branch and path", {"push": [{**BRANCHES, **PATHS}]}, pushed("main", files=["app/a"]), True),
    ("filters are joined by or", {"push": [BRANCHES, {"tags": {"includes": ["v*"]}}]}, pushed(tag="v1"), True),
    ("a push passes no filter of pull requests", {"pullRequest": [{"events": ["OPEN"]}]}, pushed("main"), False),
    ("a pull request passes no filter of pushes", {"push": [BRANCHES]}, asked(), False),
    ("push or pull request", {"push": [BRANCHES], "pullRequest": [{}]}, asked(), True),
    ("a named event", {"pullRequest": [{"events": ["CLOSED"]}]}, asked("CLOSED"), True),
    ("another event", {"pullRequest": [{"events": ["CLOSED"]}]}, asked("OPEN"), False),
    ("the target branch counts", {"pullRequest": [BRANCHES]}, asked(target="main", source="x"), True),
    ("the source branch does not", {"pullRequest": [BRANCHES]}, asked(target="x", source="main"), False),
    ("paths of a pull request", {"pullRequest": [PATHS]}, asked(files=["app/a"]), True),
    ("no such path", {"pullRequest": [PATHS]}, asked(files=["x"]), False),
    ("no filter: the action's own branch", {}, pushed("main"), True),
    ("no filter: no other branch", {}, pushed("dev"), False),
    ("no filter: no pull request", {}, asked(), False),
]  # fmt: skip


@pytest.mark.parametrize(("why", "filters", "happened", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_a_filter_lets_through(
    why: str, filters: dict[str, object], happened: Happened, expected: bool
) -> None:
    fired = firings(pipeline(source(), triggers=[trigger(**filters)]), happened)
    assert fired == ((Firing(action="code", commit="c1", filtered=True),) if expected else ()), why


def test_without_triggers_a_push_to_the_own_branch_starts_a_run_of_the_newest_commit() -> None:
    assert firings(pipeline(source()), pushed("main")) == (
        Firing(action="code", commit="c1", filtered=False),
    )
    assert firings(pipeline(source()), pushed("dev")) == ()
    assert firings(pipeline(source()), pushed(tag="main")) == ()
    assert firings(pipeline(source()), asked()) == ()


def test_detection_can_be_switched_off() -> None:
    assert firings(pipeline(source(DetectChanges="false")), pushed("main")) == ()
    assert firings(pipeline(source(DetectChanges="true")), pushed("main")) != ()


def test_any_trigger_switches_the_default_detection_of_all_sources_off() -> None:
    both = pipeline(source(), source("other"), triggers=[trigger(push=[{"tags": {"includes": ["v*"]}}])])
    assert firings(both, pushed("main")) == ()


def test_a_trigger_works_although_detection_is_switched_off() -> None:
    declared = pipeline(source(DetectChanges="false"), triggers=[trigger(push=[BRANCHES])])
    assert firings(declared, pushed("main")) != ()


def test_another_repository_starts_nothing() -> None:
    assert firings(pipeline(source(repository="acme/other")), pushed("main")) == ()


def test_two_sources_of_one_repository_start_a_run_each() -> None:
    declared = pipeline(
        source(),
        source("docs"),
        triggers=[trigger(push=[BRANCHES]), trigger("docs", push=[PATHS])],
    )
    fired = firings(declared, pushed("main", files=["app/a"]))
    assert [one.action for one in fired] == ["code", "docs"]
