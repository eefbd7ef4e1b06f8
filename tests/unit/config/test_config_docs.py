"""The pages about the two files are true: their examples load, and no setting is missing."""

import re
from pathlib import Path

import msgspec
import pytest
from msgspec import inspect

from laststop.config.check import check_project
from laststop.config.project import ProjectTables
from laststop.config.project_file import load_project

DOCS = Path(__file__).parents[3] / "docs"


def example(page: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_of_the_reference_loads_and_shows_every_setting(tmp_path: Path) -> None:
    text = example("reference/laststop-toml.md", "toml")
    (tmp_path / "laststop.toml").write_text(text)
    assert load_project(tmp_path).name == "translations"
    for table in inspect.type_info(ProjectTables).fields:  # type: ignore[attr-defined]
        assert f"[{table.encode_name}" in text
        if isinstance(table.type, inspect.StructType):
            for field in table.type.fields:
                assert re.search(
                    rf"^{field.encode_name} = |^\[\w+\.{field.encode_name}\]", text, re.MULTILINE
                ), field


def test_the_reference_tells_every_default() -> None:
    page = (DOCS / "reference/laststop-toml.md").read_text(encoding="utf-8")
    defaults = msgspec.convert({"project": {"name": "shop", "types": ["a"]}}, ProjectTables)
    for table in ("build", "edge", "verify", "retention"):
        for name, value in msgspec.to_builtins(getattr(defaults, table)).items():
            if isinstance(value, int):
                assert f"| `{name}` | `{value}` |" in page


def test_the_example_of_the_guide_is_a_good_pipeline(tmp_path: Path) -> None:
    (tmp_path / "laststop.toml").write_text(
        '[project]\nname = "shop"\ntypes = ["routing"]\n[repositories]\n"acme/frontend" = "./frontend"\n'
    )
    (tmp_path / "pipeline.yml").write_text(example("guides/pipeline-yml.md", "yaml"))
    assert check_project(tmp_path) == ()


@pytest.mark.parametrize(
    "word", ["yes", "010", "1.0", "1_000", "1e3", "0x1f", "12:30", "2026-01-31", "~", "null"]
)
def test_what_the_guide_wants_quoted_is_refused_without_quotes(tmp_path: Path, word: str) -> None:
    assert f'`"{word}"`' in (DOCS / "guides/pipeline-yml.md").read_text(encoding="utf-8")
    (tmp_path / "laststop.toml").write_text('[project]\nname = "shop"\ntypes = ["routing"]\n')
    (tmp_path / "pipeline.yml").write_text(f"name: {word}\n")
    assert any("put it in quotes" in finding.hint for finding in check_project(tmp_path))
