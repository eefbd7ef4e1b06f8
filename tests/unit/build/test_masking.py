from hypothesis import given
from hypothesis import strategies as st

from laststop.build.masking import MASK, mask, secret_lines


def test_every_occurrence_is_hidden():
    assert mask("a hunter22 b hunter22", ["hunter22"]) == "a *** b ***"


def test_a_text_without_a_secret_is_left_alone():
    assert mask("nothing here", ["hunter22"]) == "nothing here"


def test_each_line_of_a_secret_is_hidden_by_itself():
    secret = "-----BEGIN KEY-----\r\nabcdefgh\n  ijklmnop  \n"
    assert mask("got abcdefgh and ijklmnop", [secret]) == "got *** and ***"


def test_short_values_stay_readable():
    assert mask("yes 1 abc", ["1", "abc", "yes", ""]) == "yes 1 abc"
    assert mask("abcd", ["abcd"]) == MASK


def test_a_secret_inside_a_longer_one_leaves_nothing_of_it():
    assert mask("token-12345", ["token", "token-12345"]) == MASK


def test_overlapping_secrets_are_hidden_as_one():
    assert mask("xx abcdefgh yy", ["abcdef", "defgh"]) == "xx *** yy"
    assert mask("aaaaaa", ["aaaa"]) == MASK


@given(
    st.lists(st.text(alphabet="abc\n ", min_size=4, max_size=9), max_size=4),
    st.text(alphabet="abc \n", max_size=60),
)
def test_no_secret_survives(secrets, text):
    masked = mask(text, secrets)
    assert not any(line in masked for line in secret_lines(secrets))
