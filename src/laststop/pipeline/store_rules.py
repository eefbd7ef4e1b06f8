"""Rules for artifact stores and regions."""

from collections.abc import Iterator

from laststop.pipeline import limits
from laststop.pipeline.declaration import ArtifactStore, Pipeline
from laststop.pipeline.placed import placed_actions
from laststop.pipeline.problems import Problem, Trail, listed, quoted

_KEY_PARTS = {"id", "type"}


def store_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Everything wrong with where artifacts are kept, and in which region actions run."""
    if pipeline.artifact_store is not None:
        yield from _store(pipeline.artifact_store, ("artifactStore",))
        if pipeline.artifact_stores:
            yield Problem(
                rule="V-05",
                path=("artifactStores",),
                message="a pipeline has artifactStore or artifactStores, not both",
                hint="keep artifactStores if actions run in several regions, else artifactStore",
            )
    for region, store in pipeline.artifact_stores.items():
        yield from _region(region, ("artifactStores", region))
        yield from _store(store, ("artifactStores", region))
    yield from _regions_of_actions(pipeline)


def _store(store: ArtifactStore, path: Trail) -> Iterator[Problem]:
    if store.location and not limits.BUCKET_PATTERN.fullmatch(store.location):
        yield Problem(
            rule="V-07",
            path=(*path, "location"),
            message=f"{quoted(store.location)} cannot name a bucket",
            hint="use 3 to 63 of the characters A-Z a-z 0-9 - .",
        )
    key = store.encryption_key
    if key is None:
        return
    whole = set(key) == _KEY_PARTS and key["type"] == "KMS"
    if not whole or not 1 <= len(key["id"]) <= limits.ENCRYPTION_KEY_CHARACTERS_MAX:
        yield Problem(
            rule="V-06",
            path=(*path, "encryptionKey"),
            message="an encryption key has an id and the type KMS, nothing else",
        )


def _region(region: str, path: Trail) -> Iterator[Problem]:
    least, most = limits.REGION_CHARACTERS
    if not least <= len(region) <= most:
        yield Problem(
            rule="V-76",
            path=path,
            message=f"{quoted(region)} is no region",
            hint='one reads "eu-west-1"',
        )


def _regions_of_actions(pipeline: Pipeline) -> Iterator[Problem]:
    for placed in placed_actions(pipeline):
        action = placed.action
        if not action.region:
            continue
        path = placed.path("region")
        yield from _region(action.region, path)
        if action.is_source or action.action_type_id.owner != "AWS":
            yield Problem(
                rule="V-77",
                path=path,
                message="sources, third-party and custom actions stay in the pipeline's own region",
                hint="leave region out",
                severity="error" if len(pipeline.artifact_stores) > 1 else "warning",
            )
        elif pipeline.artifact_stores and action.region not in pipeline.artifact_stores:
            yield Problem(
                rule="V-08",
                path=path,
                message=f"artifactStores has no store for {quoted(action.region)}",
                hint=f"it has {listed(pipeline.artifact_stores)}",
            )
