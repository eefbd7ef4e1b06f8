"""`laststop aws package`: the zip the functions run from, and what `osls` must know about the project."""

import sys
import time
from pathlib import Path
from typing import get_args

import click

from laststop.cli.options import json_option, project_in, project_option
from laststop.cli.output import print_json, talk
from laststop.wiring.function_imports import import_times
from laststop.wiring.function_package import Architecture, Packaged, package_functions
from laststop.wiring.function_values import function_values, write_values

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""Versions that functions may run on."""
HERE = "{}.{}".format(*sys.version_info)


@click.command("package")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("infra/build"),
    help="Where to put functions.zip and functions.json.  [default: infra/build]",
)
@click.option(
    "--architecture",
    type=click.Choice(get_args(Architecture)),
    default="arm64",
    help="The functions' processor.  [default: arm64]",
)
@click.option(
    "--python",
    type=click.Choice(PYTHONS),
    default=HERE if HERE in PYTHONS else "3.13",
    help="The functions' Python.  [default: the one that runs this]",
)
@json_option
@project_option
def command(out: Path, architecture: Architecture, python: str, as_json: bool, folder: Path) -> None:
    """Make the zip all functions run from; the same versions give the same bytes.

    The libraries are fetched as wheels for the functions' processor, in the versions installed here.
    Beside the zip stands functions.json: what infra/serverless.yml must know about the project.

    Example: laststop aws package --architecture x86_64
    """
    project = project_in(folder)
    began = time.monotonic()
    packaged = package_functions(out / "functions.zip", architecture=architecture, python=python, say=talk)
    write_values(out / "functions.json", function_values(project, packaged))
    if as_json:
        print_json(packaged)
        return
    _tell(packaged, time.monotonic() - began)


def _tell(packaged: Packaged, seconds: float) -> None:
    click.echo(packaged.path)
    megabytes = 1024 * 1024
    talk(
        f"{packaged.zipped_bytes / megabytes:.1f} MB, {packaged.unpacked_bytes / megabytes:.1f} MB unpacked,"
        f" {packaged.files} files, sha256 {packaged.sha256[:12]}, made in {seconds:.1f} s"
    )
    talk("with " + ", ".join(f"{name} {version}" for name, version in packaged.libraries.items()))
    if not packaged.compiled:
        talk(
            f"without byte code, which only Python {packaged.python} itself can make: cold starts are slower"
        )
    times = import_times(Path(packaged.path), python=packaged.python, architecture=packaged.architecture)
    if times:
        talk("import: " + ", ".join(f"{name} {ms:.0f} ms" for name, ms in times.items()))
    else:
        talk("import times are only measured where the zip fits this machine and this Python")
