"""`laststop release`: what is and was live, and the way back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from laststop.cli.options import home_option, json_option, project_in, project_option
from laststop.cli.output import print_json, print_table, talk
from laststop.cli.release_home import ReleaseHome, StoredSite
from laststop.cli.store import opened
from laststop.config.project import Home
from laststop.errors import ConflictError, UsageError
from laststop.functions.way_back import compare, find_release
from laststop.site.releases import Releases
from laststop.words.ids import ReleaseId
from laststop.words.instants import instant_text

_LIFT = " lift: laststop release lift"


@click.group("release")
def command() -> None:
    """What is and was live. RELEASE is an id, the beginning of one, or `previous`.

    Example: laststop release rollback previous --reason "prices are wrong"
    """


@command.command("list")
@json_option
@home_option
@project_option
def list_(as_json: bool, home: Home, folder: Path) -> None:
    """The kept releases, the newest first.

    Example: laststop release list
    """
    with _site(folder, home) as site:
        rows = site.rows()
        live = site.releases.live()
    if as_json:
        print_json([row.line for row in rows])
        return
    if not rows:
        talk("nothing was live yet")
    print_table(
        ("LIVE", "RELEASE", "SWITCHED AT", "SEEN AT", "FILES", "BYTES"),
        [
            (
                "live" if row.live else "",
                row.id,
                instant_text(row.switched_at),
                instant_text(row.seen_at) if row.seen_at else "not yet",
                str(row.files),
                str(row.size_bytes),
            )
            for row in rows
        ],
    )
    if live is not None and live.hold is not None:
        talk(f"held since {instant_text(live.hold.since)}: {live.hold.reason};{_LIFT}")


@command.command("diff")
@click.argument("old")
@click.argument("new", required=False)
@json_option
@home_option
@project_option
def diff(old: str, new: str | None, as_json: bool, home: Home, folder: Path) -> None:
    """What readers see differently in NEW, by default the live release.

    Example: laststop release diff previous
    """
    with _site(folder, home) as site:
        releases = site.releases
        target = find_release(releases, new).id if new else _live(releases)
        found = compare(releases, find_release(releases, old).id, target)
    if as_json:
        print_json(found)
        return
    for mark, paths in (("+", found.added), ("~", found.changed), ("-", found.removed)):
        for path in paths:
            click.echo(f"{mark} {path}")
    if not (found.added or found.changed or found.removed):
        talk("readers see no difference")


@command.command("rollback")
@click.argument("release")
@click.option("--reason", required=True, help="Told to everybody, and shown wherever a change waits.")
@json_option
@home_option
@project_option
def rollback(release: str, reason: str, as_json: bool, home: Home, folder: Path) -> int:
    """Switch to a kept release without a build, and hold the site there.

    Changes wait behind the hold until it is lifted. Exit code 4 when the edge does not show it in time; the
    server then looks again, or on AWS a function does.

    Example: laststop release rollback previous --reason "prices are wrong"
    """
    if not reason.strip():
        raise UsageError("a reason is wanted", hint='--reason "what is wrong with the live release"')
    with _site(folder, home) as site:
        back = site.roll_back(release, reason.strip())
    if as_json:
        told = {"release": back.release, "run": back.run, "held": True}
        print_json({**told, "seen": back.seen, "waiting_because": back.why})
    elif back.seen:
        talk(f"release {back.release} is live again, seen through the edge, and held;{_LIFT}")
    else:
        talk(f"release {back.release} is live again and held; not seen at the edge yet: {back.why}")
    return 0 if back.seen else 4


@command.command("lift")
@click.option(
    "--again", is_flag=True, help="On AWS: also when only the release that was rolled back from would ship."
)
@home_option
@project_option
def lift_(again: bool, home: Home, folder: Path) -> None:
    """Let changes flow again; the newest state ships once.

    Example: laststop release lift
    """
    with _site(folder, home) as site:
        talk(site.lift(again=again))


@contextmanager
def _site(folder: Path, home: Home) -> Iterator[ReleaseHome]:
    """The site of a project in a home."""
    if home == "aws":
        from laststop.cli.release_aws import DeployedSite
        from laststop.wiring.aws_deployed import deployed

        with deployed(project_in(folder)) as found:
            yield DeployedSite(found)
        return
    with opened(folder) as embedded:
        yield StoredSite(embedded)


def _live(releases: Releases) -> ReleaseId:
    live = releases.live()
    if live is None:
        raise ConflictError("nothing is live yet")
    return live.release
