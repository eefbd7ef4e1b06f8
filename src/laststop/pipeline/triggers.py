"""Whether something that happened in a repository starts a run, and of which commit.

Source: AWS CodePipeline user guide, "Add trigger with code push or pull request event types", with its
examples, read 2026-11. Filters of one trigger are joined by OR, the kinds of patterns inside one filter by
AND, includes by OR, and an exclude wins.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from laststop.pipeline import globs, limits
from laststop.pipeline.declaration import Action, Patterns, Pipeline, PullRequestFilter, PushFilter, Trigger

PullRequestEvent = Literal["OPEN", "UPDATED", "CLOSED"]
_CONNECTION = "CodeStarSourceConnection"


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """A branch or a tag that points to a commit now.

    Exactly one of `branch` and `tag` is set. `files` are the changed paths in the order the peer names them,
    None when nobody knows them; a branch that is `created` has none to compare with.
    """

    repository: str
    commit: str
    branch: str = ""
    tag: str = ""
    created: bool = False
    files: tuple[str, ...] | None = None


class PullRequested(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request that was opened, updated or closed.

    `target` is the branch it asks to change, `commit` the head of the branch it comes from.
    """

    repository: str
    event: PullRequestEvent
    commit: str
    target: str
    source: str = ""
    files: tuple[str, ...] | None = None


Happened = Pushed | PullRequested


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """A source action that starts a run; `commit` is what it reads then.

    Without `filtered`, the action follows its own branch and reads its newest commit, as ever.
    """

    action: str
    commit: str
    filtered: bool


def firings(pipeline: Pipeline, happened: Happened) -> tuple[Firing, ...]:
    """The source actions that start a run because of this, in declared order; each starts one of its own.

    A pipeline with any trigger detects nothing by default: sources without a trigger then start nothing.
    """
    fired: list[Firing] = []
    for action in pipeline.sources():
        settings = action.configuration
        if action.action_type_id.provider != _CONNECTION:
            continue
        if settings.get("FullRepositoryId", "") != happened.repository:
            continue
        if not pipeline.triggers:
            if detects_changes(action) and _on_own_branch(action, happened):
                fired.append(Firing(action=action.name, commit=happened.commit, filtered=False))
            continue
        if any(fires(trigger, happened, action) for trigger in pipeline.triggers):
            fired.append(Firing(action=action.name, commit=happened.commit, filtered=True))
    return tuple(fired)


def detects_changes(action: Action) -> bool:
    """Whether a connection source starts runs for pushes to its branch; so it does unless told otherwise."""
    return action.configuration.get("DetectChanges", "true") == "true"


def fires(trigger: Trigger, happened: Happened, action: Action) -> bool:
    """Whether a trigger lets this start a run of the source action.

    Without filters it is any push to the action's own branch.
    """
    git = trigger.git_configuration
    if git.source_action_name != action.name:
        return False
    if not git.push and not git.pull_request:
        return _on_own_branch(action, happened)
    if isinstance(happened, Pushed):
        return any(lets_push(filter_, happened) for filter_ in git.push)
    return any(lets_pull_request(filter_, happened) for filter_ in git.pull_request)


def lets_push(filter_: PushFilter, pushed: Pushed) -> bool:
    """Whether a filter lets a push through.

    A tag is let through by a filter of tags alone, a branch by one without tags. The branch's creation is
    never let through where paths are filtered, and neither is a push whose files nobody knows.
    """
    if pushed.tag:
        return filter_.tags is not None and filter_.branches is None and passes(filter_.tags, pushed.tag)
    if filter_.tags is not None:
        return False
    if filter_.branches is not None and not passes(filter_.branches, pushed.branch):
        return False
    if filter_.file_paths is None:
        return True
    return not pushed.created and any_passes(filter_.file_paths, pushed.files or ())


def lets_pull_request(filter_: PullRequestFilter, asked: PullRequested) -> bool:
    """Whether a filter lets an event of a pull request through; no events named means all of them."""
    if filter_.events and asked.event not in filter_.events:
        return False
    if filter_.branches is not None and not passes(filter_.branches, asked.target):
        return False
    return filter_.file_paths is None or any_passes(filter_.file_paths, asked.files or ())


def passes(patterns: Patterns, text: str) -> bool:
    """Whether some include means the text, or there are none, and no exclude does."""
    if any(globs.matches(pattern, text) for pattern in patterns.excludes):
        return False
    return not patterns.includes or any(globs.matches(pattern, text) for pattern in patterns.includes)


def any_passes(patterns: Patterns, files: Iterable[str]) -> bool:
    """Whether one of the first hundred changed files passes; each is judged alone."""
    looked_at = tuple(files)[: limits.CHANGED_FILES_MAX]
    return any(passes(patterns, file) for file in looked_at)


def _on_own_branch(action: Action, happened: Happened) -> bool:
    return (
        isinstance(happened, Pushed)
        and bool(happened.branch)
        and (happened.branch == action.configuration.get("BranchName", ""))
    )


def watched(pipeline: Pipeline) -> frozenset[str]:
    """The places whose news start a run of the newest revisions: `bucket/key`, and `repository@branch`.

    Connection sources are among them as long as the pipeline detects changes by default.
    """
    places: set[str] = set()
    by_default = not pipeline.triggers
    for action in pipeline.sources():
        settings = action.configuration
        if action.action_type_id.provider == "S3":
            places.add(f"{settings.get('S3Bucket', '')}/{settings.get('S3ObjectKey', '')}")
        elif action.action_type_id.provider == _CONNECTION and by_default and detects_changes(action):
            places.add(f"{settings.get('FullRepositoryId', '')}@{settings.get('BranchName', '')}")
    return frozenset(places)


def triggered_repositories(pipeline: Pipeline) -> frozenset[str]:
    """The repositories whose branches and tags the pipeline's triggers choose among."""
    named = {trigger.git_configuration.source_action_name for trigger in pipeline.triggers}
    return frozenset(
        action.configuration.get("FullRepositoryId", "")
        for action in pipeline.sources()
        if action.name in named
    )
