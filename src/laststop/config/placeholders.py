"""Names that differ per home: `"${documents_bucket}"` in the values of pipeline.yml.

They are replaced after decoding, leaf by leaf: no value can change the structure of the file, and Terraform
can do the same and still plan.
"""

import re
from collections.abc import Mapping
from typing import cast

from laststop.pipeline.problems import Problem, Trail, did_you_mean, listed, quoted

NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]*")
_PLACEHOLDER = re.compile(r"\$\{([a-z][a-z0-9_]*)\}")
_OPENING = re.compile(r"\$\{[^}\s]{0,80}\}?")


def substituted(value: object, names: Mapping[str, str]) -> tuple[object, list[Problem]]:
    """The same data with every placeholder replaced once, and every one that cannot be.

    What has a problem is left as it stands. CodePipeline's own `#{...}` is never touched.
    """
    substitution = _Substitution(names)
    return substitution.walk(value, ()), substitution.problems


class _Substitution:
    """One pass through the data."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.problems: list[Problem] = []

    def walk(self, value: object, path: Trail) -> object:
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, list):
            return [self.walk(item, (*path, index)) for index, item in enumerate(cast("list[object]", value))]
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            for key in members:
                if "${" in key:
                    self._problem((*path, key), "placeholders stand in values only, not in keys")
            return {key: self.walk(item, (*path, key)) for key, item in members.items()}
        return value

    def _text(self, text: str, path: Trail) -> str:
        whole = {found.start() for found in _PLACEHOLDER.finditer(text)}
        for opening in _OPENING.finditer(text):
            if opening.start() not in whole:
                hint = "one reads ${name}, in lower case; in a shell command write $NAME without braces"
                self._problem(path, f"{quoted(opening[0])} is no placeholder", hint)

        def value_of(found: re.Match[str]) -> str:
            name = found[1]
            if name in self.names:
                return self.names[name]
            known = (
                f"known are {listed(sorted(self.names))}; add others under [names.embedded] or [names.aws]"
            )
            hint = did_you_mean(name, self.names, otherwise=known)
            self._problem(path, f"laststop.toml has no value for the placeholder {quoted(name)}", hint)
            return found[0]

        return _PLACEHOLDER.sub(value_of, text)

    def _problem(self, path: Trail, message: str, hint: str = "") -> None:
        self.problems.append(Problem(path=path, message=message, hint=hint))
