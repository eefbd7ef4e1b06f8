"""Rules for one rule of a condition: its provider, its configuration, its commands, its time."""

from collections.abc import Iterator

from laststop.pipeline import limits
from laststop.pipeline.catalogue import RULE_COMMANDS, RULE_PROVIDERS
from laststop.pipeline.declaration import Rule
from laststop.pipeline.problems import Problem, Trail, did_you_mean, listed, quoted
from laststop.pipeline.provider import Provider


def rule_problems(rule: Rule, path: Trail) -> Iterator[Problem]:
    """Everything wrong with one rule by itself, whatever gate it stands at."""
    minutes = rule.timeout_in_minutes
    if minutes is not None and not limits.TIMEOUT_MINUTES_MIN <= minutes <= limits.TIMEOUT_MINUTES_MAX:
        yield Problem(
            rule="V-40",
            path=(*path, "timeoutInMinutes"),
            message=f"a timeout is {limits.TIMEOUT_MINUTES_MIN} to {limits.TIMEOUT_MINUTES_MAX} minutes, "
            f"not {minutes}",
        )
    if rule.role_arn and not limits.ROLE_PATTERN.fullmatch(rule.role_arn):
        yield Problem(
            rule="V-04", path=(*path, "roleArn"), message=f"{quoted(rule.role_arn)} is no ARN of an IAM role"
        )
    yield from _sizes(rule, path)
    kind = rule.rule_type_id.text
    if kind == RULE_COMMANDS:
        yield from _commands(rule, path)
    elif rule.commands:
        yield Problem(
            rule="V-41",
            path=(*path, "commands"),
            message=f"only a Commands rule ({RULE_COMMANDS}) takes commands",
        )
    provider = RULE_PROVIDERS.get(kind)
    if provider is None:
        yield Problem(
            rule="V-36",
            path=(*path, "ruleTypeId"),
            message=f"{quoted(kind)} is no rule of CodePipeline",
            hint=did_you_mean(kind, RULE_PROVIDERS, otherwise=f"they are {listed(RULE_PROVIDERS)}"),
        )
    else:
        yield from _configuration(rule, provider, path)


def _sizes(rule: Rule, path: Trail) -> Iterator[Problem]:
    for key, value in rule.configuration.items():
        fits = 1 <= len(value) <= limits.RULE_VALUE_CHARACTERS_MAX
        if not fits or not 1 <= len(key) <= limits.CONFIGURATION_KEY_CHARACTERS_MAX:
            yield Problem(
                rule="V-39",
                path=(*path, "configuration", key),
                message=f"a key has 1 to {limits.CONFIGURATION_KEY_CHARACTERS_MAX} characters, "
                f"a value 1 to {limits.RULE_VALUE_CHARACTERS_MAX}",
            )
    if len(rule.configuration) > limits.RULE_KEYS_MAX:
        yield Problem(
            rule="V-39",
            path=(*path, "configuration"),
            message=f"a rule has at most {limits.RULE_KEYS_MAX} configuration keys",
        )


def _commands(rule: Rule, path: Trail) -> Iterator[Problem]:
    fit = (
        "\n" not in command and 1 <= len(command) <= limits.COMMAND_CHARACTERS_MAX
        for command in rule.commands
    )
    if not 1 <= len(rule.commands) <= limits.COMMANDS_MAX or not all(fit):
        yield Problem(
            rule="V-72",
            path=(*path, "commands"),
            message=f"a Commands rule has 1 to {limits.COMMANDS_MAX} commands, each one line of "
            f"1 to {limits.COMMAND_CHARACTERS_MAX} characters",
        )


def _configuration(rule: Rule, provider: Provider, path: Trail) -> Iterator[Problem]:
    names = [key.name for key in provider.keys]
    for key in provider.keys:
        if key.required and key.name not in rule.configuration:
            yield Problem(
                rule="V-37",
                path=(*path, "configuration"),
                message=f"{provider.text} needs the key {key.name}",
                hint=f"it takes {listed(names)}",
            )
    for name, value in rule.configuration.items():
        known = provider.key(name)
        if known is None:
            yield Problem(
                rule="V-37",
                path=(*path, "configuration", name),
                message=f"{provider.text} takes no key {quoted(name)}",
                hint=did_you_mean(name, names, otherwise=f"it takes {listed(names)}" if names else ""),
            )
        elif known.choices and value not in known.choices:
            yield Problem(
                rule="V-37",
                path=(*path, "configuration", name),
                message=f"{quoted(value)} is none of {listed(known.choices)}",
                hint=did_you_mean(value, known.choices),
            )
