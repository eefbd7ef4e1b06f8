"""`laststop release`: what is and was live, and the way back."""

import getpass
from pathlib import Path

import click

from laststop.cli.options import json_option, project_option
from laststop.cli.output import print_json, print_table, talk
from laststop.cli.store import NOT_SERVING, opened, tell_server
from laststop.errors import ConflictError, UsageError
from laststop.functions.way_back import compare, find_release, lift, roll_back, show_at_once
from laststop.homes.embedded.listing import release_rows
from laststop.homes.shared.patience import OwnPatience
from laststop.wiring.embedded import EmbeddedHome, clock
from laststop.words.ids import ReleaseId
from laststop.words.instants import instant_text

SEEN_WITHIN_SECONDS = 10.0


@click.group("release")
def command() -> None:
    """What is and was live. RELEASE is an id, the beginning of one, or `previous`.

    Example: laststop release rollback previous --reason "prices are wrong"
    """


@command.command("list")
@json_option
@project_option
def list_(as_json: bool, folder: Path) -> None:
    """The kept releases, the newest first.

    Example: laststop release list
    """
    with opened(folder) as home:
        with home.store.view() as view:
            rows = release_rows(view)
        live = home.releases.live()
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
        talk(f"held since {instant_text(live.hold.since)}: {live.hold.reason}; lift: laststop release lift")


@command.command("diff")
@click.argument("old")
@click.argument("new", required=False)
@json_option
@project_option
def diff(old: str, new: str | None, as_json: bool, folder: Path) -> None:
    """What readers see differently in NEW, by default the live release.

    Example: laststop release diff previous
    """
    with opened(folder) as home:
        target = find_release(home.releases, new).id if new else _live(home)
        found = compare(home.releases, find_release(home.releases, old).id, target)
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
@project_option
def rollback(release: str, reason: str, as_json: bool, folder: Path) -> int:
    """Switch to a kept release without a build, and hold the site there.

    Changes wait behind the hold until it is lifted. Exit code 4 when the edge does not show it in time; the
    server then looks again.

    Example: laststop release rollback previous --reason "prices are wrong"
    """
    if not reason.strip():
        raise UsageError("a reason is wanted", hint='--reason "what is wrong with the live release"')
    with opened(folder) as home:
        target = find_release(home.releases, release)
        pointer = roll_back(home.releases, target.id, reason=reason.strip(), by=_who(), clock=clock)
        tell_server(home)
        seen, why = show_at_once(
            pointer,
            proof=home.proof(),
            edge=home.edges,
            ledger=home.ledger,
            waiting=OwnPatience(),
            within_seconds=SEEN_WITHIN_SECONDS if home.edges.urls() else 0.0,
        )
        tell_server(home)
    if as_json:
        print_json(
            {"release": target.id, "run": target.run, "held": True, "seen": seen, "waiting_because": why}
        )
    elif seen:
        talk(
            f"release {target.id} is live again, seen through the edge, and held; lift: laststop release lift"
        )
    else:
        talk(f"release {target.id} is live again and held; not seen at the edge yet: {why}")
    return 0 if seen else 4


@command.command("lift")
@project_option
def lift_(folder: Path) -> None:
    """Let changes flow again; the newest state ships once.

    Example: laststop release lift
    """
    with opened(folder) as home:
        if not lift(home.releases):
            talk("nothing is held")
            return
        talk("the hold is lifted; the newest state ships now")
        if not tell_server(home):
            talk(NOT_SERVING)


def _live(home: EmbeddedHome) -> ReleaseId:
    live = home.releases.live()
    if live is None:
        raise ConflictError("nothing is live yet")
    return live.release


def _who() -> str:
    """Who asks, as this machine knows them; a nameless account is told by its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "an unnamed account"
