import pytest

from laststop.build.buildspec import OnFailure, Phase
from laststop.build.phases import BuildStatus, PhaseName
from laststop.build.plan import first_step, phase_after, step_after

P, S = PhaseName, BuildStatus


@pytest.mark.parametrize(
    ("phase", "status", "on_failure", "following"),
    [
        (P.PROVISIONING, S.SUCCEEDED, None, P.DOWNLOAD_SOURCE),
        (P.DOWNLOAD_SOURCE, S.SUCCEEDED, None, P.INSTALL),
        (P.INSTALL, S.SUCCEEDED, OnFailure.ABORT, P.PRE_BUILD),
        (P.POST_BUILD, S.SUCCEEDED, None, P.UPLOAD_ARTIFACTS),
        (P.UPLOAD_ARTIFACTS, S.SUCCEEDED, None, P.FINALIZING),
        (P.FINALIZING, S.SUCCEEDED, None, P.COMPLETED),
        (P.PROVISIONING, S.FAULT, None, P.FINALIZING),
        (P.DOWNLOAD_SOURCE, S.FAILED, None, P.FINALIZING),
        (P.INSTALL, S.FAILED, None, P.FINALIZING),
        (P.PRE_BUILD, S.FAILED, None, P.FINALIZING),
        (P.BUILD, S.FAILED, None, P.POST_BUILD),
        (P.POST_BUILD, S.FAILED, None, P.UPLOAD_ARTIFACTS),
        (P.UPLOAD_ARTIFACTS, S.FAILED, None, P.FINALIZING),
        (P.FINALIZING, S.FAULT, None, P.COMPLETED),
        (P.BUILD, S.FAILED, OnFailure.ABORT, P.FINALIZING),
        (P.BUILD, S.FAILED, OnFailure.RETRY, P.FINALIZING),
        (P.POST_BUILD, S.FAILED, OnFailure.ABORT, P.FINALIZING),
        (P.INSTALL, S.FAILED, OnFailure.CONTINUE, P.PRE_BUILD),
        (P.PRE_BUILD, S.FAILED, OnFailure.CONTINUE, P.BUILD),
        (P.BUILD, S.FAILED, OnFailure.CONTINUE, P.POST_BUILD),
        # the time is over, somebody said stop, the machine cannot: nothing that CONTINUE could help
        (P.BUILD, S.TIMED_OUT, None, P.FINALIZING),
        (P.BUILD, S.STOPPED, OnFailure.CONTINUE, P.FINALIZING),
        (P.POST_BUILD, S.FAULT, OnFailure.CONTINUE, P.FINALIZING),
    ],
)
def test_the_failure_flow(phase, status, on_failure, following):
    assert phase_after(phase, status, on_failure) is following


@pytest.mark.parametrize("on_failure", [None, *OnFailure])
@pytest.mark.parametrize("status", list(BuildStatus))
def test_every_build_comes_to_its_end(status, on_failure):
    name, entered = PhaseName.PROVISIONING, []
    while name is not PhaseName.COMPLETED:
        entered.append(name)
        name = phase_after(name, status, on_failure)
    assert len(entered) == len(set(entered))
    assert entered[-1] is PhaseName.FINALIZING


def test_nothing_follows_the_end():
    with pytest.raises(ValueError, match="COMPLETED"):
        phase_after(PhaseName.COMPLETED, BuildStatus.SUCCEEDED)


def run(phase, *failing):
    step, ran = first_step(phase), []
    while step is not None:
        ran.append(step.command)
        step = step_after(phase, step, failed=step.command in failing)
    return ran


@pytest.mark.parametrize(
    ("failing", "ran"),
    [
        ((), ["a", "b", "x", "y"]),
        (("a",), ["a", "x", "y"]),
        (("b",), ["a", "b", "x", "y"]),
        (("x",), ["a", "b", "x"]),
        (("a", "x"), ["a", "x"]),
    ],
)
def test_finally_always_runs_and_a_failure_skips_the_rest_of_its_block(failing, ran):
    phase = Phase(name=PhaseName.BUILD, commands=("a", "b"), finally_commands=("x", "y"))
    assert run(phase, *failing) == ran


def test_a_phase_may_have_only_a_finally_block_or_nothing():
    assert run(Phase(name=PhaseName.BUILD, finally_commands=("x",))) == ["x"]
    assert first_step(Phase(name=PhaseName.BUILD)) is None
