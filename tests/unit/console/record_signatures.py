"""Signs requests with botocore and prints them as fixtures: python tests/unit/console/record_signatures.py."""

import json
from datetime import UTC, datetime
from unittest import mock

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)


def signed(
    body: str, *, key: str, secret: str, session: str | None = None, host: str = "console.test"
) -> dict:
    request = AWSRequest(
        method="POST",
        url=f"http://{host}/",
        data=body.encode(),
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "CodePipeline_20150709.ListPipelines",
            "User-Agent": "aws-cli/1.44",
            "Amz-Sdk-Invocation-Id": "5a9f0cbd-6f7c-4d9b-b7f1-1b4e3a0a5c11",
            "Amz-Sdk-Request": "attempt=1",
            "X-Odd": "  two   spaces ",
        },
    )
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW.replace(tzinfo=None)):
        SigV4Auth(Credentials(key, secret, session), "codepipeline", "eu-west-1").add_auth(request)
    headers = {"Host": host, **dict(request.headers.items())}
    return {"secret": secret, "key": key, "session": session or "", "headers": headers, "body": body}


if __name__ == "__main__":
    secret = "a-secret-of-thirty-two-characters"
    print(
        json.dumps(
            [
                signed("{}", key="laststop", secret=secret),
                signed(
                    '{"maxResults": 3, "nextToken": "ü"}',
                    key="laststop",
                    secret=secret,
                    host="127.0.0.1:7440",
                ),
                signed("", key="lst_0123abcd", secret=secret, session="lst_0123abcd_secret"),
            ],
            indent=1,
            ensure_ascii=False,
        )
    )
