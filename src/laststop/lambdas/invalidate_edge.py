"""`<project>-invalidate-edge`: called by the pipeline."""

from typing import Any

from laststop.functions.invalidate_edge import invalidate_edge
from laststop.wiring.aws import AwsHome
from laststop.wiring.aws_site import edge

HOME = AwsHome()


def handler(event: dict[str, Any], context: object) -> None:
    """Have CloudFront forget what is no longer so."""
    del context
    invalidate_edge(event, jobs=HOME.jobs, releases=HOME.releases, ledger=HOME.site_ledger, edge=edge(HOME))
