"""Where the embedded home keeps things, under a project's `.laststop`."""

from pathlib import Path

from laststop.words.ids import AttemptKey

STATE_FOLDER = ".laststop"


class Folders:
    """The one place that knows the layout; nothing is created before it is needed."""

    def __init__(self, project: Path) -> None:
        """`project` is the folder that holds laststop.toml."""
        self.project = project
        self.root = project / STATE_FOLDER
        self.store = self.root / "laststop.db"
        self.lock = self.root / "lock"
        self.blobs = self.root / "blobs"
        self.site = self.root / "site"
        self.edges = self.root / "edges"
        self.mirrors = self.root / "mirrors"
        self.caches = self.root / "caches"
        self.work = self.root / "work"
        self.logs = self.root / "logs"
        self.events = self.root / "events"
        self.collecting = self.root / "collecting.lock"
        self.copies = self.root / "copies"
        self.buckets = self.root / "buckets"
        self.secrets = self.root / "secrets.toml"

    def workspace(self, key: AttemptKey) -> Path:
        """The directory of one attempt."""
        return self.work / key.run / _named(key)

    def log(self, key: AttemptKey) -> Path:
        """The log of one attempt."""
        return self.logs / key.run / f"{_named(key)}.ndjson"

    def event_log(self, run: str, name: str) -> Path:
        """The log of a function that is told events, for those of one run."""
        return self.logs / run / f"event-{name}.ndjson"

    def reports(self, key: AttemptKey) -> Path:
        """The test reports of one attempt."""
        return self.logs / key.run / f"{_named(key)}.reports.json"


def _named(key: AttemptKey) -> str:
    """A rule's colon would end an entry of PATH; no name of CodePipeline's has a plus."""
    return f"{key.stage}-{key.action.replace(':', '+')}-{key.attempt}"
