"""The bulletins besides Slack's API: an incoming webhook, a signed one, a file."""

import json
import re
import socket
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from laststop.errors import DeniedError, TransientError, UsageError
from laststop.homes.embedded.courier import Courier
from laststop.homes.shared.message_file import MessageFile
from laststop.homes.shared.signed_post import signature
from laststop.homes.shared.slack_webhook import IncomingWebhook
from laststop.homes.shared.webhook_out import SignedWebhook
from laststop.notices.bulletin import InDoubtError, Message
from laststop.notices.story import FailedAction, Story
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from unit.homes.home_workbench import Home
from unit.homes.slack_stand_in import slack_running

STORY = Story(project="shop", run=RunId("1d326acd-b107"), cause="bgp 1.1", status="InProgress", stage="Build")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = "s3cret-s3cret"


def message(revision=1, **more) -> Message:
    return Message(story=msgspec.structs.replace(STORY, **more), revision=revision)


FAILED = FailedAction(stage="Build", action="b", failure=Failure(code="JobFailed", message="no"))


# an incoming webhook


@pytest.fixture
def slack():
    with slack_running() as (stand_in, _, url):
        stand_in.bulletin = IncomingWebhook(url=url, timeout_seconds=1)
        yield stand_in


def test_an_incoming_webhook_is_told_once_at_the_verdict(tmp_path, slack):
    home = Home(tmp_path)
    courier = Courier(store=home.store, bulletin=slack.bulletin, clock=home.clock, hide=str, say=print)
    courier._open()
    home.executor.held.add("build-site")
    home.serve().work()
    courier.once()
    assert slack.hooked == []
    home.executor.let_go("build-site")
    home.work()
    courier.once()
    courier.once()
    (told,) = slack.hooked
    assert "live, seen" in told["text"]


def test_an_incoming_webhook_is_told_again_when_the_verdict_turns(slack):
    handle = slack.bulletin.post(message(status="Failed", failed=FAILED, owners=("U0123456",)))
    assert "<@U0123456>" in json.dumps(slack.hooked[0]["blocks"])
    assert slack.bulletin.edit(handle, message(2, status="Failed", failed=FAILED)) == handle
    assert len(slack.hooked) == 1
    assert slack.bulletin.edit(handle, message(3, status="Succeeded", proven=True)) == "live"
    assert len(slack.hooked) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((404, {}, "no_service"), DeniedError),
        ((403, {}, "action_prohibited"), DeniedError),
        ((410, {}, "channel_is_archived"), DeniedError),
        ((400, {}, "invalid_payload"), UsageError),
        ((429, {"Retry-After": "60"}, "rate_limited"), TransientError),
        ((500, {}, "rollup_error"), InDoubtError),
        ("drop", InDoubtError),
    ],
    ids=str,
)
def test_refusals_of_an_incoming_webhook_are_told_apart(slack, answer, error):
    slack.answers.append(answer)
    with pytest.raises(error) as refused:
        slack.bulletin.post(message(status="Succeeded"))
    assert type(refused.value) is error
    assert refused.value.hint or not isinstance(refused.value, DeniedError)


# a signed webhook


@pytest.fixture
def receiver():
    """A server that keeps what it gets, and answers as told."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.got.append((self.path, dict(self.headers), body))
            status, headers = server.answers.pop(0) if server.answers else (204, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{server.server_address[1]}/hook?team=net"
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def webhook(url, **more) -> SignedWebhook:
    return SignedWebhook(url=url, secret=SECRET, clock=lambda: NOW, **more)


def test_a_webhook_gets_every_revision_and_call_signed_and_named(receiver):
    bulletin = webhook(receiver.url)
    handle = bulletin.post(message())
    bulletin.edit(handle, message(2, status="Failed", failed=FAILED))
    bulletin.reply(handle, message(2, status="Failed", failed=FAILED), "failure/Build/b/1")
    events = [json.loads(body) for _, _, body in receiver.got]
    assert [(e["event"], e["revision"], e["outcome"], e["call"]) for e in events] == [
        ("posted", 1, "", ""),
        ("edited", 2, "failure/Build/b/1", ""),
        ("called", 2, "failure/Build/b/1", "failure/Build/b/1"),
    ]
    path, headers, body = receiver.got[0]
    assert path == "/hook?team=net"
    assert headers["X-Laststop-Timestamp"] == str(int(NOW.timestamp()))
    assert headers["X-Laststop-Signature"] == signature(SECRET, headers["X-Laststop-Timestamp"], body)
    assert headers["X-Laststop-Delivery"] == f"{STORY.run}/1"
    assert len({headers["X-Laststop-Delivery"] for _, headers, _ in receiver.got}) == 3


def test_another_secret_time_or_body_signs_otherwise():
    signed = {
        signature(*each)
        for each in ((SECRET, "1", b"x"), ("other", "1", b"x"), (SECRET, "2", b"x"), (SECRET, "1", b"y"))
    }
    assert len(signed) == 4


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, DeniedError),
        (400, UsageError),
        (401, DeniedError),
        (410, DeniedError),
        (413, UsageError),
        (429, TransientError),
        (500, InDoubtError),
        (503, TransientError),
    ],
)
def test_refusals_of_a_webhook_are_told_apart(receiver, status, error):
    receiver.answers.append((status, {"Retry-After": "7", "Location": "http://127.0.0.1:1/"}))
    with pytest.raises(error) as refused:
        webhook(receiver.url).post(message())
    assert type(refused.value) is error
    if isinstance(refused.value, TransientError):
        assert refused.value.retry_after_seconds == 7


def test_nobody_listening_leaves_nothing_in_doubt():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(TransientError) as refused:
            webhook(f"http://127.0.0.1:{free.getsockname()[1]}/").post(message())
    assert type(refused.value) is TransientError


def test_a_receiver_that_drips_is_left_in_time():
    """Each byte comes within the time-out; the whole never does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        done = threading.Event()

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                while not done.wait(0.05):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        with pytest.raises(InDoubtError):
            webhook(f"http://127.0.0.1:{listening.getsockname()[1]}/", timeout_seconds=0.2).post(message())
        done.set()
        thread.join()


@pytest.mark.parametrize("url", ["ftp://x/", "https:///x", "x"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(UsageError):
        webhook(url)


# a file


def test_a_file_gets_a_line_per_revision(tmp_path):
    path = tmp_path / "messages.ndjson"
    bulletin = MessageFile(path)
    handle = bulletin.post(message())
    bulletin.edit(handle, message(2, status="Succeeded", proven=True))
    bulletin.reply(handle, message(2, status="Succeeded", proven=True), "recovery")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(each["event"], each["revision"], each["outcome"]) for each in lines] == [
        ("posted", 1, ""), ("edited", 2, "live"), ("called", 2, "live")]  # fmt: skip
    assert lines[2]["call"] == "recovery"


def test_a_line_that_a_kill_cut_off_spoils_no_other(tmp_path):
    path = tmp_path / "messages.ndjson"
    path.write_text('{"event":"pos')
    MessageFile(path).post(message())
    assert json.loads(path.read_text().splitlines()[1])["event"] == "posted"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_passes_and_a_missing_folder_does_not(tmp_path):
    with pytest.raises(TransientError):
        MessageFile(Path("/dev/full")).post(message())
    with pytest.raises(DeniedError, match="No such file") as refused:
        MessageFile(tmp_path / "none" / "messages.ndjson").post(message())
    assert "folder" in refused.value.hint


def test_the_receivers_check_in_the_docs_knows_a_genuine_request():
    page = (Path(__file__).parents[3] / "docs/concepts/messages.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code is not None
    names: dict = {}
    exec(code[1], names)
    headers = {"X-Laststop-Timestamp": "1", "X-Laststop-Signature": signature(SECRET, "1", b"{}")}
    assert names["genuine"](SECRET, headers, b"{}")
    assert not names["genuine"](SECRET, headers, b"{ }")
