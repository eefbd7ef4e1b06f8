import pytest

from laststop.errors import ConflictError, NotFoundError
from laststop.homes.aws.declared import declared
from laststop.homes.aws.starter import PipelineStarter
from unit.homes.aws.service_fakes import fine, refusal, service

MODES = ("SUPERSEDED", "QUEUED", "PARALLEL")
PIPELINE = {
    "pipeline": {
        "name": "p",
        "stages": [
            {
                "name": "Source",
                "actions": [
                    {
                        "name": "frontend",
                        "actionTypeId": {"category": "Source", "provider": "CodeStarSourceConnection"},
                        "configuration": {"FullRepositoryId": "acme/frontend"},
                    },
                    {
                        "name": "routing-documents",
                        "actionTypeId": {"category": "Source", "provider": "S3"},
                        "configuration": {"S3Bucket": "docs", "S3ObjectKey": "routing.zip"},
                    },
                ],
            },
            {
                "name": "Build",
                "actions": [{"name": "site", "actionTypeId": {"category": "Build", "provider": "CodeBuild"}}],
            },
            {
                "name": "Release",
                "actions": [
                    {
                        "name": "deploy",
                        "actionTypeId": {"category": "Invoke", "provider": "Lambda"},
                        "configuration": {"FunctionName": "p-deploy-site"},
                    },
                    {"name": "approve", "actionTypeId": {"category": "Approval", "provider": "Manual"}},
                ],
            },
        ],
    }
}


def test_the_declaration_tells_which_action_reads_which_document_and_what_is_behind_the_sources():
    codepipeline, _ = service(fine(PIPELINE), name="codepipeline")
    found = declared(codepipeline, "p")
    assert (found.action_of("docs/routing.zip"), found.front) == ("routing-documents", "Build")
    with pytest.raises(NotFoundError, match=r"docs/firewall\.zip"):
        found.action_of("docs/firewall.zip")


@pytest.mark.parametrize(
    ("mode", "supersedes"), [({}, True), *(({"executionMode": m}, m == "SUPERSEDED") for m in MODES)]
)
def test_the_newest_run_takes_the_place_of_others_where_the_mode_says_so(mode, supersedes):
    codepipeline, _ = service(fine({"pipeline": PIPELINE["pipeline"] | mode}), name="codepipeline")
    assert declared(codepipeline, "p").supersedes is supersedes


def test_a_run_is_begun_with_every_document_pinned():
    codepipeline, script = service(fine(PIPELINE), fine({"pipelineExecutionId": "r1"}), name="codepipeline")
    pipeline = declared(codepipeline, "p")
    starter = PipelineStarter(codepipeline, pipeline, {"routing": "docs/routing.zip"})
    assert starter.start({"routing": "v7"}, "token") == "r1"
    assert script.sent[1] == (
        "StartPipelineExecution",
        {
            "name": "p",
            "clientRequestToken": "token",
            "sourceRevisions": [
                {
                    "actionName": "routing-documents",
                    "revisionType": "S3_OBJECT_VERSION_ID",
                    "revisionValue": "v7",
                }
            ],
        },
    )


def test_a_conflict_is_told_as_one():
    codepipeline, _ = service(fine(PIPELINE), refusal("ConflictException"), name="codepipeline")
    pipeline = declared(codepipeline, "p")
    with pytest.raises(ConflictError):
        PipelineStarter(codepipeline, pipeline, {"routing": "docs/routing.zip"}).start({"routing": "v7"}, "t")
