"""Whether a decoded declaration is a pipeline CodePipeline would take.

The rules hold in both homes; what only one of them asks for stands in a module of its own.
Source: AWS's pipeline structure reference and the checks the service makes when a pipeline is created.
"""

from collections.abc import Iterator
from itertools import chain

from laststop.pipeline.action_rules import action_problems
from laststop.pipeline.artifact_rules import artifact_problems
from laststop.pipeline.build_rules import build_problems
from laststop.pipeline.catalogue import LAMBDA, S3_SOURCE
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.gate_rules import gate_problems
from laststop.pipeline.placed import placed_actions
from laststop.pipeline.problems import Problem, quoted
from laststop.pipeline.reference_rules import reference_problems
from laststop.pipeline.store_rules import store_problems
from laststop.pipeline.structure_rules import structure_problems
from laststop.pipeline.trigger_rules import trigger_problems

_SWITCH = "deploy-site"
_PROOF = "verify-live"


def problems_of(pipeline: Pipeline) -> tuple[Problem, ...]:
    """Every problem of a declaration, warnings included; empty means that both homes' rules are kept."""
    return tuple(
        chain(
            structure_problems(pipeline),
            store_problems(pipeline),
            gate_problems(pipeline),
            trigger_problems(pipeline),
            action_problems(pipeline),
            artifact_problems(pipeline),
            build_problems(pipeline),
            reference_problems(pipeline),
            _polling(pipeline),
            _switch_and_proof(pipeline),
        )
    )


def _polling(pipeline: Pipeline) -> Iterator[Problem]:
    for placed in placed_actions(pipeline):
        settings = placed.action.configuration
        if placed.action.action_type_id.text != S3_SOURCE or settings.get("PollForSourceChanges") == "false":
            continue
        inside = ("PollForSourceChanges",) if "PollForSourceChanges" in settings else ()
        yield Problem(
            rule="V-94",
            path=placed.path("configuration", *inside),
            message="AWS would poll this source and start a second run for every document",
            hint='write PollForSourceChanges: "false"',
            severity="warning",
        )


def _switch_and_proof(pipeline: Pipeline) -> Iterator[Problem]:
    functions = [
        (placed, placed.action.configuration.get("FunctionName", ""))
        for placed in placed_actions(pipeline)
        if placed.action.action_type_id.text == LAMBDA
    ]
    switches = [placed for placed, function in functions if function.endswith(_SWITCH)]
    for proof in [placed for placed, function in functions if function.endswith(_PROOF)]:
        for switch in switches:
            if switch.stage != proof.stage:
                yield Problem(
                    rule="V-95",
                    path=proof.path(),
                    message=f"it proves what {quoted(switch.title)} switched, but in another stage",
                    hint="put both in one stage: its lock keeps a later run from switching before the proof",
                    severity="warning",
                )
