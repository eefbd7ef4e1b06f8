"""What a build needs before its first command: sources, buildspec, cache, shell."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from laststop.build.buildspec import DEFAULT_BUILDSPEC, Buildspec
from laststop.build.decode import check_variable_name
from laststop.build.node import Node
from laststop.build.order import BuildOrder
from laststop.build.ports import Secrets
from laststop.errors import UsageError
from laststop.homes.embedded.builder.cache import BuildCache
from laststop.homes.embedded.builder.commands import PhaseCommands
from laststop.homes.embedded.builder.environment import (
    build_id_of,
    search_path,
    shell_environment,
    shell_program,
    stored_variables,
)
from laststop.homes.embedded.builder.inputs import Clone, input_map, place_inputs, unpack_inputs
from laststop.homes.embedded.builder.log import BuildLog
from laststop.homes.embedded.builder.shell import Shell
from laststop.homes.shared.buildspec_file import parse_buildspec


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """All that the commands of a build work with."""

    spec: Buildspec
    directories: dict[str, Path]
    cache: BuildCache
    shell: Shell
    commands: PhaseCommands


def unpack_sources(order: BuildOrder, workspace: Path, log: BuildLog, clone: Clone) -> dict[str, Path]:
    """The inputs' directories by name, filled.

    Raises: UsageError for inputs that cannot be used, TransientError on a full disk.
    """
    log.say(f"build {build_id_of(order)}, number {order.build_number}")
    directories = place_inputs(order, workspace)
    unpack_inputs(order, directories, clone)
    for line in input_map(order, directories):
        log.say(line)
    return directories


def read_buildspec(order: BuildOrder, directories: Mapping[str, Path]) -> Buildspec:
    """The order's own buildspec, or that of the primary input.

    Raises: UsageError naming where it was looked for, or what is wrong in it.
    """
    if order.spec is not None:
        return order.spec
    root = directories[order.primary]
    name = order.buildspec or DEFAULT_BUILDSPEC
    path = Path(os.path.realpath(root / name.replace("\0", "")))
    if not path.is_relative_to(root) or not path.is_file():
        raise UsageError(
            f"the input {order.primary!r} holds no file {name!r}",
            place=str(root / name),
            hint="add one to that source, or set the project's buildspec to the path of the one it has",
        )
    return parse_buildspec(path.read_bytes(), name)


def prepare(
    order: BuildOrder,
    spec: Buildspec,
    directories: dict[str, Path],
    *,
    workspace: Path,
    server: Mapping[str, str],
    log: BuildLog,
    started_at: datetime,
    secrets: Secrets | None,
) -> Prepared:
    """Restore the cache and make the shell, which starts with the first command.

    Raises: UsageError for what the buildspec or the action asks of the environment and cannot have.
    """
    for name, value in order.variables.items():
        node = Node(value, f"EnvironmentVariables.{name}", str)
        check_variable_name(name, node)
        node.text()
    stored = stored_variables(order, spec.environment, secrets)
    log.hide(stored.values())
    _say_what_is_ignored(spec, log)
    path = search_path(server, workspace)
    program = shell_program(spec.environment, path)
    variables = shell_environment(
        order,
        spec.environment,
        server=server,
        path=path,
        directories=directories,
        started_at=started_at,
        stored=stored,
    )
    source = directories[order.primary]
    cache = BuildCache(spec.cache, Path(order.cache_dir), source, variables, log.say)
    cache.restore()
    shell = Shell(program, workspace, source, variables, log.take)
    commands = PhaseCommands(shell, log, written=order.spec is None)
    return Prepared(spec=spec, directories=directories, cache=cache, shell=shell, commands=commands)


def _say_what_is_ignored(spec: Buildspec, log: BuildLog) -> None:
    for line in spec.ignored:
        log.say(line)
    for name, value in spec.environment.variables.items():
        if "$" in value:
            log.say(f"env.variables.{name} is taken literally: `$` fills nothing in there")
