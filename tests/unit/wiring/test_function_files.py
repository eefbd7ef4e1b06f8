from pathlib import Path

import msgspec
import pytest

from laststop.config.project_file import load_project
from laststop.pipeline.declaration import Pipeline
from laststop.wiring.checks import function_files

PROJECT = '[project]\nname = "shop"\ntypes = ["a"]\n[functions]\nlinks = "f/links.py:handler"\nunused = "absent.py:h"\n'
CALL = {
    "name": "call",
    "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda"},
    "configuration": {"FunctionName": "links"},
}
RULE = {"name": "r", "ruleTypeId": {"provider": "LambdaInvoke"}, "configuration": {"FunctionName": "links"}}
BY_ACTION = {"name": "Call", "actions": [CALL]}
BY_RULE = {
    "name": "Call",
    "actions": [],
    "beforeEntry": {"conditions": [{"result": "FAIL", "rules": [RULE]}]},
}


def findings(folder: Path, text: str | None, stage: dict[str, object] = BY_ACTION) -> list[str]:
    (folder / "laststop.toml").write_text(PROJECT)
    if text is not None:
        (folder / "f").mkdir(exist_ok=True)
        (folder / "f/links.py").write_text(text)
    pipeline = msgspec.convert({"name": "p", "stages": [stage]}, Pipeline)
    return [finding.text for finding in function_files(load_project(folder), pipeline)]


@pytest.mark.parametrize(
    "text",
    [
        "def handler(e, c): ...",
        "async def other(): ...\nhandler = other",
        "from x import y as handler",
        "if True:\n    def handler(): ...",
    ],
    ids=["function", "name", "import", "branch"],
)
def test_a_function_that_is_there_says_nothing(tmp_path: Path, text: str) -> None:
    assert findings(tmp_path, text) == []


def test_a_file_that_is_missing_or_no_python_is_told_with_its_place(tmp_path: Path) -> None:
    (missing,) = findings(tmp_path, None)
    assert missing.startswith("laststop.toml: [functions] links: f/links.py there is no such file")
    (broken,) = findings(tmp_path, "def handler(e, c):\n  return (")
    assert broken.startswith("f/links.py:2: this is no Python")


def test_a_name_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    (told,) = findings(tmp_path, "def handle(e, c): ...")
    assert told.startswith(
        'f/links.py: warning: nothing in it is called "handler", which [functions] links calls'
    )


def test_a_rules_function_is_looked_at_too(tmp_path: Path) -> None:
    assert len(findings(tmp_path, None, BY_RULE)) == 1
