"""A scenario's home on AWS: an emulator, our CodePipeline before it, and the functions with the rights Terraform plans.

Everything is made once; between scenarios what they left behind is cleared. The functions are the deployed ones, with
shorter waits (`QUICK_SOURCE`), and say while they run, so that a scenario knows when all is quiet.
"""

import html
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from e2e.workbench import LASTSTOP, until
from emulator.aws_functions import Functions
from emulator.aws_project import AwsProject, StandIn, init, planned, stand_in
from emulator.aws_reader import AwsReader
from emulator.stack import KEYS, REGION, Stack
from laststop.catalog.version import WantedVersion
from laststop.functions.catalog import put_version, set_phase
from laststop.functions.settle import judged
from laststop.homes.aws.publications import settled_changes
from laststop.wiring.aws_telling import court
from scenarios.embedded import BUILD
from scenarios.home import RELEASED, Standing
from scenarios.lazy_front import LazyFront
from unit.events import event
from unit.homes.slack_stand_in import Slack, slack_running

Json = dict[str, Any]

QUICK_SOURCE = """
import importlib, os, uuid
from pathlib import Path
from laststop.functions import look_again as _look_again, start as _start, verify_live as _verify_live

_start.start.__kwdefaults__["coalesce_seconds"] = 0.3
_verify_live.ROUND_PAUSE_SECONDS = 0.05
_look_again.PAUSES_SECONDS = (2, 2, 2, 3, 3, 3, 5, 5, 5)

def __getattr__(name):
    handler = importlib.import_module(f"laststop.lambdas.{name}").handler
    def noted(event, context):
        note = Path(os.environ["BUSY"]) / uuid.uuid4().hex
        note.touch()
        try:
            return handler(event, context)
        finally:
            note.unlink()
    return noted
"""
"""The waits that a minute would be spent with, and a note for as long as a function runs."""

QUIET_SECONDS = 1.2
"""Nothing under way for so long is quiet: the stream is read, and events are told, at least once in that time."""
PATIENCE_SECONDS = 60.0
VERIFY_SECONDS = 2


class Deployment:
    """The resources and functions that all scenarios share."""

    def __init__(self, project: AwsProject, slack: Slack, slack_url: str, folder: Path) -> None:
        self.project, self.slack, self.folder = project, slack, folder
        self.busy, self.switches = folder / "busy", folder / "switches"
        for made in (self.busy, self.switches):
            made.mkdir()
        self.frontend = folder / "frontend"
        shutil.copytree(project.folder / "frontend", self.frontend)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.reader = AwsReader(project, f"http://127.0.0.1:{self.port}")
        self.codepipeline = boto3.client(
            "codepipeline",
            endpoint_url=self.reader.pipeline_url,
            region_name=REGION,
            aws_access_key_id=KEYS.access_key_id,
            aws_secret_access_key=KEYS.secret_access_key,
        )
        self.front = LazyFront(project.stack.url, self._site)
        told = self.reader.stand_ins(slack_url, connect_to=self.front.address)
        self.functions = Functions(project, {**told, "BUSY": str(self.busy)}, quick=QUICK_SOURCE)
        self.functions.deploy()
        project.make("pipeline")
        self._let_builds_see("SWITCHES", str(self.switches))

    def close(self) -> None:
        self.front.close()
        self.codepipeline.close()
        self.reader.close()

    def clear(self) -> None:
        """As it was before the first scenario; nothing may be under way."""
        self.functions.be_deaf()
        self.front.follow()
        for name in ("catalog/table", "ledger/table"):
            self._empty_table(self.project.parameter(name))
        self._empty_bucket(self.project.parameter("documents/bucket"))
        self._empty_bucket(self.project.parameter("artifacts/bucket"))
        # Contents stay: they are named by their digests, and a warm function knows which are there.
        self._empty_bucket(self.project.parameter("site/bucket"), "site/")
        for note in (*self.busy.iterdir(), *self.switches.iterdir()):
            note.unlink()
        shutil.rmtree(self.project.folder / ".laststop", ignore_errors=True)
        shutil.rmtree(self.project.folder / "frontend")
        shutil.copytree(self.frontend, self.project.folder / "frontend")
        self.project.seed()
        self.slack.messages.clear()
        self.functions.listen("LATEST")

    def _let_builds_see(self, name: str, value: str) -> None:
        client, project = self.project.stack.client("codebuild"), self.project.parameter("build/project")
        (made,) = client.batch_get_projects(names=[project])["projects"]
        environment = {**made["environment"], "environmentVariables": [{"name": name, "value": value}]}
        client.update_project(name=project, environment=environment)

    def _empty_table(self, name: str) -> None:
        client = self.project.stack.client("dynamodb")
        keys = [key["AttributeName"] for key in client.describe_table(TableName=name)["Table"]["KeySchema"]]
        for page in client.get_paginator("scan").paginate(TableName=name):
            for item in page["Items"]:
                client.delete_item(TableName=name, Key={key: item[key] for key in keys})

    def _empty_bucket(self, name: str, prefix: str = "") -> None:
        client = self.project.stack.client("s3")
        for page in client.get_paginator("list_object_versions").paginate(Bucket=name, Prefix=prefix):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
            if objects:
                client.delete_objects(Bucket=name, Delete={"Objects": objects})

    def _site(self) -> dict[str, bytes]:
        client, bucket = self.project.stack.client("s3"), self.project.parameter("site/bucket")
        files: dict[str, bytes] = {}
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="site/"):
            for each in page.get("Contents", ()):
                content = client.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
                files[each["Key"].removeprefix("site/")] = content
        return files


@contextmanager
def deployed(stack: Stack, folder: Path) -> Iterator[Deployment]:
    """Everything made once, in an empty emulator."""
    (folder / "terraform").mkdir()
    made = init(folder, within_seconds=VERIFY_SECONDS)
    buildspec = made / "frontend/buildspec.yml"
    buildspec.write_text(buildspec.read_text().replace("      - python3 build.py\n", BUILD))
    _commit(made / "frontend", "A build with switches")
    project = AwsProject(stack, made, planned(made, folder / "terraform"))
    project.make("base")
    project.seed()
    with slack_running() as (slack, url, _):
        deployment = Deployment(project, slack, url, folder)
        try:
            yield deployment
        finally:
            deployment.close()


@contextmanager
def played(deployment: Deployment, folder: Path) -> Iterator["Aws"]:
    """The home of one scenario, empty but for the first site."""
    deployment.clear()
    home = Aws(deployment, folder)
    try:
        yield home
        home.mend_build()
        home.wait()
    finally:
        home.close()


class Aws:
    """The `Home` of scenarios over the deployed functions."""

    def __init__(self, deployment: Deployment, folder: Path) -> None:
        self._at = deployment
        self._project, self._reader = deployment.project, deployment.reader
        self._logs, self._starts = folder, 0
        self._service: StandIn | None = None
        self._serve()
        self._client.create_pipeline(pipeline=self._project.pipeline())

    def close(self) -> None:
        """End the service; a build that was left behind with it."""
        self.mend_build()
        if self._service is not None:
            self._service.end()
            self._service = None

    # The catalog: the home's own port, as a test runner would write.

    def put(self, algorithm: str, version: str, type_: str = "ranking", phase: str = RELEASED) -> None:
        wanted = WantedVersion(algorithm=algorithm, version=version, type=type_, phase=phase)
        put_version(self._reader.home.versions, wanted, self._reader.home.policy)

    def phase(self, algorithm: str, version: str, phase: str) -> None:
        set_phase(self._reader.home.versions, algorithm, version, phase, self._reader.home.policy)

    def retire(self, algorithm: str, version: str) -> None:
        self.phase(algorithm, version, "RETIRED")

    def pin(self, algorithm: str, version: str = "") -> None:
        self._reader.home.versions.pin(algorithm, version or None)

    def drop_doorbells(self) -> None:
        self.wait()  # what was told before was told
        self._at.functions.be_deaf()

    def hear_doorbells(self) -> None:
        self._at.functions.listen("LATEST")

    # Sources, builds and edges.

    def push(self, text: str) -> None:
        frontend = self._project.folder / "frontend"
        page = frontend / "src/page.html"
        page.write_text(page.read_text().replace("</body>", f"<p>{text}</p></body>"))
        _commit(frontend, text)

    def fail_build(self) -> None:
        (self._at.switches / "broken").touch()

    def slow_build(self) -> None:
        (self._at.switches / "slow").touch()

    def mend_build(self) -> None:
        for switch in self._at.switches.iterdir():
            switch.unlink()

    def slow_edge(self) -> None:
        self._at.front.stick()

    def mend_edge(self) -> None:
        self._at.front.follow()

    # The process: the only one is CodePipeline's; everything else is there only while it works.

    def restart(self) -> None:
        """CodePipeline's ends and starts; `sweep` is called as by its schedule, for nothing else could start."""
        if self._service is not None:
            assert self._service.end() == 0, self._service.said
        self._serve()
        self._at.functions.call("sweep", event("schedule-sweep"))

    def _serve(self) -> None:
        self._starts += 1
        self._service = stand_in(
            self._project,
            self._logs / f"codepipeline-{self._starts}",
            port=self._at.port,
        )

    def kill(self) -> None:
        assert self._service is not None, "it does not run"
        self._service.kill()
        self._service = None

    # People.

    def sweep(self) -> None:
        self._at.functions.call("sweep", {})

    def rollback(self, release: str, reason: str) -> None:
        wish = {"action": "rollback", "release": release, "reason": reason, "by": "ada"}
        self._at.functions.call("release", wish)

    def lift(self) -> None:
        """Go on, and if nothing is newer than what was rolled back from, say that it may be shown again."""
        wish = {"action": "lift", "by": "ada"}
        refusal = self._at.functions.refusal("release", wish)
        if refusal:
            assert "nothing newer is known" in refusal
            self._at.functions.call("release", {**wish, "again": True})

    def retry(self) -> None:
        environment = {**os.environ, **self._project.stack.environment()}
        subprocess.run(
            [*LASTSTOP, "run", "retry", "--home", "aws"],
            cwd=self._project.folder,
            env={**environment, "AWS_ENDPOINT_URL_CODEPIPELINE": self._reader.pipeline_url},
            check=True,
            capture_output=True,
        )

    # Looking.

    def wait(self) -> None:
        """Until nothing was under way for as long as it takes to be told of anything."""
        since = time.monotonic()

        def quiet() -> bool:
            nonlocal since
            if self._is_busy():
                since = time.monotonic()
            return time.monotonic() - since > QUIET_SECONDS

        until(quiet, "everything that is told of is dealt with", seconds=PATIENCE_SECONDS)

    def _is_busy(self) -> bool:
        time.sleep(0.05)
        if any(self._at.busy.iterdir()):
            return True
        if self._service is None:
            return False
        runs = self._runs()
        moving = [run for run in runs if run["status"] in ("InProgress", "Stopping")]
        return not runs or not self._head_is_known(runs) or any(self._moves(run) for run in moving)

    def _head_is_known(self, runs: list[Json]) -> bool:
        """Whether a run has the commit that was pushed last."""
        head = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=self._project.folder / "frontend",
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        return any(source["revisionId"] == head for run in runs for source in run["sourceRevisions"])

    def _moves(self, run: Json) -> bool:
        """Whether a run under way does more than wait before a closed stage, or for a build that was made slow."""
        slow = (self._at.switches / "slow").exists()
        newest = self._actions(run)[:1]
        if not newest:
            return True
        stage = newest[0]["stageName"]
        if newest[0]["status"] == "InProgress":
            return not (slow and stage == "Build")
        states = self._client.get_pipeline_state(name=self._project.name)["stageStates"]
        done = [state["stageName"] for state in states].index(stage)
        return not any(_is_shut(state, slow=slow) for state in states[done + 1 : done + 2])

    @property
    def _client(self) -> Any:
        return self._at.codepipeline

    def _runs(self) -> list[Json]:
        return self._reader.runs(self._client) if self._service is not None else []

    def _actions(self, run: Json) -> list[Json]:
        """What a run did, the newest first."""
        found = self._client.list_action_executions(
            pipelineName=self._project.name, filter={"pipelineExecutionId": run["pipelineExecutionId"]}
        )
        return list(found["actionExecutionDetails"])

    def observe(self) -> Standing:
        home, runs = self._reader.home, self._runs()
        actions = [self._actions(run) for run in runs]
        live = home.releases.live()
        unproven = home.site_ledger.unproven()
        standing = self._judged()
        shown, text = self._fetched("versions.json"), self._fetched("index.html")
        return Standing(
            pages=(json.loads(shown),) if shown else (),
            texts=(text,) if text else (),
            verdicts={name: verdict for name, (verdict, _) in standing.items()},
            reasons={name: reason for name, (_, reason) in standing.items()},
            runs=tuple(run["status"] for run in reversed(runs)),
            stage=actions[0][0]["stageName"] if actions and actions[0] else "",
            messages=tuple(html.unescape(message["text"]) for message in self._at.slack.posted()),
            held=live.hold.reason if live and live.hold else "",
            proven=live is not None and unproven == (live.release,),
            deploys=self._deploys(),
            builds=sum(each["actionName"] == "build-site" for told in actions for each in told),
        )

    def _judged(self) -> dict[str, tuple[str, str]]:
        """`algorithm version` -> verdict and reason of its newest change, as things stand now."""
        home = self._reader.home
        rows = [row for one in home.versions.scan(limit=1000).algorithms for row in one.versions]
        found: dict[str, tuple[str, str, str]] = {
            f"{row.algorithm} {row.version}": ("", "none", "") for row in rows
        }

        def note(name: str, sequence: str, verdict: str, reason: str) -> None:
            if sequence > found.get(name, ("",))[0]:
                found[name] = (sequence, verdict, reason)

        for algorithm in {row.algorithm for row in rows}:
            for settled in settled_changes(home.ledger_table, algorithm):
                name = f"{algorithm} {settled.version}"
                note(name, settled.sequence, settled.verdict.value, settled.reason)
        if self._service is not None:
            sitting = court(home)
            for each, verdict in judged(sitting, sitting.verdicts.open()):
                name = f"{each.change.algorithm} {each.change.version}"
                note(name, each.key.partition("#")[0], verdict.kind.value, verdict.reason)
        return {name: (verdict, reason) for name, (_, verdict, reason) in found.items()}

    def _deploys(self) -> int:
        """Switches: each writes build.json, and the bucket keeps every version of it."""
        found = self._project.stack.client("s3").list_object_versions(
            Bucket=self._project.parameter("site/bucket"), Prefix="site/build.json"
        )
        return len(found.get("Versions", ()))

    def _fetched(self, path: str) -> str:
        """What CloudFront shows; nothing before the first release."""
        found = self._reader.page(path)
        assert found.status in (200, 403, 404), f"{path} answers {found.status}"
        return found.body.decode() if found.status == 200 else ""


def _is_shut(stage: Json, *, slow: bool) -> bool:
    """Whether nothing enters a stage by itself: its entrance is closed, or a slow build is inside."""
    if not stage["inboundTransitionState"]["enabled"]:
        return True
    return slow and stage["stageName"] == "Build" and stage["latestExecution"]["status"] == "InProgress"


def _commit(folder: Path, message: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    for words in (("add", "-A"), (*identity, "commit", "-q", "-m", message)):
        subprocess.run(["git", *words], cwd=folder, check=True)
