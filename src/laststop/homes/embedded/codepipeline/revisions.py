"""PutActionRevision: somebody else's word that a source has something new."""

from laststop.homes.embedded.codepipeline.call import Order, refused
from laststop.homes.embedded.codepipeline.rows import SQL
from laststop.pipeline.catalogue import CONNECTION_SOURCE, S3_SOURCE
from laststop.pipeline.declaration import Action
from laststop.pipeline.inputs import Start
from laststop.pipeline.wire import jobs as wire
from laststop.words.overrides import RevisionType, SourceOverride

_TYPES: dict[str, RevisionType] = {CONNECTION_SOURCE: "COMMIT_ID", S3_SOURCE: "S3_OBJECT_VERSION_ID"}


def put(order: Order, asked: wire.PutActionRevision) -> wire.RevisionTaken:
    """A revision that the source did not give last starts an execution pinned to it."""
    stage = order.stage(asked.pipeline_name, asked.stage_name)
    action = stage.action(asked.action_name)
    if action is None:
        raise refused(
            "ActionNotFoundException", f"the stage '{asked.stage_name}' has no action '{asked.action_name}'"
        )
    wanted = asked.action_revision.revision_id
    at = (asked.pipeline_name, asked.stage_name, asked.action_name)
    last = order.view.connection.execute(SQL["newest_revision"], at).fetchone()
    if last is not None and last[0] == wanted:
        return wire.RevisionTaken(new_revision=False, pipeline_execution_id=last[1])
    run = order.draw()
    order.decide(
        asked.pipeline_name,
        Start(
            run=run,
            cause=f"{order.by} told of {wanted[:40]} in {asked.action_name}",
            revisions=(_override(action, wanted),),
            trigger="PutActionRevision",
            detail=order.by,
        ),
    )
    return wire.RevisionTaken(new_revision=True, pipeline_execution_id=run)


def _override(action: Action, revision: str) -> SourceOverride:
    kind = _TYPES.get(action.action_type_id.text)
    if kind is None:
        raise refused("ValidationException", f"the action '{action.name}' reads no source")
    return SourceOverride(action_name=action.name, revision_type=kind, revision_value=revision)
