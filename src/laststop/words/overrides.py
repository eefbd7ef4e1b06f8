"""Which revision a run is to take from a source, instead of the newest.

Source: `SourceRevisionOverride` of botocore's CodePipeline model (1.43).
"""

from typing import Literal

import msgspec

RevisionType = Literal["COMMIT_ID", "IMAGE_DIGEST", "S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"]


class SourceOverride(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One pinned source; the two S3 types may stand together on one action."""

    action_name: str
    revision_type: RevisionType
    revision_value: str
