"""`Source/AWS/CodeStarSourceConnection/1`: reads a branch of a git repository."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from laststop.engine.providers import Cancelled, Outcome
from laststop.errors import UsageError
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.clone_ref import CloneRef, encode_clone_ref
from laststop.homes.embedded.git import GitRepository
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Succeeded
from laststop.words.artifact import Artifact
from laststop.words.bill import Revision
from laststop.words.ids import Digest
from laststop.words.instants import instant_text


class ConnectionSource:
    """Pins a commit and hands on its tree as a zip, without the history (`CODE_ZIP`).

    It is the branch's head, or the commit that the run names, which may be of any branch. With
    `CODEBUILD_CLONE_REF` it hands on a reference, which a build clones, history and all.
    """

    def __init__(self, repositories: Mapping[str, GitRepository], blobs: Blobs, scratch: Path) -> None:
        """`repositories` by FullRepositoryId; `scratch` is where zips are made."""
        self._repositories = repositories
        self._blobs = blobs
        self._scratch = scratch

    def run(self, command: Command, cancelled: Cancelled) -> Outcome:
        """Reading is repeated freely: whichever head it finds is the run's."""
        del cancelled
        name, branch = command.configuration["FullRepositoryId"], command.configuration["BranchName"]
        repository = self._repositories.get(name)
        if repository is None:
            raise UsageError(
                f'no repository is known as "{name}"',
                hint=f'add "{name}" = "./folder" to [repositories] in laststop.toml',
            )
        wanted = next((each for each in command.overrides if each.revision_type == "COMMIT_ID"), None)
        head = repository.commit(wanted.revision_value) if wanted else repository.head(branch)
        if command.configuration.get("OutputArtifactFormat") == "CODEBUILD_CLONE_REF":
            content = encode_clone_ref(CloneRef(repository=name, commit=head.commit))
            digest, size = self._blobs.put_bytes(content), len(content)
        else:
            digest, size = self._archived(repository, head.commit)
        return Succeeded(
            artifacts=tuple(
                Artifact(name=output, digest=digest, size_bytes=size) for output in command.outputs
            ),
            revision=Revision(
                action=command.key.action,
                id=head.commit,
                location=f"{name}@{branch}",
                summary=head.message,
            ),
            variables={
                "AuthorDate": instant_text(head.author_at),
                "BranchName": branch,
                "CommitId": head.commit,
                "CommitMessage": head.message,
                "ConnectionArn": command.configuration.get("ConnectionArn", ""),
                "FullRepositoryName": name,
            },
            summary=f"{head.commit[:8]} {head.message}",
        )

    def _archived(self, repository: GitRepository, commit: str) -> tuple[Digest, int]:
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            archive = Path(folder) / "source.zip"
            repository.archive(commit, archive)
            return self._blobs.put_file(archive, move=True)
