from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = """\
[project]
name = "translations"
types = ["routing", "firewall", "switching"]

[repositories]
"acme/frontend" = "./frontend"

[notices]
owners = { routing = "@net-team" }
"""

PIPELINE = """\
name: "${project}"
pipelineType: V2
stages:
  - name: Source
    actions:
      - name: frontend
        actionTypeId: {category: Source, owner: AWS, provider: CodeStarSourceConnection, version: "1"}
        configuration:
          ConnectionArn: "${connection_arn}"
          FullRepositoryId: acme/frontend
          BranchName: main
        outputArtifacts: [{name: frontend}]
      - name: routing
        actionTypeId: {category: Source, owner: AWS, provider: S3, version: "1"}
        configuration: {S3Bucket: "${documents_bucket}", S3ObjectKey: routing.zip, PollForSourceChanges: "false"}
        outputArtifacts: [{name: routing}]
      - name: firewall
        actionTypeId: {category: Source, owner: AWS, provider: S3, version: "1"}
        configuration: {S3Bucket: "${documents_bucket}", S3ObjectKey: firewall.zip, PollForSourceChanges: "false"}
        outputArtifacts: [{name: firewall}]
      - name: switching
        actionTypeId: {category: Source, owner: AWS, provider: S3, version: "1"}
        configuration: {S3Bucket: "${documents_bucket}", S3ObjectKey: switching.zip, PollForSourceChanges: "false"}
        outputArtifacts: [{name: switching}]
  - name: Build
    actions:
      - name: build-site
        actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}
        configuration: {ProjectName: "${build_project}", PrimarySource: frontend}
        inputArtifacts:
          - name: frontend
          - name: routing
          - name: firewall
          - name: switching
        outputArtifacts: [{name: site}]
  - name: Release
    actions:
      - name: deploy-site
        namespace: deploy
        actionTypeId: {category: Invoke, owner: AWS, provider: Lambda, version: "1"}
        configuration: {FunctionName: "${project}-deploy-site", UserParameters: "#{codepipeline.PipelineExecutionId}"}
        inputArtifacts: [{name: site}]
      - name: invalidate-edge
        runOrder: 2
        actionTypeId: {category: Invoke, owner: AWS, provider: Lambda, version: "1"}
        configuration: {FunctionName: "${project}-invalidate-edge"}
      - name: announce
        runOrder: 2
        actionTypeId: {category: Invoke, owner: AWS, provider: Lambda, version: "1"}
        configuration: {FunctionName: "${project}-announce"}
      - name: verify-live
        runOrder: 3
        actionTypeId: {category: Invoke, owner: AWS, provider: Lambda, version: "1"}
        configuration: {FunctionName: "${project}-verify-live"}
"""

MakeProject = Callable[..., Path]


@pytest.fixture
def pipeline_text() -> str:
    return PIPELINE


@pytest.fixture
def project_text() -> str:
    return PROJECT


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Write a project's two files, each with a text replaced, and return its folder."""

    def make(*, project: str = PROJECT, pipeline: str | None = PIPELINE) -> Path:
        (tmp_path / "laststop.toml").write_text(project, encoding="utf-8")
        if pipeline is not None:
            (tmp_path / "pipeline.yml").write_text(pipeline, encoding="utf-8")
        return tmp_path

    return make
