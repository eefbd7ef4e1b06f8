"""The eight steps as a DBOS workflow on SQLite, its own default store, with the parallel steps gathered."""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dbos import DBOS, DBOSConfig

SOURCES = ("frontend", "routing", "firewall", "switching")


@DBOS.step()
async def nothing(name: str) -> str:
    """A step."""
    return f"{name} done"


@DBOS.workflow()
async def eight_steps() -> int:
    """Four sources, a build, a deployment, and two steps side by side."""
    done = await asyncio.gather(*(nothing(name) for name in SOURCES))
    done += [await nothing("build-site"), await nothing("deploy-site")]
    done += await asyncio.gather(nothing("invalidate-edge"), nothing("announce"))
    return len(done)


@contextmanager
def flow(folder: Path) -> Iterator[Callable[[], None]]:
    """What makes one run in this process. DBOS is launched once and ended with the block."""
    config: DBOSConfig = {
        "name": "benchmark",
        "system_database_url": f"sqlite:///{folder / 'dbos.sqlite'}",
        "log_level": "ERROR",
    }
    logging.getLogger("dbos").setLevel(logging.ERROR)
    DBOS(config=config)
    DBOS.launch()
    try:
        with asyncio.Runner() as runner:

            def run() -> None:
                if runner.run(eight_steps()) != len(SOURCES) + 4:
                    raise RuntimeError("DBOS left steps out")

            yield run
    finally:
        DBOS.destroy()


if __name__ == "__main__":
    with flow(Path(sys.argv[1])) as run_once:
        run_once()
