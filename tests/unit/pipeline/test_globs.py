"""Globs of triggers: AWS's documented examples, Java's corner cases, hostile patterns."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laststop.pipeline.globs import GlobError, compiled, matches

ROWS = [
    ("*.java", "Main.java", True),
    ("*.java", "src/Main.java", False),
    ("*.*", "a.b", True),
    ("*.*", "README", False),
    ("*.{java,class}", "Main.class", True),
    ("*.{java,class}", "Main.jar", False),
    ("foo.?", "foo.c", True),
    ("foo.?", "foo.cc", False),
    ("foo.?", "foo./", False),
    ("**", "any/depth/file.txt", True),
    ("directory/**", "directory/sub/file", True),
    ("directory/**", "directory", False),
    ("directory/*", "directory/file", True),
    ("directory/*", "directory/sub/file", False),
    ("my-file.jar", "my-file.jar", True),
    ("my-file.jar", "a/my-file.jar", False),
    ("**/README.md", "docs/README.md", True),
    ("**/README.md", "README.md", False),
    ("**.md", "docs/README.md", True),
    ("common/**/*.js", "common/a/b/c.js", True),
    ("common/**/*.js", "common/c.js", False),
    ("release/**", "release/2026/11", True),
    ("v[0-9].*", "v2.1", True),
    ("v[!0-9]*", "v1", False),
    ("v[!0-9]*", "vx", True),
    ("a[!b]c", "a/c", False),
    ("[-a]", "-", True),
    ("[*?\\]", "\\", True),
    ("\\*", "*", True),
    ("\\*", "x", False),
    ("\\{a\\}", "{a}", True),
    ("{a\\,b,c}", "a,b", True),
    (".*", ".hidden", True),
    ("*", ".hidden", True),
    ("Main", "main", False),
    ("", "", True),
    ("**a*b", "a/ab", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), ROWS, ids=[f"{p} on {t}" for p, t, _ in ROWS])
def test_a_pattern_means_these_texts(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


@pytest.mark.parametrize("pattern", ["[a", "{a", "{a,{b}}", "a\\", "[]", "[z-a]", "[a/b]", "{1,2}" * 10])
def test_a_pattern_that_cannot_be_read_says_why(pattern: str) -> None:
    with pytest.raises(GlobError) as caught:
        compiled(pattern)
    assert str(caught.value)


def test_no_pattern_can_take_long() -> None:
    begun = time.process_time()  # a busy machine is no slow pattern
    assert not matches("*a" * 120 + "b", "a" * 1000)
    assert not matches("**" * 100 + "b", "a/" * 500)
    assert time.process_time() - begun < 5


@given(st.text(alphabet="ab/.{}[]*?!-,\\", max_size=12), st.text(alphabet="ab/.", max_size=8))
def test_any_pattern_is_judged_or_refused(pattern: str, text: str) -> None:
    try:
        found = matches(pattern, text)
    except GlobError:
        with pytest.raises(GlobError, match=r"\w"):
            compiled(pattern)
    else:
        assert found in (True, False)


@given(st.text(alphabet="ab/.*?[]{}\\!-,", max_size=10))
def test_an_escaped_text_means_itself_alone(text: str) -> None:
    escaped = "".join(f"\\{character}" for character in text)
    assert matches(escaped, text)
    assert not matches(escaped, text + "x")
