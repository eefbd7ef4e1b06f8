"""`laststop init`: a new project."""

import re
import shutil
from importlib import resources
from pathlib import Path

import click

from laststop.cli.output import talk
from laststop.errors import ConflictError
from laststop.homes.embedded.git_commit import create_repository

TEMPLATE_NAME = "my-project"
_NOT_NAME = re.compile(r"[^a-z0-9-]+")
LONGEST_NAME = 40


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Make a new project in DIR, ready for `laststop up`.

    Example: laststop init my-project && cd my-project && laststop up
    """
    name = make_project("init", folder)
    talk(f"project {name} is in {folder}; its page's repository is {folder / 'frontend'}")
    talk(f"next: cd {folder} && laststop up")


def make_project(template: str, folder: Path) -> str:
    """Copy a template and make its frontend a repository; all of it, or nothing. Gives the project's name.

    Raises: ConflictError when the folder is there and not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConflictError(
            f"{folder} is there already, and not empty", hint="choose another folder: laststop init DIR"
        )
    existed = folder.exists()
    name = name_for(folder)
    try:
        with resources.as_file(resources.files("laststop") / "project" / template) as source:
            shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        for file in ("laststop.toml", "README.md"):
            if (folder / file).is_file():
                text = (folder / file).read_text(encoding="utf-8")
                (folder / file).write_text(text.replace(TEMPLATE_NAME, name), encoding="utf-8")
        create_repository(folder / "frontend", message="A first page")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if existed:
            folder.mkdir()
        raise
    return name


def name_for(folder: Path) -> str:
    """A project's name from its folder's: lower case, letters, digits and dashes, beginning with a letter."""
    name = _NOT_NAME.sub("-", folder.resolve().name.lower()).lstrip("-0123456789")
    return name[:LONGEST_NAME].strip("-") or TEMPLATE_NAME
