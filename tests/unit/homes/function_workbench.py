"""A pipeline of a source and one function, over a real store, without an engine's thread."""

import os
import textwrap
import threading
import time

import msgspec

from laststop.engine.apply import apply
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.build_log import read_log
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.functions.user_functions import (
    FunctionSettings,
    Surroundings,
    UserFunctions,
)
from laststop.homes.embedded.jobs.book import JobBook
from laststop.homes.embedded.jobs.event import Keys, job_id_of, job_of
from laststop.homes.embedded.jobs.outputs import JobOutputs
from laststop.homes.embedded.store.journal import Store
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.due import due
from laststop.pipeline.inputs import Declare, Report, Start, Stop, Succeeded
from laststop.words.artifact import Artifact
from laststop.words.bill import Revision
from laststop.words.ids import RunId
from unit.homes.home_workbench import Clock

RUN = RunId("0b54f7a2-4a55-4a7c-9d07-0f1c2d3e4f50")
KEYS = Keys(access_key_id="AKIALOCAL", secret_access_key="signing-key", session_token="", expires_at_ms=9)

SURROUNDINGS = Surroundings(
    codepipeline_url="http://127.0.0.1:1",
    s3_url="http://127.0.0.1:2",
    region="eu-west-1",
    keys=KEYS,
    secrets=("a secret of the server",),
)


def declared(outputs=(), gate=False, **configuration):
    """A source and a call; with `gate` the call's stage is entered only if the function agrees."""
    source = {
        "name": "bundle",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3"},
        "configuration": {"S3Bucket": "uploads", "S3ObjectKey": "app.zip"},
        "outputArtifacts": [{"name": "bundle"}],
    }
    call = {
        "name": "call",
        "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda"},
        "configuration": {"FunctionName": "mine", **configuration},
        "inputArtifacts": [{"name": "bundle"}],
        "outputArtifacts": [{"name": name} for name in outputs],
    }
    stages = [{"name": "Source", "actions": [source]}, {"name": "Call", "actions": [call]}]
    if gate:
        rule = {
            "name": "ask",
            "ruleTypeId": {"provider": "LambdaInvoke"},
            "configuration": {"FunctionName": "mine"},
            "inputArtifacts": [{"name": "bundle"}],
        }
        stages[1]["beforeEntry"] = {"conditions": [{"result": "FAIL", "rules": [rule]}]}
    return msgspec.convert({"name": "calls", "stages": stages}, Pipeline)


class Bench:
    """The run stands before its function; `command()` is what an engine would issue."""

    def __init__(self, path, *, content=b"zipped", outputs=(), gate=False, **configuration):
        self.path = path
        self.folders = Folders(path)
        self.folders.root.mkdir(parents=True, exist_ok=True)
        self.store = Store(self.folders.store)
        self.blobs = Blobs(self.folders.blobs)
        self.clock = Clock()
        self.rings = 0
        self.outputs = JobOutputs(self.folders, self.blobs)
        self.book = JobBook(self.store, self.outputs, clock=self.clock)
        self.book.attend(ring=self._ring, event=lambda command: job_of(command, KEYS))
        self.digest, self.size = self.blobs.put_bytes(content), len(content)
        self.tell(Declare(declaration=declared(outputs, gate=gate, **configuration)))
        self.tell(Start(run=RUN, cause="test"))
        bundle = Artifact(name="bundle", digest=self.digest, size_bytes=self.size)
        revision = Revision(action="bundle", id="v1", location="uploads/app.zip")
        self.tell(
            Report(key=self.command().key, job=0, outcome=Succeeded(artifacts=(bundle,), revision=revision))
        )

    def _ring(self):
        self.rings += 1

    def tell(self, asked):
        with self.store.transaction() as transaction:
            applied = apply(transaction, transaction.state("calls"), asked, self.clock())
            assert applied.refused is None, applied.refused
            transaction.save_state(applied.state)

    def state(self):
        with self.store.view() as view:
            return view.state("calls")

    def command(self):
        (only,) = due(self.state())
        return only

    def job_id(self):
        command = self.command()
        return job_id_of(command.key, command.job)

    def kinds(self):
        with self.store.view() as view:
            return [each.fact.kind for each in view.after(0)]

    def newest(self, kind):
        with self.store.view() as view:
            return [each.fact for each in view.of_kinds((kind,), 0)][-1]

    def stop_run(self):
        self.tell(Stop(run=RUN, abandon=True))

    def close(self):
        self.store.close()


class Calling:
    """One function of the project, called in a thread as the executor would."""

    def __init__(
        self, bench, source, *, handler="handler", timeout_seconds=20, surroundings=SURROUNDINGS, **settings
    ):
        self.bench = bench
        file = bench.path / "mine.py"
        file.write_text(textwrap.dedent(source))
        self.functions = UserFunctions(
            {
                "mine": FunctionSettings(
                    file=file, handler=handler, timeout_seconds=timeout_seconds, **settings
                )
            },
            book=bench.book,
            folders=bench.folders,
            surroundings=lambda: surroundings,
            server={"PATH": os.environ["PATH"], "HOME": str(bench.path), "HIDDEN": "x"},
            retry_seconds=(0.01, 0.01),
        )
        self.command = bench.command()
        self.cancelled = threading.Event()
        self.outcome = "still running"
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        self.outcome = self.functions.run(self.command, self.cancelled)

    def ended(self, within=20):
        """The outcome, once there is one."""
        self.thread.join(within)
        assert not self.thread.is_alive(), self.log()
        return self.outcome

    def until(self, text, within=20):
        """Wait for a line of the log that holds a text."""
        deadline = time.monotonic() + within
        while not any(text in line for line in self.log()):
            assert time.monotonic() < deadline, self.log()
            assert self.thread.is_alive() or any(text in line for line in self.log()), self.log()
            time.sleep(0.02)

    def log(self):
        return [line.text for line in read_log(self.bench.folders.log(self.command.key)).lines]
