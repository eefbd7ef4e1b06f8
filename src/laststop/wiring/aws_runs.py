"""The AWS home's parts that read and begin runs."""

from laststop.functions.start import Starting
from laststop.homes.aws.causes import TableCauses
from laststop.homes.aws.declared import Declared, declared
from laststop.homes.aws.history import PipelineHistory
from laststop.homes.aws.start_marks import TableMarks
from laststop.homes.aws.starter import PipelineStarter
from laststop.wiring.aws import AwsHome, clock
from laststop.wiring.aws_judging import proofs


def declaration(home: AwsHome) -> Declared:
    """What the pipeline declares, read anew: it may have been applied again since."""
    return declared(home.service("codepipeline"), home.pipeline)


def history(home: AwsHome) -> PipelineHistory:
    """Runs as the pipeline remembers them."""
    return PipelineHistory(
        pipeline=home.pipeline,
        codepipeline=home.service("codepipeline"),
        codebuild=home.service("codebuild"),
        logs=home.service("logs"),
        runs=home.runs,
    )


def causes(home: AwsHome) -> TableCauses:
    """Why runs began that `start` began."""
    return TableCauses(home.ledger_table, clock)


def starting(home: AwsHome, *, caller: str) -> Starting:
    """What deciding a run works through; `caller` is the invocation's own name."""
    return Starting(
        marks=TableMarks(home.ledger_table),
        starter=PipelineStarter(home.service("codepipeline"), declaration(home), home.locations),
        causes=causes(home),
        refusals=proofs(home),
        documents=home.documents,
        releases=home.releases,
        history=history(home),
        objects=home.objects,
        clock=clock,
        caller=caller,
    )
