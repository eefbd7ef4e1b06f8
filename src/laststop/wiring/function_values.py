"""What the deployment of the functions must know about a project: it follows from laststop.toml."""

from pathlib import Path
from typing import Any, Final

import msgspec

from laststop import __version__
from laststop.catalog.columns import columns_of
from laststop.catalog.phases import Phases
from laststop.catalog.stream_filter import stream_filters
from laststop.config.project import Project
from laststop.wiring.function_package import Packaged

FUNCTIONS: Final = (
    "publish",
    "start",
    "deploy_site",
    "invalidate_edge",
    "verify_live",
    "announce",
    "sweep",
    "release",
    "answer_failure",
)
"""The functions, as their modules in `laststop.lambdas` are named."""


class FunctionValues(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Read by `infra/serverless.yml`."""

    project: str
    version: str
    architecture: str
    runtime: str
    document_keys: tuple[str, ...]
    filter_patterns: tuple[dict[str, Any], ...]


def function_values(project: Project, packaged: Packaged) -> FunctionValues:
    """The values for a project whose functions were packaged like this."""
    return FunctionValues(
        project=project.name,
        version=__version__,
        architecture=packaged.architecture,
        runtime=f"python{packaged.python}",
        document_keys=tuple(each.key for each in project.document_objects),
        filter_patterns=stream_filters(
            Phases(release=frozenset(project.release_phases)), columns_of(project.catalog.columns.names)
        ),
    )


def write_values(target: Path, values: FunctionValues) -> None:
    """Write them as JSON, replacing an older file at once."""
    draft = target.with_suffix(".part")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(values), indent=2) + b"\n")
    draft.replace(target)
