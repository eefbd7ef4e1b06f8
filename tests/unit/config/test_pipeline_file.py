"""pipeline.yml: every problem at once, each with its line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laststop.config.pipeline_file import PipelineInvalidError, examine_pipeline, load_pipeline, read_pipeline
from laststop.config.project_file import load_project
from laststop.errors import NotFoundError
from laststop.homes.shared.text_file import Located
from laststop.homes.shared.yaml_file import parse_yaml

NAMES = {
    "project": "translations",
    "documents_bucket": "translations-documents",
    "build_project": "translations-build",
    "connection_arn": "arn:aws:codeconnections:local:000000000000:connection/c",
}


def read(text: str) -> object:
    return read_pipeline(parse_yaml(text, file="pipeline.yml"), names=NAMES, file="pipeline.yml")


def problems(text: str) -> list[str]:
    with pytest.raises(PipelineInvalidError) as caught:
        read(text)
    return str(caught.value).splitlines()


def test_the_whole_flow_is_read_and_its_placeholders_replaced(pipeline_text: str) -> None:
    pipeline = read_pipeline(parse_yaml(pipeline_text, file="f"), names=NAMES)
    assert pipeline.name == "translations"
    assert [stage.name for stage in pipeline.stages] == ["Source", "Build", "Release"]
    assert pipeline.stages[2].actions[0].configuration["FunctionName"] == "translations-deploy-site"
    assert (
        pipeline.stages[2].actions[0].configuration["UserParameters"] == "#{codepipeline.PipelineExecutionId}"
    )


def test_the_form_of_get_pipeline_is_read_too(pipeline_text: str) -> None:
    indented = "".join(f"  {line}\n" for line in pipeline_text.splitlines())
    text = f'pipeline:\n{indented}metadata:\n  pipelineArn: "arn:aws:x"\n'
    assert read(text) == read(pipeline_text)
    assert problems(text.replace("runOrder: 3", "runOrder: 0"))[1].startswith(
        "pipeline.yml:53 stages[2].actions[3].runOrder: "
    )


def test_a_stranger_beside_the_wrapper_is_named(pipeline_text: str) -> None:
    indented = "".join(f"  {line}\n" for line in pipeline_text.splitlines())
    assert problems(f"pipeline:\n{indented}metdata: {{}}\n")[1:] == [
        'pipeline.yml:56 metdata: unknown key "metdata"; did you mean "metadata"?'
    ]


ROWS = [
    (
        "          - name: frontend\n",
        "          - name: frontned\n",
        [
            ('pipeline.yml:29 stages[1].actions[0].configuration.PrimarySource: "frontend" is no input of this '
            'action; did you mean "frontned"?'),
            ('pipeline.yml:31 stages[1].actions[0].inputArtifacts[0]: no earlier action produces "frontned"; '
            'did you mean "frontend"?'),
        ],
    ),
    (
        "runOrder: 3",
        "runorder: 3",
        ['pipeline.yml:52 stages[2].actions[3].runorder: unknown key "runorder"; did you mean "runOrder"?'],
    ),
    (
        "runOrder: 3",
        'runOrder: "3"',
        [
            ("pipeline.yml:52 stages[2].actions[3].runOrder: expected a whole number, "
            'found the text "3"; remove the quotes')
        ],
    ),
    (
        'routing.zip, PollForSourceChanges: "false"',
        "routing.zip, PollForSourceChanges: false",
        [
            ("pipeline.yml:15 stages[0].actions[1].configuration.PollForSourceChanges: "
            'expected text, found false; put it in quotes: "false"')
        ],
    ),
    (
        "category: Build",
        "category: Biuld",
        [
            ('pipeline.yml:28 stages[1].actions[0].actionTypeId.category: "Biuld" is not known here; '
            'did you mean "Build"?')
        ],
    ),
    (
        "        inputArtifacts: [{name: site}]\n",
        "        inputArtifacts: [site]\n",
        [
            ("pipeline.yml:42 stages[2].actions[0].inputArtifacts[0]: expected a mapping, "
            'found the text "site"')
        ],
    ),
    (
        '        actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}\n',
        "",
        ['pipeline.yml:27 stages[1].actions[0]: the key "actionTypeId" is missing'],
    ),
    (
        '${documents_bucket}", S3ObjectKey: firewall',
        '${document_bucket}", S3ObjectKey: firewall',
        [
            ("pipeline.yml:19 stages[0].actions[2].configuration.S3Bucket: laststop.toml has no value for the "
            'placeholder "document_bucket"; did you mean "documents_bucket"?')
        ],
    ),
    (
        "BranchName: main",
        '"${project}": main',
        [
            ("pipeline.yml:8 stages[0].actions[0].configuration: Source/AWS/CodeStarSourceConnection/1 needs the "
            "key BranchName; it takes ConnectionArn, FullRepositoryId, BranchName, OutputArtifactFormat, "
            "DetectChanges"),
            ('pipeline.yml:11 stages[0].actions[0].configuration["${project}"]: '
            "placeholders stand in values only, not in keys"),
        ],
    ),
    (
        "BranchName: main",
        'BranchName: "${Branch}"',
        [
            ('pipeline.yml:11 stages[0].actions[0].configuration.BranchName: "${Branch}" is no placeholder; '
            "one reads ${name}, in lower case; in a shell command write $NAME without braces")
        ],
    ),
    (
        "  - name: Build\n",
        "  - name: Build\n    beforeEntry: {conditions: []}\n",
        [
            ("pipeline.yml:26 stages[1].beforeEntry.conditions: a gate has exactly one condition, not 0; "
            "several rules may stand in one condition; all of them must pass")
        ],
    ),
    (
        "pipelineType: V2\n",
        "pipelineType: V2\ntriggers: [{providerType: CodeStarSourceConnection, gitConfiguration: {}}]\n",
        [
            'pipeline.yml:3 triggers[0].gitConfiguration: the key "sourceActionName" is missing'
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), ROWS)
def test_a_problem_has_file_line_way_and_next_step(
    pipeline_text: str, old: str, new: str, expected: list[str]
) -> None:
    assert pipeline_text.count(old) == 1
    answer = problems(pipeline_text.replace(old, new))
    assert answer[0] == f"pipeline.yml has {len(expected)} problem{'s' if len(expected) > 1 else ''}"
    assert answer[1:] == expected


def test_all_problems_are_told_at_once_in_the_order_of_lines(pipeline_text: str) -> None:
    text = (
        pipeline_text.replace("runOrder: 3", "runorder: 3")
        .replace("runOrder: 2\n", "runOrder: 0\n", 1)
        .replace("namespace: deploy", "namespace: site")
    )
    assert [line.split(" ", 2)[0] for line in problems(text)[1:]] == [
        "pipeline.yml:39",
        "pipeline.yml:44",
        "pipeline.yml:52",
    ]


def test_a_wrong_shape_carries_its_rule(pipeline_text: str) -> None:
    text = pipeline_text.replace("runOrder: 3", 'runOrder: "3"')
    findings = examine_pipeline(parse_yaml(text, file="f"), names=NAMES).findings
    assert [finding.rule for finding in findings] == ["V-01"]


def test_warnings_do_not_keep_a_pipeline_from_running(pipeline_text: str) -> None:
    text = pipeline_text.replace('routing.zip, PollForSourceChanges: "false"', "routing.zip")
    read(text)
    findings = examine_pipeline(parse_yaml(text, file="f"), names=NAMES, file="pipeline.yml").findings
    assert [finding.text for finding in findings] == [
        (
            "pipeline.yml:15 stages[0].actions[1].configuration: warning: AWS would poll this source and start a "
            'second run for every document; write PollForSourceChanges: "false"'
        )
    ]


def test_a_value_that_brings_a_placeholder_is_not_read_again(pipeline_text: str) -> None:
    names = {**NAMES, "build_project": "${project}"}
    pipeline = read_pipeline(parse_yaml(pipeline_text, file="f"), names=names)
    assert pipeline.stages[1].actions[0].configuration["ProjectName"] == "${project}"


@pytest.mark.parametrize("text", ["just text", "[1, 2]", "pipeline: 3", "pipeline: {}", "stages: []"])
def test_what_is_no_pipeline_at_all_is_refused(text: str) -> None:
    assert problems(text)[0].startswith("pipeline.yml has ")


def test_a_project_without_pipeline_says_where_one_comes_from(make_project) -> None:
    project = load_project(make_project(pipeline=None))
    with pytest.raises(NotFoundError) as caught:
        load_pipeline(project)
    assert "laststop init" in caught.value.hint


def test_a_project_loads_its_pipeline_for_its_home(make_project) -> None:
    assert load_pipeline(load_project(make_project())).name == "translations"


def test_broken_yaml_has_the_same_form_as_any_problem(make_project) -> None:
    project = load_project(make_project(pipeline="name: yes\nstages: 010\n"))
    with pytest.raises(PipelineInvalidError) as caught:
        load_pipeline(project)
    assert str(caught.value).splitlines() == [
        "pipeline.yml has 2 problems",
        'pipeline.yml:1 name: yes is true or false to some readers; put it in quotes: "yes"',
        'pipeline.yml:2 stages: 010 is a number to some readers; put it in quotes: "010"',
    ]
    assert caught.value.exit_code == 2


_LEAVES = st.one_of(
    st.text(max_size=5), st.integers(), st.booleans(), st.sampled_from(["${project}", "${", "#{a.b}"])
)
_KEYS = st.one_of(
    st.text(max_size=3),
    st.sampled_from(
        ["name", "stages", "actions", "actionTypeId", "configuration", "inputArtifacts", "pipeline", "variables"]
    ),
)  # fmt: skip
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(_VALUES)
def test_any_data_is_read_or_refused_and_nothing_else(value: object) -> None:
    examined = examine_pipeline(Located(value=value, places={(): 1}), names=NAMES)
    assert examined.usable or examined.findings
