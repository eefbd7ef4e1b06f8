"""`laststop catalog`: the algorithm versions."""

import shlex
from pathlib import Path
from typing import Any

import click

from laststop.catalog.ports.versions import Versions
from laststop.catalog.version import WantedVersion
from laststop.cli.catalog_home import CatalogHome, catalog_home
from laststop.cli.options import follow_option, home_option, json_option, project_option, refuse_both
from laststop.cli.output import print_json, print_table, talk
from laststop.config.project import Home
from laststop.errors import UsageError
from laststop.functions.catalog import Written, activate, put_version, set_phase
from laststop.homes.shared.listing import place_behind, read_place

_follow_option = follow_option("Show it until its verdict is final; exit code 1 if it failed.")


@click.group("catalog")
def command() -> None:
    """Algorithm versions: what exists, where it stands, what became of it.

    Example: laststop catalog phase bgp-policy 2.1.0 PACKAGE_TESTS_COMPLETE
    """


@command.command("put")
@click.argument("name")
@click.argument("version")
@click.option(
    "--type", "type_", metavar="TYPE", help="One of the project's types; fixed for the version's life."
)
@click.option("--phase", help="Where it stands.  [default: UPLOADED for a new version]")
@click.option(
    "--set", "pairs", multiple=True, metavar="KEY=VALUE", help="An attribute for the page; repeatable."
)
@_follow_option
@json_option
@home_option
@project_option
def put(  # noqa: PLR0917 - click passes them by name
    name: str,
    version: str,
    type_: str | None,
    phase: str | None,
    pairs: tuple[str, ...],
    follow: bool,
    as_json: bool,
    home: Home,
    folder: Path,
) -> int:
    """Put a version into the catalog, or change it.

    Example: laststop catalog put bgp-policy 2.1.0 --type routing --set title="BGP policies"
    """
    refuse_both(follow=follow, as_json=as_json)
    with catalog_home(folder, home) as catalog:
        policy = catalog.policy

        def work(versions: Versions) -> Written:
            before = versions.get(name, version)
            attributes = _attributes(before.attributes if before else {}, pairs)
            wanted = WantedVersion(
                algorithm=name,
                version=version,
                type=type_,
                phase=phase,
                attributes=attributes if pairs else None,
            )
            return put_version(versions, wanted, policy)

        written = catalog.change(work)
        return _say(catalog, written, follow=follow, as_json=as_json)


@command.command("phase")
@click.argument("name")
@click.argument("version")
@click.argument("phase")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@_follow_option
@json_option
@home_option
@project_option
def phase(
    name: str, version: str, phase: str, dry_run: bool, follow: bool, as_json: bool, home: Home, folder: Path
) -> int:
    """Set where a version stands.

    Example: laststop catalog phase bgp-policy 2.1.0 PACKAGE_TESTS_COMPLETE --follow
    """
    refuse_both(follow=follow, as_json=as_json)
    with catalog_home(folder, home) as catalog:
        policy = catalog.policy
        meant = policy.phases.likely_meant(phase)
        if meant:
            talk(f'note: "{phase}" is no usual phase; did you mean {meant}?')
        if dry_run:
            talk(catalog.preview(name, version, phase))
            return 0
        written = catalog.change(lambda versions: set_phase(versions, name, version, phase, policy))
        return _say(catalog, written, follow=follow, as_json=as_json)


@command.command("list")
@click.option("--type", "type_", metavar="TYPE", help="Only this type.")
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=100_000),
    default=100,
    show_default=True,
    help="How many at most.",
)
@click.option("--after", metavar="NAME/VERSION", help="Only what follows this one.")
@json_option
@home_option
@project_option
def list_(type_: str | None, limit: int, after: str | None, as_json: bool, home: Home, folder: Path) -> None:
    """Versions by name, with their verdicts.

    Example: laststop catalog list --type routing
    """
    behind = None if after is None else read_place(after, "--after")
    with catalog_home(folder, home) as catalog:
        found = catalog.lines(type_=type_, after=behind, limit=limit + 1)
    lines = found[:limit]
    if as_json:
        print_json(lines)
    else:
        if not lines and after is None:
            talk("the catalog is empty; put a version: laststop catalog put NAME VERSION --type TYPE")
        print_table(
            ("TYPE", "ALGORITHM", "VERSION", "PHASE", "VERDICT", "REASON"),
            [(x.type, x.algorithm, x.version, x.phase, x.verdict or "-", x.reason) for x in lines],
        )
    if len(found) > limit:
        of_type = f" --type {shlex.quote(type_)}" if type_ else ""
        behind_last = shlex.quote(place_behind(lines[-1]))
        beyond = f"--limit {limit} --after {behind_last}{catalog.suffix}"
        talk(f"more follow: laststop catalog list{of_type} {beyond}")


@command.command("show")
@click.argument("name")
@json_option
@home_option
@project_option
def show(name: str, as_json: bool, home: Home, folder: Path) -> None:
    """One algorithm: its versions, its pin, what the page shows.

    Example: laststop catalog show bgp-policy
    """
    with catalog_home(folder, home) as catalog:
        algorithm, lines = catalog.show(name)
    if not lines:
        raise UsageError(f'there is no algorithm "{name}"', hint="see: laststop catalog list")
    if as_json:
        print_json({"algorithm": name, "pin": algorithm.pin, "versions": lines})
        return
    click.echo(
        f"{name}: " + (f"pinned to {algorithm.pin}" if algorithm.pin else "follows its highest version")
    )
    print_table(
        ("VERSION", "TYPE", "PHASE", "VERDICT", "REASON"),
        [(x.version, x.type, x.phase, x.verdict or "-", x.reason) for x in lines],
    )
    for row in algorithm.versions:
        for key, value in sorted(row.attributes.items()):
            click.echo(f"  {row.version} {key}: {value}")


@command.command("activate")
@click.argument("name")
@click.argument("version", required=False)
@click.option("--auto", is_flag=True, help="Follow the highest version again.")
@home_option
@project_option
def activate_(name: str, version: str | None, auto: bool, home: Home, folder: Path) -> None:
    """Pin an algorithm to a version, or let it follow the highest again.

    Example: laststop catalog activate bgp-policy 2.0.3
    """
    if auto == (version is not None):
        raise UsageError("give either a version or --auto", hint=f"laststop catalog activate {name} --auto")
    with catalog_home(folder, home) as catalog:
        changed = catalog.change(lambda versions: activate(versions, name, version, catalog.policy))
        what = f"{name} is pinned to {version}" if version else f"{name} follows its highest version"
        talk(what if changed else f"{what} already")
        if waits := catalog.tell():
            talk(waits)


@command.command("retire")
@click.argument("name")
@click.argument("version")
@json_option
@home_option
@project_option
def retire(name: str, version: str, as_json: bool, home: Home, folder: Path) -> int:
    """Take a version back: it no longer counts.

    Example: laststop catalog retire bgp-policy 2.0.3
    """
    with catalog_home(folder, home) as catalog:
        policy = catalog.policy
        retired = policy.phases.retired
        written = catalog.change(lambda versions: set_phase(versions, name, version, retired, policy))
        return _say(catalog, written, follow=False, as_json=as_json)


@command.command("import")
@click.argument("source", metavar="FILE.ndjson", type=click.Path(allow_dash=True, path_type=Path))
@click.option(
    "--from-line", type=click.IntRange(min=1), default=1, help="Go on from here after an interruption."
)
@json_option
@home_option
@project_option
def import_(source: Path, from_line: int, as_json: bool, home: Home, folder: Path) -> None:
    """Put many versions at once: one JSON object per line, `-` reads standard input.

    Every line is validated before the first is written. Members: algorithm, version, type, phase; all
    others are attributes.

    Example: laststop catalog import versions.ndjson
    """
    from laststop.cli.bulk import import_file

    with catalog_home(folder, home) as catalog:
        done = import_file(catalog, source, from_line=from_line, ring=catalog.tell)
        if as_json:
            print_json(done)
        else:
            talk(f"{done.lines} lines: {done.changed} written, {done.lines - done.changed} stood so already")
        if waits := catalog.tell():
            talk(waits)


def _attributes(before: dict[str, Any], pairs: tuple[str, ...]) -> dict[str, Any]:
    """The attributes with each KEY=VALUE set; an empty value takes one out."""
    after = dict(before)
    for pair in pairs:
        key, found, value = pair.partition("=")
        if not found or not key:
            raise UsageError(
                f'--set wants KEY=VALUE, not "{pair}"', hint='for instance --set title="BGP policies"'
            )
        if value:
            after[key] = value
        else:
            after.pop(key, None)
    return after


def _say(catalog: CatalogHome, written: Written, *, follow: bool, as_json: bool) -> int:
    waits = catalog.tell() if written.changed else ""
    row = written.row
    if as_json:
        print_json(
            {
                "algorithm": row.algorithm,
                "version": row.version,
                "type": row.type,
                "phase": row.phase,
                "changed": written.changed,
            }
        )
    else:
        already = "" if written.changed else " already"
        talk(f"{row.algorithm} {row.version} ({row.type}) is {row.phase}{already}")
    releases = catalog.policy.phases.releases(row.phase)
    if follow and releases:
        return catalog.follow(row.algorithm, row.version)
    if follow:
        talk(f"{row.phase} is no release phase: there is nothing to follow")
    elif releases and written.changed and not as_json:
        talk(f"follow it: laststop trace {row.algorithm} {row.version}{catalog.suffix}")
    if waits:
        talk(waits)
    return 0
