"""A buildspec from plain data: what a YAML reader gives, checked against the grammar."""

import re
from typing import Literal

from laststop.build.buildspec import (
    MAX_FALLBACK_KEYS,
    MAX_REPORT_GROUPS,
    ArtifactSet,
    Buildspec,
    Cache,
    Environment,
    OnFailure,
    Phase,
    ReportGroup,
)
from laststop.build.node import Node, Placing
from laststop.build.phases import COMMAND_PHASES, PhaseName
from laststop.build.reports.formats import COVERAGE_FORMATS, TEST_FORMATS

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RETRY = re.compile(r"RETRY(-.+)?")
_SHELLS: dict[str, Literal["sh", "bash"]] = {
    "": "sh",
    "sh": "sh",
    "/bin/sh": "sh",
    "bash": "bash",
    "/bin/bash": "bash",
}
_SET_KEYS = (
    "files",
    "base-directory",
    "exclude-paths",
    "discard-paths",
    "enable-symlinks",
    "name",
    "s3-prefix",
)
_IGNORED_TEXT = {
    "run-as": "commands run as the user that runs laststop",
    "runtime-versions": "commands find the tools of this machine on PATH",
    "proxy": "the proxy settings of this machine hold",
    "batch": "one build runs, not a batch",
}


def decode_buildspec(data: object, *, placing: Placing = str) -> Buildspec:
    """Read a buildspec, version 0.2.

    Raises: UsageError at the first thing CodeBuild would refuse or silently drop; `placing` turns its path
        (`phases.build.commands[2]`) into the error's place.
    """
    root = Node(data, "", placing)
    if root.empty:
        root.refuse("the buildspec is empty", "start it with `version: 0.2` and a `phases:` block")
    top = root.fields("version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache")
    _check_version(top["version"])
    artifacts, secondary = _artifacts(top["artifacts"])
    return Buildspec(
        phases=_phases(top["phases"]),
        environment=_environment(top["env"]),
        artifacts=artifacts,
        secondary_artifacts=secondary,
        cache=_cache(top["cache"]),
        reports=_reports(top["reports"]),
        ignored=_ignored(top),
    )


def check_variable_name(name: str, node: Node) -> None:
    """Refuse a name the shell cannot hold, or that belongs to the build itself.

    Raises: UsageError at `node`.
    """
    if not _VARIABLE.fullmatch(name):
        node.refuse(f"{name!r} is no variable name", "use letters, digits and `_`, no digit first")
    if name.startswith("CODEBUILD_"):
        node.refuse(f"{name!r} is reserved", "names that start with CODEBUILD_ belong to the build itself")


def _check_version(node: Node) -> None:
    version = node.text().strip()
    if version == "0.1":
        node.refuse(
            "version 0.1 starts a new shell for every command and is not supported",
            "write `version: 0.2`; then `cd` and variables last from one command to the next",
        )
    if version != "0.2":
        found = f"found {version!r}" if version else "it is missing"
        node.refuse(f"expected `version: 0.2`, {found}", "write `version: 0.2` as the first line")


def _phases(node: Node) -> tuple[Phase, ...]:
    if node.empty:
        node.refuse("a buildspec needs phases", "for example `phases: {build: {commands: [make site]}}`")
    children = node.fields(*(name.key for name in COMMAND_PHASES))
    phases = tuple(
        _phase(name, children[name.key]) for name in COMMAND_PHASES if not children[name.key].empty
    )
    if not any(phase.commands for phase in phases):
        node.refuse("no phase has a command", "give at least one phase a `commands:` list")
    return phases


def _phase(name: PhaseName, node: Node) -> Phase:
    extra = ("runtime-versions",) if name is PhaseName.INSTALL else ()
    fields = node.fields("run-as", "on-failure", "commands", "finally", *extra)
    versions = fields.get("runtime-versions")
    return Phase(
        name=name,
        commands=fields["commands"].texts(),
        finally_commands=fields["finally"].texts(),
        on_failure=_on_failure(fields["on-failure"]),
        runtime_versions=versions.text_map() if versions else {},
    )


def _on_failure(node: Node) -> OnFailure | None:
    text = node.text().strip()
    if _RETRY.fullmatch(text):
        return OnFailure.RETRY
    choice = node.one_of("ABORT", "CONTINUE", "RETRY")
    return OnFailure(choice) if choice else None


def _environment(node: Node) -> Environment:
    fields = node.fields(
        "shell",
        "variables",
        "parameter-store",
        "secrets-manager",
        "exported-variables",
        "git-credential-helper",
    )
    shell = _SHELLS.get(fields["shell"].text().strip())
    if shell is None:
        fields["shell"].refuse(f"{fields['shell'].text()!r} is no shell of this home", "use bash or /bin/sh")
    fields["git-credential-helper"].flag()
    for block in ("variables", "parameter-store", "secrets-manager"):
        for name, child in fields[block].entries().items():
            check_variable_name(name, child)
    exported = fields["exported-variables"].texts()
    for name in exported:
        check_variable_name(name, fields["exported-variables"])
        if name.startswith("AWS_"):
            fields["exported-variables"].refuse(
                f"{name!r} cannot be exported", "AWS_ names stay in the build"
            )
    return Environment(
        shell=shell,
        variables=fields["variables"].text_map(),
        parameter_store=fields["parameter-store"].text_map(),
        secrets_manager=fields["secrets-manager"].text_map(),
        exported_variables=tuple(dict.fromkeys(exported)),
    )


def _artifacts(node: Node) -> tuple[ArtifactSet | None, dict[str, ArtifactSet]]:
    if node.empty:
        return None, {}
    fields = node.fields(*_SET_KEYS, "secondary-artifacts")
    secondary = {
        name: _artifact_set(child) for name, child in fields["secondary-artifacts"].entries().items()
    }
    return _artifact_set_of(fields), secondary


def _artifact_set(node: Node) -> ArtifactSet:
    return _artifact_set_of(node.fields(*_SET_KEYS))


def _artifact_set_of(fields: dict[str, Node]) -> ArtifactSet:
    files = fields["files"].texts()
    if not files:
        fields["files"].refuse("an artifact needs files", "for example `files: ['**/*']`")
    for key in ("files", "exclude-paths"):
        for pattern in fields[key].texts():
            if pattern.startswith(("/", "~")) or ".." in pattern.split("/"):
                fields[key].refuse(
                    f"{pattern!r} leads out of base-directory", "name paths relative to base-directory"
                )
    return ArtifactSet(
        files=files,
        base_directory=fields["base-directory"].text().strip(),
        exclude_paths=fields["exclude-paths"].texts(),
        discard_paths=fields["discard-paths"].flag(),
        enable_symlinks=fields["enable-symlinks"].flag(),
        name=fields["name"].text(),
    )


def _cache(node: Node) -> Cache:
    fields = node.fields("key", "fallback-keys", "action", "paths")
    fallback_keys = fields["fallback-keys"].texts()
    if len(fallback_keys) > MAX_FALLBACK_KEYS:
        fields["fallback-keys"].refuse(f"at most {MAX_FALLBACK_KEYS} keys, found {len(fallback_keys)}")
    action = fields["action"].one_of("restore", "save")
    return Cache(
        paths=fields["paths"].texts(),
        key=fields["key"].text().strip(),
        fallback_keys=fallback_keys,
        restores=action != "save",
        saves=action != "restore",
    )


def _reports(node: Node) -> tuple[ReportGroup, ...]:
    groups = node.entries()
    if len(groups) > MAX_REPORT_GROUPS:
        node.refuse(f"at most {MAX_REPORT_GROUPS} report groups, found {len(groups)}")
    return tuple(_report(name, child) for name, child in groups.items())


def _report(name: str, node: Node) -> ReportGroup:
    fields = node.fields("files", "base-directory", "discard-paths", "file-format")
    file_format = fields["file-format"].one_of(*TEST_FORMATS, *COVERAGE_FORMATS)
    files = fields["files"].texts()
    if not files:
        fields["files"].refuse("a report group needs files", "for example `files: ['**/*.xml']`")
    return ReportGroup(
        name=name,
        files=files,
        base_directory=fields["base-directory"].text(),
        discard_paths=fields["discard-paths"].flag(),
        file_format=file_format or "JUNITXML",
    )


def _ignored(top: dict[str, Node]) -> tuple[str, ...]:
    """What stands in the buildspec and has no effect here, each with what holds instead."""
    present = [key for key in ("run-as", "proxy", "batch") if not top[key].empty]
    for name, phase in top["phases"].entries().items():
        keys = phase.entries()
        present += [f"phases.{name}.{key}" for key in ("run-as", "runtime-versions") if key in keys]
    return tuple(f"{path} is ignored: {_IGNORED_TEXT[path.rpartition('.')[2]]}" for path in present)
