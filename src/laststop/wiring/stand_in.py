"""The stand-in for CodePipeline, put together: our engine in front of somebody else's AWS.

Pipelines come through `CreatePipeline`, runs through `StartPipelineExecution`; sources, functions, build
projects and rules for events are those of the account on the other side. Journal, artifacts and logs are kept
in the project's `.laststop/codepipeline`.
"""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from laststop.config.project import Project
from laststop.engine.providers import Provider
from laststop.homes.embedded.actions.build_run import BuildRun, BuildSettings
from laststop.homes.embedded.actions.source_connection import ConnectionSource
from laststop.homes.embedded.bell import Bell
from laststop.homes.embedded.builder import ShellBuilder, end_orphans
from laststop.homes.embedded.control import StoredControl, Surroundings
from laststop.homes.embedded.event_courier import EventCourier, Telling
from laststop.homes.embedded.executor import ThreadExecutor
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.git import GitRepository
from laststop.homes.embedded.jobs.book import JobBook
from laststop.homes.embedded.lock import Holder, ServerLock
from laststop.homes.embedded.pulse import Pulse
from laststop.homes.embedded.shared_executor import SharedExecutor
from laststop.homes.embedded.watchers import Watchers
from laststop.homes.stand_in.artifact_bucket import ArtifactBucket
from laststop.homes.stand_in.clients import Clients
from laststop.homes.stand_in.code_build import AccountBuild, AccountSecrets
from laststop.homes.stand_in.function import Function
from laststop.homes.stand_in.relay import Relay, RelayTarget
from laststop.homes.stand_in.role_keys import RoleKeys
from laststop.homes.stand_in.source_s3 import BucketSource
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.event_pattern import read_pattern
from laststop.pipeline.eventbridge import Origin
from laststop.wiring.embedded import EmbeddedHome, clock, draw_run_id
from laststop.wiring.fleet import Fleet

STATE = "codepipeline"
ACCOUNT = "000000000000"
_EVERYTHING = '{"source": ["aws.codepipeline"]}'
_SERVICES = ("s3", "lambda", "events", "sqs", "codebuild", "sts", "ssm", "secretsmanager")


def stand_in_home(project: Project) -> EmbeddedHome:
    """The store the stand-in works over; it is not the project's own."""
    return EmbeddedHome(project, folders=Folders(project.root / ".laststop" / STATE))


class StandIn:
    """Engines, executor and relay. The endpoint is started beside it.

    Concurrency: `run` blocks in one thread; `stop` may be called from any.
    """

    def __init__(
        self, home: EmbeddedHome, endpoint_url: str, *, region: str, say: Callable[[str], None]
    ) -> None:
        """Take the lock; nothing runs before `prepare`.

        Raises: ConflictError when another stand-in runs over the same state.
        """
        self.home = home
        self._lock = ServerLock(home.folders.lock)
        self.bell = Bell()
        clients = Clients(endpoint_url, region=region)
        clients.prepare(*_SERVICES)
        shelf = ArtifactBucket(clients, home.blobs, self._bucket_of)
        keys = RoleKeys(clients, self._role_of, say=say)
        function = Function(clients, shelf, keys)
        home.book = JobBook(home.store, shelf, clock=clock)
        home.book.attend(ring=self.bell.ring, event=function.job)
        self._repositories = _repositories(home.project)
        self.executor = ThreadExecutor(self._providers(clients, function), self.bell.ring)
        self._watchers = Watchers(self._repositories, home.store, self.bell.ring, clock)
        self.fleet = Fleet(
            store=home.store,
            files=(),
            executor=SharedExecutor(self.executor),
            watch=self._watch,
            clock=clock,
            at_once=True,
        )
        self._relay = EventCourier(
            store=home.store,
            telling=Telling(
                name="relay",
                pattern=read_pattern(_EVERYTHING),
                target=RelayTarget(Relay(clients, say=say)),
            ),
            clock=clock,
            hide=lambda text: text,
            say=say,
            origin=Origin(account=ACCOUNT, region=region),
        )
        self._pulse = Pulse(
            store=home.store,
            bell=self.bell,
            deadlines=lambda: [drive.next_deadline() for drive in self.fleet.drives()],
            clock=clock,
            say=say,
        )
        self._down = threading.Lock()
        self._is_down = False

    def control(self) -> StoredControl:
        """Performs CodePipeline's operations by CodePipeline's own rules, whatever the project says."""
        return StoredControl(
            self.home.store,
            clock=clock,
            draw=draw_run_id,
            ring=self.bell.ring,
            surroundings=Surroundings(book=self.home.book),
        )

    def prepare(self, url: str) -> None:
        """Recover, and write down how to reach the endpoint."""
        self._lock.note(Holder(pid=os.getpid(), bell_port=self.bell.port, console_url=url))
        self.home.blobs.sweep()
        end_orphans(self.home.folders.work)
        self.fleet.prepare()
        self._relay.start()

    def run(self) -> None:
        """Work until `stop`."""
        self._pulse.run(self._decide)

    def stop(self) -> None:
        """End `run`; `close` does the rest."""
        self._pulse.stop()

    def close(self) -> None:
        """Bring everything down; what was running is due again at the next start. Safe to call twice."""
        with self._down:
            if self._is_down:
                return
            self._is_down = True
            self._pulse.stop()
            self._relay.stop()
            self._watchers.stop()
            self.executor.close()
            self.bell.close()
            self.home.close()
            self._lock.release()

    def _decide(self) -> bool:
        """Decide for every pipeline what there is to decide; True when anything was."""
        did = False
        for drive in self.fleet.drives():
            did = drive.decide() or did
        return did

    def _watch(self, pipelines: Sequence[Pipeline], *, look_now: bool) -> None:
        """Repositories only: buckets tell of their objects through the account's own events."""
        known = [each for each in pipelines if _reads_known(each, self._repositories)]
        self._watchers.watch(known, look_now=look_now)

    def _bucket_of(self, pipeline: str) -> str:
        declared = self._declared(pipeline)
        return declared.artifact_store.location if declared and declared.artifact_store else ""

    def _role_of(self, pipeline: str) -> str:
        declared = self._declared(pipeline)
        return declared.role_arn if declared else ""

    def _declared(self, pipeline: str) -> Pipeline | None:
        with self.home.store.view() as view:
            return view.state(pipeline).declaration

    def _providers(self, clients: Clients, function: Function) -> dict[str, Provider]:
        """Who does which kind of action here; any other fails its action, and says that nobody does it."""
        secrets = AccountSecrets(clients)
        runs = BuildRun(
            builder=ShellBuilder(secrets=secrets),
            blobs=self.home.blobs,
            folders=self.home.folders,
            settings=BuildSettings(timeout_seconds=self.home.project.build.timeout_minutes * 60),
            secrets=secrets,
            origin_of=self.home.runs.build_origin,
        )
        build = AccountBuild(clients, runs)
        return {
            "Source/AWS/S3/1": BucketSource(clients, self.home.blobs),
            "Source/AWS/CodeStarSourceConnection/1": ConnectionSource(
                self._repositories, self.home.blobs, self.home.folders.work / "sources"
            ),
            "Build/AWS/CodeBuild/1": build,
            "Test/AWS/CodeBuild/1": build,
            "Invoke/AWS/Lambda/1": function,
        }


def _repositories(project: Project) -> dict[str, GitRepository]:
    cache: Path = project.root / ".laststop" / STATE / "mirrors"
    return {
        name: GitRepository(repository_id=name, location=location, base=project.root, cache=cache)
        for name, location in project.repositories.items()
    }


def _reads_known(pipeline: Pipeline, known: dict[str, GitRepository]) -> bool:
    """Whether every repository of a pipeline is one that laststop.toml places."""
    return all(
        action.configuration.get("FullRepositoryId") in known
        for action in pipeline.sources()
        if action.action_type_id.provider == "CodeStarSourceConnection"
    )
