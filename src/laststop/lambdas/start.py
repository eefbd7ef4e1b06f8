"""`<project>-start`: called by EventBridge for new documents and ended runs, and by people."""

from typing import Any

import msgspec

from laststop.functions.bell import ring_of
from laststop.functions.start import start
from laststop.wiring.aws import AwsHome
from laststop.wiring.aws_runs import starting
from laststop.wiring.function_log import log
from laststop.wiring.patience import FunctionPatience, LambdaContext, caller_of

HOME = AwsHome()
MARGIN_SECONDS = 10.0


def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Decide whether a run begins."""
    ring = ring_of(event)
    if ring is None:
        return None
    waiting = FunctionPatience(context, margin_seconds=MARGIN_SECONDS)
    started = start(ring, ports=starting(HOME, caller=caller_of(context)), waiting=waiting)
    log("decided", cause=ring.cause, run=started.run, why=started.why)
    return msgspec.to_builtins(started)
