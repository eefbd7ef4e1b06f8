"""The AWS home's parts that purge, prove, hold and lift."""

from laststop.functions.look_again import Later
from laststop.functions.recheck import recheck
from laststop.functions.release import Keys
from laststop.functions.start import Ring, Started, start
from laststop.functions.verify_live import Proof
from laststop.homes.aws.control import PipelineControl
from laststop.homes.aws.edge import CloudFrontEdge
from laststop.homes.aws.probe import SiteProbe
from laststop.homes.aws.recheck_schedule import RecheckSchedule
from laststop.site.edge import Edge
from laststop.wiring.aws import AwsHome, clock
from laststop.wiring.aws_judging import proofs
from laststop.wiring.aws_runs import declaration, history, starting
from laststop.wiring.function_log import log
from laststop.wiring.patience import FunctionPatience, LambdaContext

CONNECT_TO = "LASTSTOP_PROBE_CONNECT_TO"
"""Where to connect instead of the site's address, for emulators."""
ROUNDS = 3
"""One address leads to another server each time; so many looks in a row must agree."""
WITHIN_SECONDS_MAX = 600.0
"""A slow edge is waited for no longer in place; then it is looked at again later."""


def edge(home: AwsHome) -> Edge:
    """CloudFront."""
    return CloudFrontEdge(home.sender("cloudfront"), home.name("LASTSTOP_DISTRIBUTION_ID"))


def proof(home: AwsHome, waiting: FunctionPatience) -> Proof:
    """What proving a release works with, for as long as the function lives."""
    verify = home.project.verify
    return Proof(
        releases=home.releases,
        ledger=home.site_ledger,
        probe=SiteProbe(home.site_url, connect_to=home.environment.get(CONNECT_TO, "")),
        bill_versions=home.bill_versions,
        within_seconds=min(float(verify.within_seconds), WITHIN_SECONDS_MAX, waiting.left_seconds()),
        versions_path=verify.versions,
        rounds=ROUNDS,
    )


def later(home: AwsHome, context: LambdaContext) -> Later:
    """Has `verify-live` called once more."""
    project = home.name("LASTSTOP_PROJECT")
    arn = context.invoked_function_arn.split(":")
    return RecheckSchedule(
        home.sender("scheduler"),
        project=project,
        function_arn=":".join([*arn[:6], f"{project}-verify-live"]),
        role_arn=home.name("LASTSTOP_SCHEDULE_ROLE_ARN"),
    )


def tend(home: AwsHome, waiting: FunctionPatience) -> None:
    """Mend the site, let go of what is not kept; then look, if a proof is owed and no run will look."""
    log("tended", cared=home.releases.care(keep=home.project.retention.releases))
    live = home.releases.live()
    if live is None or proofs(home).note(live.release).seen_at is not None:
        return
    if any(run.in_flight for run in history(home).newest(5)):
        return
    recheck(live, proof=proof(home, waiting), edge=edge(home))


def keys(home: AwsHome, waiting: FunctionPatience, *, caller: str) -> Keys:
    """What holding and lifting work through."""

    def begin(ring: Ring) -> Started:
        return start(ring, ports=starting(home, caller=caller), waiting=waiting, coalesce_seconds=0)

    pipeline = declaration(home)
    return Keys(
        proof=proof(home, waiting),
        edge=edge(home),
        documents=home.documents,
        history=history(home),
        control=PipelineControl(home.service("codepipeline")),
        start=begin,
        pipeline=pipeline.name,
        front=pipeline.front,
        supersedes=pipeline.supersedes,
        objects=home.objects,
        clock=clock,
    )
