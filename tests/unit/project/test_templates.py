"""The files `init` and `demo` write are what laststop itself would accept."""

import json
from pathlib import Path

import pytest

import laststop
from laststop.catalog.phases import Phases
from laststop.catalog.version import WantedVersion, decide_put
from laststop.config.check import check_project
from laststop.config.pipeline_file import load_pipeline
from laststop.config.project_file import load_project
from laststop.homes.shared.buildspec_file import parse_buildspec

PROJECT = Path(laststop.__file__).parent / "project"
BOTH = pytest.mark.parametrize("name", ["demo", "init"])


@BOTH
def test_a_template_passes_the_check_without_a_warning(name: str) -> None:
    assert check_project(PROJECT / name) == ()


@BOTH
def test_every_type_of_a_template_is_a_source_and_an_input_of_the_build(name: str) -> None:
    project = load_project(PROJECT / name)
    pipeline = load_pipeline(project)
    documents = {
        source.output_artifacts[0].name
        for source in pipeline.sources()
        if source.action_type_id.provider == "S3"
    }
    build = pipeline.stages[1].actions[0]
    assert documents == set(project.types)
    assert {artifact.name for artifact in build.input_artifacts} == {"frontend", *project.types}


@BOTH
def test_the_switch_and_its_proof_share_a_stage(name: str) -> None:
    release = load_pipeline(load_project(PROJECT / name)).stages[-1]
    assert [(action.name, action.run_order) for action in release.actions] == [
        ("deploy-site", 1),
        ("invalidate-edge", 2),
        ("announce", 2),
        ("verify-live", 3),
    ]
    asked = {action.configuration["UserParameters"] for action in release.actions}
    assert asked == {"#{codepipeline.PipelineExecutionId}"}


@BOTH
def test_a_build_asks_for_nothing_but_python(name: str) -> None:
    content = (PROJECT / name / "frontend" / "buildspec.yml").read_bytes()
    spec = parse_buildspec(content, "buildspec.yml")
    assert [command for phase in spec.phases for command in phase.commands] == ["python3 build.py"]


def test_the_demos_versions_can_all_be_put_into_its_catalog() -> None:
    project = load_project(PROJECT / "demo")
    phases = Phases(release=frozenset(project.release_phases))
    seen = set()
    for line in (PROJECT / "demo" / "versions.ndjson").read_text().splitlines():
        row = json.loads(line)
        key = (row.pop("algorithm"), row.pop("version"))
        wanted = WantedVersion(
            algorithm=key[0], version=key[1], type=row.pop("type"), phase=row.pop("phase"), attributes=row
        )
        assert decide_put(None, wanted, types=project.types, phases=phases) is not None
        assert key not in seen
        seen.add(key)
    assert len({algorithm for algorithm, _ in seen}) == 12
