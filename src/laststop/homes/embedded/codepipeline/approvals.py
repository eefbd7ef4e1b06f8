"""A person's word: manual approvals, and overrides of conditions."""

from laststop.homes.embedded.codepipeline.call import Order, refused
from laststop.pipeline.catalogue import APPROVAL
from laststop.pipeline.inputs import Approve, OverrideCondition
from laststop.pipeline.wire import stages as wire
from laststop.words.ids import RunId


def put_approval(order: Order, asked: wire.PutApprovalResult) -> wire.Approved:
    """The waiting attempt ends, well or badly."""
    stage = order.stage(asked.pipeline_name, asked.stage_name)
    action = stage.action(asked.action_name)
    if action is None:
        raise refused(
            "ActionNotFoundException", f"the stage '{asked.stage_name}' has no action '{asked.action_name}'"
        )
    if action.action_type_id.text != APPROVAL:
        raise refused("ValidationException", f"the action '{asked.action_name}' is no manual approval")
    order.decide(
        asked.pipeline_name,
        Approve(
            stage=asked.stage_name,
            action=asked.action_name,
            token=asked.token,
            approved=asked.result.status == "Approved",
            summary=asked.result.summary,
            by=order.by,
        ),
    )
    return wire.Approved(approved_at=order.now)


def override(order: Order, asked: wire.OverrideStageCondition) -> None:
    """The run goes on as if the condition had passed."""
    order.stage(asked.pipeline_name, asked.stage_name)
    order.decide(
        asked.pipeline_name,
        OverrideCondition(
            run=RunId(asked.pipeline_execution_id), stage=asked.stage_name, gate=asked.condition_type
        ),
    )
