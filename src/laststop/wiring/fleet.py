"""The pipelines a server drives: those of the project's files, and those that were made through the API."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from laststop.engine.loop import Engine
from laststop.homes.embedded.declared_files import DeclaredFiles
from laststop.homes.embedded.drive import Drive
from laststop.homes.embedded.gate import StoredGate
from laststop.homes.embedded.shared_executor import SharedExecutor
from laststop.homes.embedded.state_journal import StateJournal
from laststop.homes.embedded.store.journal import Store
from laststop.pipeline.declaration import Pipeline
from laststop.wiring.embedded import draw_run_id
from laststop.words.instants import Instant

FLOW: Final = 0
"""Where the flow's pipeline stands among those of the files."""


class Watch(Protocol):
    """Watches what pipelines read, and nothing else; `look_now` before anything is decided."""

    def __call__(self, pipelines: Sequence[Pipeline], *, look_now: bool) -> None:
        """From now on."""
        ...


class Fleet:
    """One engine per pipeline, over one journal and one executor.

    A pipeline whose file is gone is not driven: its history stays, and it goes on when the file is back.
    Concurrency: the thread of the loop, except where said otherwise.
    """

    def __init__(
        self,
        *,
        store: Store,
        files: Sequence[tuple[str, Pipeline]],
        executor: SharedExecutor,
        watch: Watch,
        clock: Callable[[], Instant],
        at_once: bool = False,
    ) -> None:
        """`files` are the declarations by file, the flow's first, or none; `watch` looks at what they read.

        `at_once` has sources begin runs as CodePipeline does, not as late as can be.
        Nothing runs before `prepare`.
        """
        self._store = store
        self._files = files
        self._executor = executor
        self._watch = watch
        self._clock = clock
        self._at_once = at_once
        self._declared = DeclaredFiles(store)
        self._drives: dict[str, Drive] = {}
        self._seen = -1
        self._prepared = False

    def prepare(self) -> None:
        """Watch the sources, note what the files declare, and begin with what changed in them."""
        self._watch([pipeline for _, pipeline in self._files], look_now=True)
        self._declared.note({pipeline.name: file for file, pipeline in self._files})
        for _, pipeline in self._files:
            self._drive(pipeline.name).declare(pipeline)
        self._prepared = True

    def drives(self) -> tuple[Drive, ...]:
        """The pipelines as they are now, the flow's first; one that was made or updated is noticed here."""
        with self._store.view() as view:
            newest = view.newest()
        if newest != self._seen:
            self._look_around()
            self._seen = newest
        return tuple(self._drives.values())

    def names(self) -> tuple[str, ...]:
        """The pipelines that are driven, the flow's first. Any thread."""
        made = self._declared.made_elsewhere()
        return (*(pipeline.name for _, pipeline in self._files), *made)

    def declarations(self) -> tuple[Pipeline, ...]:
        """The declarations as they stand. Any thread."""
        with self._store.view() as view:
            found = [view.state(name).declaration for name in self.names()]
        return tuple(each for each in found if each is not None)

    def files(self) -> dict[str, str]:
        """The pipelines that files declare, and which. Any thread."""
        return {pipeline.name: file for file, pipeline in self._files}

    def _look_around(self) -> None:
        made = self._declared.made_elsewhere()
        for name in made:
            self._drive(name)
        if self._prepared:
            self._watch(self.declarations(), look_now=False)

    def _drive(self, name: str) -> Drive:
        if name not in self._drives:
            flow = bool(self._files) and name == self._files[FLOW][1].name
            journal = StateJournal(self._store)
            gate = StoredGate(self._store, flow=flow)
            self._drives[name] = Drive(
                pipeline=name,
                store=self._store,
                engine=Engine(
                    pipeline=name,
                    journal=journal,
                    executor=self._executor.share(name),
                    gate=gate,
                    clock=self._clock,
                    draw=draw_run_id,
                    at_once=self._at_once,
                ),
                journal=journal,
                gate=gate,
                flow=flow,
            )
        return self._drives[name]
