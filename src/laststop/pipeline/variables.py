"""Variables in an action's configuration: `#{namespace.key}`.

A reference is replaced by plain text, once: what a value brings in is never read as a reference again.
Source: AWS's working-with-variables guide; that values are not scanned again is our reading of it.
"""

import re
from collections.abc import Mapping

import msgspec

from laststop.errors import UsageError
from laststop.pipeline import limits
from laststop.pipeline.problems import did_you_mean, listed

Values = Mapping[str, Mapping[str, str]]
"""Namespace -> key -> value."""

OUTPUT_BYTES_MAX = 122_880
"""All output variables of one attempt together. Source: AWS CodePipeline quotas, read 2026-11."""

_REFERENCE = re.compile(r"#\{([A-Za-z0-9@_-]+)\.([A-Za-z0-9@_-]+)\}")
_OPENING = re.compile(r"#\{[^{}\s]{0,80}\}?")


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """One `#{namespace.key}`."""

    namespace: str
    key: str

    @property
    def text(self) -> str:
        """As it is written."""
        return f"#{{{self.namespace}.{self.key}}}"


class UnresolvedVariableError(UsageError):
    """A reference nobody gave a value for; `reference` says which."""

    code = "UnresolvedVariable"

    def __init__(self, reference: Reference, *, message: str, hint: str = "") -> None:
        """`message` is the whole sentence."""
        super().__init__(message, hint=hint)
        self.reference = reference


def size_bytes(variables: Mapping[str, str]) -> int:
    """What output variables weigh: names and values, in UTF-8."""
    return sum(len((name + text).encode(errors="surrogatepass")) for name, text in variables.items())


def references(text: str) -> tuple[Reference, ...]:
    """Every reference in a text, in order, repetitions included."""
    return tuple(Reference(namespace=found[1], key=found[2]) for found in _REFERENCE.finditer(text))


def malformed(text: str) -> tuple[str, ...]:
    """What begins like a reference and is none: `#{build}`, `#{a.b.c}`, `#{a.b`."""
    whole = {found.start() for found in _REFERENCE.finditer(text)}
    return tuple(found[0] for found in _OPENING.finditer(text) if found.start() not in whole)


def resolve(text: str, values: Values) -> str:
    """The text with every reference replaced by its value.

    Raises: UnresolvedVariableError for the first reference without a value.
    """

    def value_of(found: re.Match[str]) -> str:
        reference = Reference(namespace=found[1], key=found[2])
        known = values.get(reference.namespace)
        if known is None:
            raise UnresolvedVariableError(
                reference,
                message=f"{reference.text} has no value: nothing has set the namespace {reference.namespace}",
                hint=did_you_mean(reference.namespace, values),
            )
        if reference.key not in known:
            given = f"only {listed(sorted(known))}" if known else "nothing"
            raise UnresolvedVariableError(
                reference,
                message=f"{reference.text} has no value: the namespace {reference.namespace} holds {given}",
                hint=did_you_mean(reference.key, known),
            )
        return known[reference.key]

    return _REFERENCE.sub(value_of, text)


def resolve_configuration(configuration: Mapping[str, str], values: Values) -> dict[str, str]:
    """An action's configuration with all references replaced; keys are left alone.

    Raises: UnresolvedVariableError; UsageError when the outcome is larger than CodePipeline takes.
    """
    resolved = {key: resolve(text, values) for key, text in configuration.items()}
    size = size_bytes(resolved)
    if size > limits.CONFIGURATION_RESOLVED_BYTES_MAX:
        raise UsageError(
            f"the configuration has {size} bytes once its variables are filled in; "
            f"at most {limits.CONFIGURATION_RESOLVED_BYTES_MAX} are allowed",
            hint="hand over large values as artifacts, not as variables",
        )
    return resolved
