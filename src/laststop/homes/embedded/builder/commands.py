"""Runs the commands of one phase."""

from laststop.build.buildspec import OnFailure, Phase
from laststop.build.order import BuildFailure
from laststop.build.plan import Step, first_step, step_after
from laststop.homes.embedded.builder.log import BuildLog
from laststop.homes.embedded.builder.shell import Ended, Interrupted, Shell

_SHOWN_COMMAND_CHARACTERS = 1000


class PhaseCommands:
    """The commands of a build, phase by phase, in its one shell."""

    def __init__(self, shell: Shell, log: BuildLog, *, written: bool = True) -> None:
        """Starts nothing yet; `written` tells that somebody wrote the buildspec, and knows its paths."""
        self._written = written
        self._shell = shell
        self._log = log
        self._succeeding = True
        self.current = ""
        """The command under way, or the last one, masked; for whoever ends the build."""

    def run(self, phase: Phase, interrupted: Interrupted) -> BuildFailure | None:
        """Run a phase; the failure of its first failing command, if one failed.

        When `interrupted()` says so, the command under way is left to whoever ends the shell.

        Raises: OSError when the shell cannot be started or the log cannot be written.
        """
        self.current = ""
        self._log.start_command()
        failure: BuildFailure | None = None
        step = first_step(phase)
        while step is not None and not interrupted():
            ended = self._run_step(phase, step, interrupted)
            if ended is None:
                break
            if ended.status != 0:
                failure = failure or self._failure(phase, step, ended)
                self.tell_failing()
            if ended.shell_ended:
                self._log.say("the command ended the shell: of its variables only exported ones go on")
            step = step_after(phase, step, failed=ended.status != 0)
        if failure and phase.on_failure is OnFailure.RETRY:
            self._log.say("on-failure: RETRY aborts here: under a pipeline it is the action that is retried")
        return failure

    def tell_failing(self) -> None:
        """Let the commands that follow know: CODEBUILD_BUILD_SUCCEEDING becomes 0."""
        if self._succeeding:
            self._succeeding = False
            self._shell.assign("CODEBUILD_BUILD_SUCCEEDING", "0")

    def _run_step(self, phase: Phase, step: Step, interrupted: Interrupted) -> Ended | None:
        self.current = self._log.masked(step.command.strip())[:_SHOWN_COMMAND_CHARACTERS]
        first, *more = self.current.splitlines() or [""]
        self._log.say(f"$ {first}{' ...' if more else ''}")
        self._log.start_command()
        ended = self._shell.run(_file_name(phase, step), step.command, interrupted)
        self._log.end_command()
        return ended

    def _failure(self, phase: Phase, step: Step, ended: Ended) -> BuildFailure:
        path = f"{f'phases.{phase.name.key}.' if self._written else ''}{step.block}[{step.index}]"
        failure = BuildFailure(
            code="COMMAND_EXECUTION_ERROR",
            phase=phase.name,
            message=f"{path} ended with exit status {ended.status}: {self.current.splitlines()[0]}",
            command=self.current,
            exit_status=ended.status,
            lines=self._log.last_lines,
        )
        self._log.say(failure.message)
        return failure


def _file_name(phase: Phase, step: Step) -> str:
    """What the shell's own messages call the command: `build-2`, counted as people count."""
    block = "" if step.block == "commands" else f"-{step.block}"
    return f"{phase.name.key}{block}-{step.index + 1}"
