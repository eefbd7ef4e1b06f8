"""A project on an emulated account as it can be seen from outside: the page, the verdicts, the runs, the messages."""

from functools import cached_property
from typing import Any

from emulator.aws_project import AwsProject
from laststop.homes.aws.probe import SiteProbe
from laststop.site.probe import Observation
from laststop.wiring.aws import AwsHome

NAMES = {
    "LASTSTOP_CATALOG_TABLE": "catalog/table",
    "LASTSTOP_LEDGER_TABLE": "ledger/table",
    "LASTSTOP_DOCUMENTS_BUCKET": "documents/bucket",
    "LASTSTOP_SITE_BUCKET": "site/bucket",
    "LASTSTOP_DISTRIBUTION_ID": "edge/distribution-id",
    "LASTSTOP_DOMAIN": "edge/domain",
    "LASTSTOP_PIPELINE": "pipeline/name",
}
"""What `infra/serverless.yml` tells every function, and the parameter that has it."""


class AwsReader:
    """Looks, and changes nothing."""

    def __init__(self, project: AwsProject, pipeline_url: str) -> None:
        self.project = project
        self.pipeline_url = pipeline_url

    def close(self) -> None:
        self.home.close()

    @cached_property
    def home(self) -> AwsHome:
        """The home's own ports, with the emulator's first key."""
        stack = self.project.stack
        names = {variable: self.project.parameter(name) for variable, name in NAMES.items()}
        return AwsHome(
            {
                **stack.environment(),
                **names,
                "LASTSTOP_PROJECT": self.project.name,
                "AWS_ENDPOINT_URL_CODEPIPELINE": self.pipeline_url,
            }
        )

    def stand_ins(self, slack_url: str, *, connect_to: str = "") -> dict[str, str]:
        """What a function must be told that is not so on AWS: where the stand-ins are."""
        return {
            "AWS_ENDPOINT_URL_CODEPIPELINE": self.pipeline_url,
            "LASTSTOP_SITE_URL": self.site_url,
            "LASTSTOP_PROBE_CONNECT_TO": connect_to or self.project.stack.url.removeprefix("http://"),
            "LASTSTOP_SLACK_API_URL": slack_url,
        }

    @cached_property
    def site_url(self) -> str:
        """The site by plain HTTP."""
        return f"http://{self.project.parameter('edge/domain')}"

    def page(self, path: str = "index.html") -> Observation:
        """What a reader gets through CloudFront."""
        probe = SiteProbe(self.site_url, connect_to=self.project.stack.url.removeprefix("http://"))
        return probe.fetch(self.site_url, path)

    def runs(self, client: Any) -> list[dict[str, Any]]:
        """The pipeline's runs, the newest first."""
        return list(
            client.list_pipeline_executions(pipelineName=self.project.name)["pipelineExecutionSummaries"]
        )
