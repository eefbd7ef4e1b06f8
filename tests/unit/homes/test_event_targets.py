"""Those who are told events: a function of the project's own, and a webhook."""

import json
import os
import textwrap
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from laststop.errors import TransientError, UsageError
from laststop.homes.embedded.build_log import read_log
from laststop.homes.embedded.functions.event_function import EventFunction
from laststop.homes.embedded.functions.user_functions import FunctionSettings, UserFunctions
from laststop.homes.shared.event_webhook import EventWebhook
from laststop.homes.shared.signed_post import SignedPost, signature
from laststop.pipeline.event_context import followed
from laststop.pipeline.eventbridge import Origin, state_changes
from laststop.words import facts_pipeline as f
from laststop.words.facts import Recorded
from unit.homes.function_workbench import RUN, SURROUNDINGS, Bench
from unit.homes.home_workbench import EPOCH

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STARTED = f.RunStarted(pipeline="calls", run=RUN, at=EPOCH, cause="x", pipeline_version=1)
(EVENT,) = state_changes(Recorded(seq=1, fact=STARTED), followed([STARTED]), Origin())


class Function:
    def __init__(self, path, source: str, *, timeout_seconds=20, **settings) -> None:
        self.bench = Bench(path)
        file = path / "mine.py"
        file.write_text(textwrap.dedent(source))
        functions = UserFunctions(
            {
                "mine": FunctionSettings(
                    file=file, handler="handler", timeout_seconds=timeout_seconds, **settings
                )
            },
            book=self.bench.book,
            folders=self.bench.folders,
            surroundings=lambda: SURROUNDINGS,
            server={"PATH": os.environ["PATH"], "HOME": str(path)},
        )
        self.target = EventFunction(functions, self.bench.folders, function="mine", name="chat")

    def log(self) -> list[str]:
        return [line.text for line in read_log(self.bench.folders.event_log(RUN, "chat")).lines]


def test_a_function_is_called_with_the_event_as_on_lambda(tmp_path):
    function = Function(
        tmp_path,
        """
        import os

        def handler(event, context):
            print(event["detail"]["state"], context.aws_request_id == event["id"])
            print(os.environ["AWS_LAMBDA_FUNCTION_NAME"], os.environ["KEY"])
        """,
        environment={"KEY": "hunter2"},
        secrets=("hunter2",),
    )
    function.target.tell(EVENT)
    text = "\n".join(function.log())
    assert "STARTED True" in text
    assert "mine ***" in text
    function.bench.close()


def test_a_function_that_raises_is_to_be_called_again(tmp_path):
    function = Function(tmp_path, "def handler(event, context):\n    raise ValueError('no')\n")
    for _ in range(2):
        with pytest.raises(TransientError, match="mine failed: ValueError: no"):
            function.target.tell(EVENT)
    function.bench.close()


def test_a_function_that_runs_too_long_is_ended(tmp_path):
    function = Function(
        tmp_path, "import time\ndef handler(event, context):\n    time.sleep(60)\n", timeout_seconds=1
    )
    with pytest.raises(TransientError, match="Task timed out"):
        function.target.tell(EVENT)
    function.bench.close()


def test_a_function_is_ended_when_the_server_stops(tmp_path):
    function = Function(tmp_path, "import time\ndef handler(event, context):\n    time.sleep(60)\n")
    timer = threading.Timer(0.5, function.target.close)
    timer.start()
    begun = time.monotonic()
    with pytest.raises(TransientError, match="the server stops"):
        function.target.tell(EVENT)
    assert time.monotonic() - begun < 20
    timer.join()
    function.bench.close()


@pytest.fixture
def receiver():
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(server.answer)
            self.end_headers()

        def log_message(self, *_) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.answer = [], 204
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    server.target = EventWebhook(
        SignedPost(
            url=f"http://127.0.0.1:{server.server_address[1]}/x", secret="s", clock=lambda: NOW, place="here"
        )
    )
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_webhook_gets_the_event_signed_and_under_its_id(receiver):
    receiver.target.tell(EVENT)
    (headers, body) = receiver.got[0]
    assert json.loads(body) == EVENT.values()
    assert headers["X-Laststop-Delivery"] == EVENT.id
    assert headers["X-Laststop-Signature"] == signature("s", headers["X-Laststop-Timestamp"], body)


@pytest.mark.parametrize(
    ("answer", "error"), [(503, TransientError), (500, TransientError), (422, UsageError)]
)
def test_a_webhook_that_refuses_says_so(receiver, answer, error):
    receiver.answer = answer
    with pytest.raises(error, match=str(answer)):
        receiver.target.tell(EVENT)
