"""Rules for triggers: what they watch, and the patterns they filter by."""

from collections.abc import Iterator

import msgspec

from laststop.pipeline import globs, limits
from laststop.pipeline.catalogue import CONNECTION_SOURCE
from laststop.pipeline.declaration import GitConfiguration, Patterns, Pipeline, PullRequestFilter, PushFilter
from laststop.pipeline.problems import Problem, Trail, did_you_mean, listed, quoted


def trigger_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Everything wrong with what may start the pipeline."""
    if not pipeline.triggers:
        return
    if pipeline.pipeline_type == "V1":
        yield Problem(
            rule="V-84",
            path=("triggers",),
            message="triggers need a pipeline of type V2",
            hint='write pipelineType: "V2"',
        )
    yield from _sizes(pipeline)
    connections = [
        action.name for action in pipeline.sources() if action.action_type_id.text == CONNECTION_SOURCE
    ]
    seen: dict[str, int] = {}
    for index, trigger in enumerate(pipeline.triggers):
        git = trigger.git_configuration
        path: Trail = ("triggers", index, "gitConfiguration")
        name = git.source_action_name
        if name not in connections:
            yield Problem(
                rule="V-86",
                path=(*path, "sourceActionName"),
                message=f"no source action of the type {CONNECTION_SOURCE} is called {quoted(name)}",
                hint=did_you_mean(
                    name, connections, otherwise=f"there are {listed(connections)}" if connections else ""
                ),
            )
        elif name in seen:
            yield Problem(
                rule="V-87",
                path=(*path, "sourceActionName"),
                message=f"triggers[{seen[name]}] is about {quoted(name)} already",
                hint="put both lists of filters into one trigger",
            )
        seen.setdefault(name, index)
        yield from _filters(git, path)


def _sizes(pipeline: Pipeline) -> Iterator[Problem]:
    if len(pipeline.triggers) > limits.TRIGGERS_MAX:
        yield Problem(
            rule="V-85",
            path=("triggers",),
            message=f"a pipeline has at most {limits.TRIGGERS_MAX} triggers, not {len(pipeline.triggers)}",
        )
    size_bytes = len(msgspec.json.encode(pipeline.triggers))
    if size_bytes > limits.TRIGGERS_BYTES_MAX:
        yield Problem(
            rule="V-90",
            path=("triggers",),
            message=f"all triggers together have {size_bytes} bytes; at most {limits.TRIGGERS_BYTES_MAX} fit",
            hint="join patterns: {a,b} is one of several, ** crosses folders",
        )


def _filters(git: GitConfiguration, path: Trail) -> Iterator[Problem]:
    for key, count in (("push", len(git.push)), ("pullRequest", len(git.pull_request))):
        if count > limits.FILTERS_MAX:
            yield Problem(
                rule="V-88",
                path=(*path, key),
                message=f"a trigger has at most {limits.FILTERS_MAX} filters here, not {count}",
            )
    for index, push in enumerate(git.push):
        yield from _push(push, (*path, "push", index))
    for index, asked in enumerate(git.pull_request):
        yield from _pull_request(asked, (*path, "pullRequest", index))


def _push(filter_: PushFilter, path: Trail) -> Iterator[Problem]:
    kinds = (("branches", filter_.branches), ("filePaths", filter_.file_paths), ("tags", filter_.tags))
    for key, patterns in kinds:
        if patterns is not None:
            yield from _patterns(patterns, (*path, key))
    if filter_.tags is not None and (filter_.branches is not None or filter_.file_paths is not None):
        yield Problem(
            rule="V-93",
            path=(*path, "tags"),
            message="no push is one of a tag and of a branch, so this filter lets nothing through",
            hint="give tags a filter of their own; filters are joined by OR",
            severity="warning",
        )
    elif all(patterns is None for _, patterns in kinds):
        yield Problem(
            rule="V-93",
            path=path,
            message="a filter without patterns lets every branch through, and no tag",
            hint="name branches, file paths or tags, or leave the filter out",
            severity="warning",
        )


def _pull_request(filter_: PullRequestFilter, path: Trail) -> Iterator[Problem]:
    for key, patterns in (("branches", filter_.branches), ("filePaths", filter_.file_paths)):
        if patterns is not None:
            yield from _patterns(patterns, (*path, key))
    if len(set(filter_.events)) != len(filter_.events):
        yield Problem(
            rule="V-92",
            path=(*path, "events"),
            message=f"an event is named twice; there are {limits.PULL_REQUEST_EVENTS_MAX}",
            hint="name each of OPEN, UPDATED, CLOSED once",
        )


def _patterns(patterns: Patterns, path: Trail) -> Iterator[Problem]:
    if not patterns.includes and not patterns.excludes:
        yield Problem(
            rule="V-89", path=path, message="it names no pattern", hint="name some, or leave it out"
        )
    for key, listed_ in (("includes", patterns.includes), ("excludes", patterns.excludes)):
        if len(listed_) > limits.PATTERNS_MAX:
            yield Problem(
                rule="V-89",
                path=(*path, key),
                message=f"a list has at most {limits.PATTERNS_MAX} patterns, not {len(listed_)}",
            )
        for index, pattern in enumerate(listed_):
            yield from _pattern(pattern, (*path, key, index))


def _pattern(pattern: str, path: Trail) -> Iterator[Problem]:
    if not 1 <= len(pattern) <= limits.PATTERN_CHARACTERS_MAX:
        yield Problem(
            rule="V-89",
            path=path,
            message=f"a pattern has 1 to {limits.PATTERN_CHARACTERS_MAX} characters, not {len(pattern)}",
        )
        return
    try:
        globs.compiled(pattern)
    except globs.GlobError as error:
        yield Problem(rule="V-91", path=path, message=f"{quoted(pattern)} is no glob: {error}")
