"""`<project>-release`: called by people, to hold the site at a kept release or to let it go on."""

from typing import Any

import msgspec

from laststop.functions.look_again import look_later
from laststop.functions.release import release
from laststop.functions.settle import settle
from laststop.wiring.aws import AwsHome, clock
from laststop.wiring.aws_judging import proofs
from laststop.wiring.aws_site import keys, later
from laststop.wiring.aws_telling import court
from laststop.wiring.function_log import log
from laststop.wiring.patience import FunctionPatience, LambdaContext, caller_of

HOME = AwsHome()


def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Do what a person asks of the site."""
    waiting = FunctionPatience(context)
    outcome = release(event, keys=keys(HOME, waiting, caller=caller_of(context)), waiting=waiting)
    log("release", **msgspec.to_builtins(outcome))
    look_later(outcome.release, proofs=proofs(HOME), later=later(HOME, context), clock=clock)
    log("settled", changes=settle(court(HOME)))
    return msgspec.to_builtins(outcome)
