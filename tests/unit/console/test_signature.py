"""Signature Version 4: what botocore signs passes, and nothing that is not just that."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from laststop.console.access import OWNER
from laststop.console.signature import Key, SignatureError, SignedRequest, verify

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
RECORDED = json.loads((Path(__file__).parent / "signatures.json").read_text(encoding="utf-8"))
"""What botocore signed: see record_signatures.py beside it."""
PLAIN, _, WITH_SESSION = RECORDED


def request_of(recorded, *, body=None, add=(), drop=(), **changed) -> SignedRequest:
    """A recorded request as it comes in, with headers changed (`x_amz_date=…`), added or dropped."""
    headers = {name.lower(): value for name, value in recorded["headers"].items()}
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    pairs = [(name, value) for name, value in headers.items() if name not in drop]
    return SignedRequest(headers=(*pairs, *add), body=(recorded["body"] if body is None else body).encode())


def finder(recorded):
    def find(key_id, session):
        ours = (key_id, session) == (recorded["key"], recorded["session"])
        return Key(secret=recorded["secret"], caller=OWNER) if ours else None

    return find


def refusal(request, *, recorded=PLAIN, now=NOW):
    with pytest.raises(SignatureError) as no:
        verify(request, finder(recorded), now)
    assert no.value.http_status == 403
    return no.value.aws_code


@pytest.mark.parametrize(
    "recorded", RECORDED, ids=["plain", "with a port and more than ASCII", "with a session"]
)
def test_what_botocore_signs_passes(recorded):
    assert verify(request_of(recorded), finder(recorded), NOW) is OWNER


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_clocks_may_differ_by_five_minutes(minutes):
    assert verify(request_of(PLAIN), finder(PLAIN), NOW + timedelta(minutes=minutes)) is OWNER


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_an_old_signature_and_one_of_the_future_count_for_nothing(seconds):
    assert refusal(request_of(PLAIN), now=NOW + timedelta(seconds=seconds)) == "InvalidSignatureException"


AUTHORIZATION = PLAIN["headers"]["Authorization"]
OTHERS = {
    "another payload": {"body": "{ }"},
    "another operation": {"x_amz_target": "CodePipeline_20150709.DeletePipeline"},
    "another content type": {"content_type": "text/plain"},
    "another host": {"host": "evil.test"},
    "a flipped digit": {"authorization": AUTHORIZATION[:-1] + ("0" if AUTHORIZATION[-1] != "0" else "1")},
    "another region": {"authorization": AUTHORIZATION.replace("eu-west-1", "eu-west-2")},
    "another service": {"authorization": AUTHORIZATION.replace("/codepipeline/", "/s3/")},
    "a header of AWS's that is not signed": {"add": [("x-amz-security-token", "lst_1_2")]},
    "a second target": {"add": [("x-amz-target", "CodePipeline_20150709.DeletePipeline")]},
    "a second host": {"add": [("host", "evil.test")]},
    "a digest of another payload": {"add": [("x-amz-content-sha256", "0" * 64)]},
    "a payload that is not signed": {"add": [("x-amz-content-sha256", "UNSIGNED-PAYLOAD")]},
    "the host not signed": {"authorization": AUTHORIZATION.replace("host;", "")},
    "the target not signed": {"authorization": AUTHORIZATION.replace("x-amz-target;", "")},
}


@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS.keys())
def test_anything_else_than_what_was_signed_is_refused(changes):
    assert refusal(request_of(PLAIN, **changes)) == "InvalidSignatureException"


INCOMPLETE = {
    "no signature": {"drop": ["authorization"]},
    "two of them": {"add": [("authorization", AUTHORIZATION)]},
    "no credential": {"authorization": "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=" + "0" * 64},
    "a short signature": {"authorization": AUTHORIZATION[:-2]},
    "no date": {"x_amz_date": "yesterday"},
    "a date that is none": {"x_amz_date": "20261125T996000Z"},
    "another day's credential": {"x_amz_date": "20261124T120000Z"},
    "headers out of order": {"authorization": AUTHORIZATION.replace("host;x-amz-date", "x-amz-date;host")},
    "a header signed twice": {"authorization": AUTHORIZATION.replace("host;", "host;host;")},
    "a signed header that is not there": {"drop": ["x-odd"]},
    "something else": {"authorization": "AWS4-HMAC-SHA256 " + "x" * 10_000},
}


@pytest.mark.parametrize("changes", INCOMPLETE.values(), ids=INCOMPLETE.keys())
def test_half_a_signature_is_called_incomplete(changes):
    assert refusal(request_of(PLAIN, **changes)) == "IncompleteSignatureException"


def test_a_key_that_is_not_ours_and_a_session_that_does_not_go_with_it_are_unknown():
    assert refusal(request_of(PLAIN), recorded=WITH_SESSION) == "UnrecognizedClientException"
    stolen = request_of(WITH_SESSION, x_amz_security_token="lst_0123abcd_guess")
    assert refusal(stolen, recorded=WITH_SESSION) == "UnrecognizedClientException"


def test_no_secret_stands_in_a_traceback():
    assert "thirty" not in repr(Key(secret=PLAIN["secret"], caller=OWNER))
