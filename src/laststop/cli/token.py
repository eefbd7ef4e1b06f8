"""`laststop token`: who may call this server from elsewhere."""

from pathlib import Path

import click

from laststop.cli.options import json_option, project_option
from laststop.cli.output import print_json, print_table, talk
from laststop.cli.store import opened
from laststop.homes.embedded.token_listing import TokenLine, token_line, token_made
from laststop.homes.embedded.tokens import LONGEST_LIFE_DAYS, Scope, Tokens
from laststop.wiring.embedded import clock


@click.group("token")
def command() -> None:
    """Tokens for whoever calls this server from elsewhere; on this machine none is needed.

    read sees everything; release writes the catalog and starts, retries and stops runs; admin makes tokens,
    rolls back and lifts. Only digests of tokens are kept.

    Example: laststop token new ci --scope release --days 90
    """


@command.command("new")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice([scope.value for scope in Scope]),
    default=Scope.READ.value,
    show_default=True,
    help="What it allows; each allows what those before it do.",
)
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_LIFE_DAYS),
    help="So long it lives.  [default: until it is revoked]",
)
@json_option
@project_option
def new(name: str, scope: str, days: int | None, as_json: bool, folder: Path) -> None:
    """Make a token and print it, this once; NAME says who uses it.

    Example: laststop token new ci --scope release --days 90
    """
    with opened(folder) as home:
        made = Tokens(home.store, clock).new(name, Scope(scope), expires_days=days)
    line = token_line(made.token, clock())
    if as_json:
        print_json(token_made(made, clock()))
        return
    click.echo(made.text)
    until = f"until {line.expires_at}" if line.expires_at else "until it is revoked"
    talk(f'token {line.id} "{line.name}" may {line.scope.value}, {until}; it is shown only now')


@command.command("list")
@json_option
@project_option
def list_(as_json: bool, folder: Path) -> None:
    """Every token, the newest first; none with its secret.

    Example: laststop token list
    """
    now = clock()
    with opened(folder) as home:
        lines = [token_line(token, now) for token in Tokens(home.store, clock).all()]
    if as_json:
        print_json(lines)
        return
    if not lines:
        talk("there is no token; make one: laststop token new NAME --scope release")
    print_table(
        ("ID", "SCOPE", "STATE", "LAST USED", "NAME"),
        [(x.id, x.scope.value, _state(x), x.last_used_at or "never", x.name) for x in lines],
    )


@command.command("revoke")
@click.argument("token_id", metavar="ID")
@json_option
@project_option
def revoke(token_id: str, as_json: bool, folder: Path) -> None:
    """Let a token open nothing any more, from its next request on.

    Example: laststop token revoke 3f9a1c07
    """
    with opened(folder) as home:
        line = token_line(Tokens(home.store, clock).revoke(token_id), clock())
    if as_json:
        print_json(line)
    else:
        talk(f'token {line.id} "{line.name}" opens nothing any more')


def _state(line: TokenLine) -> str:
    if line.revoked_at:
        return f"revoked {line.revoked_at}"
    if not line.usable:
        return f"expired {line.expires_at}"
    return f"until {line.expires_at}" if line.expires_at else "usable"
