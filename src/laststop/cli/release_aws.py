"""The site of the AWS home, for the commands: read here, moved by the function `release` alone."""

from collections.abc import Sequence
from typing import Any

import msgspec

from laststop.cli.release_home import WentBack, who
from laststop.errors import NotFoundError, RunError
from laststop.functions.release import Outcome
from laststop.homes.shared.listing import ReleaseRow
from laststop.site.releases import Releases
from laststop.wiring.aws import AwsHome
from laststop.wiring.aws_deployed import functions
from laststop.wiring.aws_reading import releases
from laststop.words.ids import RunId


class DeployedSite:
    """A hold, a way back and its purge and proof need rights that the function has, and people need not."""

    def __init__(self, home: AwsHome) -> None:
        """`home` is open as long as this is used."""
        self._home = home

    @property
    def releases(self) -> Releases:
        """In their bucket."""
        return self._home.releases

    def rows(self) -> Sequence[ReleaseRow]:
        """From the ledger."""
        return releases(self._home)

    def roll_back(self, release: str, reason: str) -> WentBack:
        """By the function, which waits up to two minutes for the edge, and has it looked at again then."""
        outcome = self._ask(action="rollback", release=release, reason=reason, by=who())
        return WentBack(
            release=outcome.release, run=self._run_of(outcome), seen=outcome.seen, why=outcome.why
        )

    def lift(self, *, again: bool) -> str:
        """By the function: the newest state ships once."""
        live = self.releases.live()
        if live is None or live.hold is None:
            return "nothing is held"
        outcome = self._ask(action="lift", by=who(), again=again)
        return f"the hold is lifted; {outcome.why or f'release {outcome.release} is live again'}"

    def _ask(self, **wish: Any) -> Outcome:
        with functions(self._home) as called:
            answer = called.call("release", wish)
        try:
            return msgspec.convert(answer, Outcome)
        except msgspec.ValidationError as error:
            raise RunError(
                f"the function's answer cannot be read: {error}",
                place="function release",
                hint="deploy the functions from this version of laststop: laststop aws package; osls deploy",
            ) from error

    def _run_of(self, outcome: Outcome) -> RunId:
        found = next((each for each in self.releases.kept() if each.id == outcome.release), None)
        if found is None:
            raise NotFoundError(f"release {outcome.release} is live and no longer kept")
        return found.run
