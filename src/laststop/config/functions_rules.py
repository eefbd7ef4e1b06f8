"""Rules for the project's own functions in laststop.toml."""

import re
from collections.abc import Iterator
from typing import Final

from laststop.config.project import FunctionTable, ProjectTables, functions_of
from laststop.pipeline.catalogue import FUNCTIONS, function_of
from laststop.pipeline.problems import Problem, Trail, quoted

TIMEOUT_SECONDS_MAX: Final = 900
"""As long as Lambda lets a function run."""

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HANDLER: Final = re.compile(r"[^:\\]*\.py:[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED: Final = re.compile(
    r"_HANDLER|AWS_LAMBDA_.*|AWS_ENDPOINT_URL(_S3|_CODEPIPELINE)|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV"
    r"|LAMBDA_TASK_ROOT|PATH|TMPDIR|PYTHONUNBUFFERED"
)


def functions_problems(tables: ProjectTables) -> Iterator[Problem]:
    """Everything wrong with `[functions]`."""
    for name, table in functions_of(tables).items():
        path: Trail = ("functions", name)
        if not _NAME.fullmatch(name):
            yield Problem(
                path=path,
                message=f"{quoted(name)} cannot name a function",
                hint="use 1 to 64 of the characters A-Z a-z 0-9 _ -",
            )
        elif function_of(name, tables.project.name) in FUNCTIONS:
            yield Problem(path=path, message=f"{quoted(name)} is a function of laststop itself")
        inside: Trail = (*path, "handler") if isinstance(tables.functions[name], FunctionTable) else path
        leads_out = table.file.startswith(("/", "~")) or ".." in table.file.split("/")
        if not _HANDLER.fullmatch(table.handler) or leads_out:
            yield Problem(
                path=inside,
                message=f"{quoted(table.handler)} names no function of a Python file",
                hint='it reads "folder/file.py:function", from the project\'s folder on',
            )
        if not 1 <= table.timeout_seconds <= TIMEOUT_SECONDS_MAX:
            yield Problem(
                path=(*path, "timeout_seconds"),
                message=f"it is a number from 1 to {TIMEOUT_SECONDS_MAX}, not {table.timeout_seconds}",
            )
        for variable in table.environment:
            yield from _variable(variable, (*path, "environment", variable))
        for index, variable in enumerate(table.passed):
            yield from _variable(variable, (*path, "pass", index))


def _variable(name: str, path: Trail) -> Iterator[Problem]:
    if not _VARIABLE.fullmatch(name):
        yield Problem(path=path, message=f"{quoted(name)} cannot name an environment variable")
    elif _RESERVED.fullmatch(name):
        yield Problem(path=path, message=f"{name} is set by laststop, as Lambda sets it")
