"""The causal line of failed builds, on the recorded logs of `tests/logs` and on small ones made here."""

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laststop.build.masking import MASK, mask
from laststop.notices.causes import EXCERPT_LINES, LEFT_OUT, Cause, causal_line, excerpt

LOGS = Path(__file__).parents[2] / "logs"
EXPECTED = json.loads((LOGS / "expected.json").read_text(encoding="utf-8"))
SECRET = EXPECTED["secret"]
SEEDED = EXPECTED["seeded"]
FAILED = SEEDED | EXPECTED["held_out"]
WAITED_SECONDS = 30


def log_of(name):
    return (LOGS / f"{name}.log").read_text(encoding="utf-8").splitlines()


def cause_in(*lines, **more):
    """The line found in the output of one command."""
    found = causal_line(lines, **more)
    return None if found is None else found.line


# --- recorded logs ---


def test_there_are_twelve_seeded_faults_of_six_tools():
    assert len(SEEDED) == 12
    assert {name.split("-")[0] for name in SEEDED} == {"npm", "vite", "tsc", "pytest", "git", "sh"}
    assert all(SECRET in "\n".join(log_of(name)) for name in SEEDED)


def test_of_the_seeded_faults_every_cause_is_found():
    found = {
        name: causal_line(log_of(name), exit_status=fault["exit_status"]) for name, fault in SEEDED.items()
    }
    right = [name for name, fault in SEEDED.items() if found[name] and found[name].line == fault["line"]]
    assert len(right) >= 11, set(SEEDED) - set(right)
    assert right == list(SEEDED)


@pytest.mark.parametrize("name", FAILED)
def test_the_cause_is_found_in_the_log_of(name):
    fault, lines = FAILED[name], log_of(name)
    found = causal_line(lines, command=fault["command"], exit_status=fault["exit_status"])
    assert found is not None
    assert found.line == fault["line"]


@pytest.mark.parametrize("name", FAILED)
def test_the_output_of_the_command_alone_is_enough_for(name):
    fault, lines = FAILED[name], log_of(name)
    begun = max(index for index, line in enumerate(lines) if line.startswith("[laststop] $ ")) + 1
    ended = next(index for index, line in enumerate(lines) if "ended with exit status" in line)
    assert cause_in(*lines[begun:ended], exit_status=fault["exit_status"]) == fault["line"]


@pytest.mark.parametrize("name", FAILED)
def test_the_excerpt_holds_the_cause_in_the_order_of_the_log_of(name):
    lines = log_of(name)
    found = causal_line(lines, exit_status=FAILED[name]["exit_status"])
    shown = excerpt(lines, found)
    assert found.line in shown
    assert len(shown) <= EXCERPT_LINES
    assert not any(line.startswith("[laststop]") for line in shown)


@pytest.mark.parametrize("name", EXPECTED["controls"])
def test_no_cause_is_found_in_the_successful_build(name):
    assert causal_line(log_of(name)) is None
    assert causal_line(log_of(name), exit_status=0) is None


@pytest.mark.parametrize("name", SEEDED)
def test_the_planted_secret_is_masked_before_or_after(name):
    fault, lines = SEEDED[name], log_of(name)
    masked = [mask(line, [SECRET]) for line in lines]
    before = causal_line(masked, exit_status=fault["exit_status"])
    after = causal_line(lines, exit_status=fault["exit_status"])
    assert before.line == mask(after.line, [SECRET]) == fault["line"].replace(SECRET, MASK)
    shown = [*excerpt(masked, before), *(mask(line, [SECRET]) for line in excerpt(lines, after))]
    assert SECRET not in "\n".join((before.line, *shown))


def test_the_recorded_logs_name_no_machine():
    for path in LOGS.glob("*.log"):
        found = re.search(
            r"/(?:root|work|tmp)/|127\.0\.0\.1:(?!1/|59999)\d", path.read_text(encoding="utf-8")
        )
        assert found is None, path.name


def test_every_recorded_log_is_judged():
    assert {path.stem for path in LOGS.glob("*.log")} == {*FAILED, *EXPECTED["controls"]}


# --- which lines count ---


def test_the_output_of_other_commands_does_not_count():
    lines = [
        "[laststop] $ npm run lint",
        "error: told by a command that succeeded",
        "[laststop] $ npm run build ...",
        "error: the reason",
        "[laststop] phases.build.commands[1] ended with exit status 1: npm run build",
        "[laststop] $ echo tidying",
        "fatal: told while tidying up",
        "[laststop] phases.post_build.commands[0] ended with exit status 128: echo tidying",
    ]
    assert cause_in(*lines) == "error: the reason"
    assert cause_in(*lines, command="npm run build\nsecond line", exit_status=1) == "error: the reason"
    assert cause_in(*lines, command="echo tidying", exit_status=128) == "fatal: told while tidying up"


def test_a_command_that_was_cut_short_is_found_by_its_name():
    lines = [
        "[laststop] $ a",
        "error: old",
        "[laststop] $ b",
        "error: new",
        "[laststop] BUILD TIMED_OUT: late",
    ]
    assert cause_in(*lines, command="b") == "error: new"


def test_the_log_of_codebuild_is_read_too():
    begin, end = "[Container] 2026/01/02 03:04:05.678901 ", "[Container] 2026/01/02 03:04:06 "
    lines = [
        f"{begin}Running command npm ci",
        "error: not this one",
        f"{begin}Running command npm run build",
        "error: the reason",
        f"{end}Command did not exit successfully npm run build exit status 1",
        f"{end}Phase complete: BUILD State: FAILED",
    ]
    assert cause_in(*lines) == "error: the reason"
    assert cause_in(*lines, command="npm run build", exit_status=1) == "error: the reason"


def test_a_build_that_failed_without_a_command_says_why_itself():
    reason = "[laststop] DOWNLOAD_SOURCE FAILED: buildspec.yml:7 phases.build.comands: no key here"
    assert cause_in("[laststop] PROVISIONING SUCCEEDED", reason) == reason


def test_the_first_of_equal_reasons_counts():
    assert cause_in("a.ts(1,2): error TS1: a", "b.ts(1,2): error TS2: b") == "a.ts(1,2): error TS1: a"


@pytest.mark.parametrize(
    "line",
    [
        "make: *** [Makefile:2: all] Error 1",
        "npm ERR! code ELIFECYCLE",
        "npm ERR! Exit status 2",
        "npm error command failed",
        " ELIFECYCLE  Command failed with exit code 2.",
        "error Command failed with exit code 1.",
        "Found 2 errors in the same file, starting at: a.ts:1",
        "=== 1 failed, 2 passed in 0.1s ===",
        "error: could not compile `page` (bin) due to 2 previous errors",
    ],
)
def test_what_only_wraps_up_is_no_cause_while_there_is_another(line):
    assert cause_in(line, "page.css is too large, cannot go on", exit_status=1).startswith("page.css")
    assert cause_in(line) is None


def test_an_exception_that_wraps_up_counts_where_the_inner_command_said_nothing():
    outer = "subprocess.CalledProcessError: Command 'x' returned non-zero exit status 1."
    lines = ["Traceback (most recent call last):", '  File "a.py", line 1', outer]
    assert cause_in("building", *lines, exit_status=1) == outer
    assert cause_in("the page cannot be stored", *lines, exit_status=1) == "the page cannot be stored"


@pytest.mark.parametrize(
    "line",
    [
        "warning: error handling is deprecated",
        "npm warn deprecated inflight@1.0.6: leaks memory, fatal error ahead",
        "src/a.py:3: DeprecationWarning: an error in the next version",
        "page.c:3:7: warning: unused variable 'error' [-Wunused-variable]",
        "(node:12) Warning: Accessing non-existent property failed",
        "0 errors, 0 failures",
        "Found 0 errors. Watching for file changes.",
        "✓ error.test.js (3 tests) 5ms",
        "tests/test_x.py::test_fatal_error PASSED   [ 50%]",
        "dist/assets/error-4f3a9c.js   1.20 kB │ gzip: 0.50 kB",
        "+ echo error: not really",
        "> fail-on-error: build",
    ],
)
def test_warnings_passed_tests_and_zero_counts_are_no_cause(line):
    assert cause_in(line) is None
    assert cause_in("quota: page cannot be stored", line, exit_status=1) == "quota: page cannot be stored"


def test_what_the_command_got_over_is_not_why_it_ended():
    tolerated = "cat: optional.json: No such file or directory"
    assert cause_in(tolerated, "built 3 pages successfully", "the page has no title", exit_status=1) == (
        "the page has no title"
    )
    assert cause_in(tolerated, "built 3 pages successfully") is None
    assert cause_in(tolerated, exit_status=1) == tolerated


def test_a_neighbour_that_succeeded_does_not_hide_the_reason():
    lines = ["a.ts(1,2): error TS2322: x", "✓ built in 2.1s", "npm error code ELIFECYCLE"]
    assert cause_in(*lines, exit_status=2) == lines[0]


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (127, "sh: 1: vite: not found"),
        (127, "bash: line 3: vite: command not found"),
        (126, "sh: 1: ./deploy.sh: Permission denied"),
        (137, "build.sh: line 3:  4711 Killed                  node build.js"),
    ],
)
def test_an_exit_status_with_a_meaning_finds_the_line_that_says_it(status, line):
    assert cause_in("error: tolerated by `|| true`", line, exit_status=status) == line


def test_without_any_word_of_failure_the_last_words_count_where_a_failure_is_certain():
    assert cause_in("checking", "bgp has no title", exit_status=1) == "bgp has no title"
    assert cause_in("checking", "bgp has no title") is None
    assert cause_in("checking", "[warn] a.js", "[warn] b.js", exit_status=1) == "[warn] a.js"
    assert cause_in("", "   ", exit_status=1) is None


def test_colours_and_times_and_redrawn_lines_are_seen_through():
    assert cause_in("\x1b[2K\x1b[31merror\x1b[0m: \x1b[1mno page\x1b[0m  ") == "error: no page"
    assert cause_in("10 %\r50 %\rerror: no page\r") == "error: no page"
    assert cause_in("2026-01-02T03:04:05Z error: no page") == "2026-01-02T03:04:05Z error: no page"
    assert cause_in("#12 0.345 error: no page") == "#12 0.345 error: no page"


def test_a_secret_hidden_by_colours_is_masked_in_what_is_given():
    line = f"error: {SECRET[:6]}\x1b[31m{SECRET[6:]} is refused"
    assert mask(line, [SECRET]) == line
    found = causal_line([line])
    assert mask(found.line, [SECRET]) == f"error: {MASK} is refused"


def test_a_long_line_is_given_whole_so_that_its_secret_can_be_masked():
    line = "error: " + "x" * 100_000 + SECRET
    assert cause_in(line) == line


# --- tools ---


def test_of_chained_exceptions_the_last_one_counts_and_the_first_is_shown():
    lines = [
        "Traceback (most recent call last):",
        '  File "src/page.py", line 3, in read',
        "    fatal('error: not this one')",
        "KeyError: 'title'",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
        "Traceback (most recent call last):",
        '  File "src/page.py", line 9, in <module>',
        "    read()",
        '  File "/usr/lib/python3/site-packages/tool/run.py", line 1, in run',
        "    raise Refused(row)",
        "tool.Refused: the row has no title",
    ]
    found = causal_line(lines, exit_status=1)
    assert found.line == "tool.Refused: the row has no title"
    shown = excerpt(lines, found)
    assert {"KeyError: 'title'", '  File "src/page.py", line 9, in <module>', "    read()"} <= set(shown)
    assert not any("site-packages" in line for line in shown)


def test_a_traceback_ends_with_an_exception_of_any_name():
    lines = ["Traceback (most recent call last):", '  File "a.py", line 1', "    x()", "page.Overtaken"]
    assert cause_in(*lines) == "page.Overtaken"


def test_npm_6_repeats_what_a_script_said_before():
    lines = [
        "> tsc",
        "no overload fits",
        "npm ERR! code ELIFECYCLE",
        "npm ERR! errno 2",
        "npm ERR! Failed at build",
    ]
    assert cause_in(*lines, exit_status=2) == "no overload fits"


def test_npm_says_its_own_reason_after_its_facts():
    reason = "npm ERR! enoent Could not read package.json: Error: ENOENT: no such file or directory"
    assert cause_in("npm ERR! code ENOENT", "npm ERR! syscall open", "npm ERR! path a", reason) == reason


def test_a_heading_announces_the_cause():
    line = "Module not found: './theme.css' is nowhere"
    assert cause_in("ERROR in ./src/index.js 1:0-20", line) == line
    assert cause_in("Failed to compile.", "", line) == line


def test_git_says_first_what_it_repeats_last():
    lines = [
        "git@example.org: Permission denied (publickey).",
        "fatal: Could not read from remote repository.",
    ]
    assert cause_in(*lines, exit_status=128) == lines[0]


# --- excerpts ---


def test_an_excerpt_marks_what_it_leaves_out_and_not_empty_lines():
    lines = [
        "error: no page",
        "",
        "    at show (src/page.js:3:1)",
        *["    at run (node:vm:1:1)"] * 5,
        "2 failed",
    ]
    found = causal_line(lines, exit_status=1)
    assert excerpt(lines, found) == ("error: no page", lines[2], LEFT_OUT, "2 failed")


def test_the_end_of_a_command_is_shown_from_far_away():
    lines = ["error: no page", *["rendering a page"] * 5000, "make: *** [Makefile:3: page] Error 1"]
    shown = excerpt(lines, causal_line(lines, exit_status=2))
    assert shown[0] == lines[0]
    assert shown[-2:] == (LEFT_OUT, lines[-1])


def test_an_excerpt_stays_within_the_output_of_its_command():
    lines = ["[laststop] $ a", "one", "[laststop] $ b", "error: x", "[laststop] $ c", "two"]
    assert excerpt(lines, causal_line(lines, command="b", exit_status=1)) == ("error: x",)


def test_without_a_cause_the_excerpt_is_the_end_of_the_failed_command():
    lines = [
        "[laststop] $ a",
        *(f"line {number}" for number in range(30)),
        "",
        "[laststop] phases.build.commands[0] ended with exit status 1: a",
        "[laststop] $ tidy",
        "tidied",
    ]
    assert excerpt(lines, None, limit=3) == ("line 27", "line 28", "line 29")


def test_a_cause_of_another_log_is_still_shown():
    assert excerpt(["a"], Cause(index=7, line="error: x")) == ("error: x",)


# --- hostile logs ---

PIECES = st.sampled_from(
    ["error: ", "Traceback (most recent call last):", '  File "a.py", line 3', "npm error code 1", "npm error ", "E   x",
     "[laststop] $ a", "[laststop] phases.build.commands[0] ended with exit status 1: a", "[Container] ", "\x1b[31m",
     "\x1b]", "\r", "| ", " | Traceback (most recent call last):", "0 errors", "built in 3s", "ERROR in x", "stderr | a",
     "The above exception was the direct cause", "    at x (a.js:1:2)", "ValueError: x", "warning: x", "Killed", "..."]
)  # fmt: skip
LINES = st.lists(
    st.one_of(st.text(max_size=30), st.lists(st.one_of(PIECES, st.text(max_size=5))).map("".join))
)


@given(LINES, st.text(max_size=20), st.one_of(st.none(), st.integers()), st.integers(-3, 20))
def test_no_log_makes_it_raise_and_every_excerpt_holds_its_cause(lines, command, exit_status, limit):
    found = causal_line(lines, command=command, exit_status=exit_status)
    shown = excerpt(lines, found, limit=limit)
    assert len(shown) <= max(1, limit)
    if found is not None:
        assert found.line in shown
        assert 0 <= found.index < len(lines)


def test_a_hundred_thousand_lines_and_long_ones_are_read_in_bounded_time():
    started = time.monotonic()
    many = ["error of page failed to load: cannot be shown"] * 100_000
    long = ["error " * 17_000, "x" * 100_000, "a.err:1" * 14_000, "*** [" * 20_000, "\x1b[0;" * 25_000] * 20
    for lines in (many, long):
        found = causal_line(lines, exit_status=1)
        assert len(excerpt(lines, found)) <= EXCERPT_LINES
    assert time.monotonic() - started < WAITED_SECONDS
