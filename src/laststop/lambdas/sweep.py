"""`<project>-sweep`: called by a schedule, and by people."""

from typing import Any

import msgspec

from laststop.errors import LaststopError
from laststop.functions.settle import settle
from laststop.functions.start import Ring, Started, start
from laststop.functions.sweeping import Round, sweep
from laststop.wiring.aws import AwsHome, clock
from laststop.wiring.aws_runs import history, starting
from laststop.wiring.aws_site import tend
from laststop.wiring.aws_telling import court, tell_everywhere
from laststop.wiring.function_log import log
from laststop.wiring.patience import FunctionPatience, LambdaContext, caller_of
from laststop.words.ids import RunId

HOME = AwsHome()


def handler(event: object, context: LambdaContext) -> Any:
    """Compare catalog, documents and live site; heal what drifted."""
    del event
    waiting, caller = FunctionPatience(context), caller_of(context)

    def begin(ring: Ring) -> Started:
        return start(ring, ports=starting(HOME, caller=caller), waiting=waiting, coalesce_seconds=0)

    def tell(run: RunId) -> None:
        try:
            tell_everywhere(HOME, run, caller=caller, waiting=waiting)
        except LaststopError as error:
            log("not told, the next sweep tries again", run=run, code=error.code)

    swept = sweep(
        Round(
            shelf=HOME.shelf,
            policy=HOME.policy,
            verdicts=court(HOME).verdicts,
            clock=clock,
            history=history(HOME),
            look=lambda: tend(HOME, waiting),
            settle=lambda: settle(court(HOME)),
            tell=tell,
            start=begin,
        )
    )
    log("swept", **msgspec.to_builtins(swept))
    return msgspec.to_builtins(swept)
