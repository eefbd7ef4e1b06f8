"""How an examination is told."""

from collections.abc import Iterable

import click

from laststop.cli.output import coloured, print_json, talk
from laststop.wiring.examination import Finding

_LIKE = {"ok": "Succeeded", "note": "pending", "trouble": "Failed"}
"""In whose colour a state is told."""


def tell_findings(found: Iterable[Finding], *, as_json: bool) -> int:
    """Print findings as they come, or all as JSON; gives the exit code: 1 when something is to mend."""
    told = []
    for finding in found:
        told.append(finding)
        if not as_json:
            _show(finding)
    troubles = sum(finding.state == "trouble" for finding in told)
    if as_json:
        print_json(told)
    else:
        talk(f"{troubles} to mend" if troubles else "nothing stands in the way")
    return 1 if troubles else 0


def _show(finding: Finding) -> None:
    state = coloured(finding.state.ljust(7), _LIKE[finding.state])
    click.echo(f"{state}  {finding.about:12}  {finding.says}")
    if finding.mend:
        click.echo(f"{'':9}{'':12}  mend: {finding.mend}")
