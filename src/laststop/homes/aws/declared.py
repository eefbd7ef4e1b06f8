"""What the pipeline's own declaration says, read from CodePipeline: names that calls need."""

from typing import Final

import msgspec

from laststop.errors import NotFoundError
from laststop.homes.aws.service import Caller

_SUPERSEDED: Final = "SUPERSEDED"


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """`sources` leads from `bucket/key` to the source action that reads it; `front` is the stage behind them.

    `supersedes` is whether, of the runs that wait before a stage, only the newest is left.
    """

    name: str
    sources: dict[str, str]
    front: str
    supersedes: bool

    def action_of(self, location: str) -> str:
        """The source action that reads an object.

        Raises: NotFoundError when the pipeline reads no such object.
        """
        if location not in self.sources:
            raise NotFoundError(
                f"no source of the pipeline {self.name} reads {location}",
                hint="let pipeline.yml and laststop.toml name the same documents, and apply it again",
            )
        return self.sources[location]


def declared(codepipeline: Caller, name: str) -> Declared:
    """Read a pipeline's declaration.

    Source: `PipelineDeclaration` in botocore's CodePipeline model (1.43): at least two stages,
    sources in the first alone, `executionMode` SUPERSEDED where none is named.
    Raises: NotFoundError when there is no such pipeline.
    """
    pipeline = codepipeline.call("GetPipeline", {"name": name})["pipeline"]
    first, second = pipeline["stages"][:2]
    sources: dict[str, str] = {}
    for action in first["actions"]:
        settings = action.get("configuration", {})
        if action["actionTypeId"]["provider"] == "S3":
            sources[f"{settings['S3Bucket']}/{settings['S3ObjectKey']}"] = str(action["name"])
    return Declared(
        name=name,
        sources=sources,
        front=str(second["name"]),
        supersedes=pipeline.get("executionMode", _SUPERSEDED) == _SUPERSEDED,
    )
