"""The eight steps as a Prefect flow with its own server on SQLite, the way it runs without a set-up."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCES = ("frontend", "routing", "firewall", "switching")


def _settle(folder: Path) -> None:
    """Prefect reads its settings when it is imported: all goes into the folder, nothing is sent home."""
    os.environ.update(
        PREFECT_HOME=str(folder / "prefect"),
        PREFECT_API_DATABASE_CONNECTION_URL=f"sqlite+aiosqlite:///{folder / 'prefect.db'}",
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        PREFECT_SERVER_ALLOW_EPHEMERAL_MODE="true",
        PREFECT_LOGGING_LEVEL="CRITICAL",
        DO_NOT_TRACK="1",
    )
    os.environ.pop("PREFECT_API_URL", None)


@contextmanager
def flow(folder: Path) -> Iterator[Callable[[], None]]:
    """What makes one run in this process."""
    _settle(folder)
    import prefect

    @prefect.task
    def nothing(name: str, after: object = None) -> str:
        del after
        return f"{name} done"

    @prefect.flow
    def eight_steps() -> int:
        sources = [nothing.submit(name) for name in SOURCES]
        built = nothing.submit("build-site", [source.result() for source in sources]).result()
        deployed = nothing.submit("deploy-site", built).result()
        last = [nothing.submit(name, deployed) for name in ("invalidate-edge", "announce")]
        return len(sources) + 2 + len([each.result() for each in last])

    def run() -> None:
        if eight_steps() != len(SOURCES) + 4:
            raise RuntimeError("Prefect left steps out")

    yield run


if __name__ == "__main__":
    with flow(Path(sys.argv[1])) as run_once:
        run_once()
