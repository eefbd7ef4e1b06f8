"""AWS's event patterns, as far as laststop uses them: what lets an event, or a stream record, through.

Source: Amazon EventBridge user guide, "Comparison operators", and the AWS Lambda developer guide, "Event
filtering": every key of the pattern must match; a list holds alternatives; `exists: false` matches a leaf that
is absent, also below an absent parent; `anything-but` and `prefix` match only what is there.
"""


def matches(pattern: dict, event: dict) -> bool:
    """Whether an event fits a pattern."""
    return all(_fits(wanted, event.get(key, _ABSENT)) for key, wanted in pattern.items())


_ABSENT = object()


def _fits(wanted, value) -> bool:
    if isinstance(wanted, dict):
        below = value if isinstance(value, dict) else {}
        return all(_fits(each, below.get(key, _ABSENT)) for key, each in wanted.items())
    values = value if isinstance(value, list) else [value]
    return any(_one(rule, each) for rule in wanted for each in values)


def _one(rule, value) -> bool:
    if not isinstance(rule, dict):
        return value is not _ABSENT and value == rule
    (operator, operand), *more = rule.items()
    if more:
        raise ValueError(f"one operator at a time: {rule}")
    match operator:
        case "exists":
            return (value is not _ABSENT) == operand
        case "anything-but":
            left_out = operand if isinstance(operand, list) else [operand]
            return value is not _ABSENT and value not in left_out
        case "prefix":
            return isinstance(value, str) and value.startswith(operand)
    raise ValueError(f"no operator of ours: {operator}")
