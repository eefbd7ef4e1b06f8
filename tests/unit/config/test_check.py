from pathlib import Path

import pytest

from laststop.config.check import check_project
from laststop.config.finding import Finding
from laststop.config.pipeline_file import PipelineInvalidError
from laststop.config.pipeline_files import load_pipelines
from laststop.config.project import Project
from laststop.config.project_file import load_project
from laststop.errors import NotFoundError
from laststop.pipeline.declaration import Pipeline


def test_a_good_project_has_no_findings(make_project) -> None:
    assert check_project(make_project()) == ()


def test_every_file_is_checked_at_once(make_project, project_text: str, pipeline_text: str) -> None:
    folder = make_project(
        project=project_text.replace('"@net-team"', "5"), pipeline=pipeline_text.replace("V2", "yes")
    )
    assert [finding.text for finding in check_project(folder)] == [
        'laststop.toml:9 notices.owners.routing: expected text, found the number 5; put it in quotes: "5"',
        'pipeline.yml:2 pipelineType: yes is true or false to some readers; put it in quotes: "yes"',
    ]


def test_names_of_the_other_file_are_followed(make_project, project_text: str) -> None:
    folder = make_project(project=project_text.replace("acme/frontend", "acme/website"))
    assert [finding.text for finding in check_project(folder)] == [
        (
            "pipeline.yml:10 stages[0].actions[0].configuration.FullRepositoryId: laststop.toml does not say where "
            '"acme/frontend" is; add "acme/frontend" = "PATH or URL" under [repositories]'
        )
    ]


def test_the_other_home_asks_for_its_own_names(make_project, project_text: str) -> None:
    assert [finding.line for finding in check_project(make_project(), home="aws")] == [9]
    named = (
        project_text
        + '[names.aws]\nconnection_arn = "arn:aws:codeconnections:eu-west-1:111122223333:connection/0a1b"\n'
    )
    assert check_project(make_project(project=named), home="aws") == ()


def test_further_checks_see_a_usable_project_only(make_project, pipeline_text: str) -> None:
    def further(project: Project, pipeline: Pipeline) -> list[Finding]:
        return [Finding(file="frontend/buildspec.yml", message=f"missing for {project.name} {pipeline.name}")]

    (finding,) = check_project(make_project(), further=[further])
    assert finding.text == "frontend/buildspec.yml: missing for translations translations"
    broken = make_project(pipeline=pipeline_text.replace("runOrder: 3", "runOrder: 0"))
    assert [finding.line for finding in check_project(broken, further=[further])] == [52]


OTHER = """\
name: nightly
stages:
  - name: Source
    actions:
      - name: code
        actionTypeId: {category: Source, owner: AWS, provider: CodeStarSourceConnection, version: "1"}
        configuration:
          ConnectionArn: "${connection_arn}"
          FullRepositoryId: acme/frontend
          BranchName: main
        outputArtifacts: [{name: code}]
  - name: Test
    actions:
      - name: test
        actionTypeId: {category: Test, owner: AWS, provider: CodeBuild, version: "1"}
        configuration: {ProjectName: tests}
        inputArtifacts: [{name: code}]
"""


def add_pipeline(folder: Path, text: str, name: str = "nightly.yml") -> None:
    (folder / "pipelines").mkdir(exist_ok=True)
    (folder / "pipelines" / name).write_text(text, encoding="utf-8")


def test_every_pipeline_of_the_project_is_checked_and_only_the_flow_reads_all_documents(make_project) -> None:
    folder = make_project()
    add_pipeline(folder, OTHER)
    assert check_project(folder) == ()
    add_pipeline(folder, OTHER.replace("name: Test\n", "name: Source\n"))
    assert [finding.text for finding in check_project(folder)] == [
        (
            'pipelines/nightly.yml:12 stages[1].name: stages[0] is called "Source" already; '
            "stage names are unique in a pipeline"
        )
    ]


def test_two_pipelines_cannot_have_one_name(make_project) -> None:
    folder = make_project()
    add_pipeline(folder, OTHER.replace("name: nightly", "name: translations"))
    assert [finding.text for finding in check_project(folder)] == [
        (
            'pipelines/nightly.yml name: pipeline.yml declares a pipeline "translations" already; '
            "pipelines of a project have names of their own"
        )
    ]
    with pytest.raises(PipelineInvalidError):
        load_pipelines(load_project(folder))


def test_pipelines_are_loaded_with_the_flow_first(make_project) -> None:
    folder = make_project()
    add_pipeline(folder, OTHER, "a.yml")
    add_pipeline(folder, OTHER.replace("name: nightly", "name: weekly"), "b.yml")
    assert [(file, pipeline.name) for file, pipeline in load_pipelines(load_project(folder))] == [
        ("pipeline.yml", "translations"),
        ("pipelines/a.yml", "nightly"),
        ("pipelines/b.yml", "weekly"),
    ]


def test_a_further_check_is_asked_of_every_pipeline(make_project) -> None:
    asked: list[str] = []

    def further(project: Project, pipeline: Pipeline) -> list[Finding]:
        asked.append(pipeline.name)
        return []

    folder = make_project()
    add_pipeline(folder, OTHER)
    check_project(folder, further=[further])
    assert asked == ["translations", "nightly"]


def test_a_missing_pipeline_is_a_finding(make_project) -> None:
    (finding,) = check_project(make_project(pipeline=None))
    assert finding.text.startswith("pipeline.yml: there is no such file; ")


def test_a_folder_of_no_project_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        check_project(tmp_path)


def test_a_pipeline_that_cannot_be_read_is_a_finding_whatever_the_other_file_says(make_project) -> None:
    for project in ("[project]\n", None):
        folder = make_project() if project is None else make_project(project=project)
        (folder / "pipeline.yml").write_bytes(b"\xff")
        assert check_project(folder)[-1].text == "pipeline.yml: it is not UTF-8; save the file as UTF-8"
