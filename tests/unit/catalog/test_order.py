import time

import pytest

from laststop.catalog.order import LONGEST_PARSED, choice_key, highest, is_final, natural_key, order_key

ASCENDING = [
    # not PEP 440: below everything that is, among themselves by words and numbers
    "",
    "release-7",
    "release-10",
    "नई",
    "1.2.3-SNAPSHOT",
    "1.10.0-SNAPSHOT",
    "2024_05",
    "2024_11",
    # PEP 440
    "0.9.dev1",
    "0.9",
    "1.0a1",
    "1.0rc1",
    "v1.0",
    "1.0",
    "1.0.0",
    "1.0.post1",
    "1.9",
    "1.10",
    "2024-05",  # a post-release of 2024, as PEP 440 reads it
    "1!0.1",
]


def test_texts_stand_in_one_order():
    descending = ASCENDING[::-1]
    assert sorted(descending, key=order_key) == ASCENDING


def test_no_two_texts_are_tied():
    assert len({order_key(text) for text in ASCENDING}) == len(ASCENDING)
    assert order_key("01") != order_key("1") != order_key("1 ")


@pytest.mark.parametrize(
    ("texts", "allow_prereleases", "expected"),
    [
        ([], False, None),
        (["1.0", "1.10", "1.9"], False, "1.10"),
        (["1.0", "2.0rc1"], False, "1.0"),  # a pre-release loses to every final
        (["1.0", "2.0rc1"], True, "2.0rc1"),
        (["1.0", "2.0.dev3"], False, "1.0"),  # a development release is none either
        (["2.0rc1", "2.0rc2"], False, "2.0rc2"),  # without a final, the best there is
        (["2.0rc1", "release-7"], False, "2.0rc1"),  # PEP 440 stands above what is not
        (["1.2.3-SNAPSHOT", "1.2.2"], True, "1.2.2"),
        (["1.0", "1.0.0", "v1.0"], False, "1.0.0"),
        (["1.0.0", "1.0+local"], False, "1.0+local"),
    ],
)
def test_the_highest_is_what_the_page_shows(texts, allow_prereleases, expected):
    assert highest(texts, allow_prereleases=allow_prereleases) == expected
    assert highest(reversed(texts), allow_prereleases=allow_prereleases) == expected


def test_only_digits_of_ascii_are_numbers():
    assert natural_key("१०") == ((0, 0, "१०"),)
    assert not is_final("१.०")


@pytest.mark.parametrize(
    "text",
    [
        "9" * 100_000,
        "1." * 50_000,
        "1.0" + "-" * 100_000,
        "1.0+" + "a." * 50_000,
        " " * 100_000,
        "1a" * 50_000,
    ],
)
def test_a_hostile_length_is_ordered_without_delay(text):
    begin = time.process_time()
    assert order_key(text) < order_key("0.dev0")
    assert time.process_time() - begin < 1


def test_what_is_longer_than_the_longest_that_is_parsed_is_no_pep_440():
    longest = "1." * 127 + "0"
    assert len(longest) == LONGEST_PARSED == 255
    assert is_final(longest)
    assert not is_final(f"{longest}0")


def test_prereleases_lose_unless_somebody_says_otherwise():
    assert highest(["1.0", "2.0rc1"]) == "1.0"
    assert choice_key("1.0") > choice_key("2.0rc1")
