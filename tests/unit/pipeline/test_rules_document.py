"""docs/rules.md and the tests tell of the same rules: no id without a test, no test id without a rule."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[2]
DOCS = TESTS.parent / "docs"
RULES_MIN = 120
_ID = re.compile(r"\b([RV]-(?:[A-Z]+-)?\d\d)\b")
_ROW = re.compile(r"^\| ([RV]-(?:[A-Z]+-)?\d\d) \| .+ \|$", re.MULTILINE)
_IN_A_NAME = re.compile(r"^def test_\w+?_(r_[a-z]+_\d\d)\(", re.MULTILINE)
_IN_A_ROW = re.compile(r'^    "(R-[A-Z]+-\d\d) [^"]+":', re.MULTILINE)


def documented() -> list[str]:
    """Every id that docs/rules.md has, in its order."""
    return _ROW.findall((DOCS / "rules.md").read_text(encoding="utf-8"))


def carried_by_tests() -> list[str]:
    """Every id that a test's name or the id of one of its rows carries."""
    found = []
    for file in sorted((TESTS / "unit" / "pipeline").glob("test_decide_*.py")):
        text = file.read_text(encoding="utf-8")
        found += _IN_A_ROW.findall(text)
        found += [name.upper().replace("_", "-") for name in _IN_A_NAME.findall(text)]
    return found


def test_no_rule_is_without_a_test_and_no_test_without_its_rule():
    assert sorted(documented()) == sorted(carried_by_tests())


def test_an_id_is_given_once():
    assert len(set(documented())) == len(documented())


def test_every_row_of_the_document_is_a_rule():
    rows = [line for line in (DOCS / "rules.md").read_text().splitlines() if _ID.match(line[2:])]
    assert len(rows) == len(documented())


def test_there_are_as_many_rules_as_promised():
    assert len(documented()) >= RULES_MIN
