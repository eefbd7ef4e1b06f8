"""CodePipeline's protocol at `POST /`: its shape, its errors, and who may speak it."""

import json

import pytest

from laststop.console.access import OWNER_KEY_ID
from laststop.console.guard import BODY_LIMIT_BYTES
from laststop.homes.embedded.codepipeline.table import OPERATIONS
from laststop.homes.embedded.tokens import Scope, Tokens
from laststop.wiring.embedded import clock
from unit.console.console_workbench import HOST, ask
from unit.console.signer import sign

MEDIA = "application/x-amz-json-1.1"
TOKEN = "s3cret-of-32-characters-or-so-xx"
OPEN = {"host": "0.0.0.0", "token": TOKEN}
"""A console that stands open to the network."""


def call(app, operation, request=None, *, headers=(), body=None, media=MEDIA, **how):
    body = json.dumps({} if request is None else request).encode() if body is None else body
    said = [("X-Amz-Target", f"CodePipeline_20150709.{operation}"), ("Content-Type", media), *headers]
    return ask(app, "POST", "/", body=body, headers=said, **how)


def fault(answer, status):
    """The code of an error, which has to be told in AWS's shape."""
    assert answer.status == status, answer.text
    assert set(answer.json) == {"__type", "message"}
    assert answer.headers["x-amzn-errortype"] == answer.json["__type"]
    assert answer.headers["content-type"] == MEDIA
    assert len(answer.headers["x-amzn-requestid"]) == 36
    return answer.json["__type"]


def test_an_execution_is_started_as_the_aws_tools_start_it(bench):
    answer = call(bench.app(), "StartPipelineExecution", {"name": bench.pipeline.name})
    assert answer.status == 200
    assert answer.headers["content-type"] == MEDIA
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["pipelineExecutionId"] in bench.state().runs
    assert bench.rings == 1


def test_an_operation_without_an_answer_has_an_empty_body(bench):
    closed = {
        "pipelineName": bench.pipeline.name, "stageName": "Release", "transitionType": "Inbound",
        "reason": "freeze until Monday",
    }  # fmt: skip
    answer = call(bench.app(), "DisableStageTransition", closed)
    assert (answer.status, answer.body) == (200, b"")
    assert not bench.state().stage("Release").enabled


@pytest.mark.parametrize(
    "signed", [[], [("Authorization", "AWS4-HMAC-SHA256 nonsense")], [("Authorization", "x")]]
)
def test_on_this_machine_any_signature_will_do_and_none(bench, signed):
    answer = call(bench.app(), "StartPipelineExecution", {"name": bench.pipeline.name}, headers=signed)
    assert answer.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("X-Amz-Target", "CodePipeline_20150709.StartPipelineExecution")],
        [("Content-Type", MEDIA)],
        [("X-Amz-Target", "DynamoDB_20120810.ListTables"), ("Content-Type", MEDIA)],
        [("X-Amz-Target", "CodePipeline_20150709."), ("Content-Type", MEDIA)],
        [("X-Amz-Target", "CodePipeline_20150709.LandOnTheMoon"), ("Content-Type", MEDIA)],
        [("X-Amz-Target", "CodePipeline_20150709.ListPipelines\x00"), ("Content-Type", MEDIA)],
        [("X-Amz-Target", "CodePipeline_20150709.ListPipelines")] * 2 + [("Content-Type", MEDIA)],
        [("X-Amz-Target", "CodePipeline_20150709.ListPipelines"), ("Content-Type", "application/json")],
        [("X-Amz-Target", "CodePipeline_20150709.ListPipelines"), ("Content-Type", "text/plain")],
        [("X-Amz-Target", "CodePipeline_20150709.ListPipelines"),
         ("Content-Type", "application/x-www-form-urlencoded")],
    ],
)  # fmt: skip
def test_what_is_not_this_protocol_is_an_unknown_operation(bench, headers):
    assert (
        fault(ask(bench.app(), "POST", "/", body=b"{}", headers=headers), 404) == "UnknownOperationException"
    )


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"x"', b"1", b"null", b"\xff\xfe", b'{"name": "\xc3"}', b"{}x", b"[" * 100_000,
     b'{"name":' * 50_000],
    ids=lambda body: repr(body[:12]),
)  # fmt: skip
def test_a_payload_that_is_no_json_object_cannot_be_read(bench, body):
    answer = call(bench.app(), "StartPipelineExecution", body=body)
    assert fault(answer, 400) == "SerializationException"


@pytest.mark.parametrize(
    ("request_", "code", "told"),
    [
        ({}, "ValidationException", "Value null at 'name' failed to satisfy constraint: Member must not be null"),
        ({"name": None}, "ValidationException", "Value null at 'name'"),
        ({"name": ""}, "ValidationException", "Member must have length greater than or equal to 1"),
        ({"name": "x" * 101}, "ValidationException", "Member must have length less than or equal to 100"),
        ({"name": "a b"}, "ValidationException",
         "Member must satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+"),
        ({"name": "translations\n"}, "ValidationException", "regular expression pattern"),
        ({"name": 7}, "SerializationException", "Expected str, got int at 'name'"),
        ({"name": "p", "variables": {}}, "SerializationException", "Expected array, got object at 'variables'"),
        ({"name": "p", "variables": [{"name": "v", "value": ""}]}, "ValidationException",
         "Value '' at 'variables.1.member.value' failed to satisfy constraint"),
        ({"name": "p", "variables": [{"name": "v", "value": "x"}] * 51}, "ValidationException",
         "Member must have length less than or equal to 50"),
        ({"name": "p", "sourceRevisions": [{"actionName": "a", "revisionType": "TAG", "revisionValue": "1"}]},
         "ValidationException", "Value 'TAG' at 'sourceRevisions.1.member.revisionType' failed to satisfy"),
        ({"name": "p", "clientRequestToken": "a_b"}, "ValidationException", "[a-zA-Z0-9-]+"),
        ({"name": "p", "moon": 1}, "ValidationException", "Value '1' at 'moon' failed to satisfy constraint"),
        ({"name": "p"}, "PipelineNotFoundException", "no pipeline is named 'p'"),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_used_is_told_where_in_aws_words(bench, request_, code, told):
    answer = call(bench.app(), "StartPipelineExecution", request_)
    assert fault(answer, 400) == code
    assert told in answer.json["message"]
    assert bench.rings == 0


def test_what_the_rules_refuse_has_codepipelines_code(bench):
    run = "00000000-0000-4000-8000-000000000000"
    answer = call(
        bench.app(),
        "StopPipelineExecution",
        {"pipelineName": bench.pipeline.name, "pipelineExecutionId": run},
    )
    assert fault(answer, 400) == "PipelineExecutionNotStoppableException"


def test_a_payload_beyond_the_limit_is_refused_in_the_same_shape(bench):
    answer = call(bench.app(), "ListPipelines", body=b" " * (BODY_LIMIT_BYTES + 1))
    assert fault(answer, 413) == "RequestEntityTooLargeException"


def test_an_encoded_payload_and_a_query_are_refused(bench):
    gzip = call(bench.app(), "ListPipelines", headers=[("Content-Encoding", "gzip")])
    assert fault(gzip, 400) == "MalformedHttpRequestException"
    headers = [("X-Amz-Target", "CodePipeline_20150709.ListPipelines"), ("Content-Type", MEDIA)]
    assert (
        fault(ask(bench.app(), "POST", "/?a=1", body=b"{}", headers=headers), 400)
        == "MalformedHttpRequestException"
    )


@pytest.mark.parametrize(
    "headers",
    [
        [("Origin", "http://evil.example")],
        [("Origin", "null")],
        [("Origin", "http://127.0.0.1:9999")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
    ],
)
def test_a_page_of_another_site_drives_nothing(bench, headers):
    answer = call(bench.app(), "StartPipelineExecution", {"name": bench.pipeline.name}, headers=headers)
    assert fault(answer, 403) == "AccessDeniedException"
    assert not bench.state().runs


def test_a_rebound_name_drives_nothing(bench):
    answer = call(
        bench.app(), "StartPipelineExecution", {"name": bench.pipeline.name}, host="rebound.example:8700"
    )
    assert fault(answer, 403) == "AccessDeniedException"


def test_pages_answer_as_before(bench):
    assert "text/html" in ask(bench.app(), "GET", "/").headers["content-type"]
    assert ask(bench.app(), "PUT", "/").status == 405


# beyond this machine


def signed_call(app, operation, request, *, key, secret, session="", at=None):
    body = json.dumps(request).encode()
    headers = sign(
        body, target=f"CodePipeline_20150709.{operation}", host=HOST, key=key, secret=secret, session=session,
        at=at or clock(),
    )  # fmt: skip
    return ask(app, "POST", "/", body=body, headers=headers)


def test_elsewhere_a_request_without_a_signature_is_refused(bench):
    answer = call(bench.app(**OPEN), "StartPipelineExecution", {"name": bench.pipeline.name})
    assert fault(answer, 403) == "MissingAuthenticationTokenException"


def test_the_owner_signs_with_laststop_token(bench):
    start = {"name": bench.pipeline.name}
    app = bench.app(**OPEN)
    answer = signed_call(app, "StartPipelineExecution", start, key=OWNER_KEY_ID, secret=TOKEN)
    assert answer.status == 200, answer.text
    wrong = signed_call(app, "StartPipelineExecution", start, key=OWNER_KEY_ID, secret=TOKEN[:-1] + "y")
    assert fault(wrong, 403) == "InvalidSignatureException"
    unknown = signed_call(app, "StartPipelineExecution", start, key="AKIAIOSFODNN7EXAMPLE", secret=TOKEN)
    assert fault(unknown, 403) == "UnrecognizedClientException"
    assert len(bench.state().runs) == 1


def test_a_bearer_token_will_do_as_anywhere(bench):
    bearer = [("Authorization", f"Bearer {TOKEN}")]
    start = {"name": bench.pipeline.name}
    assert call(bench.app(**OPEN), "StartPipelineExecution", start, headers=bearer).status == 200


def token(bench, scope):
    new = Tokens(bench.home.store, clock).new("ci", scope)
    return {"key": f"lst_{new.token.id}", "secret": new.text, "session": new.text}


def test_a_token_signs_as_key_secret_and_session_and_is_held_to_its_scope(bench):
    app, start = bench.app(**OPEN), {"name": bench.pipeline.name}
    assert signed_call(app, "StartPipelineExecution", start, **token(bench, Scope.RELEASE)).status == 200
    reader = signed_call(app, "StartPipelineExecution", start, **token(bench, Scope.READ))
    assert fault(reader, 403) == "AccessDeniedException"
    mixed = token(bench, Scope.RELEASE) | {"key": "lst_00000000"}
    assert (
        fault(signed_call(app, "StartPipelineExecution", start, **mixed), 403)
        == "UnrecognizedClientException"
    )


def test_a_revoked_token_signs_nothing(bench):
    keys = token(bench, Scope.ADMIN)
    Tokens(bench.home.store, clock).revoke(keys["key"])
    answer = signed_call(bench.app(**OPEN), "StartPipelineExecution", {"name": bench.pipeline.name}, **keys)
    assert fault(answer, 403) == "UnrecognizedClientException"


def test_behind_a_proxy_anybody_may_until_a_token_was_made(bench):
    app, start = bench.app(allowed_hosts=("console.example",)), {"name": bench.pipeline.name}
    assert call(app, "StartPipelineExecution", start).status == 200
    token(bench, Scope.READ)
    assert fault(call(app, "StartPipelineExecution", start), 403) == "MissingAuthenticationTokenException"


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_operation_is_reached_without_a_key(bench, name):
    assert fault(call(bench.app(**OPEN), name), 403) == "MissingAuthenticationTokenException"
