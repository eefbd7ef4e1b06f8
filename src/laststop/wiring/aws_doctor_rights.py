"""What the caller may do: IAM is asked, nothing is tried.

Source: `SimulatePrincipalPolicy` in botocore's IAM model (1.43); IAM user guide, "Testing IAM policies": it
knows neither service control policies of other accounts nor what a session's own policy takes away.
"""

from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from laststop.wiring.aws_examination import DENIED, AwsPatient, code_of, note, ok, trouble
from laststop.wiring.examination import Finding

_ROLE: Final = ":assumed-role/"


def of_rights(patient: AwsPatient) -> Iterator[Finding]:
    """Whether the daily commands would be let through."""
    if patient.caller.endswith(":root"):
        yield note("rights", "the account's root user may do everything", "use a role for daily work")
        return
    iam = patient.client("iam")
    who = principal(patient.caller, iam)
    denied: list[str] = []
    for arn, actions in _needs(patient).items():
        told = iam.simulate_principal_policy(
            PolicySourceArn=who, ActionNames=list(actions), ResourceArns=[arn]
        )
        denied += [
            str(each["EvalActionName"])
            for each in told.get("EvaluationResults", ())
            if each.get("EvalDecision") != "allowed"
        ]
    if denied:
        says = f"{who} may not {', '.join(dict.fromkeys(denied))}"
        yield trouble("rights", says, "allow it: docs/guides/aws-daily.md has the whole policy")
    else:
        yield ok("rights", "everything that the daily commands ask for")


def principal(caller: str, iam: Any) -> str:
    """The user or role of an ARN that asks; a session of a role is the role.

    A session's ARN leaves out the path its role lies below, as with single sign-on, so IAM is asked.
    """
    if _ROLE not in caller:
        return caller
    name = caller.partition(_ROLE)[2].partition("/")[0]
    try:
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])
    except ClientError as error:
        if code_of(error) not in DENIED:
            raise
    return f"{caller.replace(':sts:', ':iam:').partition(_ROLE)[0]}:role/{name}"


def _needs(patient: AwsPatient) -> dict[str, tuple[str, ...]]:
    """Resource -> actions, of the commands that people use daily."""
    partition = patient.caller.split(":")[1]
    here = f"{patient.home.settings.region}:{patient.account}"
    tables = f"arn:{partition}:dynamodb:{here}:table"
    return {
        f"{tables}/{patient.value('catalog/table')}": tuple(
            f"dynamodb:{each}" for each in ("GetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem")
        ),
        f"{tables}/{patient.value('ledger/table')}": ("dynamodb:GetItem", "dynamodb:Query"),
        f"arn:{partition}:s3:::{patient.value('documents/bucket')}/*": (
            "s3:GetObject",
            "s3:GetObjectVersion",
        ),
        f"arn:{partition}:s3:::{patient.value('site/bucket')}/*": ("s3:GetObject",),
        f"arn:{partition}:codepipeline:{here}:{patient.value('pipeline/name')}": tuple(
            f"codepipeline:{each}"
            for each in (
                "GetPipeline",
                "GetPipelineExecution",
                "GetPipelineState",
                "ListActionExecutions",
                "ListPipelineExecutions",
                "StartPipelineExecution",
                "StopPipelineExecution",
            )
        ),
        **{
            f"arn:{partition}:lambda:{here}:function:{patient.function(each)}": ("lambda:InvokeFunction",)
            for each in ("release", "sweep")
        },
    }
