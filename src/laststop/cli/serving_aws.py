"""A console over the AWS home, served from here: it shows, and gives no orders."""

import os
import threading
from pathlib import Path

from laststop.cli.options import project_in
from laststop.cli.output import print_json, talk
from laststop.console.access import Access, check_binding
from laststop.console.elsewhere import Elsewhere, Now, RunTold
from laststop.console.elsewhere_app import make_elsewhere_app
from laststop.console.server import ConsoleServer
from laststop.homes.shared.listing import ReleaseRow, RunLine, VersionLine
from laststop.homes.shared.tracing import Trace
from laststop.wiring.aws import clock
from laststop.wiring.aws_console import RUNS_FIRST, DeployedReading
from laststop.wiring.aws_deployed import deployed


class OnAws:
    """The console's port over what is deployed."""

    def __init__(self, reading: DeployedReading) -> None:
        """`reading` looks anew each time."""
        self._reading = reading

    def now(self) -> Now:
        """The live release, the hold, the newest runs."""
        live, hold = self._reading.standing()
        return Now(live=live, hold=hold, runs=self._reading.runs(RUNS_FIRST), page_url=self._reading.page_url)

    def runs(self, limit: int) -> tuple[RunLine, ...]:
        """The newest runs."""
        return self._reading.runs(limit)

    def run(self, identity: str) -> RunTold:
        """One run."""
        run, attempts = self._reading.run(identity)
        return RunTold(run=run, attempts=attempts)

    def versions(
        self, *, type_: str | None, after: tuple[str, str] | None, limit: int
    ) -> tuple[VersionLine, ...]:
        """The catalog with its verdicts."""
        return self._reading.versions(type_=type_, after=after, limit=limit)

    def releases(self) -> tuple[ReleaseRow, ...]:
        """The kept releases."""
        return self._reading.releases()

    def trace(self, algorithm: str, version: str | None) -> Trace:
        """Where a change is."""
        return self._reading.trace(algorithm, version)


def serve_aws(
    folder: Path,
    *,
    host: str,
    port: int,
    allowed_hosts: tuple[str, ...],
    as_json: bool,
    ended: threading.Event,
) -> None:
    """Serve the console until `ended` is set.

    Raises: DeniedError for an address beyond the loopback without a token; else as `deployed`.
    """
    token = os.environ.get("LASTSTOP_TOKEN") or None
    check_binding(host, token)
    project = project_in(folder)
    with deployed(project) as home:
        elsewhere: Elsewhere = OnAws(DeployedReading(home))
        access = Access(host=host, token=token, allowed_hosts=allowed_hosts)
        app = make_elsewhere_app(elsewhere, project=project.name, access=access, clock=clock)
        console = ConsoleServer(app, host=host, port=port)
        url = console.start()
        try:
            if as_json:
                print_json({"console_url": url, "page_url": f"{home.site_url}/", "pid": os.getpid()})
            else:
                talk(f"page     {home.site_url}/")
                talk(f"console  {url}/")
                talk(f"showing {project.name} on AWS; Ctrl-C ends it, and nothing else")
            ended.wait()
        finally:
            console.stop()
