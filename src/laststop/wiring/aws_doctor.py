"""What would keep a project from working on AWS, and the command or the place that mends each.

Looking changes nothing, and reads no secret.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from laststop.config.pipeline_file import check_pipeline
from laststop.config.project import PROJECT_FILE, Project
from laststop.config.project_file import load_project
from laststop.config.terraform_variables import settings_text
from laststop.errors import LaststopError
from laststop.wiring.aws import AwsHome
from laststop.wiring.aws_deployed import PARAMETERS
from laststop.wiring.aws_doctor_data import of_buckets, of_catalog, of_documents, of_edge, of_ledger
from laststop.wiring.aws_doctor_functions import of_functions, of_messages, of_queues, of_rules, of_stream
from laststop.wiring.aws_doctor_pipeline import of_build, of_connection, of_pipeline
from laststop.wiring.aws_doctor_rights import of_rights
from laststop.wiring.aws_examination import (
    APPLY_BASE,
    DEPLOY,
    AwsCheck,
    AwsPatient,
    UnnamedError,
    clients,
    of_refusal,
    ok,
    trouble,
)
from laststop.wiring.examination import Finding, State
from laststop.wiring.function_values import FUNCTIONS

CONTRACT: Final = (
    *PARAMETERS.values(),
    "catalog/stream-arn",
    "artifacts/bucket",
    "build/project",
    "queues/stream-failures-arn",
    "queues/function-failures-arn",
    "roles/schedule",
    *(f"roles/{each.replace('_', '-')}" for each in FUNCTIONS),
)
"""Every parameter of infra/contract.md, below `/<project>/`."""
_AT_ONCE: Final = 10

Clients = Callable[[AwsHome], Callable[[str], Any]]


def examine_aws(
    folder: Path, environment: Mapping[str, str] = os.environ, *, clients_of: Clients = clients
) -> Iterator[Finding]:
    """Every finding, in the order in which a new user would run into them.

    Nothing further is looked at without a region, keys, or any parameter: everything else depends on them.
    Raises: NotFoundError when the folder belongs to no project, UsageError when its file cannot be read.
    """
    project = load_project(folder)
    yield from _of_files(project)
    named = {"AWS_REGION": project.aws_names.region} if project.aws_names.region else {}
    base = {**environment, **named, "LASTSTOP_PROJECT": project.name}
    home = AwsHome(base)
    try:
        region = home.settings.region
        client = clients_of(home)
        told = client("sts").get_caller_identity()
    except LaststopError as error:
        yield trouble("credentials", str(error), error.hint)
        return
    except (ClientError, BotoCoreError) as error:
        yield trouble("credentials", str(error), "sign in with the aws command, or set AWS_PROFILE")
        return
    account, caller = str(told["Account"]), str(told["Arn"])
    yield from _of_account(project, account, f"{caller} in {region}")
    try:
        values = _parameters(client("ssm"), project.name)
    except (ClientError, BotoCoreError) as error:
        yield of_refusal("parameters", error)
        return
    yield from _of_parameters(project, values)
    if "settings" not in values:
        return
    variables = {variable: values.get(name, "") for variable, name in PARAMETERS.items()}
    home = AwsHome({**base, **variables})
    patient = AwsPatient(
        project=project, home=home, client=client, account=account, caller=caller, parameters=values
    )
    try:
        for check in CHECKS:
            yield from _looked(check, patient)
    finally:
        home.close()


def _looked(check: AwsCheck, patient: AwsPatient) -> Iterator[Finding]:
    about = check.__name__.removeprefix("of_")
    try:
        yield from check(patient)
    except UnnamedError:
        return  # the missing parameter was told of
    except (ClientError, BotoCoreError) as error:
        yield of_refusal(about, error)
    except LaststopError as error:
        yield trouble(about, str(error), error.hint or "look at it in the AWS console")


def _of_files(project: Project) -> Iterator[Finding]:
    read = check_pipeline(project, home="aws")
    for each in read.findings:
        state: State = "trouble" if each.is_error else "note"
        mend = each.hint or "laststop check"
        yield Finding(about="files", state=state, says=f"{each.place}: {each.message}", mend=mend)
    if not read.findings:
        yield ok("files", f"{PROJECT_FILE} and pipeline.yml are ready for AWS")


def _of_account(project: Project, account: str, caller: str) -> Iterator[Finding]:
    wanted = project.aws_names.account
    if wanted and wanted != account:
        says = f"{caller} is of account {account}, and {PROJECT_FILE} names {wanted}"
        yield trouble("credentials", says, "set AWS_PROFILE, or correct account under [names.aws]")
    else:
        yield ok("credentials", caller)


def _parameters(ssm: Any, project: str) -> dict[str, str]:
    """Every parameter of the contract that is there."""
    found: dict[str, str] = {}
    for first in range(0, len(CONTRACT), _AT_ONCE):
        names = [f"/{project}/{name}" for name in CONTRACT[first : first + _AT_ONCE]]
        for each in ssm.get_parameters(Names=names).get("Parameters", ()):
            found[str(each["Name"]).removeprefix(f"/{project}/")] = str(each["Value"])
    return found


def _of_parameters(project: Project, values: Mapping[str, str]) -> Iterator[Finding]:
    missing = [name for name in CONTRACT if name not in values]
    if missing:
        several = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        says = f"there is no parameter /{project.name}/{missing[0]}{several}"
        yield trouble("parameters", says, f"laststop aws render; {APPLY_BASE}")
    if values.get("settings", "") and not _same(values["settings"], settings_text(project)):
        says = f"the functions work by other settings than {PROJECT_FILE} has"
        yield trouble("settings", says, f"laststop aws render; {APPLY_BASE}; {DEPLOY}")
    elif not missing:
        yield ok("parameters", f"{len(values)} below /{project.name}/, settings as in {PROJECT_FILE}")


def _same(deployed: str, own: str) -> bool:
    try:
        return bool(msgspec.json.decode(deployed) == msgspec.json.decode(own))
    except msgspec.DecodeError:
        return False


CHECKS: Final[tuple[AwsCheck, ...]] = (
    of_rights,
    of_catalog,
    of_ledger,
    of_documents,
    of_buckets,
    of_edge,
    of_functions,
    of_stream,
    of_rules,
    of_queues,
    of_messages,
    of_connection,
    of_build,
    of_pipeline,
)
"""In the order they are told."""
