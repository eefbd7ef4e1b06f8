"""The captured and documented payloads of `tests/events/`, by name."""

import json
from pathlib import Path

EVENTS = Path(__file__).parent.parent / "events"


def event(name: str) -> dict:
    """A payload as the function gets it."""
    return json.loads((EVENTS / f"{name}.json").read_text())
