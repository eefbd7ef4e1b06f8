"""The rule VariableCheck: a variable compared with a text.

Source: AWS CodePipeline user guide, "VariableCheck", read 2026-11. AWS matches Java's regular expressions;
ours are Python's, which agree on all but rare constructs.
"""

import re
from collections.abc import Mapping

from laststop.words.failure import Failure

PROVIDER = "Rule/AWS/VariableCheck/1"


def check_variable(configuration: Mapping[str, str]) -> Failure | None:
    """None when `Variable`, resolved already, stands to `Value` as `Operator` says; else why not.

    `MATCHES` is about the whole value.
    """
    operator = configuration.get("Operator", "")
    variable, value = configuration.get("Variable", ""), configuration.get("Value", "")
    match operator:
        case "EQ":
            holds = variable == value
        case "NE":
            holds = variable != value
        case "CONTAINS":
            holds = value in variable
        case "MATCHES":
            try:
                holds = re.fullmatch(value, variable) is not None
            except re.error as error:
                return _unusable(f"{value!r} is no regular expression: {error}")
        case _:
            return _unusable(f"no operator is named {operator!r}; there are EQ, NE, CONTAINS and MATCHES")
    if holds:
        return None
    return Failure(code="JobFailed", message=f"{variable!r} {operator} {value!r} does not hold")


def _unusable(message: str) -> Failure:
    return Failure(code="ConfigurationError", message=message)
