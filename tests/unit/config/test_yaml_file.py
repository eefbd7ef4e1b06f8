"""The strict reader: what it takes, what it refuses, and that it survives anything."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laststop.errors import NotFoundError, UsageError
from laststop.homes.shared.text_file import TEXT_BYTES_MAX
from laststop.homes.shared.yaml_file import YamlError, load_yaml, parse_yaml


def faults(text: str) -> list[str]:
    with pytest.raises(YamlError) as caught:
        parse_yaml(text, file="f.yml")
    return [f"{fault.line} {fault.path} {fault.message}; {fault.hint}" for fault in caught.value.faults]


def test_text_booleans_and_whole_numbers_are_taken() -> None:
    text = """\
text: plain text
quoted: "010"
single: 'no'
yes please: fine
flag: true
other: false
number: 42
zero: 0
negative: -7
version: 1.0.0
time: at 12:30
empty: ""
list: [a, 1, {b: c}]
block: |
  first
  010
folded: >
  one
  two
"""
    assert parse_yaml(text, file="f").value == {
        "text": "plain text",
        "quoted": "010",
        "single": "no",
        "yes please": "fine",
        "flag": True,
        "other": False,
        "number": 42,
        "zero": 0,
        "negative": -7,
        "version": "1.0.0",
        "time": "at 12:30",
        "empty": "",
        "list": ["a", 1, {"b": "c"}],
        "block": "first\n010\n",
        "folded": "one two\n",
    }


AMBIGUOUS = [
    *((word, "true or false") for word in ("yes", "No", "ON", "off", "y", "N", "True", "FALSE")),
    *((word, "nothing at all") for word in ("~", "null", "Null", "NULL")),
    *((word, "a date") for word in ("2024-01-01", "2024-1-1", "2024-01-01T10:00:00Z", "2024-01-01 10:00:00")),
    *((word, "a number of base 60") for word in ("12:30", "1:2:3", "190:20:30.15")),
    *(
        (word, "a number")
        for word in (
            "010", "08", "1_000", "2024_05", "1e3", "1E-3", "0x1f", "0X1F", "0o17", "0b11", "1.0", "1.", ".5",
            "-0", "+5", "-010", ".inf", "-.INF", ".NaN", "1234567890123456", "6.02e+23", "0x", "1__0", "-.5",
        )
    ),
    ("=", "an instruction"),
    ("<<", "an instruction"),
]  # fmt: skip


@pytest.mark.parametrize(("word", "what"), AMBIGUOUS)
def test_what_dialects_read_differently_needs_quotes(word: str, what: str) -> None:
    assert faults(f"a:\n  - {word}\n") == [
        f"2 ('a', 0) {word} is {what} to some readers; put it in quotes: \"{word}\""
    ]
    assert parse_yaml(f'a: "{word}"', file="f").value == {"a": word}


@pytest.mark.parametrize("key", ["n", "Yes", "010", "7", "true", "~", "<<", "1.0", "2024-01-01"])
def test_a_key_that_is_no_text_to_everybody_needs_quotes(key: str) -> None:
    (answer,) = faults(f"a: 1\n{key}: 2\n")
    assert answer.startswith(f"2 () the key {key} is ")
    assert answer.endswith(f'put it in quotes: "{key}"')
    assert parse_yaml(f'"{key}": 2', file="f").value == {key: 2}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("a: 1\nb: 2\na: 3\n", "3 ('a',) the key \"a\" stands twice; first on line 1; "),
        ("a: &x 1\n", "1 ('a',) anchors (&x) are not allowed; delete the anchor"),
        ("a: !!str 1\n", "1 ('a',) tags (tag:yaml.org,2002:str) are not allowed; delete the tag"),
        ("a: !local 1\n", "1 ('a',) tags (!local) are not allowed; delete the tag"),
        ("a: 1\n---\nb: 2\n", "2 () a second document begins here; keep one document in the file"),
        ("%YAML 1.1\n---\na: 1\n", "1 () directives (%) are not allowed; delete the line"),
        ("a:\nb: 1\n", '1 (\'a\',) there is no value here; write one, remove the key, or write "" for no text'),
        ("- \n- 1\n", '1 (0,) there is no value here; write one, remove the key, or write "" for no text'),
        ("a: #{b.c}\n", "1 ('a',) a # after a space begins a comment, so #{...} is lost; quote the value"),
        ("a: run #{b.c}\n", "1 ('a',) a # after a space begins a comment, so #{...} is lost; quote the value"),
        ("a: ${b}\n", "1 ('a',) a placeholder stands in quotes; write \"${b}\""),
        ("a: |\nb: 1\n", "1 ('a',) an empty block is nothing at all to some readers; write \"\" for no text"),
        ("? [a]\n: 1\n", "1 () a key must be text; aliases, lists and mappings cannot be keys"),
        ("? \n: 1\n", "1 () there is a value without a key; "),
        ("", "1 () the file is empty; "),
        ("# nothing\n", "1 () the file is empty; "),
        ('a: "x\\ud800"\n', ("1 ('a',) there is half a character or a zero byte in this text; "
         "write the character itself instead of its escapes")),
        ("a: b\u2028c\n", ('1 () there is an invisible line break here ("\\u2028"); '
         "delete it and type the line again")),
    ],
)  # fmt: skip
def test_what_is_refused_names_its_place(text: str, answer: str) -> None:
    assert faults(text) == [answer]


def test_an_alias_is_refused_and_never_followed() -> None:
    assert faults("a: &x [1]\nb: *x\n") == [
        "1 ('a',) anchors (&x) are not allowed; delete the anchor",
        "2 ('b',) aliases (*x) are not allowed; write the value out",
    ]


def test_a_billion_laughs_costs_nothing() -> None:
    lines = ["l0: &l0 [lol]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 20)]
    assert len(faults("\n".join(lines))) == 50


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 50_000, "[" * 40 + "]" * 40])
def test_deep_nesting_ends_at_a_bound(text: str) -> None:
    assert faults(text)[-1].endswith("values are nested deeper than 30 levels; ")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            "a: 1\n\tb: 2\n",
            (
                "2 () this is no YAML: while scanning for the next token, found character '\\t' that cannot start "
                "any token (column 1); use spaces, not tabs"
            ),
        ),
        (
            "a: b: c\n",
            "1 () this is no YAML: mapping values are not allowed here (column 5); ",
        ),
        (
            'a: 1\nb: "open\nc: 2\n',
            "2 () this is no YAML: while scanning a quoted scalar, found unexpected end of stream (column 4); ",
        ),
        ("a: 1\nb: \x07\n", "2 () there is a character here that YAML does not allow; "),
        ('a: "\\UFFFFFFFF"\n', "1 () there is an impossible character or number near this line; "),
    ],
)
def test_a_syntax_error_has_line_and_column(text: str, answer: str) -> None:
    assert faults(text) == [answer]


def test_every_fault_is_told_in_the_order_of_lines() -> None:
    assert [answer.split()[0] for answer in faults("a: yes\nb: 010\nc: fine\nd: 1.0\n")] == ["1", "2", "4"]


def test_the_message_names_the_first_fault_and_the_count() -> None:
    with pytest.raises(YamlError) as caught:
        parse_yaml("a:\n  b: yes\n  c: no\n", file="f.yml")
    assert str(caught.value) == "f.yml:2 a.b: yes is true or false to some readers (and 1 more)"
    assert caught.value.hint == 'put it in quotes: "yes"'


def test_every_key_and_item_has_its_line() -> None:
    located = parse_yaml("a: 1\nb:\n  - x\n  - c: 2\n    d: [e, f]\n", file="f")
    assert located.line(("b", 1, "d")) == 5
    assert located.line(("b", 0)) == 3
    assert located.line(("b", 1, "d", 0)) == 5
    assert located.line(("b", 1, "missing", "deeper")) == 4
    assert located.under("b").line((1, "d")) == 5


def test_the_same_text_in_json_is_yaml_too() -> None:
    value = {"stages": [{"name": "Source", "runOrder": 1, "flag": True, "text": "010"}]}
    assert parse_yaml(json.dumps(value, indent=2), file="f").value == value


def test_windows_line_ends_and_a_byte_order_mark_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "f.yml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: c\r\n")
    located = load_yaml(path)
    assert located.value == {"a": 1, "b": "c"}
    assert located.line(("b",)) == 2


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no such file") as caught:
        load_yaml(tmp_path / "no.yml", hint="write it")
    assert caught.value.hint == "write it"


def test_a_folder_a_large_file_and_foreign_bytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="this is no file"):
        load_yaml(tmp_path)
    large = tmp_path / "large.yml"
    large.write_bytes(b"a" * (TEXT_BYTES_MAX + 1))
    with pytest.raises(UsageError, match="larger than 512 KiB"):
        load_yaml(large)
    foreign = tmp_path / "foreign.yml"
    foreign.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(UsageError, match=r"foreign\.yml:2: it is not UTF-8"):
        load_yaml(foreign)


_PIECES = st.sampled_from(
    ["a", "b", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", '"', "'", "&x", "*x", "!t", "|", ">", "%YAML", "---",
     "...", "? ", "<<", "#{a.b}", "${x}", "010", "~", "\\", "\\x", "\\U0011FFFF", "\t", "\r", "é", "\ufeff", "@", "`"]
)  # fmt: skip


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(_PIECES, max_size=40).map("".join)))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        located = parse_yaml(text, file="f")
    except UsageError:
        return
    json.dumps(located.value)
    assert located.places[()] >= 1
