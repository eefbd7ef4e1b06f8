"""Where a version stands, and which of these places mean "publish me"."""

import difflib

import msgspec

from laststop.catalog.names import check_name

UPLOADED = "UPLOADED"
"""The phase of a version that was put without one."""

KNOWN_PHASES = (
    UPLOADED,
    "PACKAGE_TESTS_RUNNING",
    "PACKAGE_TESTS_COMPLETE",
    "PACKAGE_TESTS_FAILED",
    "RETIRED",
)
"""The usual ones; the set is open."""

RELEASE_PHASES = frozenset({"PACKAGE_TESTS_COMPLETE", "PACKATE_TESTS_COMPLETE"})
"""Both spellings: the second is how the original system writes it."""


class Phases(msgspec.Struct, frozen=True, kw_only=True):
    """The project's reading of phases: which release, and which retires."""

    release: frozenset[str] = RELEASE_PHASES
    retired: str = "RETIRED"

    def releases(self, phase: str | None) -> bool:
        """Whether a version in this phase counts."""
        return phase in self.release

    def retires(self, phase: str | None) -> bool:
        """Whether a version in this phase no longer counts."""
        return phase == self.retired

    def enters_release(self, old_phase: str | None, new_phase: str | None) -> bool:
        """Whether a step goes into the release phases from outside; one spelling to the other does not."""
        return self.releases(new_phase) and not self.releases(old_phase)

    def enters_retirement(self, old_phase: str | None, new_phase: str | None) -> bool:
        """Whether a step retires the version."""
        return self.retires(new_phase) and not self.retires(old_phase)

    def likely_meant(self, phase: str) -> str | None:
        """The usual phase that an unusual one looks like, for a warning; phases are an open set.

        A mistyped release phase would otherwise wait for ever without anybody being told.
        """
        usual = {*KNOWN_PHASES, *self.release, self.retired}
        if phase in usual:
            return None
        return next(iter(difflib.get_close_matches(phase, sorted(usual), n=1, cutoff=0.85)), None)


def check_phase(text: str) -> str:
    """Give back a text that may be a phase.

    Raises: UsageError as `check_name` does.
    """
    return check_name(text, "phase")
