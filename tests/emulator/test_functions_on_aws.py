"""From a phase in DynamoDB to a page behind CloudFront, by the functions themselves over the AWS home's ports."""

import pytest

from emulator.aws_flow import AwsFlow
from laststop.functions.publish import publish
from laststop.functions.way_back import lift, roll_back, show_at_once
from laststop.homes.aws.publications import open_changes
from laststop.words.ids import ReleaseId
from unit.homes.home_workbench import COMPLETE, RUNNING, Patience

pytestmark = pytest.mark.emulator


@pytest.fixture
def flow(aws):
    made = AwsFlow(aws)
    yield made
    made.close()


def ship(flow: AwsFlow, run: str, commit: str = "c1") -> dict[str, str]:
    """A whole run; gives what deploy-site reported."""
    flow.run(run, commit)
    deployed = flow.call("deploy-site", run)
    flow.call("invalidate-edge", run)
    flow.call("verify-live", run)
    return deployed


def test_a_released_version_is_on_the_page_and_proven(flow):
    flow.put("bgp", "1.0", RUNNING)
    flow.publish()
    flow.put("bgp", "1.0", COMPLETE)
    flow.put("acl", "7.0", COMPLETE, "firewall")
    flow.publish()
    assert flow.documents.head("routing").generation == 1
    assert [(row.algorithm, row.object, row.generation) for row in open_changes(flow.ledger_table)] == [
        ("bgp", "routing", 1),
        ("acl", "firewall", 1),
    ]
    flow.run("run-1")
    assert flow.call("deploy-site", "run-1")["RELEASE"] == "live"
    assert flow.call("invalidate-edge", "run-1") == {"PATHS": "1"}
    assert flow.call("verify-live", "run-1") == {"EDGE": "seen"}
    assert "<p>bgp 1.0</p>" in flow.page()
    live = flow.releases.live()
    assert live.bill.generations == {"docs/routing.zip": 1, "docs/firewall.zip": 1}
    assert flow.ledger.unproven() == (live.release,)


def test_records_that_come_again_or_in_another_order_change_nothing(flow):
    for version in ("1.0", "1.1", "1.2"):
        flow.put("bgp", version, COMPLETE)
    event = flow.publish()
    head = flow.documents.head("routing")
    event["Records"].reverse()
    for _ in range(2):
        publish(event, shelf=flow.shelf, policy=flow.policy)
    assert flow.documents.head("routing") == head
    assert len(list(open_changes(flow.ledger_table))) == 3


def test_the_second_release_writes_and_purges_only_what_changed_and_the_first_stays_kept(flow):
    flow.put("bgp", "1.0", COMPLETE)
    flow.publish()
    ship(flow, "run-1")
    flow.put("bgp", "1.1", COMPLETE)
    flow.publish()
    flow.run("run-2")
    flow.call("deploy-site", "run-2")
    assert flow.call("invalidate-edge", "run-2") == {"PATHS": "4"}, "note, versions, the entry page twice"
    assert flow.call("verify-live", "run-2") == {"EDGE": "seen"}
    assert "<p>bgp 1.1</p>" in flow.page()
    assert len(flow.releases.kept()) == 2


def test_a_run_that_was_overtaken_changes_nothing(flow):
    flow.put("bgp", "1.0", COMPLETE)
    flow.publish()
    flow.run("run-1")
    flow.put("bgp", "1.1", COMPLETE)
    flow.publish()
    ship(flow, "run-2")
    assert flow.call("deploy-site", "run-1")["RELEASE"] == "overtaken"
    assert flow.ledger.outcome("run-1").outcome == "overtaken"
    assert "<p>bgp 1.1</p>" in flow.page()


def test_the_same_bill_is_not_released_twice_and_a_repeated_job_is_harmless(flow):
    flow.put("bgp", "1.0", COMPLETE)
    flow.publish()
    ship(flow, "run-1")
    epoch = flow.releases.live().epoch
    assert flow.call("deploy-site", "run-1")["RELEASE"] == "live"
    flow.run("run-2")
    assert flow.call("deploy-site", "run-2")["RELEASE"] == "unchanged"
    assert flow.releases.live().run == "run-1"
    assert flow.releases.live().epoch == epoch + 1, "the mark alone was raised"


def test_a_way_back_shows_the_kept_release_at_once_holds_it_and_lifts(flow):
    flow.put("bgp", "1.0", COMPLETE)
    flow.publish()
    first = ReleaseId(ship(flow, "run-1")["RELEASE_ID"])
    flow.put("bgp", "1.1", COMPLETE)
    flow.publish()
    ship(flow, "run-2")
    live = roll_back(flow.releases, first, reason="broken page", by="ada", clock=flow.clock)
    shown = show_at_once(
        live, proof=flow.proof, edge=flow.edge, ledger=flow.ledger, waiting=Patience(), within_seconds=5
    )
    assert shown == (True, "")
    assert "<p>bgp 1.0</p>" in flow.page()
    flow.put("bgp", "1.2", COMPLETE)
    flow.publish()
    flow.run("run-3")
    assert flow.call("deploy-site", "run-3")["RELEASE"] == "held"
    assert "<p>bgp 1.0</p>" in flow.page()
    assert lift(flow.releases)
    assert flow.call("deploy-site", "run-3")["RELEASE"] == "live"
    assert "<p>bgp 1.2</p>" in flow.page()


def test_pipelines_own_rollback_goes_back_to_the_kept_release_and_holds_it(flow):
    flow.put("bgp", "1.0", COMPLETE)
    flow.publish()
    ship(flow, "run-1")
    flow.put("bgp", "1.1", COMPLETE)
    flow.publish()
    ship(flow, "run-2")
    flow.pipeline.run("run-3", target="run-1")
    assert flow.call("deploy-site", "run-3")["RELEASE"] == "live"
    assert flow.releases.live().run == "run-1"
    assert flow.releases.live().hold is not None
    assert "<p>bgp 1.0</p>" in flow.page()


def test_a_page_that_somebody_changed_in_the_bucket_is_found_wrong_and_mended(flow):
    flow.put("bgp", "1.0", COMPLETE)
    flow.publish()
    ship(flow, "run-1")
    flow.stack.client("s3").put_object(Bucket="site-bucket", Key="site/index.html", Body=b"defaced")
    with pytest.raises(AssertionError, match="neither this release's nor an earlier one's"):
        flow.call("verify-live", "run-1")
    flow.clock.pass_by(minutes=20)
    assert flow.releases.mend() == 1
    assert flow.call("verify-live", "run-1") == {"EDGE": "seen"}
