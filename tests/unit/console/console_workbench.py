"""A project whose runs are driven by hand, its console, and a browser without sockets."""

import asyncio
import json
import shutil
import uuid
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from laststop.config.pipeline_file import load_pipeline
from laststop.config.project_file import load_project
from laststop.console.access import Access
from laststop.console.app import make_app
from laststop.engine.apply import apply
from laststop.homes.embedded.actions.source_s3 import S3Source
from laststop.homes.embedded.buckets.buckets import Buckets
from laststop.homes.embedded.objects import Objects
from laststop.homes.embedded.readers import JudgeReader, PublishReader
from laststop.homes.embedded.runs import run_row
from laststop.pipeline.due import due
from laststop.pipeline.inputs import AnyInput, Declare, Report, Start, Succeeded
from laststop.wiring.embedded import EmbeddedHome, clock
from laststop.words import facts_site
from laststop.words.bill import Revision
from laststop.words.digests import digest_of
from laststop.words.failure import Failure
from laststop.words.ids import ReleaseId, RunId

HOST = "127.0.0.1:8700"
PAGE = "http://127.0.0.1:9999/"
COMMIT = "4f2a9c1d" * 5


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    every_header: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, str]:
        assert set(self.json) == {"error"}
        assert set(self.json["error"]) == {"code", "message", "hint", "place"}
        return self.json["error"]


def ask(
    app, method: str, path: str, *, body: bytes = b"", headers=None, host=HOST, raw=None, reached="127.0.0.1"
):
    """One request through the whole application; `headers` are pairs, `path` is decoded as a server does."""
    raw_path, _, query = path.partition("?")
    raw_path = raw_path.encode() if raw is None else raw
    named = [] if host is None else [(b"host", host.encode())]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": _decoded(raw_path),
        "raw_path": raw_path,
        "root_path": "",
        "query_string": query.encode(),
        "headers": [*named, *((k.lower().encode(), v.encode("latin-1")) for k, v in headers or ())],
        "server": (reached, 8700),
        "client": ("127.0.0.1", 50000),
    }
    pieces = [body[at : at + 65536] for at in range(0, len(body), 65536)] or [b""]
    messages = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces) - 1}
        for number, piece in enumerate(pieces)
    ]
    sent: list[dict[str, Any]] = []

    async def receive():
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    pairs = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    return Answer(
        status=sent[0]["status"],
        headers=dict(pairs),
        every_header=pairs,
        body=b"".join(message.get("body", b"") for message in sent[1:]),
    )


def _decoded(raw: bytes) -> str:
    return unquote(raw.decode("latin-1"))


class Bench:
    """The demo's project over a store of its own; nothing runs unless a test says so."""

    def __init__(self, root: Path, *, declared: bool = True) -> None:
        folder = resources.files("laststop") / "project" / "demo"
        root.mkdir(parents=True)
        for name in ("laststop.toml", "pipeline.yml"):
            shutil.copy(str(folder / name), root / name)
        self.home = EmbeddedHome(load_project(root))
        self.pipeline = load_pipeline(self.home.project)
        self.rings = 0
        self.alive = True
        self.page_url: str | Exception = PAGE
        self.home.ensure_documents()
        if declared:
            self.decide(Declare(declaration=self.pipeline))

    def told_page_url(self) -> str:
        if isinstance(self.page_url, Exception):
            raise self.page_url
        return self.page_url

    def ring(self) -> None:
        self.rings += 1

    def app(self, **access):
        return make_app(
            self.home,
            pipeline=self.pipeline.name,
            ring=self.ring,
            access=Access(**{"host": "127.0.0.1", **access}),
            page_url=self.told_page_url,
            alive=lambda: self.alive,
        )

    def decide(self, *inputs: AnyInput):
        with self.home.store.transaction() as transaction:
            state = transaction.state(self.pipeline.name)
            for each in inputs:
                applied = apply(transaction, state, each, clock())
                assert applied.refused is None, applied.refused
                state = applied.state
            transaction.save_state(state)
        return state

    def state(self):
        with self.home.store.view() as view:
            return view.state(self.pipeline.name)

    def publish(self) -> None:
        """Let publishing read the catalog's changes."""
        home = self.home
        while PublishReader(home.store, home.policy, home.locations, clock).read():
            pass

    def judge(self) -> None:
        home = self.home
        while JudgeReader(home.store, home.policy, home.locations, clock).read():
            pass

    def start(self, cause: str = "a test asked") -> RunId:
        run = RunId(str(uuid.uuid4()))
        self.decide(Start(run=run, cause=cause))
        return run

    def read_sources(self, message: str = "first commit") -> None:
        """Give every open source action what stands there."""
        for command in due(self.state()):
            if command.provider.endswith("/S3/1"):
                buckets = Buckets(self.home.folders.buckets, self.home.blobs)
                outcome = S3Source(Objects(self.home.store), buckets, self.home.blobs).run(command, None)
            elif command.provider.startswith("Source/"):
                revision = Revision(
                    action=command.key.action, id=COMMIT, location="acme/frontend@main", summary=message
                )
                outcome = Succeeded(revision=revision, summary=f"{COMMIT[:8]} {message}")
            else:
                continue
            self.decide(Report(key=command.key, job=command.job, outcome=outcome))

    def end(self, action: str, outcome: Succeeded | Failure | None = None) -> None:
        """Report an action that is in progress."""
        command = next(each for each in due(self.state()) if each.key.action == action)
        self.decide(Report(key=command.key, job=command.job, outcome=outcome or Succeeded(summary="done")))

    def ship(self, *, seen: bool = True, unseen: str = "", hold: str = "") -> RunId:
        """A run from its start to its end, with its release switched to and, perhaps, seen."""
        run = self.start()
        self.read_sources()
        self.end("build-site")
        release = ReleaseId(f"{run}-0123456789ab")
        with self.home.store.view() as view:
            bill = run_row(view, run).bill
        now = datetime.now(UTC)
        facts = [
            facts_site.ReleaseStored(
                at=now, release=release, run=run, bill=bill, manifest=digest_of(b""), files=3, size_bytes=30
            ),
            facts_site.ReleaseSwitched(
                at=now,
                release=release,
                run=run,
                bill=bill,
                epoch=1,
                mark=facts_site.HighWaterMark(generations=bill.generations, decided_at=now, run=run),
                hold_reason=hold,
                hold_by="ada" if hold else "",
            ),
        ]
        if seen:
            facts.append(facts_site.ReleaseSeen(at=now, release=release, run=run, edges=(PAGE,), pages=3))
        if unseen:
            facts.append(facts_site.ReleaseUnseen(at=now, release=release, run=run, reason=unseen))
        with self.home.store.transaction() as transaction:
            for fact in facts:
                transaction.append(fact)
        for action in ("deploy-site", "invalidate-edge", "announce", "verify-live"):
            self.end(action)
        self.judge()
        return run

    def put(
        self, algorithm: str, version: str, type_: str = "routing", phase: str = "PACKAGE_TESTS_COMPLETE"
    ):
        path = f"/api/v1/catalog/{quote(algorithm, safe='')}/{quote(version, safe='')}"
        body = json.dumps({"type": type_, "phase": phase}).encode()
        answer = ask(self.app(), "PUT", path, body=body)
        assert answer.status in (200, 201), answer.text
        self.publish()
        return answer
