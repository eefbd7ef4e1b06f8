"""The closed union of all facts, and how the journal writes and reads them."""

import msgspec

from laststop.words import facts_catalog as c
from laststop.words import facts_gates as g
from laststop.words import facts_notices as n
from laststop.words import facts_pipeline as p
from laststop.words import facts_site as s
from laststop.words import facts_tags as t
from laststop.words.fact import Fact
from laststop.words.instants import Instant

AnyFact = (
    c.ChangeRecorded
    | c.StandingsNoted
    | c.ChangesPublished
    | c.RecordSetAside
    | c.DocumentReplaced
    | c.SourceMoved
    | c.RefPushed
    | c.PullRequestMoved
    | p.PipelineDeclared
    | p.PipelineDeleted
    | t.PipelineTagged
    | t.PipelineUntagged
    | p.StartWanted
    | p.StartDropped
    | p.TransitionSet
    | p.RunStarted
    | p.RunWaiting
    | p.BillClosed
    | p.RunSucceeded
    | p.RunFailed
    | p.RunStopping
    | p.RunStopped
    | p.RunSuperseded
    | p.RunOutdated
    | p.RunCancelled
    | p.StageEntered
    | p.StageRetried
    | p.StageSucceeded
    | p.StageFailed
    | p.StageSkipped
    | p.StageStopped
    | p.StageCancelled
    | g.ConditionStarted
    | g.ConditionEnded
    | p.ActionStarted
    | p.ActionContinued
    | p.ActionSucceeded
    | p.ActionFailed
    | p.ActionAbandoned
    | p.ReportIgnored
    | s.ReleaseStored
    | s.ReleaseSwitched
    | s.HighWaterRaised
    | s.ReleaseRefused
    | s.EdgePurged
    | s.ReleaseSeen
    | s.ReleaseUnseen
    | s.ReleaseRemoved
    | s.Forgotten
    | s.HoldSet
    | s.HoldLifted
    | n.VerdictSettled
    | n.MessageWritten
    | n.MessageSending
    | n.MessageSent
    | n.BulletinOpened
    | n.BulletinTroubled
    | n.BulletinMended
    | n.SweepEnded
    | n.EventSetAside
)

_decoder: msgspec.json.Decoder[AnyFact] = msgspec.json.Decoder(AnyFact)
_encoder = msgspec.json.Encoder()


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A fact with its place in the journal."""

    seq: int
    fact: Fact

    @property
    def at(self) -> Instant:
        """When it happened."""
        return self.fact.at


def encode_fact(fact: Fact) -> bytes:
    """The fact as the journal keeps it: JSON with its kind."""
    return _encoder.encode(fact)


def decode_fact(body: bytes) -> Fact:
    """Read what `encode_fact` wrote, also if an earlier release wrote it.

    Raises: msgspec.ValidationError when the body is no fact this release knows.
    """
    return _decoder.decode(body)
