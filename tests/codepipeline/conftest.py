import pytest

from codepipeline.declared import pipeline
from codepipeline.driver import Driver
from unit.console.console_workbench import Bench


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path / "project")
    yield made
    made.home.close()


@pytest.fixture
def driver(bench):
    """A console, and the pipeline `shop` in it."""
    made = Driver(bench)
    made.call("CreatePipeline", pipeline=pipeline())
    return made
