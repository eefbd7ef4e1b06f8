"""Which revisions a start may pin its sources to.

Source: AWS CodePipeline user guide, "Start a pipeline with a source revision override", read 2026-11.
"""

from laststop.pipeline.declaration import Pipeline
from laststop.words.overrides import RevisionType, SourceOverride

PINS: dict[str, tuple[RevisionType, ...]] = {
    "CodeStarSourceConnection": ("COMMIT_ID",),
    "CodeCommit": ("COMMIT_ID",),
    "GitHub": ("COMMIT_ID",),
    "S3": ("S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"),
    "ECR": ("IMAGE_DIGEST",),
}
"""Source provider -> the types of revision that name something in it."""


def unusable_pin(pipeline: Pipeline, pin: SourceOverride) -> str:
    """Why a pin names nothing; empty when it does.

    An object's key may only be another one where the action says `AllowOverrideForS3ObjectKey: "true"`.
    """
    action = next((each for each in pipeline.sources() if each.name == pin.action_name), None)
    if action is None:
        return f"no source action is named {pin.action_name!r}"
    takes = PINS.get(action.action_type_id.provider, ())
    if pin.revision_type not in takes:
        wanted = " or ".join(takes) or "no revision"
        return f"{action.name} takes {wanted}, not {pin.revision_type}"
    if (
        pin.revision_type == "S3_OBJECT_KEY"
        and action.configuration.get("AllowOverrideForS3ObjectKey") != "true"
    ):
        return f'{action.name} takes no S3_OBJECT_KEY: set AllowOverrideForS3ObjectKey to "true"'
    return ""
