"""The AWS home as it was deployed, for the command line: names and settings from the contract's parameters.

Commands read the same settings as the functions do, so neither can take what the other would refuse; the
project's own file says only where to look (infra/contract.md).
"""

import importlib.util
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from laststop.config.project import PROJECT_FILE, Project
from laststop.errors import NotFoundError, UsageError
from laststop.wiring.aws import SETTINGS, AwsHome

if TYPE_CHECKING:  # it is imported by the function that gives it
    from laststop.homes.aws.functions import Functions

PARAMETERS: Final[dict[str, str]] = {
    SETTINGS: "settings",
    "LASTSTOP_CATALOG_TABLE": "catalog/table",
    "LASTSTOP_LEDGER_TABLE": "ledger/table",
    "LASTSTOP_DOCUMENTS_BUCKET": "documents/bucket",
    "LASTSTOP_SITE_BUCKET": "site/bucket",
    "LASTSTOP_DISTRIBUTION_ID": "edge/distribution-id",
    "LASTSTOP_DOMAIN": "edge/domain",
    "LASTSTOP_PIPELINE": "pipeline/name",
    "LASTSTOP_SLACK_SECRET_ARN": "slack/secret-arn",
}
"""Variable of the functions -> parameter below `/<project>/`; one request reads at most ten.

Source: `GetParametersRequest` in botocore's Systems Manager model (1.43).
"""
PACKAGES: Final = ("obstore", "botocore")


@contextmanager
def deployed(project: Project, environment: Mapping[str, str] = os.environ) -> Iterator[AwsHome]:
    """The home that the project was deployed to, for one command.

    Raises: UsageError without a region or the packages for AWS, DeniedError without keys, NotFoundError when
    a parameter is not there.
    """
    require_packages()
    name = project.name
    region = {"AWS_REGION": project.aws_names.region} if project.aws_names.region else {}
    base = {**environment, **region, "LASTSTOP_PROJECT": name}
    home = AwsHome(base)
    try:
        told = home.service("ssm").call(
            "GetParameters", {"Names": [f"/{name}/{each}" for each in PARAMETERS.values()]}
        )
    finally:
        home.close()
    values = {str(each["Name"]): str(each["Value"]) for each in told.get("Parameters", ())}
    named = {variable: values.get(f"/{name}/{each}", "") for variable, each in PARAMETERS.items()}
    missing = [f"/{name}/{PARAMETERS[variable]}" for variable, value in named.items() if not value]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise NotFoundError(
            f"there is no parameter {missing[0]}{more}",
            place=f"region {home.settings.region}",
            hint=f"apply Terraform's step base, or correct region under [names.aws] in {PROJECT_FILE}",
        )
    home = AwsHome({**base, **named})
    try:
        yield home
    finally:
        home.close()


def require_packages() -> None:
    """See that what the AWS home imports is installed.

    Raises: UsageError.
    """
    missing = [each for each in PACKAGES if importlib.util.find_spec(each) is None]
    if missing:
        raise UsageError(
            f"the AWS home needs packages that are not installed here: {', '.join(missing)}",
            hint="pip install 'laststop[aws]'",
        )


@contextmanager
def functions(home: AwsHome) -> Iterator["Functions"]:
    """The project's functions, which may take fifteen minutes to answer."""
    from laststop.homes.aws.functions import TIMEOUT_SECONDS, Functions
    from laststop.homes.aws.service import SignedSender

    sender = SignedSender("lambda", home.settings, home.keys, timeout_seconds=TIMEOUT_SECONDS)
    try:
        yield Functions(sender, home.name("LASTSTOP_PROJECT"))
    finally:
        sender.close()
