"""What the whole suite shares: the emulator, and the count of rules it tells at its end."""

import importlib.util
import re
import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # so a shell starts what runs beside it; children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

_ROW = re.compile(r"^\| [RV]-(?:[A-Z]+-)?\d+ \|", re.MULTILINE)


@pytest.fixture(scope="session")
def aws_stack():
    """One emulator for the session; whoever writes to it asks for `aws` instead."""
    if importlib.util.find_spec("ministack") is None:
        pytest.skip("ministack is not installed: bin/setup e2e")
    from emulator.stack import stack

    with stack() as running:
        yield running


@pytest.fixture
def aws(aws_stack):
    """The session's emulator, empty."""
    aws_stack.reset()
    return aws_stack


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many rules the documents tell of; `test_rules_document.py` compares them with the tests."""
    docs = Path(__file__).parents[1] / "docs"
    counted = sum(len(_ROW.findall(page.read_text(encoding="utf-8"))) for page in docs.glob("rules*.md"))
    terminalreporter.write_line(f"{counted} rules in docs/rules*.md")
