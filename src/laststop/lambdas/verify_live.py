"""`<project>-verify-live`: called by the pipeline, and by one-time schedules of its own."""

from typing import Any

from laststop.functions.look_again import decode_recheck, look_again, look_later
from laststop.functions.settle import settle
from laststop.functions.verify_live import verify_live
from laststop.wiring.aws import AwsHome, clock
from laststop.wiring.aws_judging import proofs
from laststop.wiring.aws_site import edge, later, proof
from laststop.wiring.aws_telling import court
from laststop.wiring.function_log import log
from laststop.wiring.patience import FunctionPatience, LambdaContext

HOME = AwsHome()


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Prove the live release; where the edge is slow, look again later."""
    waiting = FunctionPatience(context)
    proving = proof(HOME, waiting)
    schedule = later(HOME, context)
    if "recheck" in event:
        seen = look_again(
            decode_recheck(event),
            proof=proving,
            edge=edge(HOME),
            proofs=proofs(HOME),
            later=schedule,
            clock=clock,
        )
        log("looked again", seen=seen)
    else:
        verify_live(event, jobs=HOME.jobs, runs=HOME.runs, proof=proving, waiting=waiting)
        live = HOME.releases.live()
        if live is not None:
            look_later(live.release, proofs=proofs(HOME), later=schedule, clock=clock)
    log("settled", changes=settle(court(HOME)))
