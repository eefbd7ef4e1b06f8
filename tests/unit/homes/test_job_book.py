import json

import pytest

from laststop.homes.embedded.jobs.book import JobBook
from laststop.homes.embedded.jobs.event import job_of, output_id_of
from laststop.pipeline.bucket_names import ARTIFACT_BUCKET
from laststop.pipeline.control import ControlError
from laststop.pipeline.job import encode_job
from laststop.pipeline.variables import OUTPUT_BYTES_MAX
from laststop.words.digests import digest_of
from laststop.words.failure import Failure
from unit.homes.function_workbench import KEYS, Bench


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path, outputs=("report",), UserParameters="x")
    yield made
    made.close()


def upload(bench, content=b"out"):
    command = bench.command()
    bench.outputs.place([command], output_id_of(command, "report")).write_bytes(content)


def refusal(call):
    with pytest.raises(ControlError) as refused:
        call()
    return refused.value.aws_code


def test_the_event_is_codepipelines_to_the_letter(bench):
    job_id = bench.job_id()
    event = json.loads(json.dumps(encode_job(job_of(bench.command(), KEYS))))
    assert bench.book.job(job_id) == job_of(bench.command(), KEYS)
    output = output_id_of(bench.command(), "report")
    assert event == {
        "CodePipeline.job": {
            "id": job_id,
            "accountId": "000000000000",
            "data": {
                "actionConfiguration": {"configuration": {"FunctionName": "mine", "UserParameters": "x"}},
                "inputArtifacts": [
                    {
                        "name": "bundle",
                        "revision": None,
                        "location": {
                            "type": "S3",
                            "s3Location": {
                                "bucketName": ARTIFACT_BUCKET,
                                "objectKey": f"calls/bundle/{bench.digest}",
                            },
                        },
                    }
                ],
                "outputArtifacts": [
                    {
                        "name": "report",
                        "revision": None,
                        "location": {
                            "type": "S3",
                            "s3Location": {
                                "bucketName": ARTIFACT_BUCKET,
                                "objectKey": f"calls/report/{output}",
                            },
                        },
                    }
                ],
                "artifactCredentials": {
                    "accessKeyId": "AKIALOCAL",
                    "secretAccessKey": "signing-key",
                    "sessionToken": "",
                    "expirationTime": 9,
                },
            },
        }
    }


def test_a_success_is_decided_at_once_and_rings(bench):
    upload(bench)
    bench.book.succeed(bench.job_id(), summary="done", variables={"A": "1"}, external_id="e-1")
    told = bench.newest("action.succeeded")
    assert (told.summary, told.variables, told.external_id) == ("done", {"A": "1"}, "e-1")
    assert [(made.name, made.digest) for made in told.artifacts] == [("report", digest_of(b"out"))]
    assert bench.blobs.read(digest_of(b"out")) == b"out"
    assert bench.rings == 1
    assert "run.succeeded" in bench.kinds()


def test_a_success_without_the_promised_output_fails_the_action(bench):
    bench.book.succeed(bench.job_id())
    assert "without uploading its output report" in bench.newest("action.failed").failure.message


def test_a_failure_carries_its_type_and_text(bench):
    bench.book.fail(bench.job_id(), Failure(code="ConfigurationError", message="no"))
    assert bench.newest("action.failed").failure == Failure(code="ConfigurationError", message="no")


def test_a_continuation_begins_a_job_with_another_id(bench):
    first = bench.job_id()
    bench.book.go_on(first, token="page 2")
    second = bench.job_id()
    assert second != first
    assert encode_job(job_of(bench.command()))["CodePipeline.job"]["data"]["continuationToken"] == "page 2"
    assert refusal(lambda: bench.book.go_on(first, token="again")) == "InvalidJobStateException"


def test_a_report_after_a_restart_finds_its_attempt(bench):
    job_id = bench.job_id()
    upload(bench)
    later = JobBook(bench.store, bench.outputs, clock=bench.clock)
    assert later.context(job_id).key == bench.command().key
    later.succeed(job_id, summary="late")
    assert bench.newest("action.succeeded").summary == "late"


def test_a_second_report_is_refused_and_changes_nothing(bench):
    job_id = bench.job_id()
    bench.book.fail(job_id, Failure(code="JobFailed", message="first"))
    before = bench.kinds()
    assert refusal(lambda: bench.book.succeed(job_id)) == "InvalidJobStateException"
    assert bench.kinds() == before
    assert bench.book.reported(job_id)


def test_a_job_nobody_knows_is_not_found(bench):
    assert refusal(lambda: bench.book.succeed("0b54f7a2-0000")) == "JobNotFoundException"
    assert refusal(lambda: bench.book.context("")) == "JobNotFoundException"


def test_a_job_of_an_abandoned_run_has_ended(bench):
    job_id = bench.job_id()
    bench.stop_run()
    assert refusal(lambda: bench.book.succeed(job_id)) == "InvalidJobStateException"


def test_too_many_variables_are_refused_before_anything_is_decided(bench):
    upload(bench)
    large = {"A": "x" * OUTPUT_BYTES_MAX}
    refused = refusal(lambda: bench.book.succeed(bench.job_id(), variables=large))
    assert refused == "OutputVariablesSizeExceededException"
    assert bench.command().job == 0


def test_an_output_nobody_promised_has_no_place(bench):
    assert bench.outputs.found([bench.command()], "../../etc/passwd") is None
    assert bench.outputs.found([bench.command()], "0b54f7a2-4a55-4a7c-9d07-0f1c2d3e4f50") is None


@pytest.fixture
def gated(tmp_path):
    made = Bench(tmp_path, gate=True)
    yield made
    made.close()


def test_a_rules_function_lets_the_run_in(gated):
    command = gated.command()
    assert (command.provider, command.key.action) == ("Rule/AWS/LambdaInvoke/1", "beforeEntry:ask")
    (artifact,) = gated.book.job(gated.job_id()).data.input_artifacts
    assert artifact.location.s3_location.object_key.endswith(gated.digest)
    job_id = gated.job_id()
    gated.book.succeed(job_id)
    assert gated.command().key.action == "call"
    assert refusal(lambda: gated.book.succeed(job_id)) == "InvalidJobStateException"


def test_a_rules_function_keeps_the_run_out(gated):
    gated.book.fail(gated.job_id(), Failure(code="JobFailed", message="not now"))
    assert "run.failed" in gated.kinds()
