"""What the doctor of the AWS home says where no emulator can: rights, denials, secrets without a value."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from laststop.config.project_file import load_project
from laststop.wiring.aws import SETTINGS, AwsHome
from laststop.wiring.aws_doctor import CONTRACT, examine_aws
from laststop.wiring.aws_doctor_functions import of_messages
from laststop.wiring.aws_doctor_pipeline import of_connection
from laststop.wiring.aws_doctor_rights import of_rights, principal
from laststop.wiring.aws_examination import AwsPatient, of_refusal
from unit.cli.cli_workbench import PIPELINE, PROJECT

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/people"
TOML = f"{PROJECT}\n[names.aws]\nregion = 'eu-west-1'\n"
SETTINGS_TEXT = json.dumps(
    {"project": {"name": "translations", "types": ["routing"]}, "notices": {"slack_channel": "#x"}}
)


class Stub:
    """A client: method -> answer, or the error it raises; and what it was asked."""

    def __init__(self, **answers) -> None:
        self.answers, self.asked = answers, []

    def __getattr__(self, name: str):
        def call(**request):
            self.asked.append((name, request))
            answer = self.answers[name]
            if isinstance(answer, Exception):
                raise answer
            return answer(request) if callable(answer) else answer

        return call


def refusal(code: str, operation: str = "DescribeTable") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "laststop.toml").write_text(TOML)
    (tmp_path / "pipeline.yml").write_text(PIPELINE)
    return tmp_path


def patient(folder, client: Stub, caller: str = ROLE, **parameters: str) -> AwsPatient:
    environment = {
        "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
        SETTINGS: SETTINGS_TEXT, "LASTSTOP_PROJECT": "translations",
    }  # fmt: skip
    return AwsPatient(
        project=load_project(folder),
        home=AwsHome(environment),
        client=lambda _: client,
        account=ACCOUNT,
        caller=caller,
        parameters={**{name: name.replace("/", "-") for name in CONTRACT}, **parameters},
    )


def decided(*denied: str):
    def answer(request):
        return {
            "EvaluationResults": [
                {"EvalActionName": each, "EvalDecision": "implicitDeny" if each in denied else "allowed"}
                for each in request["ActionNames"]
            ]
        }

    return answer


def test_rights_are_asked_of_iam_for_each_part_and_nothing_is_tried(folder):
    iam = Stub(simulate_principal_policy=decided())
    (told,) = of_rights(patient(folder, iam))
    assert told.state == "ok"
    asked = {resource for _, request in iam.asked for resource in request["ResourceArns"]}
    assert f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:translations-release" in asked
    assert {request["PolicySourceArn"] for _, request in iam.asked} == {ROLE}


def test_what_is_denied_is_named(folder):
    iam = Stub(simulate_principal_policy=decided("dynamodb:UpdateItem", "lambda:InvokeFunction"))
    (told,) = of_rights(patient(folder, iam))
    assert told.state == "trouble"
    assert told.says.startswith(f"{ROLE} may not dynamodb:UpdateItem, lambda:InvokeFunction")
    assert "aws-daily.md" in told.mend


SSO = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_people_1"


@pytest.mark.parametrize(
    ("caller", "role", "asked"),
    [
        (ROLE, None, ROLE),
        (f"arn:aws:iam::{ACCOUNT}:user/ada", None, f"arn:aws:iam::{ACCOUNT}:user/ada"),
        (
            f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_people_1/ada@acme",
            {"Role": {"Arn": SSO}},
            SSO,
        ),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/people/ci", refusal("AccessDenied", "GetRole"), ROLE),
        (
            f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/people/ci",
            refusal("AccessDenied", "GetRole"),
            ROLE.replace("aws:", "aws-cn:"),
        ),
    ],
)
def test_a_session_of_a_role_is_the_role_wherever_it_lies(caller, role, asked):
    assert principal(caller, Stub(get_role=role)) == asked


def test_a_look_that_is_denied_proves_nothing_wrong_and_says_which_it_was():
    told = of_refusal("catalog", refusal("AccessDeniedException"))
    assert (told.state, told.says) == ("note", "the caller may not look at it: DescribeTable")
    assert of_refusal("catalog", refusal("InternalError")).state == "trouble"
    lost = of_refusal("edge", EndpointConnectionError(endpoint_url="http://127.0.0.1:9"))
    assert (lost.state, "AWS_ENDPOINT_URL" in lost.mend) == ("trouble", True)


@pytest.mark.parametrize(
    ("answer", "says", "mend"),
    [
        ({"VersionIdsToStages": {}}, "no token yet", "put-secret-value --secret-id arn:x"),
        (
            {"DeletedDate": "2026-01-01", "VersionIdsToStages": {"v": ["AWSCURRENT"]}},
            "to be deleted",
            "restore-secret",
        ),
    ],
)
def test_a_secret_without_a_token_is_told(folder, answer, says, mend):
    client = Stub(describe_secret=answer)
    (told,) = of_messages(patient(folder, client, **{"slack/secret-arn": "arn:x"}))
    assert told.state == "trouble"
    assert says in told.says
    assert mend in told.mend
    assert [name for name, _ in client.asked] == ["describe_secret"], "the token itself is never read"


@pytest.mark.parametrize("service", ["codeconnections", "codestar-connections"])
def test_a_pending_connection_names_the_place_to_click_in_its_own_region(folder, service):
    arn = f"arn:aws:{service}:eu-north-1:{ACCOUNT}:connection/1-2"
    (folder / "laststop.toml").write_text(f"{TOML}connection_arn = '{arn}'\n")
    client = Stub(get_connection={"Connection": {"ConnectionName": "git", "ConnectionStatus": "PENDING"}})
    (told,) = of_connection(patient(folder, client))
    assert told.state == "trouble"
    assert "https://eu-north-1.console.aws.amazon.com/codesuite/settings/connections" in told.mend
    assert "Update pending connection" in told.mend


def test_without_keys_or_with_bad_ones_nothing_further_is_looked_at(folder):
    client = Stub(get_caller_identity=refusal("InvalidClientTokenId", "GetCallerIdentity"))
    environment = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    *_, last = examine_aws(folder, environment, clients_of=lambda _: lambda _: client)
    assert (last.about, last.state) == ("credentials", "trouble")
    assert "AWS_PROFILE" in last.mend


def test_without_any_parameter_the_step_base_is_missing(folder):
    identity = {"Account": ACCOUNT, "Arn": ROLE}
    client = Stub(get_caller_identity=identity, get_parameters={"Parameters": []})
    environment = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    *_, last = examine_aws(folder, environment, clients_of=lambda _: lambda _: client)
    assert (last.about, last.state) == ("parameters", "trouble")
    assert f"and {len(CONTRACT) - 1} more" in last.says
    assert "terraform -chdir=infra/terraform/base apply" in last.mend
    asked = [name for _, request in client.asked if request for name in request["Names"]]
    assert asked == [f"/translations/{name}" for name in CONTRACT]


def test_every_parameter_of_the_contract_is_looked_for():
    text = (Path(__file__).parents[3] / "infra/contract.md").read_text()
    for name in CONTRACT:
        plain = "roles/<function>" if name.startswith("roles/") and name != "roles/schedule" else name
        assert f"`/<project>/{plain}`" in text, name
