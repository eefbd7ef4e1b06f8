"""Captures `captured/*.json`: what every function is called with while the whole flow runs offline.

Not run by the tests. It needs the `e2e` extra, takes about two minutes, and writes down one payload per function and shape
of event, unchanged but for the keys of jobs:

    python tests/events/capture_flow.py
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import scenarios.aws as scenario  # noqa: E402 - the tests' folder is no package
from e2e.workbench import until  # noqa: E402
from emulator.stack import stack  # noqa: E402

RECORDER = """
    def recorded(event, context):
        import json
        place = Path(os.environ["BUSY"]).parent / "captured"
        place.mkdir(exist_ok=True)
        (place / f"{name}--{uuid.uuid4().hex}.json").write_text(json.dumps(event))
        if name == "invalidate_edge" and (place.parent / "die").exists():
            raise RuntimeError("the function dies")
        return noted(event, context)
    return recorded
"""
SECRETS = ("accessKeyId", "secretAccessKey", "sessionToken")


def main() -> None:
    source = scenario.QUICK_SOURCE.replace("    return noted\n", RECORDER)
    assert source != scenario.QUICK_SOURCE
    scenario.QUICK_SOURCE = source
    with (
        tempfile.TemporaryDirectory() as folder,
        stack(AUTH="true") as strict,
        scenario.deployed(strict, Path(folder)) as made,
    ):
        captured = Path(folder) / "captured"
        with scenario.played(made, Path(folder)) as home:
            home.put("rerank", "1.0.0")
            home.wait()
            home.put("rerank", "1.1.0")
            home.wait()
            home.rollback("previous", "1.1.0 is wrong")
            home.lift()
            home.wait()
            home.fail_build()
            home.put("rerank", "1.2.0")
            home.wait()
            home.mend_build()
            home.sweep()
            made.functions.schedule_sweep("rate(1 minute)")
            until(
                lambda: any("Scheduled" in each.read_text() for each in captured.glob("sweep*")),
                "a scheduled sweep",
                seconds=90,
            )
            home.wait()
            home.slow_edge()
            home.put("rerank", "1.3.0")
            until(
                lambda: any("recheck" in each.read_text() for each in captured.glob("verify_live*")),
                "a look again",
            )
            home.mend_edge()
            home.wait()
            (Path(folder) / "die").touch()
            home.put("rerank", "1.4.0")
            until(lambda: list(captured.glob("answer_failure*")), "the answer for a dead function")
        write(captured)


def write(found: Path) -> None:
    """One payload per function and shape: the first that came."""
    target = HERE / "captured"
    target.mkdir(exist_ok=True)
    shapes: dict[str, dict[str, Any]] = {}
    for file in sorted(found.iterdir(), key=os.path.getmtime):
        event = json.loads(file.read_text())
        hide(event)
        name = file.name.partition("--")[0].replace("_", "-")
        shapes.setdefault(f"{name}--{shape(event)}", event)
    for name, event in shapes.items():
        (target / f"{name}.json").write_text(json.dumps(event, indent=2) + "\n")
        print(name)


def shape(event: dict[str, Any]) -> str:
    """What kind of event it is."""
    if "Records" in event:
        return "stream"
    if "CodePipeline.job" in event:
        return "job"
    if "detail-type" in event:
        state = event["detail"].get("state", "")
        return "-".join(filter(None, (*event["detail-type"].lower().split(), state.lower())))
    if "recheck" in event:
        return "recheck"
    if "requestPayload" in event:
        return "on-failure"
    return str(event.get("action", "asked"))


def hide(value: Any) -> None:
    """Take out the keys of jobs, wherever they stand."""
    if isinstance(value, dict):
        value.update({name: "hidden" for name in SECRETS if name in value})
        for each in value.values():
            hide(each)


if __name__ == "__main__":
    main()
