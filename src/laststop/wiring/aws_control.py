"""The control of a pipeline on AWS, for the commands: by the project's region and the caller's own keys."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from laststop.config.project import Project
from laststop.homes.aws.control import PipelineControl
from laststop.homes.aws.credentials import key_source
from laststop.homes.aws.service import JsonService, SignedSender
from laststop.homes.aws.settings import settings_from
from laststop.pipeline.control import Control
from laststop.wiring.aws_deployed import require_packages


@contextmanager
def aws_control(project: Project, environment: Mapping[str, str] = os.environ) -> Iterator[Control]:
    """CodePipeline itself, or whatever `AWS_ENDPOINT_URL_CODEPIPELINE` names.

    Raises: UsageError when no region is named, or the packages for AWS are missing; keys are looked for with
        the first call.
    """
    require_packages()
    settings = settings_from(environment, region=project.names_for("aws").get("region", ""))
    sender = SignedSender("codepipeline", settings, key_source(environment))
    try:
        yield PipelineControl(JsonService(sender))
    finally:
        sender.close()
