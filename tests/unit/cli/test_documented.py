"""What people set, call and receive is documented, by name."""

import re
from pathlib import Path

import pytest

import laststop
from laststop.console.api_operations import OPERATIONS
from laststop.console.events import Event
from laststop.console.pages import routes
from laststop.homes.shared.message_file import Line
from laststop.notices.story import Story

SOURCE = Path(laststop.__file__).parent
DOCS = SOURCE.parents[1] / "docs"
VARIABLE = re.compile(r"LASTSTOP_[A-Z]+(?:_[A-Z]+)*")


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def rows(text: str) -> set[str]:
    """Every name that a table of the page is about: what stands in code in its first column."""
    first = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
    return {name for cell in first for name in re.findall(r"`([^`]+)`", cell)}


def test_every_environment_variable_is_documented_and_none_that_does_not_exist():
    read = {
        name for path in SOURCE.rglob("*.py") for name in VARIABLE.findall(path.read_text(encoding="utf-8"))
    }
    told = {name for name in rows(page("reference/environment.md")) if name.startswith("LASTSTOP_")}
    assert told == read


def test_every_page_of_the_documents_names_only_variables_that_are_documented():
    told = rows(page("reference/environment.md")) | {
        "LASTSTOP_URL"
    }  # what the examples call the server's address
    for path in DOCS.rglob("*.md"):
        assert set(VARIABLE.findall(path.read_text(encoding="utf-8"))) <= told, path.name


@pytest.mark.parametrize("shape", [Line, Story])
def test_every_member_of_a_payload_is_documented(shape):
    assert set(shape.__struct_fields__) <= rows(page("reference/payloads.md"))


def test_every_member_of_an_event_is_documented():
    assert set(Event.__struct_fields__) <= rows(page("reference/rest.md").partition("### Event\n")[2])


def test_every_address_is_documented():
    rest, console = page("reference/rest.md"), page("concepts/console.md")
    for operation in OPERATIONS:
        assert f"## {operation.method} {operation.path}\n" in rest
    told = {re.sub(r"\?.*", "", name) for name in rows(console)}
    shown = {route.path for route in routes() if "GET" in route.handlers}
    assert shown <= told
    for route in routes():
        if "POST" in route.handlers:
            assert f"`POST {route.path}`" in console, route.path


def test_every_metric_is_documented():
    source = (SOURCE / "console" / "api_metrics.py").read_text(encoding="utf-8")
    metrics = set(re.findall(r"laststop_[a-z_]+", source))
    told = {name.partition("{")[0] for name in rows(page("guides/ci.md"))}
    assert metrics
    assert metrics <= told
