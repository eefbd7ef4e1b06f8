"""Captures `s3-object-created-emulator.json`: what a rule's target gets when a document is written.

Not run by the tests. It needs the `e2e` extra:

    python tests/events/capture_s3_event.py

It starts an emulator of AWS on a free loopback port, makes a versioned bucket that tells EventBridge, a rule whose
target is a queue, writes a document as the AWS home does, and writes the event down unchanged.
"""

import json
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from emulator.stack import stack  # noqa: E402 - the tests' folder is no package
from laststop.catalog.dealing import DocumentObject  # noqa: E402
from laststop.catalog.document import empty  # noqa: E402
from laststop.homes.aws.bucket import Bucket  # noqa: E402
from laststop.homes.aws.documents import BucketDocuments  # noqa: E402

BUCKET = "translations-documents"


def main() -> None:
    with stack() as running:
        running.bucket(BUCKET, versioned=True)
        s3, events, sqs = (running.client(name) for name in ("s3", "events", "sqs"))
        s3.put_bucket_notification_configuration(
            Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        queue = sqs.create_queue(QueueName="captured")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"]}
        events.put_rule(Name="captured", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="captured", Targets=[{"Id": "queue", "Arn": arn}])
        documents = BucketDocuments(
            Bucket(BUCKET, running.settings, running.keys),
            [DocumentObject(object="routing", key="routing.zip", types=("routing",))],
        )
        documents.replace(empty("routing", ["routing"]), expected=None)
        for _ in range(100):
            messages = sqs.receive_message(QueueUrl=queue).get("Messages", [])
            if messages:
                event = json.loads(messages[0]["Body"])
                (HERE / "s3-object-created-emulator.json").write_text(json.dumps(event, indent=2) + "\n")
                return
            time.sleep(0.1)
    raise SystemExit("no event came")


if __name__ == "__main__":
    main()
