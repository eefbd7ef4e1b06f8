"""The order of versions is one total order, over whatever texts a table may hold."""

import functools

from hypothesis import given
from hypothesis import strategies as st

from laststop.catalog.order import highest, is_final, natural_key, order_key

PARTS = st.sampled_from(
    [
        "0",
        "00",
        "1",
        "01",
        "10",
        "2024",
        ".",
        "-",
        "_",
        "+",
        "!",
        "v",
        "a",
        "b",
        "rc",
        "dev",
        "post",
        "SNAPSHOT",
        " ",
    ]
)
LIKELY = st.lists(PARTS, max_size=8).map("".join)
HOSTILE = st.text(max_size=20) | st.text(alphabet="0123456789.", max_size=400)
TEXTS = LIKELY | HOSTILE


TWINS = TEXTS.flatmap(
    lambda text: st.tuples(
        st.just(text), st.sampled_from(["0", "v", " ", ".0"]), st.integers(0, len(text))
    ).map(lambda cut: (cut[0], cut[0][: cut[2]] + cut[1] + cut[0][cut[2] :]))
)
"""Texts that differ in what some orders overlook."""


@given(st.tuples(TEXTS, TEXTS) | TWINS)
def test_of_two_texts_one_is_lower_unless_they_are_the_same(pair):
    left, right = pair
    outcomes = (order_key(left) < order_key(right), order_key(left) > order_key(right), left == right)
    assert sum(outcomes) == 1
    assert (order_key(left) == order_key(right)) is (left == right)


@given(st.lists(TEXTS, min_size=3, max_size=3))
def test_the_order_is_transitive(texts):
    low, middle, high = sorted(texts, key=order_key)
    assert order_key(low) <= order_key(middle) <= order_key(high)
    assert order_key(low) <= order_key(high)


@given(st.lists(TEXTS, unique=True).flatmap(lambda texts: st.tuples(st.just(texts), st.permutations(texts))))
def test_sorting_forgets_where_the_texts_came_from(two_orders):
    first, second = two_orders
    assert sorted(first, key=order_key) == sorted(second, key=order_key)


@given(st.lists(TEXTS, min_size=1), st.booleans())
def test_the_highest_of_all_is_the_highest_of_the_highest(texts, allow_prereleases):
    choose = functools.partial(highest, allow_prereleases=allow_prereleases)
    cut = len(texts) // 2
    winners = [text for text in (choose(texts[:cut]), choose(texts[cut:])) if text is not None]
    assert choose(winners) == choose(texts)


@given(st.lists(TEXTS, min_size=1))
def test_a_final_is_shown_wherever_there_is_one(texts):
    assert is_final(highest(texts)) is any(map(is_final, texts))


@given(st.integers(min_value=0), st.integers(min_value=0), st.sampled_from(["", "release-", "2024_"]))
def test_numbers_in_a_text_compare_as_numbers(left, right, prefix):
    keys = natural_key(f"{prefix}{left}"), natural_key(f"{prefix}{right}")
    assert (keys[0] < keys[1]) is (left < right)
