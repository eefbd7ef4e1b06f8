"""A project's store, server, edges, builds and messages, looked at from outside."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib import resources
from pathlib import Path

import msgspec

from laststop.errors import LaststopError
from laststop.homes.embedded.builder import processes
from laststop.homes.embedded.edge_client import EdgeClient
from laststop.wiring.examination import Finding, Patient, State

ANSWER_SECONDS = 3.0
_SERVED = (200, 503)
"""What an edge answers for `/build.json`: the note, or that nothing is live yet."""


def of_store(patient: Patient) -> Iterator[Finding]:
    """Whether the store can be written and read by this laststop; none is made."""
    path = patient.folders.store
    if not path.exists():
        nearest = next(each for each in (path, *path.parents) if each.exists())
        if not os.access(nearest, os.W_OK | os.X_OK):
            mend = f"sudo chown -R $(id -un) {nearest}"
            yield Finding(about="store", state="trouble", says=f"{nearest} cannot be written", mend=mend)
        else:
            yield Finding(about="store", state="ok", says="none yet; the first command makes it")
        return
    known = len(list((resources.files("laststop.homes.embedded.store") / "schema").iterdir()))
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=ANSWER_SECONDS)) as store:
            schema = int(store.execute("PRAGMA user_version").fetchone()[0])
            store.execute("BEGIN IMMEDIATE")
            store.execute("ROLLBACK")
            yield from _of_schema(schema, known, path)
            if schema:
                yield from _of_bulletins(store)
    except sqlite3.Error as error:
        mend = f"laststop restore FILE, or: ls -l {path.parent}"
        yield Finding(about="store", state="trouble", says=f"{path}: {error}", mend=mend)


def _of_schema(schema: int, known: int, path: Path) -> Iterator[Finding]:
    if schema > known:
        says = f"a newer laststop wrote the store (schema {schema}, this one knows {known})"
        yield Finding(about="store", state="trouble", says=says, mend="bin/setup, in the newer version")
    else:
        size = path.stat().st_size / (1 << 20)
        behind = "" if schema == known else f" of {known}; the next command brings it forward"
        yield Finding(about="store", state="ok", says=f"writable, schema {schema}{behind}, {size:.1f} MiB")


def _of_bulletins(store: sqlite3.Connection) -> Iterator[Finding]:
    """Where messages are posted, and what went wrong there last; older stores have no such table."""
    if store.execute("SELECT 1 FROM sqlite_schema WHERE name = 'bulletin'").fetchone() is None:
        return
    for name, trouble, hint in store.execute("SELECT name, trouble, hint FROM bulletin WHERE trouble <> ''"):
        mend = hint or "laststop run show latest"
        yield Finding(about="messages", state="trouble", says=f"{name}: {trouble}", mend=mend)


def of_server(patient: Patient) -> Iterator[Finding]:
    """Whether the one that holds the lock answers."""
    holder = patient.holder
    if holder is None:
        yield Finding(about="server", state="note", says="none is running here", mend="laststop up")
        return
    if not holder.console_url:
        yield Finding(about="server", state="note", says=f"pid {holder.pid} is starting", mend="look again")
        return
    client = EdgeClient(patient.folders.edges, timeout_seconds=ANSWER_SECONDS)
    try:
        status = client.fetch(holder.console_url, "/healthz").status
    except LaststopError as error:
        says = f"pid {holder.pid} holds the lock, and {holder.console_url} does not answer: {error.message}"
        mend = f"kill {holder.pid}; laststop up"
        yield Finding(about="server", state="trouble", says=says, mend=mend)
        return
    says = f"pid {holder.pid} at {holder.console_url} (health: {status})"
    yield Finding(about="server", state="ok", says=says)


def of_edge(patient: Patient) -> Iterator[Finding]:
    """Whether every registered edge answers."""
    client = EdgeClient(patient.folders.edges, timeout_seconds=ANSWER_SECONDS)
    urls = client.urls()
    for url in urls:
        try:
            status = client.fetch(url, "/build.json").status
        except LaststopError as error:
            mend = "end that edge, then: laststop edge"
            yield Finding(about="edge", state="trouble", says=f"{url}: {error.message}", mend=mend)
            continue
        state: State = "ok" if status in _SERVED else "trouble"
        says = f"{url} answers {status}"
        yield Finding(about="edge", state=state, says=says, mend="" if state == "ok" else "laststop up")
    if not urls and patient.holder is not None:
        yield Finding(about="edge", state="trouble", says="no edge is running", mend="laststop edge")


def of_builds(patient: Patient) -> Iterator[Finding]:
    """Whether builds of a server that was killed still run."""
    left = []
    for note in sorted(patient.folders.work.glob("*/*.pid")):
        try:
            noted = msgspec.json.decode(note.read_bytes(), type=_Noted)
        except (OSError, msgspec.DecodeError):
            continue  # gone meanwhile, or never finished: then no command ran
        found = processes.find(noted.pid)
        if found is not None and found.started == noted.started and not found.ended:
            left.append(noted.pid)
    pids = ", ".join(map(str, left))
    if left and patient.holder is None:
        says = f"builds of a server that was killed still run: {pids}"
        yield Finding(about="builds", state="trouble", says=says, mend="laststop up, which ends them")
    elif left:
        yield Finding(about="builds", state="ok", says=f"under way: {pids}")


class _Noted(msgspec.Struct, frozen=True, kw_only=True):
    """What the builder notes beside a workspace."""

    pid: int
    started: str


def of_messages(patient: Patient) -> Iterator[Finding]:
    """Whether the channel that is named could be posted to from here."""
    channel = patient.project.notices.slack_channel
    if channel and not os.environ.get("LASTSTOP_SLACK_TOKEN"):
        yield Finding(
            about="messages",
            state="note",
            says=f"{channel} is named and this shell has no token; a server started here keeps its messages",
            mend="export LASTSTOP_SLACK_TOKEN=xoxb-…; laststop up",
        )
