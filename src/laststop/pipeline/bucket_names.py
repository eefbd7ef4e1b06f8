"""What a bucket may be called. Source: Amazon S3 user guide, "General purpose bucket naming rules", 2026."""

import re
from typing import Final

ARTIFACT_BUCKET: Final = "laststop-artifacts"
"""The artifact store of the embedded home as functions see it; no bucket of a project may have this name."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def bucket_fault(name: str) -> str:
    """Why a bucket cannot have this name in the embedded home; empty when it can."""
    if name == ARTIFACT_BUCKET:
        return "is the artifact store's own"
    if not _NAME.fullmatch(name) or ".." in name:
        return "cannot name a bucket: use 3 to 63 of the characters a-z 0-9 . -"
    return ""
