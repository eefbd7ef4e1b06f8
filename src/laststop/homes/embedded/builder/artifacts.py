"""The outputs of a build: files chosen as the buildspec says, zipped so that equal files give equal bytes."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from wcmatch import glob

from laststop.build.buildspec import ArtifactSet, Buildspec
from laststop.build.order import BuiltArtifact
from laststop.build.selection import expand, fixed_prefix, matching, select, sets_for, variables_of
from laststop.errors import UsageError
from laststop.homes.embedded.builder.tree import Tree, tree_below
from laststop.homes.shared.flat_zip import write_zip

_SHOWN_PASSED_OVER = 10


def base_variables(spec: Buildspec, outputs: Sequence[str]) -> tuple[str, ...]:
    """The shell variables that base directories refer to; read before the shell ends."""
    sets = [spec.artifacts, *spec.secondary_artifacts.values()] if outputs else []
    names = [name for chosen in sets if chosen for name in variables_of(chosen.base_directory)]
    return tuple(dict.fromkeys(names))


def build_artifacts(
    spec: Buildspec,
    outputs: Sequence[str],
    *,
    directories: Mapping[str, Path],
    primary: str,
    variables: Mapping[str, str],
    target: Path,
    say: Callable[[str], None],
) -> tuple[BuiltArtifact, ...]:
    """Zip every output into `target`.

    `directories` are the inputs' own; paths are relative to that of the primary, links may lead into any.

    Raises: UsageError when the buildspec promises no such artifact or its files are not there,
        TransientError on a full disk.
    """
    target.mkdir(exist_ok=True)
    built: list[BuiltArtifact] = []
    for name, artifact_set in sets_for(spec, outputs).items():
        place = "artifacts" if len(outputs) == 1 else f"artifacts.secondary-artifacts.{name}"
        base = expand(artifact_set.base_directory, variables, place=f"{place}.base-directory")
        root, inside = _rooted(base, directories, primary, place=f"{place}.base-directory")
        tree = tree_below(root, fixed_prefix(f"{inside}/*") if inside else "", tuple(directories.values()))
        bases = _bases(tree, inside, base, place=f"{place}.base-directory")
        chosen = select(tree.files, artifact_set, bases, place=place)
        _say_passed_over(tree, artifact_set, say)
        archive = target / f"{name}.zip"
        size_bytes = write_zip(
            archive, ((file.name, root / file.path, _is_executable(root / file.path)) for file in chosen)
        )
        say(f"artifact {name}: {len(chosen)} files from {base or 'the source directory'}, {size_bytes} bytes")
        built.append(BuiltArtifact(name=name, archive=str(archive), size_bytes=size_bytes))
    return tuple(built)


def _rooted(base: str, directories: Mapping[str, Path], primary: str, *, place: str) -> tuple[Path, str]:
    """The input a base directory lies in, and its path there; an absolute one may lie in any input."""
    if not base.startswith("/"):
        relative = os.path.normpath(base) if base else "."
        if relative.split("/")[0] == "..":
            raise UsageError(f"{base!r} leads out of the source directory", place=place)
        return directories[primary], "" if relative == "." else relative
    absolute = Path(os.path.normpath(base))
    for root in directories.values():
        if absolute.is_relative_to(root):
            inside = absolute.relative_to(root).as_posix()
            return root, "" if inside == "." else inside
    raise UsageError(
        f"{base!r} is not inside the build's sources",
        place=place,
        hint="write the site below $CODEBUILD_SRC_DIR, and name it relative to that",
    )


def _bases(tree: Tree, inside: str, base: str, *, place: str) -> tuple[str, ...]:
    """The base directories that are there; a pattern may match several."""
    if not inside:
        return ("",)
    exact = not glob.is_magic(inside) or inside in tree.directories
    bases = (inside,) if exact and inside in tree.directories else matching(tree.directories, (inside,))
    if not bases:
        raise UsageError(
            f"there is no directory {base!r} when the build ends",
            place=place,
            hint="it is relative to the root of the primary source, wherever the commands went by `cd`",
        )
    return bases


def _say_passed_over(tree: Tree, artifact_set: ArtifactSet, say: Callable[[str], None]) -> None:
    for reason in tree.passed_over[:_SHOWN_PASSED_OVER]:
        say(f"not in the artifact: {reason}")
    if len(tree.passed_over) > _SHOWN_PASSED_OVER:
        say(f"not in the artifact: {len(tree.passed_over) - _SHOWN_PASSED_OVER} more of this kind")
    if artifact_set.enable_symlinks:
        say("enable-symlinks is ignored: links inside the sources become the files they lead to")


def _is_executable(path: Path) -> bool:
    return os.access(path, os.X_OK)
