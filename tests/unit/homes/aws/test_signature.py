"""Our signatures are botocore's, header for header."""

from datetime import UTC, datetime
from unittest import mock

from botocore import auth as botocore_auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from laststop.homes.aws.credentials import Keys
from laststop.homes.aws.signature import signed

AT = datetime(2026, 11, 23, 17, 33, 11, tzinfo=UTC)
TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


def theirs(method, url, path, headers, body, keys, service, region):
    request = AWSRequest(method=method, url=url + path, data=body, headers=headers)
    credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token or None)
    with mock.patch.object(botocore_auth, "get_current_datetime", return_value=AT):
        botocore_auth.SigV4Auth(credentials, service, region).add_auth(request)
    return request.headers["Authorization"]


@given(
    secret=TEXT,
    token=st.one_of(st.just(""), TEXT),
    body=st.binary(max_size=300),
    service=st.sampled_from(["dynamodb", "codepipeline", "cloudfront"]),
    target=TEXT,
    port=st.sampled_from(["", ":4566"]),
    path=st.sampled_from(["/", "/2020-05-31/distribution/E1ABC/invalidation"]),
)
def test_a_signature_is_the_one_botocore_makes(secret, token, body, service, target, port, path):
    keys = Keys(access_key_id="AKIDEXAMPLE", secret_access_key=secret, session_token=token)
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}
    host = f"{service}.eu-west-1.amazonaws.com{port}"
    ours = signed(
        method="POST",
        host=host,
        path=path,
        headers=headers,
        body=body,
        keys=keys,
        service=service,
        region="eu-west-1",
        at=AT,
    )
    assert ours["Authorization"] == theirs(
        "POST", f"https://{host}", path, headers, body, keys, service, "eu-west-1"
    )


def test_the_secret_itself_is_in_no_header():
    keys = Keys(access_key_id="AKIDEXAMPLE", secret_access_key="very-secret", session_token="token")
    ours = signed(
        method="POST", host="h", path="/", headers={}, body=b"", keys=keys, service="ssm", region="r", at=AT
    )
    assert "very-secret" not in str(ours)
    assert ours["X-Amz-Security-Token"] == "token"
