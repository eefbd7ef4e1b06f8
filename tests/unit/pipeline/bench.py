"""A pipeline to play with: small declarations, and a script of what happens to it.

A script is a list of steps parted by `;`. Runs are numbers, a source's revision stands behind an `@`:

    declare                     want CAUSE               begin 2 frontend@b     start 1
    ok 1 frontend@a             fail 1 compile           more 1 deploy
    pass 1 Build                stop 1                   abandon 1              retry 1 Build [ALL]
    close Build why             open Build               after 20               days 31
    start 1 Mood=keen token:t pin:frontend@b             update                 mode QUEUED
    approve 1 sign fine         reject 1 sign no         out Build why          rollback 9 Release 1
    override 1 Build BEFORE_ENTRY                        error 1 beforeEntry:check
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from laststop.pipeline.decide import decide
from laststop.pipeline.declaration import (
    Action,
    ActionTypeId,
    ArtifactName,
    Condition,
    ExecutionMode,
    OnFailure,
    Pipeline,
    RetryConfiguration,
    Rule,
    RuleTypeId,
    Stage,
    StageConditions,
)
from laststop.pipeline.due import Command, due
from laststop.pipeline.evolve import evolve
from laststop.pipeline.inputs import (
    AnyInput,
    Approve,
    Begin,
    Continued,
    Declare,
    OverrideCondition,
    Refused,
    Report,
    Retry,
    Rollback,
    SetTransition,
    Start,
    Stop,
    Succeeded,
    TimePassed,
    Want,
)
from laststop.pipeline.state import StageSuccess, State
from laststop.words import facts_pipeline as f
from laststop.words.artifact import Artifact
from laststop.words.bill import Bill, Revision, bill_of
from laststop.words.digests import digest_of
from laststop.words.fact import ActionFact, Fact, RunFact, StageFact
from laststop.words.facts_gates import ConditionResult
from laststop.words.facts_pipeline import RetryMode
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey, RunId
from laststop.words.overrides import SourceOverride

MORNING = datetime(2026, 11, 23, 8, tzinfo=UTC)
Outcome = Succeeded | Continued | Failure
BROKEN = Failure(code="JobFailed", message="it broke")
TYPES = {
    "Source": ActionTypeId(category="Source", owner="AWS", provider="S3"),
    "Build": ActionTypeId(category="Build", owner="AWS", provider="CodeBuild"),
    "Test": ActionTypeId(category="Test", owner="AWS", provider="CodeBuild"),
    "Invoke": ActionTypeId(category="Invoke", owner="AWS", provider="Lambda"),
    "Approval": ActionTypeId(category="Approval", owner="AWS", provider="Manual"),
}


def action(name: str, category: str = "Invoke", *, reads: str = "", makes: str = "", **more: Any) -> Action:
    """`reads` and `makes` are names of artifacts, parted by blanks."""
    return Action(
        name=name,
        action_type_id=TYPES[category],
        input_artifacts=tuple(ArtifactName(name=each) for each in reads.split()),
        output_artifacts=tuple(ArtifactName(name=each) for each in makes.split()),
        **more,
    )


def source(name: str) -> Action:
    return action(name, "Source", makes=name, namespace=f"{name}-source")


def rule(name: str, provider: str = "LambdaInvoke", **more: Any) -> Rule:
    return Rule(name=name, rule_type_id=RuleTypeId(provider=provider), **more)


def gate(result: ConditionResult, *rules: Rule) -> StageConditions:
    return StageConditions(conditions=(Condition(result=result, rules=rules),))


def stage(
    name: str,
    *actions: Action,
    retries: RetryMode | Literal["bare", ""] = "",
    before: StageConditions | None = None,
    after: StageConditions | None = None,
    failing: StageConditions | Literal["ROLLBACK"] | None = None,
) -> Stage:
    """`retries` is the mode of the automatic retry; `bare` names none, nothing means no retry."""
    on_failure = None
    if retries:
        mode = RetryConfiguration(retry_mode=retries) if retries != "bare" else None
        on_failure = OnFailure(result="RETRY", retry_configuration=mode)
    elif failing == "ROLLBACK":
        on_failure = OnFailure(result="ROLLBACK")
    elif failing is not None:
        on_failure = OnFailure(conditions=failing.conditions)
    return Stage(name=name, actions=actions, before_entry=before, on_success=after, on_failure=on_failure)


def flow(*stages: Stage, **more: Any) -> Pipeline:
    return Pipeline(name="flow", stages=stages, **more)


LINE = flow(
    stage("Source", source("frontend"), source("routing")),
    stage("Build", action("compile", "Build", reads="frontend routing", makes="site", namespace="build")),
    stage(
        "Release",
        action("deploy", reads="site"),
        action("purge", run_order=2),
        action("announce", run_order=2),
        action("verify", run_order=3),
    ),
)
"""The shape of the real flow."""


def run_id(number: str) -> RunId:
    return RunId(f"run-{number}")


def heads(text: str) -> Bill:
    """The bill behind `frontend@a routing@b`; a source that is not named stands at `1`."""
    named = dict(each.split("@") for each in text.split())
    return bill_of([revision(name, named.get(name, "1")) for name in ("frontend", "routing")])


def revision(name: str, id_: str) -> Revision:
    return Revision(action=name, id=id_, location=f"docs/{name}")


class Bench:
    """One pipeline under test: its state, every fact so far, and the clock."""

    def __init__(self, pipeline: Pipeline | None = LINE) -> None:
        self.state = State(pipeline="flow")
        self.now = MORNING
        self.facts: list[Fact] = []
        self.refused: Refused | None = None
        self.past: dict[tuple[RunId, str], StageSuccess] = {}
        if pipeline is not None:
            self.ask(Declare(declaration=pipeline))
            self.facts.clear()
            self.state = msgspec.structs.replace(self.state, wanted=None)

    def ask(self, asked: AnyInput) -> tuple[Fact, ...]:
        """Decide and evolve; a refusal is kept in `refused`, and no facts follow."""
        decided = decide(self.state, asked, self.now)
        self.refused = decided if isinstance(decided, Refused) else None
        facts = () if isinstance(decided, Refused) else decided
        for fact in facts:
            self.state = evolve(self.state, fact)
            self._note_success(fact)
        self.facts.extend(facts)
        return facts

    def _note_success(self, fact: Fact) -> None:
        if isinstance(fact, f.StageSucceeded):
            success = self.state.stage(fact.stage).success
            run = self.state.runs[fact.run]
            if success is not None:
                rollback = run.is_rollback
                self.past[fact.run, fact.stage] = msgspec.structs.replace(success, rollback=rollback)

    def play(self, script: str) -> "Bench":
        for step in filter(None, (each.strip() for each in script.split(";"))):
            self.take(*step.split())
        return self

    def take(self, verb: str, *words: str) -> None:  # noqa: C901, PLR0912 one arm per verb
        rest = " ".join(words[1:])
        match verb:
            case "declare":
                self.ask(Declare(declaration=self.state.declaration or LINE))
            case "want":
                self.ask(Want(cause=" ".join(words)))
            case "begin":
                self.ask(Begin(run=run_id(words[0]), heads=heads(rest)))
            case "start":
                self.start(*words)
            case "stop" | "abandon":
                self.ask(Stop(run=run_id(words[0]), abandon=verb == "abandon", reason=rest))
            case "retry":
                again: RetryMode = "ALL_ACTIONS" if "ALL" in words else "FAILED_ACTIONS"
                self.ask(Retry(run=run_id(words[0]), stage=words[1], mode=again))
            case "close" | "open":
                self.ask(SetTransition(stage=words[0], enabled=verb == "open", reason=rest))
            case "out":
                self.ask(SetTransition(stage=words[0], enabled=not rest, direction="Outbound", reason=rest))
            case "after" | "days":
                unit = timedelta(days=1) if verb == "days" else timedelta(minutes=1)
                self.now += unit * int(words[0])
                self.ask(TimePassed())
            case "update":
                self.ask_changed()
            case "mode":
                old = self.state.declaration or LINE
                mode = msgspec.convert(words[0], ExecutionMode)
                self.ask(Declare(declaration=msgspec.structs.replace(old, execution_mode=mode)))
            case "approve" | "reject":
                self.answer(words[0], words[1], approved=verb == "approve", summary=" ".join(words[2:]))
            case "rollback":
                self.roll_back(*words)
            case "override":
                gate = msgspec.convert(words[2], Literal["BEFORE_ENTRY", "ON_SUCCESS"])
                self.ask(OverrideCondition(run=run_id(words[0]), stage=words[1], gate=gate))
            case "pass":
                self.pass_stage(*words)
            case _:
                self.report(verb, *words)

    def start(self, number: str, *words: str) -> None:
        """`Mood=keen` is a variable, `token:t` the request token, `pin:frontend@b` an object's version."""
        pins = [word.removeprefix("pin:").split("@") for word in words if word.startswith("pin:")]
        tokens = [word.removeprefix("token:") for word in words if word.startswith("token:")]
        self.ask(
            Start(
                run=run_id(number),
                cause="by hand",
                variables=dict(word.split("=") for word in words if "=" in word),
                token="".join(tokens),
                revisions=tuple(
                    SourceOverride(action_name=name, revision_type="S3_OBJECT_VERSION_ID", revision_value=id_)
                    for name, id_ in pins
                ),
            )
        )

    def answer(self, number: str, name: str, *, approved: bool, summary: str = "") -> None:
        """Answer the newest attempt at an approval, whatever became of it."""
        run = self.state.runs[run_id(number)]
        key = AttemptKey(
            run=run.id, stage=run.stage, action=name, attempt=run.in_stage(run.stage)[name].attempt
        )
        self.ask(
            Approve(stage=key.stage, action=name, token=key.id, approved=approved, summary=summary, by="ann")
        )

    def roll_back(self, number: str, name: str, target: str) -> None:
        """What the target had is told as the tables would: from what happened."""
        self.ask(
            Rollback(
                run=run_id(number),
                stage=name,
                target=run_id(target),
                past=self.past.get((run_id(target), name)),
                known=any(fact.run == run_id(target) for fact in self.told(f.RunStarted)),
                by="ann",
            )
        )

    def report(self, verb: str, number: str, name: str) -> None:
        name, _, id_ = name.partition("@")
        command = self.command(number, name)
        more = Continued(token=f"job {command.job} left this")
        good = self.success(command, id_ or "1")
        error = Failure(code="ConfigurationError", message="it cannot be judged")
        outcomes: dict[str, Outcome] = {"ok": good, "fail": BROKEN, "more": more, "error": error}
        self.report_for(command, outcomes[verb])

    def report_for(self, command: Command, outcome: Outcome | None = None) -> None:
        """Report for a command, due or not; without an outcome, its success."""
        good = outcome or self.success(command)
        self.ask(Report(key=command.key, job=command.job, outcome=good))

    def ask_changed(self) -> None:
        """The declaration becomes another one, with the same stages."""
        old = self.state.declaration or LINE
        self.ask(Declare(declaration=msgspec.structs.replace(old, role_arn=f"{old.role_arn}x")))

    def pipeline_becomes(self, declaration: Pipeline) -> None:
        self.ask(Declare(declaration=declaration))

    def success(self, command: Command, id_: str = "1") -> Succeeded:
        """What a provider says that made everything it was asked for."""
        name, run = command.key.action, command.key.run
        return Succeeded(
            artifacts=tuple(made(each, f"{run} {command.key.attempt}") for each in command.outputs),
            variables={"Attempt": str(command.key.attempt)},
            revision=revision(name, id_) if command.provider.startswith("Source/") else None,
        )

    def pass_stage(self, number: str, name: str, *revisions: str) -> None:
        """Everything a run does in a stage succeeds."""
        ids = dict(each.split("@") for each in revisions)
        while mine := [c for c in self.due() if c.key.run == run_id(number) and c.key.stage == name]:
            for command in mine:
                self.report("ok", number, f"{command.key.action}@{ids.get(command.key.action, '1')}")

    def due(self) -> tuple[Command, ...]:
        return due(self.state)

    def command(self, number: str, name: str) -> Command:
        """The command that is due for an action of a run."""
        return next(c for c in self.due() if c.key.run == run_id(number) and c.key.action == name)

    @property
    def at_work(self) -> str:
        """`1:compile/2`: the attempts that are due, by run, action and attempt."""
        keys = [command.key for command in self.due()]
        return " ".join(f"{k.run.removeprefix('run-')}:{k.action}/{k.attempt}" for k in keys)

    @property
    def places(self) -> str:
        """`Source[2] Build[1<3]`: who is inside each stage, and who waits before it."""
        texts = []
        for declared in self.state.declaration.stages if self.state.declaration else ():
            inside = [r for r in self.state.in_order() if r.live and r.inside and r.stage == declared.name]
            held = " ".join(run.id.removeprefix("run-") for run in inside)
            waits = "".join(f"<{run.id.removeprefix('run-')}" for run in self.state.waiting(declared.name))
            texts.append(f"{declared.name}[{held}{waits}]")
        return " ".join(texts)

    @property
    def ends(self) -> str:
        """`1 superseded, 2 failed`: how runs ended, in order; a retried one counts again."""
        kinds = {
            f.RunSucceeded: "succeeded",
            f.RunFailed: "failed",
            f.RunStopped: "stopped",
            f.RunSuperseded: "superseded",
            f.RunCancelled: "cancelled",
        }
        ended = [fact for fact in self.facts if isinstance(fact, RunFact) and type(fact) in kinds]
        return ", ".join(f"{fact.run.removeprefix('run-')} {kinds[type(fact)]}" for fact in ended)

    def told(self, *kinds: type[Fact]) -> list[Fact]:
        """The facts of some kinds, in order."""
        return [fact for fact in self.facts if isinstance(fact, kinds)]


def made(name: str, content: str) -> Artifact:
    return Artifact(name=name, digest=digest_of(f"{name} {content}".encode()), size_bytes=len(content))


def lines(facts: tuple[Fact, ...] | list[Fact]) -> list[str]:
    """Each fact as `stage.entered 1 Build`."""
    return [_line(fact) for fact in facts]


def _line(fact: Fact) -> str:
    words = [fact.kind]
    if isinstance(fact, RunFact):
        words.append(fact.run.removeprefix("run-"))
    if isinstance(fact, StageFact):
        words.append(fact.stage)
    if isinstance(fact, ActionFact):
        words[-1] += f"/{fact.action}/{fact.attempt}"
    return " ".join(words)
