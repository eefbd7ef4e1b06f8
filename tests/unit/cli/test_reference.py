"""The reference is written by the program, and what stands in the repository is current."""

import re
from pathlib import Path

import pytest

from laststop.cli.app import COMMANDS
from laststop.cli.reference import pages

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_page_of_the_reference_is_what_the_program_writes(name):
    assert (DOCS / "reference" / name).read_text() == pages()[name]


def test_every_command_is_in_the_reference_with_an_example():
    page = pages()["cli.md"]
    for name in COMMANDS:
        assert f"## laststop {name}\n" in page
    for section in page.split("\n## ")[1:]:
        assert "Example:" in section, section.splitlines()[0]


def test_links_between_documents_lead_somewhere():
    for document in [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
