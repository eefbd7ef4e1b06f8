"""Behaves like the part of Slack's Web API that a bot posting messages meets, on a loopback port."""

import json
import threading
import time
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

CHANNEL = "C0RELEASES"


class Slack:
    """One workspace with one channel.

    `answers` are given instead of the next ones, in order: `(status, headers, body)`; `"drop"` does the work and
    closes the connection without a word, `"hang"` does it and never answers.
    """

    def __init__(self) -> None:
        self.messages: list[dict] = []
        self.calls: list[tuple[str, dict]] = []
        self.answers: deque = deque()
        self.always: tuple | None = None
        self.denied_methods: set[str] = set()
        self.tokens: set[str] = set()
        self.hooked: list[dict] = []
        self.lock = threading.Lock()
        self.let_go = threading.Event()
        self.count = 0

    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]

    def posted(self) -> list[dict]:
        """Messages of the channel itself."""
        return [each for each in self.messages if "thread_ts" not in each]

    def replies(self, to: dict | None = None) -> list[dict]:
        return [
            each
            for each in self.messages
            if "thread_ts" in each and (to is None or each["thread_ts"] == to["ts"])
        ]

    def handle(self, method: str, asked: dict) -> dict:
        if method in self.denied_methods:
            return {"ok": False, "error": "missing_scope", "needed": "channels:history"}
        return getattr(self, method.replace(".", "_").lower())(asked)

    def chat_postmessage(self, asked: dict) -> dict:
        if asked["channel"] not in (CHANNEL, "#releases"):
            return {"ok": False, "error": "channel_not_found"}
        problem = _block_problem(asked.get("blocks"))
        if problem:
            return {"ok": False, "error": problem}
        self.count += 1
        message = {**asked, "ts": f"{time.time():.4f}{self.count:02d}"}
        self.messages.append(message)
        return {"ok": True, "channel": CHANNEL, "ts": message["ts"]}

    def chat_update(self, asked: dict) -> dict:
        found = [each for each in self.messages if each["ts"] == asked["ts"]]
        if asked["channel"] != CHANNEL:
            return {"ok": False, "error": "channel_not_found"}
        if not found:
            return {"ok": False, "error": "message_not_found"}
        found[0].update(text=asked["text"], blocks=asked.get("blocks"))
        return {"ok": True, "channel": CHANNEL, "ts": asked["ts"]}

    def conversations_list(self, asked: dict) -> dict:
        return {
            "ok": True,
            "channels": [{"id": "C0OTHER", "name": "other"}, {"id": CHANNEL, "name": "releases"}],
        }

    def conversations_history(self, asked: dict) -> dict:
        assert asked["channel"] == CHANNEL
        found = [each for each in self.posted() if float(each["ts"]) >= float(asked.get("oldest", 0))]
        return {"ok": True, "messages": found[::-1]}

    def conversations_replies(self, asked: dict) -> dict:
        return {
            "ok": True,
            "messages": [m for m in self.messages if asked["ts"] in (m["ts"], m.get("thread_ts"))],
        }


def _block_problem(blocks) -> str:
    """What Slack refuses that its own library lets pass."""
    for block in blocks or ():
        text = block.get("text", {}).get("text") if isinstance(block.get("text"), dict) else None
        if text is not None and not text:
            return "invalid_blocks"
        if block["type"] == "header" and len(text) > 150:
            return "invalid_blocks"
    return "invalid_blocks" if len(blocks or ()) > 50 else ""


@contextmanager
def slack_running():
    """The stand-in, its API's base URL, and the URL of an incoming webhook."""
    slack = Slack()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            method = self.path.rpartition("/")[2]
            if "json" in self.headers["Content-Type"]:
                asked = json.loads(content)
            else:
                asked = {key: value[0] for key, value in parse_qs(content.decode()).items()}
            asked = {
                k: json.loads(v) if k in ("blocks", "metadata") and isinstance(v, str) else v
                for k, v in asked.items()
            }
            with slack.lock:
                slack.calls.append((method, asked))
                slack.tokens.add(self.headers.get("Authorization", ""))
                answer = slack.answers.popleft() if slack.answers else slack.always
                if answer in ("drop", "hang") or answer is None:
                    if method == "hook":
                        slack.hooked.append(asked)
                        body = "ok"
                    else:
                        body = slack.handle(method, asked)
            if answer == "drop":
                self.close_connection = True
                return
            if answer == "hang":
                slack.let_go.wait(10)
                self.close_connection = True
                return
            status, headers, body = answer or (200, {}, body)
            self._say(status, headers, body)

        def _say(self, status, headers, body) -> None:
            text = body if isinstance(body, str) else json.dumps(body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield slack, f"{address}/api/", f"{address}/services/hook"
    finally:
        slack.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
