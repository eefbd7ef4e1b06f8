"""When the mark may become a run, and why not yet."""

from laststop.pipeline.state import State


def may_begin(state: State) -> str | None:
    """None when a wanted run may be decided now; else what it waits for, in a sentence.

    A run is decided as late as it can be: when the stage after the sources is free and nothing waits
    anywhere. So one run is under way, the mark waits behind it, and the next run has the newest heads.
    """
    if state.declaration is None:
        return "the pipeline is not declared yet"
    for stage in state.declaration.stages:
        waiting = state.stage(stage.name).inbound
        if waiting is not None:
            return f"run {waiting} waits before {stage.name}"
    for stage in state.declaration.stages[:2]:
        now = state.stage(stage.name)
        if now.occupant is not None:
            return f"{stage.name} is held by run {now.occupant}"
        if not now.enabled:
            return f"the way into {stage.name} is closed: {now.disabled_reason or 'no reason given'}"
    return None


def wants_to_begin(state: State) -> bool:
    """Whether a `Begin` would do something now."""
    return state.wanted is not None and may_begin(state) is None
