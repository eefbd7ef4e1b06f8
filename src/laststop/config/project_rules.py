"""Rules for what laststop.toml says, beyond its shape."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from laststop.catalog.dealing import OBJECTS_MAX
from laststop.config.aws_names import aws_names_problems
from laststop.config.events_rules import events_problems
from laststop.config.functions_rules import functions_problems
from laststop.config.notices_rules import notices_problems
from laststop.config.placeholders import NAME_PATTERN
from laststop.config.project import ProjectTables
from laststop.pipeline.problems import Problem, Trail, quoted

TYPES_MAX: Final = 200
TYPE_CHARACTERS_MAX: Final = 64

_PROJECT: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?")
"""It begins the names of functions (at most 64 characters on AWS) and buckets (63, lower case)."""
_TYPE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PAGE: Final = re.compile(r"/[^?#\s\\]*[^?#\s\\/]")


def project_problems(tables: ProjectTables) -> Iterator[Problem]:
    """Everything wrong with the values of a file of the right shape."""
    yield from _head(tables)
    yield from _phases(tables)
    yield from _repositories(tables)
    yield from _numbers(tables)
    yield from _documents(tables)
    yield from _texts(tables)
    yield from notices_problems(tables)
    yield from functions_problems(tables)
    yield from events_problems(tables)
    yield from _names(tables.names.embedded, ("names", "embedded"))
    yield from _names(tables.names.aws, ("names", "aws"))
    yield from aws_names_problems(tables.names.aws)


def _head(tables: ProjectTables) -> Iterator[Problem]:
    if not _PROJECT.fullmatch(tables.project.name):
        yield Problem(
            path=("project", "name"),
            message=f"{quoted(tables.project.name)} cannot name a project",
            hint="use 1 to 40 of the characters a-z 0-9 -, beginning with a letter",
        )
    types = tables.project.types
    if not 1 <= len(types) <= TYPES_MAX:
        message = f"a project has 1 to {TYPES_MAX} algorithm types, not {len(types)}"
        yield Problem(path=("project", "types"), message=message)
    for index, name in enumerate(types):
        if not _TYPE.fullmatch(name):
            yield Problem(
                path=("project", "types", index),
                message=f"{quoted(name)} cannot name a type",
                hint=f"use 1 to {TYPE_CHARACTERS_MAX} of the characters A-Z a-z 0-9 _ -",
            )
    yield from _unique(
        [name.casefold() for name in types], ("project", "types"), "types differ in more than case"
    )


def _phases(tables: ProjectTables) -> Iterator[Problem]:
    phases = tables.project.release_phases
    path: Trail = ("project", "release_phases")
    if not phases:
        yield Problem(path=path, message="without a release phase nothing is ever published")
    for index, phase in enumerate(phases):
        if not phase or not phase.isprintable() or phase != phase.strip():
            yield Problem(path=(*path, index), message=f"{quoted(phase)} cannot be a phase")
        if phase == "RETIRED":
            yield Problem(
                path=(*path, index), message="RETIRED takes a version off the page; it cannot release it"
            )
    yield from _unique(phases, path, "name each phase once")


def _unique(words: Sequence[str], path: Trail, hint: str) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, word in enumerate(words):
        if word in seen:
            yield Problem(path=(*path, index), message=f"it is the same as [{seen[word]}]", hint=hint)
        seen.setdefault(word, index)


def _repositories(tables: ProjectTables) -> Iterator[Problem]:
    for name, place in tables.repositories.items():
        path: Trail = ("repositories", name)
        if not _REPOSITORY.fullmatch(name):
            yield Problem(
                path=path,
                message=f"{quoted(name)} is no FullRepositoryId",
                hint='it reads "owner/name", as in pipeline.yml',
            )
        if not place.strip() or place.startswith("-") or not place.isprintable():
            yield Problem(path=path, message=f"{quoted(place)} is neither a path nor a URL")


def _numbers(tables: ProjectTables) -> Iterator[Problem]:
    kept = tables.retention
    rows: tuple[tuple[Trail, int, int, int], ...] = (
        (("build", "timeout_minutes"), tables.build.timeout_minutes, 1, 2160),
        (("edge", "default_ttl_seconds"), tables.edge.default_ttl_seconds, 0, 31_536_000),
        (("verify", "within_seconds"), tables.verify.within_seconds, 1, 3600),
        (("retention", "runs"), kept.runs, 1, 100_000),
        (("retention", "logs_days"), kept.logs_days, 1, 3650),
        (("retention", "releases"), kept.releases, 2, 1000),  # the live one and one to go back to
        (("retention", "journal_days"), kept.journal_days, 1, 3650),
        (("retention", "workspaces"), kept.workspaces, 0, 100),
    )
    for path, value, least, most in rows:
        if not least <= value <= most:
            yield Problem(path=path, message=f"it is a number from {least} to {most}, not {value}")


def _documents(tables: ProjectTables) -> Iterator[Problem]:
    bucket = tables.documents.bucket
    if bucket and not _BUCKET.fullmatch(bucket):
        yield Problem(
            path=("documents", "bucket"),
            message=f"{quoted(bucket)} cannot name a bucket",
            hint="use 3 to 63 of the characters a-z 0-9 . -",
        )
    objects = tables.documents.objects
    most = min(OBJECTS_MAX, max(1, len(tables.project.types)))
    if objects is not None and not 1 <= objects <= most:
        yield Problem(
            path=("documents", "objects"),
            message=f"{len(tables.project.types)} types cannot be dealt into {objects} document objects",
            hint=f"choose 1 to {most}",
        )


def _texts(tables: ProjectTables) -> Iterator[Problem]:
    for index, name in enumerate(tables.build.passed):
        path: Trail = ("build", "pass", index)
        if not _VARIABLE.fullmatch(name):
            yield Problem(path=path, message=f"{quoted(name)} cannot name an environment variable")
        elif name.startswith("CODEBUILD_"):
            yield Problem(path=path, message=f"{name} is set by the build itself")
    page = tables.verify.versions
    if page and (not _PAGE.fullmatch(page) or ".." in page.split("/")):
        yield Problem(
            path=("verify", "versions"),
            message=f"{quoted(page)} is no path of a file on the site",
            hint='it begins with a slash: "/versions.json"',
        )
    columns = list(tables.catalog.columns.names.values())
    yield from _columns(columns)


def _columns(columns: list[str]) -> Iterator[Problem]:
    if any(not column or not column.isprintable() for column in columns):
        yield Problem(path=("catalog", "columns"), message="a column needs a name")
    for column in sorted({column for column in columns if columns.count(column) > 1}):
        yield Problem(path=("catalog", "columns"), message=f"two columns are called {quoted(column)}")


def _names(names: dict[str, str], path: Trail) -> Iterator[Problem]:
    for name, value in names.items():
        if not NAME_PATTERN.fullmatch(name):
            yield Problem(
                path=(*path, name),
                message=f"{quoted(name)} cannot name a placeholder",
                hint="use a-z 0-9 _, beginning with a letter",
            )
        if not value or "${" in value or not value.isprintable():
            yield Problem(
                path=(*path, name), message="a placeholder stands for plain text, without placeholders"
            )
