"""Writes docs/reference/iam.md from what Terraform would grant: `PYTHONPATH=tests python -m terraform.iam_page`."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from terraform.workbench import EXAMPLES, ROOT, STEPS, Plan, terraform_at

Json = dict[str, Any]

PAGE = ROOT / "docs/reference/iam.md"
WITHOUT_RESOURCE = {
    "codepipeline:GetJobDetails": "a job is known by its id only; CodePipeline has no resource for it",
    "codepipeline:PutJobFailureResult": "as above",
    "codepipeline:PutJobSuccessResult": "as above",
}
"""Actions that take no resource, so that their statement must say `*`. Nothing else may."""

_MADE_UP = {
    "translations": "<project>",
    "111122223333": "<account>",
    "eu-west-1": "<region>",
    "E1EXAMPLE": "<distribution>",
    "-AbCdEf": "-<suffix>",
    "2026-01-31T08:00:00.000": "<stream>",
    "0a1b2c3d-1111-2222-3333-444455556666": "<connection>",
}
_HEAD = """\
<!-- Written by `PYTHONPATH=tests python -m terraform.iam_page`; a test compares it with the plan. -->

# Who may do what on AWS, and why

Terraform makes one role per function and one each for the pipeline, the build and the schedule that looks again at a
slow edge. A statement is a need; no action has a wildcard. The tables are those of a project with three types. The
pipeline's statements follow from what `pipeline.yml` uses, so yours may have fewer or others.

A resource ends in `*` where AWS or the build chooses the rest of the name. It is `*` altogether only for actions that
know no resource:

| action | why |
|---|---|
"""
_TAIL = """
## What lets services in

| resource | who | may | when |
|---|---|---|---|
| site bucket | `cloudfront.amazonaws.com` | `s3:GetObject`, `s3:ListBucket` | the request comes from the project's distribution |
| every bucket | nobody | anything | over plain HTTP (a refusal) |
| queue of function failures | `events.amazonaws.com` | `sqs:SendMessage` | the rule's name begins with the project's |

The roles of pipeline, build and schedule are taken on only on behalf of the project's account (`aws:SourceAccount`).

## What people need

Who runs Terraform and `osls deploy` makes roles, and so holds the keys to the account; that is for an administrator or a
deployment role of its own. From day to day:

| to | is needed |
|---|---|
| record versions from a test runner | `dynamodb:PutItem`, `dynamodb:UpdateItem`, `dynamodb:Query` on the catalog table |
| hold and lift a release | `lambda:InvokeFunction` on `<project>-release` |
| retry, stop and approve runs | `codepipeline:RetryStageExecution`, `codepipeline:StopPipelineExecution`, `codepipeline:PutApprovalResult` on the pipeline |
| confirm the connection | `codeconnections:UpdateConnectionInstallation` and what the console lists with it |
"""


def needs_of(applied: dict[str, Plan]) -> list[Json]:
    """Every role of both steps with its statements."""
    return [each for step in STEPS for each in applied[step].output("needs")]


def page(needs: Iterable[Json]) -> str:
    """The whole page."""
    exceptions = "".join(f"| `{action}` | {why} |\n" for action, why in WITHOUT_RESOURCE.items())
    return _HEAD + exceptions + "".join(_role(each) for each in needs) + _TAIL


def _role(need: Json) -> str:
    rows = "".join(_rows(need["statements"]))
    title = f"\n## `{_spelled(need['role'])}`\n\nTaken on by `{need['service']}`.\n\n"
    return f"{title}| need | actions | resources | why |\n|---|---|---|---|\n{rows}"


def _rows(statements: list[Json]) -> Iterator[str]:
    for each in statements:
        actions = ", ".join(f"`{action}`" for action in each["actions"])
        resources = ", ".join(f"`{_spelled(arn)}`" for arn in each["resources"])
        when = "".join(f"; only when `{key}` is `{value}`" for key, value in each["equals"].items())
        yield f"| {each['sid']} | {actions} | {resources} | {each['reason']}{when} |\n"


def _spelled(text: str) -> str:
    for made_up, word in _MADE_UP.items():
        text = text.replace(made_up, word)
    return text


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, terraform_at(Path(folder)) as terraform:
        plans = {step: terraform.apply(step, EXAMPLES / "three-types") for step in STEPS}
    PAGE.write_text(page(needs_of(plans)), encoding="utf-8")
