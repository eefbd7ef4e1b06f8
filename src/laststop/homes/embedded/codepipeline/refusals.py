"""Operations that CodePipeline has and that nothing here could do."""

from collections.abc import Callable
from typing import Any, Never

from laststop.homes.embedded.codepipeline.call import refused


def unsupported(why: str) -> Callable[[Any, Any], Never]:
    """An operation that is refused whatever it asks.

    The function raises ControlError with UnsupportedOperationException, telling why.
    """

    def refuse(call: object, asked: object) -> Never:
        del call, asked
        raise refused("UnsupportedOperationException", why)

    return refuse
