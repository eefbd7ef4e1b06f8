"""What our strict loader takes, Terraform reads the same; where the two would differ, ours refuses."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from laststop.homes.shared.yaml_file import YamlError, parse_yaml
from terraform.conftest import RICH
from terraform.workbench import EXAMPLES, Terraform

pytestmark = pytest.mark.terraform

SCALARS = [
    "0", "7", "-7", "10", "010", "0o10", "0x10", "0b1", "1_000", "12:30", "1:2:3", "1e3", "1.5", ".5", "1.", "+1",
    "-0", "00", "999999999999999", "1000000000000000", "123456789012345678901234567890", "-.inf", ".nan", ".inf",
    "true", "false", "True", "TRUE", "yes", "no", "on", "off", "y", "n", "Y", "N", "null", "Null", "~", "NULL",
    "2026-01-31", "2026-01-31T10:00:00Z", "2026-1-1", "<<", "=", "abc", "a b", "a#b", "a: b", "a:b", "- a", "-a",
    "@a", "`a`", "%a", "&a", "*a", "!a", "!!str 1", "|", ">", "[a]", "{a: b}", "a,b", "a]b", "'a'", '"a"', "''", '""',
    "'it''s'", '"tab\\tnew\\nline"', '"\\u00fc"', '"\\x41"', '"\\U0001F600"', "ü", "日本", "#a", "a #b", "?a", "? a",
    ":a", ": a", "a\\b", "$a", '"${x}"', "'#{a.b}'", "1a", "0.10", "1.10.0", "v1.0", "1-2", "1/2", "e3", "0e0",
    "infinity", "nan", "None", "nil", "void",
]  # fmt: skip


def ours(text: str) -> tuple[bool, Any]:
    try:
        return True, parse_yaml(text, file="pipeline.yml").value
    except YamlError:
        return False, None


def theirs(terraform: Terraform, texts: list[str]) -> list[tuple[bool, Any]]:
    """What Terraform makes of each text, in one call of its console; whether it reads it at all."""
    folder = terraform.root / "parity"
    folder.mkdir(exist_ok=True)
    (folder / "main.tf").write_text("locals {}\n")
    (folder / "texts.json").write_text(json.dumps(texts))
    value = 'try(jsonencode(yamldecode(t)), "null")'
    each = f"{{ read = can(yamldecode(t)), json = {value} }}"
    expression = f'base64encode(jsonencode([for t in jsondecode(file("texts.json")) : {each}]))'
    answer = terraform.run("parity", "console", stdin=f"{expression}\n")
    found = json.loads(base64.b64decode(json.loads(answer)))
    assert len(found) == len(texts)
    return [(each["read"], json.loads(each["json"])) for each in found]


def same(a: Any, b: Any) -> bool:
    """Equal, and a number is never a boolean."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def compare(terraform: Terraform, texts: list[str]) -> int:
    """How many texts we take; each of them Terraform takes too, as the same values."""
    taken = 0
    for text, (read, value) in zip(texts, theirs(terraform, texts), strict=True):
        fits, our_value = ours(text)
        if fits:
            taken += 1
            assert read, f"we take what Terraform cannot read: {text!r}"
            assert same(our_value, value), f"{text!r}: {our_value!r} here, {value!r} there"
    return taken


def test_every_scalar_we_take_is_the_same_value_there_as_a_value_a_key_and_an_item(
    terraform: Terraform,
) -> None:
    texts = [form.format(scalar) for scalar in SCALARS for form in ("k: {}\n", "- {}\n", "k: [{}, x]\n")]
    assert compare(terraform, texts) > 60
    assert compare(terraform, [f"{scalar}: v\n" for scalar in SCALARS]) > 15


@pytest.mark.parametrize(
    ("text", "there"),
    [("k: 010\n", 10), ("k: 1e3\n", 1000), ("k: 0x10\n", 16), ("k: True\n", True), ("k: ~\n", None)],
)
def test_what_terraform_reads_as_something_else_than_text_is_refused_here(
    terraform: Terraform, text: str, there: Any
) -> None:
    ((_, value),) = theirs(terraform, [text])
    assert same(value["k"], there)
    assert ours(text) == (False, None)


def test_whole_files_are_the_same_values(terraform: Terraform) -> None:
    files = [
        RICH,
        *sorted(EXAMPLES.glob("*/pipeline.yml")),
        Path(terraform.root / "modules/declaration/tests/small.yml"),
    ]
    templates = sorted((Path(__file__).parents[2] / "src/laststop/project").glob("*/pipeline.yml"))
    texts = [file.read_text() for file in (*files, *templates)]
    assert compare(terraform, texts) == len(texts)


def test_line_breaks_and_blocks_are_the_same_text(terraform: Terraform) -> None:
    blocks = [
        "k: |\n  a\n  b\n", "k: |-\n  a\n\n  b\n", "k: >\n  a\n  b\n\n  c\n", "k: |+\n  a\n\n", "k: >-\n  a\n   b\n",
        "k: |2\n   a\n", "k: a\n  b\n", 'k: "a\n  b"\n', "k: 'a\n\n  b'\n", "k: a\r\nj: b\r\n", "k: |\r\n  a\r\n",
        "\ufeffk: v\n", "k: v", "# c\nk: v # d\n", "---\nk: v\n", "---\nk: v\n...\n",
    ]  # fmt: skip
    assert compare(terraform, blocks) > 10


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12),
        min_size=40,
        max_size=40,
    )
)
@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_text_we_take_is_the_same_there(terraform: Terraform, scalars: list[str]) -> None:
    plain = [f"k: {scalar}\n" for scalar in scalars]
    quoted = [f"k: {json.dumps(scalar)}\n" for scalar in scalars]
    compare(terraform, [*plain, *quoted])
