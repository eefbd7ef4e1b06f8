"""Which revision a run is to take from a source: a word of the facts, known here under this room's name."""

from laststop.words.overrides import RevisionType, SourceOverride

__all__ = ["RevisionType", "SourceOverride"]
