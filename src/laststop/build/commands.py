"""The build of a Commands action: its commands as the one phase of a buildspec that nobody wrote."""

from collections.abc import Sequence

from laststop.build.buildspec import ArtifactSet, Buildspec, Environment, Phase
from laststop.build.phases import PhaseName


def buildspec_of(
    commands: Sequence[str], *, files: Sequence[str] = (), output_variables: Sequence[str] = ()
) -> Buildspec:
    """What runs these commands in one shell, keeps these files, and tells these variables.

    Source: CodePipeline's Commands action reference: commands run one after another in one shell, the first
    that fails ends the action; output variables are read from the shell at the end.
    """
    return Buildspec(
        phases=(Phase(name=PhaseName.BUILD, commands=tuple(commands)),),
        environment=Environment(exported_variables=tuple(dict.fromkeys(output_variables))),
        artifacts=ArtifactSet(files=tuple(files)) if files else None,
    )
