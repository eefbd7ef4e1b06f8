"""Rules for one action by itself: its provider, its configuration, its fields."""

from collections.abc import Iterator

from laststop.pipeline import limits
from laststop.pipeline.catalogue import APPROVAL, PROVIDERS, S3_DEPLOY
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.placed import PlacedAction, placed_actions
from laststop.pipeline.problems import Problem, did_you_mean, listed, quoted
from laststop.pipeline.provider import Provider
from laststop.pipeline.structure_rules import named


def action_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Everything wrong with single actions, whatever stands around them."""
    for placed in placed_actions(pipeline):
        action = placed.action
        yield from named(action.name, placed.path("name"), "an action")
        if not 1 <= action.run_order <= limits.RUN_ORDER_MAX:
            yield Problem(
                rule="V-43",
                path=placed.path("runOrder"),
                message=f"runOrder is a number from 1 to {limits.RUN_ORDER_MAX}, not {action.run_order}",
            )
        yield from _type(placed)
        yield from _timeout(placed)
        if action.role_arn and not limits.ROLE_PATTERN.fullmatch(action.role_arn):
            yield Problem(
                rule="V-04",
                path=placed.path("roleArn"),
                message=f"{quoted(action.role_arn)} is no ARN of an IAM role",
            )
        yield from _lengths(placed)
        provider = PROVIDERS.get(action.action_type_id.text)
        if provider is None:
            yield _unknown_provider(placed)
        else:
            yield from _configuration(placed, provider)
            yield from _counts(placed, provider)
    yield from _namespaces(pipeline)


def _type(placed: PlacedAction) -> Iterator[Problem]:
    wanted = placed.action.action_type_id
    named_well = limits.PROVIDER_PATTERN.fullmatch(wanted.provider)
    if not named_well or not limits.PROVIDER_VERSION_PATTERN.fullmatch(wanted.version):
        yield Problem(
            rule="V-96",
            path=placed.path("actionTypeId"),
            message=f"{quoted(wanted.text)} cannot name a provider and its version",
            hint="use 1 to 35 of the characters A-Z a-z 0-9 - _, for the version at most 9",
        )


def _timeout(placed: PlacedAction) -> Iterator[Problem]:
    minutes = placed.action.timeout_in_minutes
    path = placed.path("timeoutInMinutes")
    if minutes is None:
        return
    if placed.action.action_type_id.text != APPROVAL:
        yield Problem(
            rule="V-44",
            path=path,
            message="only a manual approval takes a timeout here",
            hint="the time of a build is set by [build] timeout_minutes in laststop.toml",
        )
    elif not limits.TIMEOUT_MINUTES_MIN <= minutes <= limits.TIMEOUT_MINUTES_MAX:
        yield Problem(
            rule="V-45",
            path=path,
            message=f"a timeout is {limits.TIMEOUT_MINUTES_MIN} to {limits.TIMEOUT_MINUTES_MAX} minutes, "
            f"not {minutes}",
        )


def _lengths(placed: PlacedAction) -> Iterator[Problem]:
    for key, value in placed.action.configuration.items():
        path = placed.path("configuration", key)
        if not 1 <= len(key) <= limits.CONFIGURATION_KEY_CHARACTERS_MAX:
            yield Problem(
                rule="V-50",
                path=path,
                message=f"a key has 1 to {limits.CONFIGURATION_KEY_CHARACTERS_MAX} characters",
            )
        if not value:
            yield Problem(
                rule="V-51", path=path, message="an empty value is not allowed", hint="leave the key out"
            )
        elif len(value) > limits.CONFIGURATION_VALUE_CHARACTERS_MAX:
            yield Problem(
                rule="V-51",
                path=path,
                message=f"a value has at most {limits.CONFIGURATION_VALUE_CHARACTERS_MAX} characters, "
                f"not {len(value)}",
            )


def _unknown_provider(placed: PlacedAction) -> Problem:
    wanted = placed.action.action_type_id
    return Problem(
        rule="V-46",
        path=placed.path("actionTypeId"),
        message=f"laststop does not know {quoted(wanted.text)}, so what it takes was not checked",
        hint=did_you_mean(wanted.text, PROVIDERS),
        severity="warning",
    )


def _configuration(placed: PlacedAction, provider: Provider) -> Iterator[Problem]:
    action = placed.action
    names = [key.name for key in provider.keys]
    for key in provider.keys:
        if key.required and key.name not in action.configuration:
            yield Problem(
                rule="V-47",
                path=placed.path("configuration"),
                message=f"{provider.text} needs the key {key.name}",
                hint=f"it takes {listed(names)}",
            )
    for name, value in action.configuration.items():
        known = provider.key(name)
        if known is None:
            yield Problem(
                rule="V-48",
                path=placed.path("configuration", name),
                message=f"{provider.text} takes no key {quoted(name)}",
                hint=did_you_mean(name, names, otherwise=f"it takes {listed(names)}" if names else ""),
            )
        elif known.choices and value and value not in known.choices:
            yield Problem(
                rule="V-49",
                path=placed.path("configuration", name),
                message=f"{quoted(value)} is none of {listed(known.choices)}",
                hint=did_you_mean(value, known.choices),
            )
    settings = action.configuration
    if provider.text == S3_DEPLOY and settings.get("Extract") == "false" and "ObjectKey" not in settings:
        yield Problem(
            rule="V-52",
            path=placed.path("configuration"),
            message='with Extract "false" it needs the key ObjectKey',
        )


def _counts(placed: PlacedAction, provider: Provider) -> Iterator[Problem]:
    action = placed.action
    if len(action.input_artifacts) > provider.inputs[1]:
        yield _too_many_inputs(placed, provider)
    elif len(action.input_artifacts) < provider.inputs[0]:
        yield Problem(
            rule="V-53",
            path=placed.path("inputArtifacts"),
            message=f"{provider.text} needs an input artifact; this action has none",
            hint="name the output of a source, or of an earlier action",
        )
    least, most = provider.outputs
    count = len(action.output_artifacts)
    if not least <= count <= most:
        expected = str(most) if least == most else f"at most {most}"
        yield Problem(
            rule="V-54",
            path=placed.path("outputArtifacts"),
            message=f"{provider.text} has {expected} output artifacts, not {count}",
        )


def _too_many_inputs(placed: PlacedAction, provider: Provider) -> Problem:
    most = provider.inputs[1]
    surplus = placed.action.input_artifacts[most].name
    if not provider.text.endswith("/CodeBuild/1"):
        return Problem(
            rule="V-53",
            path=placed.path("inputArtifacts", most),
            message=f"{quoted(surplus)} is one input too many: {provider.text} takes at most {most}",
        )
    return Problem(
        rule="V-53",
        path=placed.path("inputArtifacts", most),
        message=f"{quoted(surplus)} is the sixth input, and a CodeBuild action takes at most five",
        hint="let types share metadata documents: set [documents] objects in laststop.toml to 4 or less",
    )


def _namespaces(pipeline: Pipeline) -> Iterator[Problem]:
    artifacts = {name.name for placed in placed_actions(pipeline) for name in placed.action.output_artifacts}
    owners: dict[str, str] = {}
    for placed in placed_actions(pipeline):
        namespace = placed.action.namespace
        if not namespace:
            continue
        path = placed.path("namespace")
        if not limits.NAMESPACE_PATTERN.fullmatch(namespace):
            hint = "use 1 to 100 of the characters A-Z a-z 0-9 @ - _"
            yield Problem(
                rule="V-55", path=path, message=f"{quoted(namespace)} cannot be a namespace", hint=hint
            )
        if namespace in limits.RESERVED_NAMESPACES:
            yield Problem(
                rule="V-56", path=path, message=f"the namespace {quoted(namespace)} belongs to CodePipeline"
            )
        if namespace in artifacts:
            yield Problem(
                rule="V-57",
                path=path,
                message=f"{quoted(namespace)} is the name of an artifact; a namespace differs from all",
            )
        if namespace in owners:
            yield Problem(
                rule="V-58",
                path=path,
                message=f"{owners[namespace]} has the namespace {quoted(namespace)} already",
            )
        owners.setdefault(namespace, placed.title)
