"""`<project>-announce`: called by the pipeline, and by EventBridge for every step of a run."""

from typing import Any

from laststop.errors import LaststopError
from laststop.functions.announce import announce
from laststop.functions.settle import settle
from laststop.pipeline.state_change import decode_state_change
from laststop.wiring.aws import AwsHome
from laststop.wiring.aws_telling import court, tell_everywhere
from laststop.wiring.function_log import log
from laststop.wiring.patience import FunctionPatience, LambdaContext, caller_of
from laststop.words.ids import RunId

HOME = AwsHome()
MARGIN_SECONDS = 10.0


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Write the run's message as the run stands; when a run ended, settle verdicts first."""
    waiting, caller = FunctionPatience(context, margin_seconds=MARGIN_SECONDS), caller_of(context)

    def ring(run: RunId) -> None:
        tell_everywhere(HOME, run, caller=caller, waiting=waiting)

    def try_to_ring(run: RunId) -> None:
        try:
            ring(run)
        except LaststopError as error:
            log("not told, the run's next step rings again", run=run, code=error.code)

    if "CodePipeline.job" in event:
        announce(event, jobs=HOME.jobs, ring=try_to_ring)
        return
    change = decode_state_change(event)
    if change.run_ended:
        log("settled", changes=settle(court(HOME)))
    ring(change.run)
