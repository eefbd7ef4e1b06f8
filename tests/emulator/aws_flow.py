"""The functions over the AWS home's own ports: stores and edge on the emulator, CodePipeline by a stand-in."""

import json

from emulator.stack import distribution
from laststop.catalog.dealing import document_objects
from laststop.catalog.document import empty
from laststop.catalog.phases import Phases
from laststop.catalog.version import WantedVersion
from laststop.functions.catalog import put_version
from laststop.functions.deploy_site import deploy_site
from laststop.functions.invalidate_edge import invalidate_edge
from laststop.functions.publish import Policy, Shelf, publish
from laststop.functions.verify_live import Proof, verify_live
from laststop.homes.aws.artifacts import S3Artifacts
from laststop.homes.aws.bill_versions import BucketBillVersions
from laststop.homes.aws.bucket import Bucket
from laststop.homes.aws.documents import BucketDocuments
from laststop.homes.aws.edge import CloudFrontEdge
from laststop.homes.aws.jobs import PipelineJobs
from laststop.homes.aws.probe import SiteProbe
from laststop.homes.aws.publications import TablePublications
from laststop.homes.aws.releases import BucketReleases
from laststop.homes.aws.runs import PipelineRuns
from laststop.homes.aws.service import JsonService, SignedSender
from laststop.homes.aws.site_ledger import TableSiteLedger
from laststop.homes.aws.standings import TableStandings
from laststop.homes.aws.table import Table
from laststop.homes.aws.versions import TableVersions
from laststop.homes.shared.flat_zip import zip_bytes
from laststop.pipeline.job import (
    ActionConfiguration,
    Configuration,
    Credentials,
    Job,
    JobArtifact,
    JobData,
    Location,
    S3Location,
    encode_job,
)
from unit.homes.aws.pipeline_stand_in import PIPELINE, PipelineStandIn, document, source
from unit.homes.home_workbench import Clock, Patience

TYPES = ("routing", "firewall")


class AwsFlow:
    """A project on AWS, driven one function at a time; each call makes its ports anew, as a cold start does."""

    def __init__(self, stack) -> None:
        self.stack = stack
        self.clock = Clock()
        self.policy = Policy(phases=Phases(), objects=document_objects(TYPES))
        stack.table("catalog", "algorithm", "version", stream=True)
        stack.table("ledger", "pk", "sk")
        stack.bucket("docs", versioned=True)
        stack.bucket("artifacts")
        stack.bucket("site-bucket")
        self.distribution, self.host = distribution(stack, "site-bucket")
        self.pipeline = PipelineStandIn()
        self.dynamodb = JsonService(SignedSender("dynamodb", stack.settings, stack.keys))
        self.cloudfront = SignedSender("cloudfront", stack.settings, stack.keys)
        self.versions = TableVersions(Table(self.dynamodb, "catalog"))
        self._read = 0
        for each in self.policy.objects:
            self.documents.replace(empty(each.object, each.types), expected=None)

    def close(self) -> None:
        self.dynamodb.close()
        self.cloudfront.close()

    @property
    def documents(self) -> BucketDocuments:
        return BucketDocuments(self._bucket("docs"), self.policy.objects)

    @property
    def releases(self) -> BucketReleases:
        return BucketReleases(self._bucket("site-bucket"), self.ledger_table, self.clock)

    @property
    def ledger_table(self) -> Table:
        return Table(self.dynamodb, "ledger")

    @property
    def ledger(self) -> TableSiteLedger:
        return TableSiteLedger(self.ledger_table, self.clock)

    @property
    def edge(self) -> CloudFrontEdge:
        return CloudFrontEdge(self.cloudfront, self.distribution, pause=lambda _: None)

    @property
    def runs(self) -> PipelineRuns:
        service = self.pipeline.service()
        return PipelineRuns(
            service, pipeline=PIPELINE, documents=self._bucket("docs"), objects=self.policy.objects
        )

    @property
    def proof(self) -> Proof:
        address = self.stack.url.removeprefix("http://")
        return Proof(
            releases=self.releases,
            ledger=self.ledger,
            probe=SiteProbe(f"http://{self.host}", connect_to=address),
            bill_versions=BucketBillVersions(self._bucket("docs")),
            within_seconds=3,
            versions_path="/versions.json",
        )

    def put(self, algorithm: str, version: str, phase: str, type_: str = "routing") -> None:
        wanted = WantedVersion(algorithm=algorithm, version=version, type=type_, phase=phase)
        put_version(self.versions, wanted, self.policy)

    def publish(self) -> dict:
        """Let the records since the last time ring, as Lambda would hand them over; gives the event."""
        event = {"Records": self._records()}
        publish(json.dumps(event).encode(), shelf=self.shelf, policy=self.policy)
        return event

    @property
    def shelf(self) -> Shelf:
        return Shelf(
            versions=self.versions,
            documents=self.documents,
            standings=TableStandings(self.ledger_table),
            publications=TablePublications(self.ledger_table, self.clock),
        )

    def run(self, identity: str, commit: str = "c1") -> None:
        """Begin a run with the newest documents, and build its site."""
        heads = [self.documents.head(each.object) for each in self.policy.objects]
        documents = [document(one.object, "docs", one.key, one.version_id) for one in heads]
        self.pipeline.run(identity, source("frontend", "acme/frontend", "main", commit), *documents)
        shown = {
            name: entry.version
            for one in heads
            for entries in self.documents.read(one).types.values()
            for name, entry in entries.items()
        }
        page = f"<h1>{commit}</h1>" + "".join(f"<p>{name} {v}</p>" for name, v in sorted(shown.items()))
        content = zip_bytes(
            {
                "index.html": page.encode(),
                "about.html": b"<p>about</p>",
                "versions.json": json.dumps(shown).encode(),
                "assets/app-3f9c01ab.js": b"app",
            }
        )
        self.stack.client("s3").put_object(Bucket="artifacts", Key=f"p/site/{identity}", Body=content)

    def call(self, function: str, run: str) -> dict[str, str]:
        """Have CodePipeline call a function for a run; gives the variables it reports, or raises its failure."""
        job = f"{run}/{function}/{len(self.pipeline.jobs)}"
        self.pipeline.job(job, run, action=function)
        event = self._event(function, job, run)
        jobs = PipelineJobs(self.pipeline.service())
        match function:
            case "deploy-site":
                deploy_site(
                    event,
                    jobs=jobs,
                    runs=self.runs,
                    artifacts=S3Artifacts(self.stack.settings, self.stack.keys),
                    releases=self.releases,
                    ledger=self.ledger,
                    clock=self.clock,
                )
            case "invalidate-edge":
                invalidate_edge(event, jobs=jobs, releases=self.releases, ledger=self.ledger, edge=self.edge)
            case "verify-live":
                verify_live(event, jobs=jobs, runs=self.runs, proof=self.proof, waiting=Patience())
        operation, request = self.pipeline.reports[-1]
        assert request["jobId"] == job
        if operation == "PutJobFailureResult":
            raise AssertionError(request["failureDetails"]["message"])
        return request.get("outputVariables", {})

    def page(self, path: str = "/") -> str:
        """What a reader gets through CloudFront."""
        found = self.proof.probe.fetch(f"http://{self.host}", path.removeprefix("/") or "index.html")
        return found.body.decode()

    def _bucket(self, name: str) -> Bucket:
        return Bucket(name, self.stack.settings, self.stack.keys)

    def _event(self, function: str, job: str, run: str) -> dict:
        keys = self.stack.keys()
        place = S3Location(bucket_name="artifacts", object_key=f"p/site/{run}")
        artifact = JobArtifact(name="site", location=Location(s3_location=place))
        return encode_job(
            Job(
                id=job,
                account_id="000000000000",
                data=JobData(
                    action_configuration=ActionConfiguration(
                        configuration=Configuration(function_name=function)
                    ),
                    input_artifacts=(artifact,) if function == "deploy-site" else (),
                    output_artifacts=(),
                    artifact_credentials=Credentials(
                        access_key_id=keys.access_key_id, secret_access_key=keys.secret_access_key
                    ),
                ),
            )
        )

    def _records(self) -> list[dict]:
        streams = self.stack.client("dynamodbstreams")
        (stream,) = streams.list_streams(TableName="catalog")["Streams"]
        (shard,) = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
        iterator = streams.get_shard_iterator(
            StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = streams.get_records(ShardIterator=iterator)["Records"]
        fresh, self._read = records[self._read :], len(records)
        return [
            {
                "eventID": record["eventID"],
                "eventName": record["eventName"],
                "eventSource": "aws:dynamodb",
                "dynamodb": {
                    **record["dynamodb"],
                    "ApproximateCreationDateTime": record["dynamodb"][
                        "ApproximateCreationDateTime"
                    ].timestamp(),
                },
            }
            for record in fresh
        ]
