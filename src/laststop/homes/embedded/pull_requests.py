"""Pull requests that a webhook tells of: noted where a trigger asks for them."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from laststop.homes.embedded.git import GitRepository
from laststop.homes.embedded.store.journal import Store
from laststop.pipeline.declaration import Pipeline, PullRequestFilter
from laststop.pipeline.limits import CHANGED_FILES_MAX
from laststop.pipeline.triggers import PullRequestEvent
from laststop.words.facts_catalog import PullRequestMoved
from laststop.words.instants import Instant


class PullRequestNews(msgspec.Struct, frozen=True, kw_only=True):
    """What the webhook says; `base` is the commit of `target` that the pull request was compared with."""

    repository: str
    number: int
    event: PullRequestEvent
    commit: str
    target: str
    base: str
    origin: str = ""


class PullRequests:
    """Notes pull requests of repositories whose triggers ask for some.

    Concurrency: any number of threads.
    """

    def __init__(
        self,
        store: Store,
        repositories: Mapping[str, GitRepository],
        pipelines: Callable[[], Iterable[Pipeline]],
        clock: Callable[[], Instant],
    ) -> None:
        """`pipelines` gives the declarations as they are now."""
        self._store = store
        self._repositories = repositories
        self._pipelines = pipelines
        self._clock = clock

    def heard(self, news: PullRequestNews) -> bool:
        """Note it; False when no trigger asks for pull requests of this repository.

        The changed files are those in which the two heads differ; they are looked for only where a filter
        asks for paths. Raises: TransientError when a remote does not answer; nothing is noted then.
        """
        filters = [each for pipeline in self._pipelines() for each in _filters(pipeline, news.repository)]
        repository = self._repositories.get(news.repository)
        if not filters or repository is None:
            return False
        files = None
        if any(each.file_paths is not None for each in filters):
            files = repository.changed_files(news.base, news.commit, limit=CHANGED_FILES_MAX)
        with self._store.transaction() as transaction:
            transaction.append(
                PullRequestMoved(
                    at=self._clock(),
                    repository=news.repository,
                    number=news.number,
                    event=news.event,
                    revision=news.commit,
                    target=news.target,
                    origin=news.origin,
                    files=files,
                )
            )
        return True


def _filters(pipeline: Pipeline, repository: str) -> Iterable[PullRequestFilter]:
    """The filters for pull requests that triggers have on sources of a repository."""
    named = {
        action.name
        for action in pipeline.sources()
        if action.configuration.get("FullRepositoryId") == repository
    }
    for trigger in pipeline.triggers:
        if trigger.git_configuration.source_action_name in named:
            yield from trigger.git_configuration.pull_request
