"""SHA-256, in the one spelling used everywhere."""

import hashlib

from laststop.words.ids import Digest


def digest_of(content: bytes) -> Digest:
    """The digest of some bytes."""
    return Digest(hashlib.sha256(content).hexdigest())
