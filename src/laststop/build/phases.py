"""The phases of a build and how each may end."""

from enum import StrEnum


class PhaseName(StrEnum):
    """The phases in their order, as CodeBuild names them."""

    PROVISIONING = "PROVISIONING"
    """The workspace is made empty."""
    DOWNLOAD_SOURCE = "DOWNLOAD_SOURCE"
    """Inputs are unpacked, the buildspec is read, the cache is restored."""
    INSTALL = "INSTALL"
    PRE_BUILD = "PRE_BUILD"
    BUILD = "BUILD"
    POST_BUILD = "POST_BUILD"
    UPLOAD_ARTIFACTS = "UPLOAD_ARTIFACTS"
    """The artifacts are chosen and zipped."""
    FINALIZING = "FINALIZING"
    """Whatever still runs is ended, the cache is saved."""
    COMPLETED = "COMPLETED"
    """The end; nothing is done in it."""

    @property
    def key(self) -> str:
        """Its key under `phases:` of a buildspec: `pre_build`."""
        return self.value.lower()


COMMAND_PHASES = (PhaseName.INSTALL, PhaseName.PRE_BUILD, PhaseName.BUILD, PhaseName.POST_BUILD)
"""The phases a buildspec fills with commands."""


class BuildStatus(StrEnum):
    """How a phase, or a whole build, ended."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    """A command or an input was wrong."""
    FAULT = "FAULT"
    """The machine could not do it: a full disk, a missing shell."""
    TIMED_OUT = "TIMED_OUT"
    STOPPED = "STOPPED"
    """Somebody asked for it to end."""
