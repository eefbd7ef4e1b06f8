"""The `Starter` port: begins executions of the pipeline."""

from collections.abc import Mapping
from typing import Final

from laststop.homes.aws.declared import Declared
from laststop.homes.aws.service import Caller
from laststop.words.ids import RunId

_PINNED: Final = "S3_OBJECT_VERSION_ID"


class PipelineStarter:
    """Pins each document's version through a source revision override."""

    def __init__(self, codepipeline: Caller, pipeline: Declared, locations: Mapping[str, str]) -> None:
        """`locations` leads from document object to `bucket/key`."""
        self._codepipeline = codepipeline
        self._pipeline = pipeline
        self._locations = locations

    def start(self, pins: Mapping[str, str], token: str) -> RunId:
        """Begin a run; the same token gives the run that was begun already.

        Source: `StartPipelineExecution` in botocore's CodePipeline model (1.43).
        """
        revisions = [
            {
                "actionName": self._pipeline.action_of(self._locations[object_]),
                "revisionType": _PINNED,
                "revisionValue": version,
            }
            for object_, version in sorted(pins.items())
        ]
        answer = self._codepipeline.call(
            "StartPipelineExecution",
            {"name": self._pipeline.name, "clientRequestToken": token, "sourceRevisions": revisions},
        )
        return RunId(str(answer["pipelineExecutionId"]))
