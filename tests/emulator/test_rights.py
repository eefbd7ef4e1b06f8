"""Each right of a function that its work shows: without the statement the very work fails.

The emulator judges every call by the role that Terraform planned; what CodePipeline would judge, its stand-in refuses by
what is left of the role. All other statements are judged by simulation, in tests/terraform/test_simulation.py, which
walks over every statement there is.
"""

import io
import json
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator.aws_functions import Functions
from emulator.aws_project import AwsProject, init, planned
from emulator.aws_reader import AwsReader
from emulator.codepipeline_stand_in import CodePipeline, served
from emulator.stack import KEYS, stack
from laststop.catalog.version import WantedVersion
from laststop.functions.catalog import put_version
from laststop.homes.aws.ledger import key
from laststop.homes.aws.start_marks import START
from unit.events import event
from unit.homes.slack_stand_in import slack_running

pytestmark = [pytest.mark.emulator, pytest.mark.terraform]

Json = dict[str, Any]

NEEDED = {
    "publish": ("ReadSettings", "KeepLedger", "QueryCatalog", "ReadDocuments", "WriteDocuments"),
    "start": ("ReadSettings", "KeepLedger", "ReadDocuments", "ReadDeclaration", "StartRuns"),
    "deploy-site": (
        "ReadSettings", "KeepLedger", "ReadSite", "WriteSite", "ClearSite", "ReadDocuments", "ReadRun", "ReadHistory",
        "AnswerJobs",
    ),
    "invalidate-edge": ("ReadSettings", "KeepLedger", "ReadSite", "PurgeEdge", "AnswerJobs"),
    "verify-live": (
        "ReadSettings", "KeepLedger", "ReadSite", "ReadDocuments", "ReadRun", "ReadHistory", "AnswerJobs",
    ),
    "announce": ("ReadSettings", "KeepLedger", "ReadRun", "ReadHistory", "ReadSlackToken"),
    "sweep": ("ReadSettings", "KeepLedger", "ScanCatalog", "ReadSite", "ReadHistory"),
    "release": ("ReadSettings", "KeepLedger", "ReadDeclaration", "CloseFront"),
    "answer-failure": ("FailJobs",),
}  # fmt: skip
"""Function -> the statements whose lack its work, as it is done here, must show."""

QUICK = """
import importlib
from laststop.functions import start as _start, verify_live as _verify_live
_start.start.__kwdefaults__["coalesce_seconds"] = 0.0
_verify_live.ROUND_PAUSE_SECONDS = 0.05

def __getattr__(name):
    return importlib.import_module(f"laststop.lambdas.{name}").handler
"""


class Account:
    """The deployed functions before a CodePipeline whose runs are what the test says."""

    def __init__(self, project: AwsProject, pipeline: CodePipeline, url: str, slack_url: str) -> None:
        self.project, self.pipeline = project, pipeline
        self.reader = AwsReader(project, url)
        self.functions = Functions(project, self.reader.stand_ins(slack_url), quick=QUICK)
        self.functions.deploy(called=False)
        self.run = ""

    def new_document(self) -> None:
        """Another version of one document."""
        s3, bucket = self.project.stack.client("s3"), self.project.parameter("documents/bucket")
        found = s3.get_object(Bucket=bucket, Key="ranking.zip")
        body = found["Body"].read()
        s3.put_object(Bucket=bucket, Key="ranking.zip", Body=body, Metadata=found["Metadata"])

    def begin(self) -> None:
        """A run with a site that is like no other: one file comes, and the last run's goes."""
        documents = self.reader.home.documents
        heads = {name: documents.head(name) for name in self.pipeline.documents}
        pins = {name: head.version_id for name, head in heads.items()}
        shown = {
            type_: {name: entry.version for name, entry in entries.items()}
            for head in heads.values()
            for type_, entries in documents.read(head).types.items()
        }
        self.run = self.pipeline.begin(pins, commit=uuid.uuid4().hex)
        self.pipeline.acts(self.run, "Build", "build-site")
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("index.html", self.run)
            archive.writestr(f"{self.run}.html", "only now")
            archive.writestr("versions.json", json.dumps(shown))
        self.project.stack.client("s3").put_object(
            Bucket=self.project.parameter("artifacts/bucket"), Key="site", Body=content.getvalue()
        )

    def job(self, name: str) -> str:
        """Have a function do its job; what is wrong, or nothing."""
        given = event(f"codepipeline-job-{name}")
        job = given["CodePipeline.job"]
        job["id"] = self.pipeline.job(self.run, name)
        for artifact in job["data"]["inputArtifacts"]:
            place = {"bucketName": self.project.parameter("artifacts/bucket"), "objectKey": "site"}
            artifact["location"]["s3Location"] = place
        job["data"]["artifactCredentials"] = {
            "accessKeyId": KEYS.access_key_id, "secretAccessKey": KEYS.secret_access_key,
            "sessionToken": "", "expirationTime": 0,
        }  # fmt: skip
        died = self.functions.refusal(name, given)
        if died:
            return died
        how, said = self.pipeline.results[-1]
        assert said["jobId"] == job["id"]
        return "" if how == "succeeded" else str(said["failureDetails"]["message"])


def publish(account: Account) -> str:
    home = account.reader.home
    name = f"a{uuid.uuid4().hex[:8]}"
    put_version(home.versions, WantedVersion(algorithm=name, version="1.0", type="ranking", phase="PACKAGE_TESTS_COMPLETE"), home.policy)  # fmt: skip
    record = {
        "eventID": uuid.uuid4().hex,
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "ApproximateCreationDateTime": 1795435200,
            "SequenceNumber": str(uuid.uuid4().int)[:20],
            "Keys": {"algorithm": {"S": name}, "version": {"S": "1.0"}},
            "NewImage": {
                "algorithm": {"S": name},
                "version": {"S": "1.0"},
                "type": {"S": "ranking"},
                "phase": {"S": "PACKAGE_TESTS_COMPLETE"},
            },
        },
    }
    died = account.functions.refusal("publish", {"Records": [record]})
    shown = home.documents.read(home.documents.head("ranking")).types["ranking"]
    return died or ("" if name in shown else "the document does not show it")


def start(account: Account) -> str:
    account.new_document()
    account.reader.home.ledger_table.write("DeleteItem", Key=key(START, "MARK"))  # whoever died has the lease
    before = len(account.pipeline.runs)
    died = account.functions.refusal("start", {"cause": "a test"})
    return died or ("" if len(account.pipeline.runs) == before + 1 else "no run was begun")


def deploy_site(account: Account) -> str:
    account.begin()
    return account.job("deploy-site")


def invalidate_edge(account: Account) -> str:
    return account.job("invalidate-edge")


def verify_live(account: Account) -> str:
    return account.job("verify-live")


def announce(account: Account) -> str:
    given = event("codepipeline-pipeline-succeeded")
    given["detail"] |= {"execution-id": account.run, "state": "SUCCEEDED", "pipeline": account.project.name}
    return account.functions.refusal("announce", given)


def sweep(account: Account) -> str:
    return account.functions.refusal("sweep", event("schedule-sweep"))


def release(account: Account) -> str:
    died = account.functions.refusal("release", {"action": "hold", "reason": "a test", "by": "ada"})
    live = account.reader.home.releases.live()
    if live.hold is not None:
        account.functions.restore("release")
        account.pipeline.refusals.clear()
        account.functions.call("release", {"action": "lift", "by": "ada"})
    return died


def answer_failure(account: Account) -> str:
    account.begin()
    given = event("lambda-on-failure-deploy-site")
    given["requestPayload"]["CodePipeline.job"]["id"] = account.pipeline.job(account.run, "deploy-site")
    return account.functions.refusal("answer-failure", given)


def deployed(account: Account) -> None:
    account.begin()
    assert account.job("deploy-site") == ""


WORK: dict[str, Callable[[Account], str]] = {
    "publish": publish,
    "start": start,
    "deploy-site": deploy_site,
    "invalidate-edge": invalidate_edge,
    "verify-live": verify_live,
    "announce": announce,
    "sweep": sweep,
    "release": release,
    "answer-failure": answer_failure,
}


AFTER_A_DEPLOY = ("invalidate-edge", "verify-live", "announce", "release")
_DENIED = re.compile("not authorized|AccessDenied|Http403")


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("rights")
    (folder / "terraform").mkdir()
    made = init(folder, within_seconds=2)
    plans = planned(made, folder / "terraform")
    with stack(AUTH="true") as strict, slack_running() as (_, slack_url, _):
        project = AwsProject(strict, made, plans)
        project.make("base")
        project.seed()
        documents = {"ranking": "ranking.zip", "pricing": "pricing.zip"}
        pipeline = CodePipeline(made.name, documents, project.parameter("documents/bucket"))
        with served(pipeline) as url:
            running = Account(project, pipeline, url, slack_url)
            yield running
            running.reader.close()


@pytest.fixture
def rights(account: Account) -> Iterator[Account]:
    """The account; afterwards every role is as it was planned."""
    yield account
    account.pipeline.refusals.clear()
    for name in list(account.functions.changed):
        account.functions.restore(name)


@pytest.mark.parametrize("name", NEEDED)
def test_with_its_planned_rights_a_function_does_its_work(rights: Account, name: str) -> None:
    if name in AFTER_A_DEPLOY:
        deployed(rights)
    rights.pipeline.calls.clear()
    assert WORK[name](rights) == ""
    statements = rights.project.policy(f"{rights.project.name}-{name}")
    granted = {action for each in statements for action in each["Action"]}
    assert {f"codepipeline:{operation}" for operation, _ in rights.pipeline.calls} <= granted


@pytest.mark.parametrize(("name", "sid"), [(name, sid) for name, sids in NEEDED.items() for sid in sids])
def test_without_the_statement_the_work_fails(rights: Account, name: str, sid: str) -> None:
    if name in AFTER_A_DEPLOY:
        deployed(rights)
    for action in rights.functions.take(name, sid):
        service, _, operation = action.partition(":")
        if service == "codepipeline":
            rights.pipeline.refusals[operation] = (400, "AccessDeniedException")
    failed = WORK[name](rights)
    assert _DENIED.search(failed), failed or "it did its work all the same"
