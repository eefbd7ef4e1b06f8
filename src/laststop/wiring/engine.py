"""The running embedded home: engine, executor, watchers, and who does which kind of action."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from laststop.engine.providers import Provider
from laststop.errors import NotFoundError
from laststop.functions.announce import announce
from laststop.functions.deploy_site import deploy_site
from laststop.functions.invalidate_edge import invalidate_edge
from laststop.functions.verify_live import verify_live
from laststop.homes.embedded.actions.build_run import BuildRun, BuildSettings
from laststop.homes.embedded.actions.codebuild import CodeBuild
from laststop.homes.embedded.actions.commands import Commands
from laststop.homes.embedded.actions.deploy_s3 import S3Deploy
from laststop.homes.embedded.actions.invoke import Handler, Invoke
from laststop.homes.embedded.actions.source_connection import ConnectionSource
from laststop.homes.embedded.actions.source_s3 import S3Source
from laststop.homes.embedded.artifacts import BlobArtifacts
from laststop.homes.embedded.bell import Bell
from laststop.homes.embedded.builder import ShellBuilder, end_orphans
from laststop.homes.embedded.builder.inputs import Clone
from laststop.homes.embedded.care import Care, Keeping
from laststop.homes.embedded.clerk import Clerk
from laststop.homes.embedded.executor import ThreadExecutor
from laststop.homes.embedded.git import GitRepository
from laststop.homes.embedded.object_watch import ObjectWatch
from laststop.homes.embedded.objects import Objects
from laststop.homes.embedded.pull_requests import PullRequests
from laststop.homes.embedded.readers import JudgeReader, PublishReader
from laststop.homes.embedded.recheck import Recheck
from laststop.homes.embedded.secret_file import SecretFile
from laststop.homes.embedded.server import Loop
from laststop.homes.embedded.shared_executor import SharedExecutor
from laststop.homes.embedded.sweeper import Sweeper
from laststop.homes.embedded.watchers import Watchers
from laststop.pipeline.declaration import Pipeline
from laststop.wiring.embedded import EmbeddedHome, clock
from laststop.wiring.events import EventCouriers
from laststop.wiring.fleet import FLOW, Fleet
from laststop.wiring.functions import Functions
from laststop.wiring.notices import Couriers


class Server:
    """The running home: engines, executor, watchers. Consoles and edges are started beside it."""

    def __init__(
        self, home: EmbeddedHome, files: Sequence[tuple[str, Pipeline]], say: Callable[[str], None]
    ) -> None:
        """`files` as `Fleet` has them, `say` is told of trouble that passes by itself.

        Nothing runs before `prepare`.
        """
        self.home = home
        self.couriers = Couriers(home, say)
        self.bell = Bell()
        self.clerk = Clerk(
            home.store,
            project=home.project.name,
            page_url=home.page_url,
            clock=clock,
            owners=home.project.notices.owners,
            hide=self.couriers.hide,
            written=self.couriers.ring,
        )
        self.repositories = _repositories(home)
        self.functions = Functions(home, ring=self.bell.ring, secrets_shown_nowhere=self.couriers.secrets)
        self.events = EventCouriers(home, self.functions.calls, self.couriers.hide, say)
        self.executor = ThreadExecutor(_providers(self), self.bell.ring)
        self.watchers = Watchers(self.repositories, home.store, self.bell.ring, clock)
        self.fleet = Fleet(
            store=home.store,
            files=files,
            executor=SharedExecutor(self.executor),
            watch=self._watch,
            clock=clock,
        )
        self.object_watch = ObjectWatch(
            store=home.store, buckets=self.functions.buckets, ring=self.bell.ring, clock=clock
        )
        self.pull_requests = PullRequests(home.store, self.repositories, self.fleet.declarations, clock)
        self.recheck = Recheck(store=home.store, proof=home.proof(), edge=home.edges, ring=self.bell.ring)
        self.publish = PublishReader(home.store, home.policy, home.locations, clock)
        self.loop = Loop(
            store=home.store,
            drives=self.fleet.drives,
            publish=self.publish,
            judge=JudgeReader(home.store, home.policy, home.locations, clock),
            clerk=self.clerk,
            care=_care(home),
            sweeper=Sweeper(
                store=home.store,
                policy=home.policy,
                locations=home.locations,
                pipeline=files[FLOW][1].name,
                clock=clock,
            ),
            idle=lambda: not self.executor.running(),
            bell=self.bell,
            clock=clock,
            say=say,
        )

    def prepare(self) -> None:
        """Bring the store to where the files are: documents, declaration, pointer, heads."""
        self.home.blobs.sweep()
        for folder in (self.home.folders.work, self.home.folders.events):
            end_orphans(folder)
        self.home.ensure_documents()
        self.home.releases.mend_current()
        self.functions.prepare()
        while self.publish.read():  # what was recorded while nothing ran goes into the first run
            pass
        self.fleet.prepare()
        self.recheck.start()
        self.couriers.start()
        self.events.start()

    def _watch(self, pipelines: Sequence[Pipeline], *, look_now: bool) -> None:
        """Look at what these pipelines read, and see that the buckets are there that they write."""
        self.functions.ensure(sorted({bucket for each in pipelines for bucket in _buckets(self.home, each)}))
        self.watchers.watch(pipelines, look_now=look_now)
        self.object_watch.watch(place for each in pipelines for place in _watched_objects(self.home, each))

    def run(self) -> None:
        """Work until `stop`; blocks."""
        self.loop.run()

    def look(self, repository: str, branch: str) -> bool:
        """Look at a branch now; False when no source reads it."""
        return self.watchers.look(repository, branch)

    def pipelines(self) -> tuple[str, ...]:
        """The names of all pipelines that are driven here, the flow's first; any thread may ask."""
        return self.fleet.names()

    def stop(self) -> None:
        """End the loop, cancel what runs; it is due again at the next start."""
        self.loop.stop()
        self.recheck.stop()
        self.couriers.stop()
        self.events.stop()
        self.watchers.stop()
        self.object_watch.stop()
        self.functions.end_calls()
        self.executor.close()
        self.functions.stop()
        self.bell.close()


def _care(home: EmbeddedHome) -> Care:
    keep = home.project.retention
    return Care(
        store=home.store,
        blobs=home.blobs,
        releases=home.releases,
        folders=home.folders,
        keeping=Keeping(
            runs=keep.runs,
            logs_days=keep.logs_days,
            releases=keep.releases,
            journal_days=keep.journal_days,
            workspaces=keep.workspaces,
        ),
        clock=clock,
    )


def _repositories(home: EmbeddedHome) -> dict[str, GitRepository]:
    return {
        name: GitRepository(
            repository_id=name, location=location, base=home.project.root, cache=home.folders.mirrors
        )
        for name, location in home.project.repositories.items()
    }


def _watched_objects(home: EmbeddedHome, pipeline: Pipeline) -> list[tuple[str, str]]:
    """`(bucket, key)` of the objects whose changes start runs; documents tell of theirs by themselves."""
    places = [
        (action.configuration["S3Bucket"], action.configuration["S3ObjectKey"])
        for action in pipeline.sources()
        if action.action_type_id.provider == "S3"
        and action.configuration.get("PollForSourceChanges") != "false"
    ]
    return [place for place in places if "/".join(place) not in home.project.document_places]


def _buckets(home: EmbeddedHome, pipeline: Pipeline) -> tuple[str, ...]:
    """The buckets that actions name, besides that of the metadata documents."""
    configurations = [action.configuration for stage in pipeline.stages for action in stage.actions]
    named = {
        configuration[key]
        for configuration in configurations
        for key in ("S3Bucket", "BucketName")
        if key in configuration and "#{" not in configuration[key]
    }
    return tuple(sorted(named - {home.project.documents_bucket}))


def _providers(server: Server) -> dict[str, Provider]:
    """Who does which kind of action here."""
    home = server.home
    runs = _builds(server)
    builds, commands = CodeBuild(runs), Commands(runs)
    buckets = server.functions.buckets
    calls = Invoke(_handlers(server), server.functions.calls)
    return {
        "Source/AWS/S3/1": S3Source(Objects(home.store), buckets, home.blobs),
        "Source/AWS/CodeStarSourceConnection/1": ConnectionSource(
            server.repositories, home.blobs, home.folders.work / "sources"
        ),
        "Deploy/AWS/S3/1": S3Deploy(buckets, home.blobs),
        "Build/AWS/CodeBuild/1": builds,
        "Test/AWS/CodeBuild/1": builds,
        "Invoke/AWS/Lambda/1": calls,
        "Rule/AWS/LambdaInvoke/1": calls,
        "Compute/AWS/Commands/1": commands,
        "Rule/AWS/Commands/1": commands,
    }


def _cloning(repositories: Mapping[str, GitRepository]) -> Clone:
    """How builds clone the repositories of the project."""

    def clone(repository: str, commit: str, folder: Path) -> None:
        found = repositories.get(repository)
        if found is None:
            raise NotFoundError(
                f'no repository is known as "{repository}"',
                hint=f'add "{repository}" = "./folder" to [repositories] in laststop.toml',
            )
        found.clone(commit, folder)

    return clone


def _builds(server: Server) -> BuildRun:
    home = server.home
    project = home.project
    secrets = SecretFile(home.folders.secrets)
    return BuildRun(
        builder=ShellBuilder(secrets=secrets, clone=_cloning(server.repositories)),
        blobs=home.blobs,
        folders=home.folders,
        settings=BuildSettings(
            timeout_seconds=project.build.timeout_minutes * 60,
            passed={name: os.environ[name] for name in project.build.passed if name in os.environ},
            secrets=server.couriers.secrets,
        ),
        secrets=secrets,
        origin_of=home.runs.build_origin,
    )


def _handlers(server: Server) -> Mapping[str, Handler]:
    """The functions by the name a declaration calls them."""
    home = server.home
    artifacts = BlobArtifacts(home.blobs)
    proof = home.proof()
    handlers: dict[str, Handler] = {
        "deploy-site": lambda event, jobs, _: deploy_site(
            event,
            jobs=jobs,
            runs=home.runs,
            artifacts=artifacts,
            releases=home.releases,
            ledger=home.ledger,
            clock=clock,
        ),
        "invalidate-edge": lambda event, jobs, _: invalidate_edge(
            event, jobs=jobs, releases=home.releases, ledger=home.ledger, edge=home.edges
        ),
        "announce": lambda event, jobs, _: announce(event, jobs=jobs, ring=lambda _: server.bell.ring()),
        "verify-live": lambda event, jobs, waiting: verify_live(
            event, jobs=jobs, runs=home.runs, proof=proof, waiting=waiting
        ),
    }
    prefix = f"{home.project.name}-"
    return handlers | {f"{prefix}{name}": handler for name, handler in handlers.items()}
