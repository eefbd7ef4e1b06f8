"""An action together with where it stands in its pipeline."""

from collections.abc import Iterator

import msgspec

from laststop.pipeline.declaration import Action, Pipeline
from laststop.pipeline.problems import Trail


class PlacedAction(msgspec.Struct, frozen=True, kw_only=True):
    """An action, its stage and their positions."""

    stage_name: str
    stage: int
    index: int
    action: Action

    def path(self, *rest: str | int) -> Trail:
        """The way to the action, or to something inside it."""
        return ("stages", self.stage, "actions", self.index, *rest)

    @property
    def title(self) -> str:
        """`Release/deploy-site`."""
        return f"{self.stage_name}/{self.action.name}"

    def surely_before(self, other: "PlacedAction") -> bool:
        """Whether it has always ended before the other starts: an earlier stage, or a lower run order."""
        return (self.stage, self.action.run_order) < (other.stage, other.action.run_order)


def placed_actions(pipeline: Pipeline) -> Iterator[PlacedAction]:
    """Every action in declared order."""
    for stage_index, stage in enumerate(pipeline.stages):
        for index, action in enumerate(stage.actions):
            yield PlacedAction(stage_name=stage.name, stage=stage_index, index=index, action=action)
