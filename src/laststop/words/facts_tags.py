"""Facts of the tags that people put on pipelines."""

from laststop.words.fact import Fact


class TagsFact(Fact, frozen=True, kw_only=True):
    """A fact about a pipeline's tags; no rule looks at them."""

    pipeline: str

    @property
    def subject(self) -> str:
        """The pipeline."""
        return self.pipeline


class PipelineTagged(TagsFact, frozen=True, kw_only=True, tag="pipeline.tagged"):
    """Tags were set, or changed."""

    tags: dict[str, str]


class PipelineUntagged(TagsFact, frozen=True, kw_only=True, tag="pipeline.untagged"):
    """Tags were taken away."""

    keys: tuple[str, ...]
