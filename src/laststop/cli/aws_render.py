"""`laststop aws render`: the variables file of Terraform's two steps."""

import os
import sys
from pathlib import Path

import click

from laststop.cli.options import project_in, project_option
from laststop.cli.output import talk
from laststop.config.terraform_variables import terraform_variables
from laststop.errors import DeniedError

VARIABLES_FILE = "terraform.tfvars.json"


@click.command("render")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help=f"Where to write; - is standard output.  [default: {VARIABLES_FILE} in the project's folder]",
)
@project_option
def command(output: Path | None, folder: Path) -> None:
    """Judge both files for AWS and write what Terraform has to know.

    Example: laststop aws render
    """
    project = project_in(folder)
    variables = terraform_variables(project)
    connection = variables.project.connection
    if connection.provider and not connection.arn:
        talk(f"there is no connection_arn yet: the step base makes a connection to {connection.provider}.")
        talk("Confirm it in the AWS console, set connection_arn under [names.aws], and render once more.")
    if output is not None and str(output) == "-":
        sys.stdout.write(variables.text.decode())
        return
    path = output if output is not None else project.root / VARIABLES_FILE
    news = _write(path, variables.text)
    talk(f"{path} {'written' if news else 'is as it was'}")


def _write(path: Path, content: bytes) -> bool:
    """Put the content there at once, or leave the file as it is; whether anything changed.

    Raises: DeniedError when it cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        try:
            unfinished.write_bytes(content)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise DeniedError(
            f"cannot be written: {error.strerror}", place=str(path), hint="choose another place with --output"
        ) from error
    return True
