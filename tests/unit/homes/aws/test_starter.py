import pytest

from laststop.errors import ConflictError, NotFoundError
from laststop.homes.aws.declared import declared
from laststop.homes.aws.starter import PipelineStarter
from unit.homes.aws.service_fakes import fine, refusal, service

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


def test_the_declaration_tells_which_action_reads_which_document_and_where_the_switch_is():
    codepipeline, _ = service(fine(PIPELINE), name="codepipeline")
    found = declared(codepipeline, "p", switch="p-deploy-site")
    assert (found.action_of("docs/routing.zip"), found.stage) == ("routing-documents", "Release")
    assert found.stages == ("Source", "Release")
    with pytest.raises(NotFoundError, match=r"docs/firewall\.zip"):
        found.action_of("docs/firewall.zip")


def test_a_pipeline_that_never_switches_is_named():
    codepipeline, _ = service(fine(PIPELINE), name="codepipeline")
    with pytest.raises(NotFoundError, match="other-deploy-site"):
        declared(codepipeline, "p", switch="other-deploy-site")


def test_a_run_is_begun_with_every_document_pinned():
    codepipeline, script = service(fine(PIPELINE), fine({"pipelineExecutionId": "r1"}), name="codepipeline")
    pipeline = declared(codepipeline, "p", switch="p-deploy-site")
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
    pipeline = declared(codepipeline, "p", switch="p-deploy-site")
    with pytest.raises(ConflictError):
        PipelineStarter(codepipeline, pipeline, {"routing": "docs/routing.zip"}).start({"routing": "v7"}, "t")
