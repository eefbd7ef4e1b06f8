"""Whatever a name or a log holds: the payload passes slack_sdk's own checks, and means nothing to Slack."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laststop.homes.shared.slack_blocks import blocks_of, laid_out, mention, reply_of, text_of
from laststop.notices.clean import clean
from laststop.notices.story import FailedAction, Moved, Shown, Story
from laststop.words.bill import Bill, Revision
from laststop.words.failure import Failure
from laststop.words.ids import RunId

HOSTILE = ["<!channel>", "<@U0123456>", "<https://evil.test|click>", "@here", "*b* _i_ ~s~ `c` ```x```", "&lt;!channel&gt;",
           ":tada:", "😀" * 4000, "a" * 100_000, "", " ", "\n\n", "\x00\x1b[31m", "\ud800", "\u202etxt"]  # fmt: skip


def story(text: str, **more) -> Story:
    failure = Failure(
        code="JobFailed", message=text, phase="BUILD", command=text, exit_status=1, lines=(text,) * 15
    )
    return msgspec.structs.replace(
        Story(
            project="shop",
            run=RunId("1d326acd-b107"),
            cause=text,
            status="Failed",
            stage="Build",
            bill=Bill(revisions=(Revision(action="a", id="c1", location=text, summary=text),) * 6),
            changes=(Shown(algorithm=text, before=text, after=text),) * 300,
            failed=FailedAction(stage="Build", action="build", failure=failure, cause=text),
            since_good=(Moved(location=text, before="c0", after="c1", summary=text),) * 6,
            serving=text,
            on_site=True,
            page_url="http://127.0.0.1:8080/",
            owners=("@net-team",),
        ),
        **more,
    )


def check(told: Story) -> str:
    for block in blocks_of(told):
        block.validate_json()
        as_sent = block.to_dict()
        for text in texts(as_sent):
            assert 0 < len(text.encode("utf-16-le")) // 2 <= 3000
    assert len(blocks_of(told)) <= 50
    assert 0 < len(text_of(told)) <= 40_000
    assert len(reply_of(told)) <= 40_000
    return json.dumps(laid_out(told))


def texts(block):
    if isinstance(block, dict):
        for key, value in block.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from texts(value)
    elif isinstance(block, list):
        for each in block:
            yield from texts(each)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
@pytest.mark.parametrize("status", ["Failed", "Succeeded", "InProgress", "Superseded"])
def test_every_payload_passes_with_hostile_names_and_long_lines(text, status):
    told = clean(story(text, status=status, proven=status == "Succeeded", recovered=True), str)
    assert "mrkdwn" not in check(told), "what comes from outside stands where Slack looks for no markup"
    for marked_up in (reply_of(told), text_of(told)):
        assert "<!" not in marked_up.replace("<!here>", "")
        assert "<@" not in marked_up
        assert "<http" not in marked_up


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=300), st.sampled_from(["Failed", "Succeeded", "Stopped"]))
def test_every_payload_passes_with_any_text(text, status):
    check(clean(story(text, status=status, proven=True), str))


def test_a_story_that_was_never_cleaned_still_makes_a_payload_in_bounds():
    check(story("x" * 5000))


@pytest.mark.parametrize(
    ("owner", "shown"),
    [
        ("U0123456", "<@U0123456>"),
        ("W0123456", "<@W0123456>"),
        ("S0123456", "<!subteam^S0123456>"),
        ("<!subteam^S0123456>", "<!subteam^S0123456>"),
        ("@here", "<!here>"),
        ("@net-team", "@net-team"),
        ("@a<b>", "@a&lt;b&gt;"),
    ],
)
def test_an_owner_is_mentioned_as_slack_wants_it(owner, shown):
    assert mention(owner) == shown


def test_what_does_not_fit_is_counted():
    told = clean(story("name " + "x" * 300), str)
    assert "and " in check(told)
    assert " more" in check(told)


def test_going_back_is_offered_only_while_the_site_shows_what_failed():
    assert "laststop release rollback previous" in check(story("x"))
    assert "rollback" not in check(story("x", on_site=False))
