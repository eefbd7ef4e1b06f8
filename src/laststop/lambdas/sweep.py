"""`<project>-sweep`: called by a schedule, and by people."""

from typing import Any

import msgspec

from laststop.errors import LaststopError
from laststop.functions.settle import settle
from laststop.functions.start import Ring, Started, start
from laststop.functions.sweeping import Round, sweep
from laststop.wiring.aws import AwsHome
from laststop.wiring.aws_runs import history, starting
from laststop.wiring.aws_site import look_if_owed
from laststop.wiring.aws_telling import court, tell_everywhere
from laststop.wiring.function_log import log
from laststop.wiring.patience import FunctionPatience, LambdaContext
from laststop.words.ids import RunId

HOME = AwsHome()


def handler(event: object, context: LambdaContext) -> Any:
    """Compare catalog, documents and live site; heal what drifted."""
    del event
    waiting = FunctionPatience(context)
    caller = context.aws_request_id

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
            history=history(HOME),
            look=lambda: look_if_owed(HOME, waiting),
            settle=lambda: settle(court(HOME)),
            tell=tell,
            start=begin,
        )
    )
    log("swept", **msgspec.to_builtins(swept))
    return msgspec.to_builtins(swept)
