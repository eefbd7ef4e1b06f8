import pytest

from unit.console.console_workbench import Bench


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path / "project")
    yield made
    made.home.close()


@pytest.fixture
def undeclared(tmp_path):
    made = Bench(tmp_path / "project", declared=False)
    yield made
    made.home.close()
