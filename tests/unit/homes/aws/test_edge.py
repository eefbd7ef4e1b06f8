"""Purges that are throttled, crowded out, never completed, or answered with nonsense."""

import pytest

from laststop.errors import ConflictError, NotFoundError, TransientError
from laststop.homes.aws.connection import Answer
from laststop.homes.aws.edge import WITHIN_SECONDS, CloudFrontEdge
from unit.homes.aws.service_fakes import LOST, Script, sender

PATH = "/2020-05-31/distribution/E1ABC/invalidation"


def told(status: str, code: int = 201) -> Answer:
    body = f'<?xml version="1.0"?><Invalidation xmlns="x"><Id>I1</Id><Status>{status}</Status></Invalidation>'
    return Answer(status=code, headers={}, body=body.encode())


def refused(code: str, status: int = 400) -> Answer:
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>why &amp; how</Message></Error></ErrorResponse>"
    return Answer(status=status, headers={}, body=body.encode())


def edge(*answers):
    script, pauses = Script(*answers), []
    return CloudFrontEdge(sender(script, "cloudfront", []), "E1ABC", pause=pauses.append), script, pauses


def test_paths_and_reference_go_out_as_cloudfront_wants_them():
    port, script, _ = edge(told("Completed"))
    assert port.purge(("/a&b.html", "/c*"), "r1-<x>") == 1
    ((method, path, body),) = script.raw
    assert (method, path) == ("POST", PATH)
    assert b"<Quantity>2</Quantity><Items><Path>/a&amp;b.html</Path><Path>/c*</Path></Items>" in body
    assert b"<CallerReference>r1-&lt;x&gt;</CallerReference>" in body


def test_it_is_waited_for_until_aws_says_completed_ever_more_patiently():
    port, script, pauses = edge(told("InProgress"), *[told("InProgress", 200)] * 8, told("Completed", 200))
    port.purge(("/a",), "r")
    assert [(method, path) for method, path, _ in script.raw] == [
        ("POST", PATH),
        *[("GET", f"{PATH}/I1")] * 9,
    ]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 10.0


def test_one_that_never_completes_is_try_again_within_the_bound():
    port, _, pauses = edge(told("InProgress"), told("InProgress", 200))
    with pytest.raises(TransientError, match="I1 of E1ABC is not completed") as caught:
        port.purge(("/a",), "r")
    assert sum(pauses) == pytest.approx(WITHIN_SECONDS)
    assert "retry the stage" in caught.value.hint


def test_too_many_in_progress_are_waited_out():
    port, script, pauses = edge(*[refused("TooManyInvalidationsInProgress")] * 3, told("Completed"))
    assert port.purge(("/a",), "r") == 1
    assert (len(script.raw), len(pauses)) == (4, 3)


def test_too_many_for_ever_are_try_again():
    port, _, _ = edge(refused("TooManyInvalidationsInProgress"))
    with pytest.raises(TransientError, match="too many invalidations"):
        port.purge(("/a",), "r")


@pytest.mark.parametrize(
    "trouble",
    [
        refused("Throttling"),
        refused("ServiceUnavailable", 503),
        LOST,
        Answer(status=201, headers={}, body=b"<html>"),
    ],
    ids=["throttled", "503", "lost", "nonsense"],
)
def test_trouble_that_passes_is_waited_out_and_the_same_reference_makes_it_harmless(trouble):
    port, script, _ = edge(trouble, told("Completed"))
    assert port.purge(("/a",), "r") == 1
    assert script.raw[0] == script.raw[1]


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [("InvalidationBatchAlreadyExists", 409, ConflictError), ("NoSuchDistribution", 404, NotFoundError)],
)
def test_a_no_is_said_with_cloudfronts_own_words(code, status, kind):
    port, _, _ = edge(refused(code, status))
    with pytest.raises(kind, match="why & how"):
        port.purge(("/a",), "r")


def test_no_paths_ask_nothing():
    port, script, _ = edge(told("Completed"))
    assert port.purge((), "r") == 1
    assert script.raw == []
