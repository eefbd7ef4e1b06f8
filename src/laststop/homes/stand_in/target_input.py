"""What a rule's target gets of an event: all of it, a part, a constant, or a text made of parts.

Source: EventBridge's user guide, "Amazon EventBridge input transformation", read 2026-11. Limit: paths are
member names joined by dots (`$.detail.pipeline`), as rules use them; filters and indexes are refused.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from laststop.errors import UsageError

_PATH = re.compile(r"\$((?:\.[A-Za-z0-9_-]+)*)")
_PLACE = re.compile(r"<([A-Za-z0-9_.-]+)>")


def input_of(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """The text a target is called with.

    Raises: UsageError for a path this does not read, or a text that is no JSON once its parts are in.
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(_at(str(target["InputPath"]), event))
    if "InputTransformer" in target:
        return _transformed(target["InputTransformer"], event)
    return json.dumps(event)


def _transformed(transformer: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    paths = transformer.get("InputPathsMap", {})
    values = {name: _at(path, event) for name, path in paths.items()}
    template = str(transformer["InputTemplate"])

    def filled(found: re.Match[str]) -> str:
        value = values.get(found[1], "")
        before = template[: found.start()]
        inside_text = before.count('"') % 2 == 1
        if isinstance(value, str):
            quoted = json.dumps(value)
            return quoted[1:-1] if inside_text else quoted
        return json.dumps(value)

    text = _PLACE.sub(filled, template)
    try:
        json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"the input transformer makes no JSON of this event: {error}", place="InputTransformer"
        ) from error
    return text


def _at(path: str, event: Mapping[str, Any]) -> Any:
    found = _PATH.fullmatch(path)
    if found is None:
        raise UsageError(f"{path!r} is a path this does not read", hint="write $.detail.pipeline")
    value: Any = event
    for name in found[1].split(".")[1:]:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
