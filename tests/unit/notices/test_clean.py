import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laststop.notices.clean import LINE_CHARACTERS_MAX, clean, names_a_secret
from laststop.notices.story import FailedAction, Moved, Shown, Story, render
from laststop.words.bill import Bill, Revision
from laststop.words.failure import Failure
from laststop.words.ids import RunId

SECRET = "hunter2hunter2"


def story(text: str) -> Story:
    """The text in every place that comes from outside."""
    failure = Failure(
        code="JobFailed", message=text, phase="BUILD", command=text, exit_status=1, lines=(text, text)
    )
    return Story(
        project="shop",
        run=RunId("1d326acd-b107"),
        cause=text,
        status="Failed",
        stage="Build",
        bill=Bill(revisions=(Revision(action="a", id="c1", location=text, summary=text),)),
        changes=(Shown(algorithm=text, before=text, after=text),),
        refused=text,
        unseen=text,
        failed=FailedAction(stage="Build", action="build", failure=failure, cause=text),
        since_good=(Moved(location=text, before="c0", after="c1", summary=text),),
        serving=text,
        page_url=text,
    )


def hide(text: str) -> str:
    return text.replace(SECRET, "***")


@pytest.mark.parametrize(
    "around", ["{}", "x" * 100_000 + "{}", "x" * (LINE_CHARACTERS_MAX - 5) + "{}", "{}" + "y" * 100_000]
)
def test_a_secret_is_hidden_wherever_it_stands_and_before_anything_is_cut(around):
    cleaned = clean(story(around.format(SECRET)), hide)
    text = msgspec.json.encode(cleaned).decode()
    for length in range(6, len(SECRET) + 1):
        assert SECRET[:length] not in text
    assert len(text) < 10_000


@given(st.text())
def test_whatever_comes_it_can_be_kept_and_told_on_one_line_each(text):
    cleaned = clean(story(text), str)
    msgspec.json.encode(cleaned)
    assert not any(c < " " and c != "\n" for c in render(cleaned))
    assert clean(cleaned, str) == cleaned


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\u202egnp.exe", "a\u200bb", "\ud800", "\x00"])
def test_what_a_terminal_or_a_reader_would_be_fooled_by_is_made_visible(hostile):
    assert hostile not in clean(story(hostile), str).cause


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("NPM_TOKEN", True),
        ("DB_PASSWORD", True),
        ("API_KEY", True),
        ("apikey", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("MY_CREDENTIALS", True),
        ("SLACK_WEBHOOK_URL", True),
        ("NODE_ENV", False),
        ("COMPASS", False),
        ("TOKENIZER", False),
        ("KEYBOARD", False),
    ],
)
def test_a_variable_is_known_for_a_secret_by_its_name(name, secret):
    assert names_a_secret(name) is secret


def test_more_changes_than_anybody_reads_are_counted():
    many = msgspec.structs.replace(story("x"), changes=(Shown(algorithm="a", before="1", after="2"),) * 512)
    cleaned = clean(clean(many, str), str)
    assert len(cleaned.changes) == 200
    assert "  and 312 more" in render(cleaned).split("\n")
