"""Why runs began: what triggers say, and what is noted where they say nothing."""

import pytest

from laststop.homes.aws.causes import TableCauses, cause_of
from laststop.homes.aws.service import JsonService, SignedSender
from laststop.homes.aws.table import Table
from laststop.words.ids import RunId
from unit.homes.home_workbench import Clock


@pytest.mark.parametrize(
    ("trigger", "detail", "says"),
    [
        ("StartPipelineExecution", "arn:aws:sts::1:assumed-role/people/ada", "asked by people/ada"),
        ("StartPipelineExecution", "arn:aws:iam::1:user/ada", "asked by ada"),
        ("StartPipelineExecution", "arn:aws:iam::1:root", "asked by root"),
        ("StartPipelineExecution", "", "new documents, or somebody asked"),
        ("WebhookV2", "arn:aws:codeconnections:eu-west-1:1:connection/x", "a push"),
        ("ManualRollback", "arn:aws:iam::1:user/ada", "somebody rolled the stage back"),
        ("", "", "somebody asked"),
        ("ATriggerOfNextYear", "", "somebody asked"),
    ],
)
def test_a_trigger_says_who_or_what_began_a_run(trigger, detail, says):
    assert cause_of(trigger, detail) == says


@pytest.mark.emulator
def test_the_first_cause_of_a_run_stays_and_runs_of_others_have_none(aws):
    aws.table("ledger", "pk", "sk")
    dynamodb = JsonService(SignedSender("dynamodb", aws.settings, aws.keys))
    causes = TableCauses(Table(dynamodb, "ledger"), Clock())
    mine, other = RunId("run-1"), RunId("run-2")
    causes.note(mine, "new documents: ranking")
    causes.note(mine, "somebody came after a crash")
    assert causes.of([mine, other]) == {mine: "new documents: ranking"}
    assert causes.of([]) == {}
    dynamodb.close()
