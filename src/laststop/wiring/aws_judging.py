"""The AWS home's parts that judge by what is proven."""

from laststop.functions.settle import Evidence
from laststop.homes.aws.proofs import TableProofs
from laststop.homes.aws.verdicts import TableVerdicts
from laststop.wiring.aws import AwsHome, clock


def proofs(home: AwsHome) -> TableProofs:
    """How runs and releases fared."""
    return TableProofs(home.pointer, home.site_ledger)


def evidence(home: AwsHome) -> Evidence:
    """What judging by proofs works through."""
    return Evidence(
        verdicts=TableVerdicts(home.ledger_table, clock),
        proofs=proofs(home),
        bill_versions=home.bill_versions,
        versions=home.versions,
        standings=home.shelf.standings,
        policy=home.policy,
        locations=home.locations,
    )
