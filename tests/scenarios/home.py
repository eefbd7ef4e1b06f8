"""What a scenario needs of a home: deeds that anybody may do to it, and one way to look at it."""

from typing import Protocol

import msgspec

RELEASED = "PACKAGE_TESTS_COMPLETE"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a home stands, as people and readers could find out.

    `pages` is versions.json as each healthy edge shows it, `texts` the entry page; versions are spelled
    `algorithm version`; runs and messages are in order, the newest last; `deploys` and `builds` count from
    the very beginning.
    """

    pages: tuple[dict[str, dict[str, str]], ...]
    texts: tuple[str, ...]
    verdicts: dict[str, str]
    reasons: dict[str, str]
    runs: tuple[str, ...]
    stage: str
    messages: tuple[str, ...]
    held: str
    proven: bool
    deploys: int
    builds: int


class Home(Protocol):
    """A project in some home, served. Every deed is done when it returns; what follows from it is not.

    Words only, so that a scenario file can say each of them.
    """

    def put(self, algorithm: str, version: str, type_: str = "ranking", phase: str = RELEASED) -> None:
        """Put a version, or put it again."""

    def phase(self, algorithm: str, version: str, phase: str) -> None:
        """Move a version to another phase."""

    def retire(self, algorithm: str, version: str) -> None:
        """Take a version out."""

    def pin(self, algorithm: str, version: str = "") -> None:
        """Choose the active version by hand; without one, leave it to the order again."""

    def push(self, text: str) -> None:
        """Push a commit that makes the entry page say something more."""

    def fail_build(self) -> None:
        """Every build fails from now on."""

    def mend_build(self) -> None:
        """Builds go well again, and a build that was made slow goes on."""

    def slow_build(self) -> None:
        """Every build stays where it is until it is mended."""

    def slow_edge(self) -> None:
        """One more edge, which confirms purges and keeps showing what is live now."""

    def mend_edge(self) -> None:
        """The slow edge shows what is live again."""

    def restart(self) -> None:
        """End the home in an orderly way, if it runs, and start it."""

    def kill(self) -> None:
        """End it as a power cut would."""

    def drop_doorbells(self) -> None:
        """From now on no change of the catalog is told to anybody."""

    def hear_doorbells(self) -> None:
        """Changes are told of again; those that were dropped stay lost."""

    def sweep(self) -> None:
        """One sweep over everything."""

    def rollback(self, release: str, reason: str) -> None:
        """Go back to a kept release, and hold the site there."""

    def lift(self) -> None:
        """Let changes flow again."""

    def retry(self) -> None:
        """Try the newest run again where it failed."""

    def wait(self) -> None:
        """Until nothing is left to do that this home would do by itself: a build made slow would not go on."""

    def observe(self) -> Standing:
        """How it stands."""
        ...
