"""Which files make an artifact: CodeBuild's globs over lists of relative paths.

`*` stands for anything but `/`, `**` also for directories, `?` and `[...]` for one character; a leading dot
is nothing special. Braces are plain characters, as CodeBuild documents no other.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

import msgspec
from wcmatch import glob

from laststop.build.buildspec import ArtifactSet, Buildspec
from laststop.errors import UsageError

_FLAGS = glob.GLOBSTAR | glob.DOTGLOB | glob.CASE | glob.NODIR
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")


class SelectedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an artifact: its `name` in the zip, and its path below the source directory."""

    name: str
    path: str


def sets_for(spec: Buildspec, outputs: Sequence[str]) -> dict[str, ArtifactSet]:
    """Which artifact set makes which output of the action.

    One output is made of the top-level `artifacts`, two or more each of the `secondary-artifacts` entry of
    the same name.

    Raises: UsageError naming what the buildspec lacks.
    """
    if not outputs:
        return {}
    if spec.artifacts is None:
        raise UsageError(
            f"the action promises {_named(outputs)}, and the buildspec has no artifacts block",
            place="artifacts",
            hint="add `artifacts: {files: ['**/*'], base-directory: dist}`",
        )
    if len(outputs) == 1:
        return {outputs[0]: spec.artifacts}
    missing = [name for name in outputs if name not in spec.secondary_artifacts]
    if missing:
        have = f"; found: {', '.join(spec.secondary_artifacts)}" if spec.secondary_artifacts else ""
        raise UsageError(
            f"no entry for {_named(missing)}{have}",
            place="artifacts.secondary-artifacts",
            hint="with two or more outputs each needs an entry of exactly its name",
        )
    return {name: spec.secondary_artifacts[name] for name in outputs}


def variables_of(text: str) -> tuple[str, ...]:
    """The names of the variables a text refers to, as `$NAME` or `${NAME}`."""
    return tuple(dict.fromkeys(match[1] or match[2] for match in _VARIABLE.finditer(text)))


def expand(text: str, variables: Mapping[str, str], *, place: str) -> str:
    """`text` with its variables filled in.

    Raises: UsageError for a variable that is not set; a shell would take nothing for it, and a wrong
        directory would be shipped.
    """
    for name in variables_of(text):
        if name not in variables:
            raise UsageError(
                f"{text!r} uses ${name}, which is not set at the end of the build",
                place=place,
                hint=f"set {name} in env.variables or in a command",
            )
    return _VARIABLE.sub(lambda match: variables[match[1] or match[2]], text)


def fixed_prefix(pattern: str) -> str:
    """The leading directories of a pattern that contain no wildcard: below them lies all it can match."""
    parts = pattern.removeprefix("./").split("/")
    plain = next((at for at, part in enumerate(parts[:-1]) if glob.is_magic(part)), len(parts) - 1)
    return "/".join(parts[:plain])


def matching(paths: Iterable[str], patterns: Sequence[str]) -> tuple[str, ...]:
    """The paths that one of the patterns matches, in their order."""
    if not patterns:
        return ()
    matcher = glob.compile([_plain(pattern) for pattern in patterns], flags=_FLAGS)
    return tuple(path for path in paths if matcher.match(path))


def select(
    files: Sequence[str], artifact_set: ArtifactSet, bases: Sequence[str], *, place: str
) -> tuple[SelectedFile, ...]:
    """The files of an artifact, by name; none lies twice under one name.

    `files` are relative to the source directory, `bases` the base directories found there (`""` is the source
    directory itself); patterns and names are relative to a base.

    Raises: UsageError when no file matches, or two would lie under one name.
    """
    chosen: dict[str, str] = {}
    for base in bases:
        prefix = f"{base}/" if base else ""
        inside = [path.removeprefix(prefix) for path in files if path.startswith(prefix)]
        excluded = frozenset(matching(inside, artifact_set.exclude_paths))
        for path in matching(inside, artifact_set.files):
            if path in excluded:
                continue
            name = PurePosixPath(path).name if artifact_set.discard_paths else path
            if chosen.setdefault(name, prefix + path) != prefix + path:
                raise UsageError(
                    f"{chosen[name]!r} and {prefix + path!r} would both be {name!r}",
                    place=place,
                    hint="exclude one, or write `discard-paths: no`",
                )
    if not chosen:
        raise UsageError(
            _nothing_text(files, artifact_set, bases), place=place, hint=_nothing_hint(files, artifact_set)
        )
    return tuple(SelectedFile(name=name, path=chosen[name]) for name in sorted(chosen))


def _plain(pattern: str) -> str:
    return pattern.removeprefix("./")


def _nothing_text(files: Sequence[str], artifact_set: ArtifactSet, bases: Sequence[str]) -> str:
    where = artifact_set.base_directory or "the source directory"
    held = sum(1 for path in files if any(not base or path.startswith(f"{base}/") for base in bases))
    wanted = _named(artifact_set.files)
    return f"no matching artifact paths found: {wanted} in {where}, which holds {held} files"


def _nothing_hint(files: Sequence[str], artifact_set: ArtifactSet) -> str:
    for pattern in artifact_set.files:
        directory = _plain(pattern).rstrip("/")
        if any(f"/{directory}/" in f"/{path}" for path in files):
            return f"{directory!r} is a directory: write '{directory}/**/*'"
    return "check that the build wrote its files there"


def _named(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
