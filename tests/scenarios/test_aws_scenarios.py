"""Every scenario of this folder, on the AWS home; the exceptions are a file, each with its reason."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from emulator.stack import stack
from scenarios.aws import Deployment, deployed, played
from scenarios.runner import FOLDER, names, play

pytestmark = [pytest.mark.emulator, pytest.mark.terraform]

EXCEPTIONS = FOLDER / "exceptions" / "aws.yml"


class Exempt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a scenario cannot be played on an emulator."""

    kind: Literal["stream retries", "edge cache", "filter exists", "IAM of the pipeline", "CodeConnections"]
    because: str


def exceptions() -> dict[str, Exempt]:
    return msgspec.yaml.decode(EXCEPTIONS.read_bytes(), type=dict[str, Exempt])


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with (
        stack(AUTH="true") as strict,
        deployed(strict, tmp_path_factory.mktemp("aws")) as made,
    ):
        yield made


@pytest.mark.parametrize("name", names())
def test_scenario_on_aws(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    exempt = exceptions().get(name)
    if exempt is not None:
        pytest.skip(f"{exempt.kind}: {exempt.because}")
    try:
        with played(request.getfixturevalue("deployment"), tmp_path) as home:
            play((FOLDER / f"{name}.yml").read_text(), home)
    except pytest.skip.Exception as skipped:
        pytest.fail(f"skipped for a reason that is no exception: {skipped}")


def test_every_exception_is_about_a_scenario_that_is_there() -> None:
    assert set(exceptions()) <= set(names())
