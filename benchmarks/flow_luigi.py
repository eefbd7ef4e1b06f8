"""The eight steps as luigi tasks: local scheduler, a file per finished step (which luigi does not sync)."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import luigi

SOURCES = ("frontend", "routing", "firewall", "switching")


class Step(luigi.Task):  # type: ignore[misc]
    """Does nothing but leave its file."""

    folder = luigi.Parameter()
    name = luigi.Parameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(f"{self.folder}/{self.name}")

    def run(self) -> None:
        with self.output().open("w") as file:
            file.write("done")

    def _next(self, kind: "type[Step]", name: str) -> "Step":
        return kind(folder=self.folder, name=name)


class Source(Step):
    """One of four."""


class Build(Step):
    """After the sources."""

    def requires(self) -> list[Step]:
        return [self._next(Source, name) for name in SOURCES]


class Deploy(Step):
    """After the build."""

    def requires(self) -> Step:
        return self._next(Build, "build-site")


class Follow(Step):
    """After the deployment, two of them."""

    def requires(self) -> Step:
        return self._next(Deploy, "deploy-site")


@contextmanager
def flow(folder: Path) -> Iterator[Callable[[], None]]:
    """What makes one run in this process: more workers would be processes, and slower here."""
    number = 0

    def run() -> None:
        nonlocal number
        number += 1
        home = folder / str(number)
        last = [Follow(folder=str(home), name=name) for name in ("invalidate-edge", "announce")]
        if not luigi.build(last, local_scheduler=True, workers=1, log_level="CRITICAL"):
            raise RuntimeError("luigi says the run failed")
        if len(list(home.iterdir())) != len(SOURCES) + 4:
            raise RuntimeError("luigi left steps out")

    yield run


if __name__ == "__main__":
    with flow(Path(sys.argv[1])) as run_once:
        run_once()
