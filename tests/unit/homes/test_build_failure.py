"""The first cause of a failed build is found in its whole log."""

import json

from laststop.build.order import BuildFailure, BuildResult
from laststop.build.phases import PhaseName
from laststop.homes.embedded.actions.build_failure import failure_of

SECRET = "hunter2-hunter2"
COMMAND = "npm run build"


def result(lines=("the last line",)):
    failure = BuildFailure(
        code="COMMAND_EXECUTION_ERROR",
        phase=PhaseName.BUILD,
        message=f"{COMMAND}: exit status 2",
        command=COMMAND,
        exit_status=2,
        lines=lines,
    )
    return BuildResult(build_id="b", succeeded=False, phases=(), failure=failure)


def write(path, lines):
    rows = [{"at": "2026-11-23T12:00:00Z", "phase": "BUILD", "text": text} for text in lines]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_cause_far_above_the_last_lines_is_found_and_shown(tmp_path):
    noise = [f"transforming module {number}" for number in range(300)]
    log = write(
        tmp_path / "log.ndjson",
        [
            f"[laststop] $ {COMMAND}",
            "src/page.ts(4,7): error TS2322: Type 'string' is not assignable to type 'number'.",
            *noise,
            f"[laststop] command ended with exit status 2: {COMMAND}",
        ],
    )
    found = failure_of(result(), log, ())
    assert "TS2322" in found.cause
    assert any("TS2322" in line for line in found.lines)
    assert len(found.lines) <= 15
    assert (found.command, found.exit_status, found.phase) == (COMMAND, 2, "BUILD")


def test_a_secret_that_colours_had_split_is_masked_in_cause_and_lines(tmp_path):
    split = f"{SECRET[:6]}\x1b[31m{SECRET[6:]}"
    log = write(tmp_path / "log.ndjson", [f"[laststop] $ {COMMAND}", f"Error: cannot log in with {split}"])
    found = failure_of(result(), log, (SECRET,))
    assert SECRET not in found.cause + "".join(found.lines)
    assert "cannot log in" in found.cause


def test_without_a_log_the_builders_own_lines_stay(tmp_path):
    found = failure_of(result(lines=("one", "two")), tmp_path / "none.ndjson", ())
    assert found.lines == ("one", "two")
    assert found.cause == ""


def test_a_log_that_only_repeats_the_message_adds_no_cause(tmp_path):
    log = write(tmp_path / "log.ndjson", [f"[laststop] BUILD FAILED: {COMMAND}: exit status 2"])
    found = failure_of(result(), log, ())
    assert found.cause == ""
    assert found.lines == (f"[laststop] BUILD FAILED: {COMMAND}: exit status 2",)
