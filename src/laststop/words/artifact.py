"""What one action hands to another."""

import msgspec

from laststop.words.ids import Digest


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """A named zip in the artifact store, addressed by its content.

    Units: `size_bytes` of the zip.
    """

    name: str
    digest: Digest
    size_bytes: int
