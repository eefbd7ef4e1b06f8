"""The port of builds: one method, so that a stand-in is one function."""

from typing import Protocol

from laststop.build.order import BuildOrder, BuildResult


class Cancellation(Protocol):
    """A flag somebody else may raise; `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether the build is to end now."""
        ...


class Secrets(Protocol):
    """Where values lie that AWS keeps in its parameter store and in Secrets Manager."""

    def parameter(self, name: str) -> str:
        """A parameter's value.

        Raises: NotFoundError naming where it was looked for.
        """
        ...

    def secret(self, reference: str) -> str:
        """What `id:json-key:version-stage:version-id` stands for; all but the id may be left out.

        Raises: NotFoundError naming where it was looked for, UsageError for a key that is not in it.
        """
        ...


class Builder(Protocol):
    """Runs a build to its end."""

    def run(self, order: BuildOrder, cancelled: Cancellation) -> BuildResult:
        """Run one build; block until nothing of it runs any more.

        A failing, stopped or timed-out build is a result. The same order again, after a crash, ends what the
        earlier try left running, wipes its workspace and builds anew.

        Concurrency: any number of orders side by side, each with its own `key` and `workspace`.
        Limit: what a build did outside its workspace may happen twice after a crash.
        """
        ...
