"""The emulator, shared by every test that is marked `emulator`."""

import importlib.util

import pytest


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
