"""`<project>-deploy-site`: called by the pipeline."""

from typing import Any

from laststop.functions.deploy_site import deploy_site
from laststop.homes.aws.artifacts import S3Artifacts
from laststop.wiring.aws import AwsHome, clock

HOME = AwsHome()


def handler(event: dict[str, Any], context: object) -> None:
    """Make a build's artifact the live site, if the fence lets it through."""
    del context
    deploy_site(
        event,
        jobs=HOME.jobs,
        runs=HOME.runs,
        artifacts=S3Artifacts(HOME.settings, HOME.keys),
        releases=HOME.releases,
        ledger=HOME.site_ledger,
        clock=clock,
    )
