import json
import os
import sys
import time
from pathlib import Path

import pytest

from laststop.homes.embedded.functions.user_functions import PHASE
from laststop.words.failure import Failure
from unit.homes.function_workbench import Bench, Calling


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path)
    yield made
    made.close()


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"


def gone(pid, within=5):
    deadline = time.monotonic() + within
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_function_gets_event_context_and_environment_as_on_lambda(bench):
    calling = (
        Calling(
            bench,
            """
        import json, os, neighbour
        def handler(event, context):
            print(json.dumps({
                "id": event["CodePipeline.job"]["id"],
                "request": context.aws_request_id,
                "arn": context.invoked_function_arn,
                "left": 0 < context.get_remaining_time_in_millis() <= 20_000,
                "memory": context.memory_limit_in_mb,
                "cwd": os.getcwd(),
                "neighbour": neighbour.VALUE,
                "stdin": os.read(0, 1).decode(),
                "env": dict(os.environ),
            }))
        """,
            environment={"TABLE": "versions"},
        )
        if (bench.path / "neighbour.py").write_text("VALUE = 7")
        else None
    )
    calling.until("no result yet")
    (printed,) = [line for line in calling.log() if line.startswith("{")]
    seen = json.loads(printed)
    environ = seen.pop("env")
    assert seen == {
        "id": bench.job_id(),
        "request": bench.job_id(),
        "arn": "arn:aws:lambda:eu-west-1:000000000000:function:mine",
        "left": True,
        "memory": "128",
        "cwd": str(bench.path),
        "neighbour": 7,
        "stdin": "",
    }
    wanted = {
        "AWS_LAMBDA_FUNCTION_NAME": "mine",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIALOCAL",
        "AWS_ENDPOINT_URL_CODEPIPELINE": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:2",
        "_HANDLER": "mine.handler",
        "LAMBDA_TASK_ROOT": str(bench.path),
        "TABLE": "versions",
    }
    assert wanted.items() <= environ.items()
    assert "HIDDEN" not in environ
    assert not any("laststop" in place for place in environ.get("PYTHONPATH", "").split(":"))
    bench.book.succeed(bench.job_id())
    calling.cancelled.set()
    assert calling.ended() is None


def test_a_function_that_reported_is_let_end_and_nobody_reports_twice(bench):
    calling = Calling(
        bench,
        """
        import pathlib, time
        def handler(event, context):
            print("working", flush=True)
            while not pathlib.Path("go").exists():
                time.sleep(0.01)
            print("tidied up")
        """,
    )
    calling.until("working")
    bench.book.succeed(bench.job_id(), summary="early")
    calling.cancelled.set()  # as the engine does: the job is not due any more
    time.sleep(0.2)
    (bench.path / "go").touch()
    assert calling.ended() is None
    assert "tidied up" in calling.log()
    assert bench.kinds().count("action.succeeded") == 2
    assert "report.ignored" not in bench.kinds()


def test_a_job_that_goes_on_does_not_disturb_the_tail_of_the_one_before(bench, monkeypatch):
    monkeypatch.setattr("laststop.homes.embedded.functions.user_functions.CONTINUATION_SECONDS", 0.0)
    source = """
    import pathlib, time
    def handler(event, context):
        token = event["CodePipeline.job"]["data"].get("continuationToken", "first")
        print("began", token, flush=True)
        while not pathlib.Path(f"go-{token}").exists():
            time.sleep(0.01)
        print("tidied up", token)
    """
    first = Calling(bench, source)
    first.until("began first")
    bench.book.go_on(bench.job_id(), token="second")
    first.cancelled.set()
    second = Calling(bench, source)
    second.until("began second")
    (bench.path / "go-first").touch()
    assert first.ended() is None
    assert "tidied up first" in first.log()
    second.cancelled.set()
    assert second.ended() is None
    assert "tidied up second" not in second.log()


def test_a_function_that_raises_is_called_again_with_the_same_job_and_then_fails(bench):
    calling = Calling(
        bench,
        """
        def handler(event, context):
            print("job", event["CodePipeline.job"]["id"])
            raise ValueError("no such table")
        """,
    )
    outcome = calling.ended()
    assert outcome == Failure(
        code="JobFailed",
        message="the function failed 3 times: ValueError: no such table",
        phase=PHASE,
        lines=outcome.lines,
    )
    assert outcome.lines[-1] == "ValueError: no such table"
    assert not any("host.py" in line for line in outcome.lines)
    jobs = [line for line in calling.log() if line.startswith("job ")]
    assert jobs == [f"job {bench.job_id()}"] * 3


def test_a_function_that_mends_itself_is_not_called_a_third_time(bench):
    calling = Calling(
        bench,
        """
        import pathlib
        def handler(event, context):
            if not pathlib.Path("tried").exists():
                pathlib.Path("tried").touch()
                raise OSError("not yet")
            print("well")
        """,
    )
    calling.until("no result yet")
    calling.cancelled.set()
    assert calling.ended() is None
    assert sum("of at most 3" in line for line in calling.log()) == 2


@pytest.mark.parametrize(
    ("source", "handler", "told"),
    [
        (
            "import sys\ndef handler(e, c): sys.exit(4)",
            "handler",
            "Runtime.ExitError: the handler called exit(4)",
        ),
        ("import os\ndef handler(e, c): os._exit(4)", "handler", "the process ended with exit status 4"),
        (
            "import os\ndef handler(e, c): os.kill(os.getpid(), 9)",
            "handler",
            "the process ended with signal 9",
        ),
        ("def handler(e, c): pass", "absent", "AttributeError"),
        ("import not_there", "handler", "ModuleNotFoundError: No module named 'not_there'"),
        ("def handler(e, c): return (", "handler", "SyntaxError"),
    ],
    ids=["exit", "os exit", "killed", "no handler", "no module", "no Python"],
)
def test_every_bad_end_is_told_by_its_name(bench, source, handler, told):
    outcome = Calling(bench, source, handler=handler).ended()
    assert told in outcome.message


def test_a_function_that_takes_too_long_is_ended_with_what_it_started(bench):
    calling = Calling(
        bench,
        """
        import subprocess, sys, time
        def handler(event, context):
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            print("child", child.pid, flush=True)
            time.sleep(60)
        """,
        timeout_seconds=0.7,
    )
    outcome = calling.ended(within=30)
    assert "Task timed out after 0.7 seconds" in outcome.message
    children = [int(line.split()[1]) for line in calling.log() if line.startswith("child")]
    assert len(children) == 3
    assert all(gone(pid) for pid in children)


def test_a_function_nobody_waits_for_is_ended(bench):
    calling = Calling(
        bench, "import time\ndef handler(e, c):\n    print('on', flush=True)\n    time.sleep(60)"
    )
    calling.until("on")
    bench.stop_run()
    calling.cancelled.set()
    assert calling.ended() is None
    assert any("nobody waits for it" in line for line in calling.log())


def test_a_server_that_ends_ends_also_a_function_that_has_reported(bench):
    calling = Calling(
        bench,
        "import os, time\ndef handler(e, c):\n    print('pid', os.getpid(), flush=True)\n    time.sleep(60)",
    )
    calling.until("pid ")
    bench.book.succeed(bench.job_id())
    calling.functions.close()
    calling.cancelled.set()
    assert calling.ended() is None
    (pid,) = [int(line.split()[1]) for line in calling.log() if line.startswith("pid ")]
    assert gone(pid)


def test_secrets_of_the_function_and_of_the_server_are_masked(bench):
    calling = Calling(
        bench,
        """
        import os
        def handler(event, context):
            print("token", os.environ["TOKEN"], "and a secret of the server")
            raise RuntimeError(os.environ["TOKEN"])
        """,
        environment={"TOKEN": "tell-nobody"},
        secrets=("tell-nobody",),
    )
    outcome = calling.ended()
    assert "tell-nobody" not in json.dumps(calling.log()) + outcome.message + "".join(outcome.lines)
    assert "token *** and ***" in calling.log()


def test_what_a_function_prints_is_bounded_while_it_runs_on(bench):
    calling = Calling(bench, "def handler(e, c):\n    print('x' * 5_000_000)\n    print('end')")
    calling.until("end")
    assert max(len(line) for line in calling.log()) < 20_000
    calling.cancelled.set()
    assert calling.ended() is None


def test_what_a_function_raises_with_is_bounded_too(bench):
    outcome = Calling(bench, "def handler(e, c): raise ValueError('x' * 1_000_000)").ended()
    assert len(outcome.message) < 2200


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_function_does_not_outlive_a_server_that_was_killed(bench, tmp_path):
    """The server is a process of its own here, and ends without a word."""
    import subprocess

    (bench.path / "mine.py").write_text(
        "import os, time\ndef handler(e, c):\n    print(os.getpid(), flush=True)\n    time.sleep(60)"
    )
    script = f"""
import os, sys
from pathlib import Path
from laststop.homes.embedded.functions.invocation import Invocation, invoke, lambda_environment
work = Path({str(tmp_path)!r}) / "w"
work.mkdir()
file = Path({str(bench.path / "mine.py")!r})
environment = lambda_environment("mine", file, "handler", region="x", request_id="r", passed=dict(os.environ))
invoke(
    Invocation(file=file, handler="handler", event={{}}, request_id="r", timeout_seconds=60, environment=environment),
    workspace=work, output=lambda text: os.write(1, text), given_up=lambda: False,
)
"""
    server = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    pid = int(server.stdout.readline())
    assert alive(pid)
    server.kill()
    server.wait()
    server.stdout.close()
    assert gone(pid)


def test_a_rules_function_is_called_as_an_actions_is(tmp_path):
    bench = Bench(tmp_path, gate=True)
    calling = Calling(bench, "def handler(e, c):\n    print('asked by', e['CodePipeline.job']['id'])")
    calling.until("no result yet")
    assert f"asked by {bench.job_id()}" in calling.log()
    calling.cancelled.set()
    assert calling.ended() is None
    bench.close()
