"""Terraform without AWS and without its registry: the library from PyPI, and a provider that knows only its schema."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from terraform.provider import serving
from terraform.schema import schema_of

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra" / "terraform"
MODULES = INFRA / "modules"
EXAMPLES = ROOT / "examples"
STEPS = ("base", "pipeline")

CALL_SECONDS_MAX = 120

LOOKED_UP: dict[str, Json] = {
    "aws_partition": {"partition": "aws", "id": "aws"},
    "aws_codestarconnections_connection": {"connection_status": "AVAILABLE"},
    "aws_lambda_function": {"arn": "arn:aws:lambda:eu-west-1:111122223333:function:found"},
}
"""What a plan finds in an account where everything is as it should be."""

HERE = "eu-west-1:111122223333"
MADE: dict[str, Json] = {
    "aws_cloudfront_distribution": {
        "arn": "arn:aws:cloudfront::111122223333:distribution/E1EXAMPLE",
        "id": "E1EXAMPLE",
        "domain_name": "d111example.cloudfront.net",
    },
    "aws_codeconnections_connection": {"arn": f"arn:aws:codeconnections:{HERE}:connection/new"},
    "aws_dynamodb_table": {
        "stream_arn": f"arn:aws:dynamodb:{HERE}:table/{{name}}/stream/2026-01-31T08:00:00.000"
    },
    "aws_iam_role": {"arn": "arn:aws:iam::111122223333:role/{name}"},
    "aws_s3_bucket": {"bucket_regional_domain_name": "{bucket}.s3.eu-west-1.amazonaws.com"},
    "aws_secretsmanager_secret": {"arn": f"arn:aws:secretsmanager:{HERE}:secret:{{name}}-AbCdEf"},
}
"""What AWS decides of new resources."""

_QUIET = ("-no-color", "-input=false", "-lock=false")
_CHILD = Path(__file__).with_name("child.py")
_TYPE = re.compile(r'^(resource|data) "(aws_\w+)"', re.MULTILINE)


class TerraformError(Exception):
    """A command that failed; the text is what it said from its first error on."""

    def __init__(self, said: str) -> None:
        super().__init__(said[max(0, said.find("Error:")) :])


class Terraform:
    """Runs commands in a copy of `infra/terraform`."""

    def __init__(self, reattach: Json, copy: Path) -> None:
        self.root = copy
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        self._environment = {
            **kept,
            "TF_REATTACH_PROVIDERS": json.dumps(reattach),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }

    def run(self, folder: str, *words: str, stdin: str = "") -> str:
        """What a command prints in a folder of the copy.

        Raises: TerraformError with everything it said.
        """
        done = subprocess.run(
            [sys.executable, str(_CHILD), str(self.root / folder), *words],
            input=stdin,
            capture_output=True,
            text=True,
            env=self._environment,
            timeout=CALL_SECONDS_MAX,
            check=False,
        )
        if done.returncode != 0:
            raise TerraformError(done.stdout + done.stderr)
        return done.stdout

    def init(self, folder: str) -> None:
        """Note where the modules are, once; no provider is fetched."""
        if not (self.root / folder / ".terraform").exists():
            self.run(folder, "init", "-backend=false", "-no-color", "-input=false")

    def plan(self, step: str, project: Path, *words: str) -> "Plan":
        """The plan of a step for a project that was rendered."""
        self.init(step)
        file = f"{os.urandom(6).hex()}.plan"
        self.run(step, "plan", *_QUIET, f"-out={file}", *_variables(step, project), *words)
        return Plan(json.loads(self.run(step, "show", "-json", file)))

    def apply(self, step: str, project: Path, *words: str) -> "Plan":
        """What stands after a step was applied; the state stays in the copy."""
        self.init(step)
        self.run(step, "apply", "-auto-approve", *_QUIET, *_variables(step, project), *words)
        return Plan(json.loads(self.run(step, "show", "-json")))


def _variables(step: str, project: Path) -> list[str]:
    file = [f"-var=pipeline_file={project / 'pipeline.yml'}"] if step == "pipeline" else []
    return [f"-var-file={project / 'terraform.tfvars.json'}", *file]


class Plan:
    """What Terraform would do, or has done, as `show -json` prints it."""

    def __init__(self, content: Json) -> None:
        self.content = content
        self.values: Json = content.get("planned_values") or content["values"]

    def resources(self, kind: str) -> Iterator[tuple[str, Json]]:
        """Address and values of every resource of a type; what is not known yet is absent."""
        for module in _modules(self.values["root_module"]):
            for each in module.get("resources", []):
                if each["type"] == kind and each["mode"] == "managed":
                    yield each["address"], each["values"]

    def one(self, kind: str) -> Json:
        """The values of the only resource of a type."""
        ((_, values),) = self.resources(kind)
        return values

    def output(self, name: str) -> Any:
        """An output of the step; None while it is not known."""
        return self.values["outputs"][name].get("value")

    def unknown(self, kind: str) -> Json:
        """What is not known of the only resource of a type: the same shape, true where it is so."""
        (change,) = (each for each in self.content["resource_changes"] if each["type"] == kind)
        return change["change"]["after_unknown"]


def _modules(module: Json) -> Iterator[Json]:
    yield module
    for child in module.get("child_modules", []):
        yield from _modules(child)


def types_used() -> dict[str, set[str]]:
    """Which types the repository's own files name: resources and data sources."""
    found: dict[str, set[str]] = {"resource": set(), "data": set()}
    for file in INFRA.rglob("*.tf"):
        for kind, name in _TYPE.findall(file.read_text()):
            found[kind].add(name)
    return found


@contextmanager
def terraform_at(data: Path, looked_up: dict[str, Json] | None = None) -> Iterator[Terraform]:
    """Terraform over a copy of the modules, with a provider that finds `looked_up`, by default what is right."""
    used = types_used()
    copy = data / "terraform"
    if not copy.exists():
        shutil.copytree(INFRA, copy, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    schema = schema_of(used["resource"], used["data"])
    with serving(schema, LOOKED_UP | (looked_up or {}), MADE) as reattach:
        yield Terraform(reattach, copy)
