"""A buildspec from its YAML text, with the line of every fault.

Plain scalars stay as they are written: `3.10` is no number that loses its zero, `no` is no boolean. What is
a flag or a number the grammar decides.
"""

import re
from collections.abc import Hashable, Iterator
from typing import cast

import yaml

from laststop.build.buildspec import Buildspec
from laststop.build.decode import decode_buildspec
from laststop.errors import UsageError

MAX_BUILDSPEC_BYTES = 1024 * 1024
_MAX_NODES = 50_000
_MERGE_TAG = "tag:yaml.org,2002:merge"
_NULL_TAG = "tag:yaml.org,2002:null"


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the resolvers of merge keys and of nothing only."""

    yaml_implicit_resolvers = {
        "<": [(_MERGE_TAG, re.compile(r"<<$"))],
        "~": [(_NULL_TAG, re.compile(r"~$"))],
        "n": [(_NULL_TAG, re.compile(r"null$"))],
        "": [(_NULL_TAG, re.compile(r"$"))],
    }


def parse_buildspec(content: bytes, name: str) -> Buildspec:
    """Read a buildspec file; `name` is what errors call it.

    Raises: UsageError naming file, line and path of the first fault.
    """
    if len(content) > MAX_BUILDSPEC_BYTES:
        raise UsageError(f"is larger than {MAX_BUILDSPEC_BYTES} bytes", place=name)
    data, lines = _read(content, name)
    return decode_buildspec(data, placing=lambda path: _place(name, path, lines))


def _read(content: bytes, name: str) -> tuple[object, dict[str, int]]:
    lines: dict[str, int] = {}
    try:
        loader = _Loader(content.decode("utf-8-sig"))
        try:
            root = loader.get_single_node()
            for count, (path, node) in enumerate(_walk(root, "", name), start=1):
                if count > _MAX_NODES:
                    raise UsageError("holds too many values", place=name, hint="do without so many aliases")
                lines[path] = node.start_mark.line + 1
            return (loader.construct_document(root) if root is not None else None), lines
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        raise UsageError("is not UTF-8 text", place=name, hint="save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}" if mark else name
        hint = "check the indentation, and quote texts that contain `: ` or start with `*`, `&`, `%`, `@`"
        raise UsageError(f"is no YAML: {error.problem or error}", place=place, hint=hint) from error
    except RecursionError as error:
        raise UsageError("nests too deeply, or refers to itself", place=name) from error
    except (yaml.YAMLError, ValueError) as error:
        raise UsageError(f"is no YAML: {error}", place=name) from error


def _walk(node: yaml.Node | None, path: str, name: str) -> Iterator[tuple[str, yaml.Node]]:
    """Every value with its path; refuses a key that stands twice, which YAML readers silently drop."""
    if node is None:
        return
    yield path, node
    if isinstance(node, yaml.SequenceNode):
        for at, item in enumerate(node.value):
            yield from _walk(item, f"{path}[{at}]", name)
    elif isinstance(node, yaml.MappingNode):
        seen: dict[Hashable, int] = {}
        for key, value in node.value:
            label = cast("str", key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if label in seen and key.tag != _MERGE_TAG:
                raise UsageError(
                    f"{label!r} stands twice, first in line {seen[label]}",
                    place=f"{name}:{key.start_mark.line + 1}",
                    hint="keep one of them",
                )
            seen[label] = key.start_mark.line + 1
            yield from _walk(value, f"{path}.{label}" if path else label, name)


def _place(name: str, path: str, lines: dict[str, int]) -> str:
    """`buildspec.yml:7 phases.build.commands[2]`; of an absent value the line of what should hold it."""
    known = path
    while known and known not in lines:
        known = known.rpartition(".")[0]
    line = f":{lines[known]}" if known in lines else ""
    return f"{name}{line} {path}".rstrip()
