"""What the pipeline's own declaration says, read from CodePipeline: names that calls need."""

from typing import Final

import msgspec

from laststop.errors import NotFoundError
from laststop.homes.aws.service import Caller

_CATEGORY_SOURCE: Final = "Source"


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """`sources` leads from `bucket/key` to the source action that reads it; `stage` switches the site."""

    name: str
    sources: dict[str, str]
    stage: str
    stages: tuple[str, ...]

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


def declared(codepipeline: Caller, name: str, *, switch: str) -> Declared:
    """Read a pipeline's declaration; `switch` is the name of the function that switches the site.

    Raises: NotFoundError when there is no such pipeline, or none of its stages calls the function.
    """
    pipeline = codepipeline.call("GetPipeline", {"name": name})["pipeline"]
    sources: dict[str, str] = {}
    stages = []
    switching = ""
    for stage in pipeline["stages"]:
        stages.append(str(stage["name"]))
        for action in stage["actions"]:
            kind, settings = action["actionTypeId"], action.get("configuration", {})
            if kind["category"] == _CATEGORY_SOURCE and kind["provider"] == "S3":
                sources[f"{settings['S3Bucket']}/{settings['S3ObjectKey']}"] = str(action["name"])
            elif settings.get("FunctionName") == switch:
                switching = stages[-1]
    if not switching:
        raise NotFoundError(
            f"no stage of the pipeline {name} calls the function {switch}",
            hint="let an action Invoke/AWS/Lambda/1 of pipeline.yml call it",
        )
    return Declared(name=name, sources=sources, stage=switching, stages=tuple(stages))
