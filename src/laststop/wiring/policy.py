"""How a project reads its catalog, the same in both homes."""

from laststop.catalog.columns import columns_of
from laststop.catalog.phases import Phases
from laststop.config.project import Project
from laststop.functions.publish import Policy


def policy_of(project: Project) -> Policy:
    """The policy that follows from a project's settings."""
    return Policy(
        phases=Phases(release=frozenset(project.release_phases)),
        objects=project.document_objects,
        allow_prereleases=project.catalog.allow_prereleases,
        columns=columns_of(project.catalog.columns.names),
    )
