"""The functions of `infra/serverless.yml`, deployed in seconds: the file itself is read, and nothing of it is packaged.

The emulator's functions run in the interpreter that runs the emulator, where laststop is installed, so a function's
zip need not hold it. What osls makes of the file, and that the zip is whole, is tested where osls and an index are.
"""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import yaml

from emulator.aws_project import AwsProject
from emulator.stack import ACCOUNT, REGION
from laststop.config.project_file import load_project
from laststop.wiring.function_package import Packaged
from laststop.wiring.function_values import function_values

Json = dict[str, Any]

INFRA = Path(__file__).parents[2] / "infra"
_WHOLE = re.compile(r"\$\{([^${}]+)\}")
_SSM = re.compile(r"\$\{ssm:/\$\{self:custom\.project\}/([^}]+)\}")
QUICK = "quick_functions"
"""The module beside the functions that may shorten their waits."""


class Functions:
    """Deploys and changes the functions of one project."""

    def __init__(self, project: AwsProject, more: dict[str, str], *, quick: str = "") -> None:
        """`more` goes into every function's environment; `quick` is the source of a module each imports first."""
        self._project, self._more, self._quick = project, more, quick
        self._client = project.stack.client("lambda")
        self.changed: dict[str, list[Json]] = {}
        packaged = Packaged(
            path="functions.zip",
            sha256="",
            zipped_bytes=0,
            unpacked_bytes=0,
            files=0,
            libraries={},
            architecture="arm64",
            python="3.13",
            compiled=False,
        )
        values = function_values(load_project(project.folder), packaged)
        self._values = json.loads(json.dumps(_builtins(values)))
        self.declared: Json = yaml.safe_load((INFRA / "serverless.yml").read_text())
        names = yaml.safe_load((INFRA / "names.ssm.yml").read_text())
        self._names = self._told(names)

    def deploy(self, *, called: bool = True) -> None:
        """Make all functions; if they are to be `called`, the stream's mapping and the rules too.

        The sweep's schedule is left to whoever asks.
        """
        declared = self._filled(self.declared)
        environment = {**declared["provider"]["environment"], **self._more}
        for one in declared["functions"].values():
            self._client.create_function(
                FunctionName=one["name"],
                Runtime="python3.13",
                Role=one["role"],
                Handler=one["handler"] if not self._quick else f"{QUICK}.{one['handler'].split('.')[-2]}",
                Code={"ZipFile": _zip({f"{QUICK}.py": self._quick})},
                Timeout=one["timeout"],
                MemorySize=one.get("memorySize", 512),
                Environment={"Variables": {**environment, **one.get("environment", {})}},
            )
        for key, one in declared["functions"].items():
            self._answer_for(one, declared["functions"])
            for number, event in enumerate(one.get("events", ())):
                if called and "eventBridge" in event:
                    pattern = json.dumps(event["eventBridge"]["pattern"])
                    self._rule(f"{key}-{number}", one["name"], EventPattern=pattern)
        if called:
            self.listen("TRIM_HORIZON")

    def listen(self, position: str = "LATEST") -> str:
        """Map the stream to `publish`; gives the mapping's id.

        The emulator does not see that a phase was absent from an image that is absent itself, so a new row would pass
        no filter: here every new row passes, and `publish` says which of them mean anything.
        """
        publish = self._filled(self.declared)["functions"]["publish"]
        (stream,) = (event["stream"] for event in publish["events"])
        patterns = [*stream["filterPatterns"], {"eventName": ["INSERT"]}]
        return str(
            self._client.create_event_source_mapping(
                EventSourceArn=stream["arn"],
                FunctionName=publish["name"],
                StartingPosition=position,
                BatchSize=stream["batchSize"],
                FilterCriteria={"Filters": [{"Pattern": json.dumps(each)} for each in patterns]},
            )["UUID"]
        )

    def be_deaf(self) -> None:
        """Take every mapping away."""
        for mapping in self._client.list_event_source_mappings()["EventSourceMappings"]:
            self._client.delete_event_source_mapping(UUID=mapping["UUID"])

    def call(self, name: str, event: Json) -> Any:
        """Call a function and wait for its answer, as a person would.

        Raises: AssertionError when it failed.
        """
        failed, said = self._called(name, event)
        assert not failed, said
        return said

    def refusal(self, name: str, event: Json) -> str:
        """Call a function and give the message it failed with; empty when it did what was asked."""
        failed, said = self._called(name, event)
        return str(said["errorMessage"]) if failed else ""

    def take(self, name: str, sid: str) -> list[str]:
        """Take a statement from a function's role, and have the function begin anew; gives its actions."""
        role = f"{self._project.name}-{name}"
        statements = self._project.policy(role)
        (taken,) = [each for each in statements if each["Sid"] == sid]
        self.changed[name] = statements
        self._grant(name, [each for each in statements if each is not taken])
        return list(taken["Action"])

    def restore(self, name: str) -> None:
        """Give a function's role back what was taken."""
        if name in self.changed:
            self._grant(name, self.changed.pop(name))

    def _grant(self, name: str, statements: list[Json]) -> None:
        function = f"{self._project.name}-{name}"
        self._project.stack.client("iam").put_role_policy(
            RoleName=function,
            PolicyName="needs",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
        )
        known = self._client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        anew = {**known, "ANEW": str(int(known.get("ANEW", "0")) + 1)}
        self._client.update_function_configuration(FunctionName=function, Environment={"Variables": anew})

    def _called(self, name: str, event: Json) -> tuple[bool, Any]:
        answer = self._client.invoke(
            FunctionName=f"{self._project.name}-{name}", Payload=json.dumps(event).encode()
        )
        return "FunctionError" in answer, json.loads(answer["Payload"].read() or b"null")

    def _answer_for(self, one: Json, functions: Json) -> None:
        """Where a call goes that failed."""
        aim = one.get("destinations", {}).get("onFailure")
        if not aim:
            return
        if aim in functions:
            aim = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{functions[aim]['name']}"
        self._client.put_function_event_invoke_config(
            FunctionName=one["name"],
            MaximumRetryAttempts=one.get("maximumRetryAttempts", 2),
            DestinationConfig={"OnFailure": {"Destination": aim}},
        )

    def schedule_sweep(self, rate: str) -> None:
        """Have the emulator call `sweep` by a schedule; it looks every ten seconds which ones are due."""
        sweep = self._filled(self.declared)["functions"]["sweep"]
        (schedule,) = (event["schedule"] for event in sweep["events"])
        self._rule(schedule["name"], sweep["name"], ScheduleExpression=rate)

    def _rule(self, name: str, function: str, **when: str) -> None:
        events = self._project.stack.client("events")
        arn = events.put_rule(Name=name, **when)["RuleArn"]
        self._client.add_permission(
            FunctionName=function,
            StatementId=name,
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=arn,
        )
        target = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
        events.put_targets(Rule=name, Targets=[{"Id": "function", "Arn": target}])

    def _told(self, names: Any) -> Any:
        """The names that Terraform wrote."""
        if isinstance(names, dict):
            return {key: self._told(each) for key, each in names.items()}
        found = _SSM.fullmatch(names)
        assert found, names
        return self._project.parameter(found[1])

    def _filled(self, value: Any) -> Any:
        """With every variable that the functions' part of the file uses."""
        if isinstance(value, dict):
            return {
                key: self._filled(each) for key, each in value.items() if key not in ("params", "resources")
            }
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        if not isinstance(value, str):
            return value
        whole = _WHOLE.fullmatch(value)
        if whole:
            return self._meant(whole[1])
        return _WHOLE.sub(lambda found: str(self._meant(found[1])), value)

    def _meant(self, reference: str) -> Any:
        match reference.split(":", 1):
            case ["self", "custom.project"]:
                return self._project.name
            case ["self", path] if path.startswith("custom.names."):
                found: Any = self._names
                for word in path.split(".")[2:]:
                    found = found[word]
                return found
            case ["self", path] if path.startswith("custom."):
                return self._filled(self.declared["custom"][path.split(".")[1]])
            case ["file(./build/functions.json)", key]:
                return self._values[key]
        return reference  # the sweep's schedule, the region: nothing here asks for them


def _builtins(values: Any) -> Json:
    import msgspec

    return dict(msgspec.to_builtins(values))


def _zip(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()
