"""A pipeline of a file somebody copies in, a few commands and a deploy: a real server over a real project."""

import io
import zipfile

import pytest

from e2e.workbench import project, until

PIPELINE = """\
name: pages
pipelineType: V2
stages:
  - name: Source
    actions:
      - name: bundle
        namespace: read
        actionTypeId: {category: Source, owner: AWS, provider: S3, version: "1"}
        configuration: {S3Bucket: uploads, S3ObjectKey: app.zip}
        outputArtifacts: [{name: bundle}]
  - name: Work
    actions:
      - name: count
        namespace: counted
        actionTypeId: {category: Compute, owner: AWS, provider: Commands, version: "1"}
        commands:
          - FILES=$(ls | wc -l | tr -d ' ')
          - mkdir site
          - echo "<p>$FILES of $WHO" > site/index.html
        environmentVariables: [{name: WHO, value: "#{read.BucketName}"}]
        outputVariables: [FILES]
        inputArtifacts: [{name: bundle}]
        outputArtifacts: [{name: site, files: ["site/*"]}]
  - name: Deploy
    actions:
      - name: put
        actionTypeId: {category: Deploy, owner: AWS, provider: S3, version: "1"}
        configuration: {BucketName: public, Extract: "true", ObjectKey: "v#{counted.FILES}", CacheControl: no-cache}
        inputArtifacts: [{name: site}]
"""


def bundle(*names):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return content.getvalue()


@pytest.fixture
def served(tmp_path):
    with project(tmp_path) as pages:
        pages.write("pipeline.yml", PIPELINE)
        up = pages.up()
        yield pages, pages.folder / ".laststop/buckets"
        assert up.end() == 0, up.said


def test_a_file_copied_into_a_bucket_runs_through_commands_to_a_deploy(served):
    pages, buckets = served
    page = buckets / "public/v2/site/index.html"
    until((buckets / "uploads").is_dir, "a bucket for the source")
    (buckets / "uploads/app.zip").write_bytes(bundle("a", "b"))
    until(page.is_file, "a deployed page")
    assert page.read_text() == "<p>2 of uploads\n"
    pages.wait_for_run("Succeeded")
    (buckets / "uploads/app.zip").write_bytes(bundle("a", "b", "c"))
    until((buckets / "public/v3/site/index.html").is_file, "the page of the second file")
    assert page.is_file()  # a deploy deletes nothing
    pages.wait_for_run("Succeeded")
    assert pages.drift() == []
