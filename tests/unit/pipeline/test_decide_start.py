"""How a run begins: what it is given, what it is pinned to, and when it is refused."""

import msgspec
import pytest

from laststop.pipeline.declaration import ActionTypeId, PipelineVariable
from laststop.pipeline.inputs import Begin, Declare, Start, Succeeded, Want
from laststop.pipeline.starts import run_with_token
from laststop.words import facts_pipeline as f
from laststop.words.overrides import RevisionType, SourceOverride
from unit.pipeline.bench import LINE, Bench, flow, heads, run_id, source, stage

MOODY = flow(
    *LINE.stages,
    variables=(PipelineVariable(name="Mood", default_value="calm"), PipelineVariable(name="Who")),
)
REQUIRED = "Values for required variables haven't been provided: Who"


def started(bench: Bench) -> f.RunStarted:
    fact = bench.told(f.RunStarted)[-1]
    assert isinstance(fact, f.RunStarted)
    return fact


def test_a_value_of_the_start_wins_over_the_default_r_start_01():
    assert started(Bench(MOODY).play("start 1 Who=ann Mood=keen")).variables == {"Mood": "keen", "Who": "ann"}


def test_a_variable_that_is_not_given_has_its_default_r_start_02():
    assert started(Bench(MOODY).play("start 1 Who=ann")).variables == {"Mood": "calm", "Who": "ann"}


def test_a_start_that_lacks_a_required_value_makes_a_run_that_fails_r_start_03():
    """Why not refuse the call: CodePipeline creates the run and fails it, in these words."""
    bench = Bench(MOODY).play("start 1")
    assert bench.refused is None
    (failed,) = bench.told(f.RunFailed)
    assert (failed.run, failed.reason) == (run_id("1"), REQUIRED)
    assert bench.places == "Source[] Build[] Release[]"
    assert bench.state.runs == {}


def test_a_run_that_failed_so_supersedes_nobody_r_start_04():
    bench = Bench(MOODY).play("start 1 Who=ann; start 2 Who=ann; start 3")
    assert (bench.places, bench.ends) == ("Source[1<2] Build[] Release[]", "3 failed")


def test_variables_are_frozen_at_the_start_r_start_05():
    bench = Bench(MOODY).play("start 1 Who=ann; pass 1 Source; fail 1 compile")
    bench.play("retry 1 Build")
    assert bench.state.runs[run_id("1")].variables == {"Mood": "calm", "Who": "ann"}


REFUSED = {
    # why not let it be: a typing mistake would run with the default
    "R-START-06 a variable that is not declared": (Start(run=run_id("1"), cause="", variables={"Mod": "x"})),
    # why not: an empty value is none
    "R-START-07 an empty value": Start(run=run_id("1"), cause="", variables={"Mood": ""}),
    # why not: 1000 characters are the most there may be
    "R-START-08 a value that is too long": Start(run=run_id("1"), cause="", variables={"Mood": "x" * 1001}),
    # why not: nothing reads it
    "R-PIN-01 a pin for an action that reads no source": Start(
        run=run_id("1"),
        cause="",
        revisions=(SourceOverride(action_name="compile", revision_type="COMMIT_ID", revision_value="c"),),
    ),
    # why not: a bucket has no commits
    "R-PIN-02 a pin of a kind the source does not have": Start(
        run=run_id("1"),
        cause="",
        revisions=(SourceOverride(action_name="frontend", revision_type="COMMIT_ID", revision_value="c"),),
    ),
    # why not: the declaration has not allowed another key
    "R-PIN-03 another key where the declaration does not allow it": Start(
        run=run_id("1"),
        cause="",
        revisions=(
            SourceOverride(action_name="frontend", revision_type="S3_OBJECT_KEY", revision_value="k"),
        ),
    ),
}


@pytest.mark.parametrize("asked", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_begins_nothing(asked):
    bench = Bench(MOODY)
    bench.ask(asked)
    assert bench.refused is not None
    assert bench.refused.code == "ValidationException"
    assert bench.facts == []


def test_a_value_of_the_largest_size_is_taken():
    bench = Bench(MOODY).play(f"start 1 Who=ann Mood={'x' * 1000}")
    assert bench.refused is None


def test_another_key_is_taken_where_the_declaration_allows_it_r_pin_04():
    action = LINE.stages[0].actions[0]
    open_ = msgspec.structs.replace(action, configuration={"AllowOverrideForS3ObjectKey": "true"})
    bench = Bench(flow(stage("Source", open_), *LINE.stages[1:]))
    pins = (
        SourceOverride(action_name="frontend", revision_type="S3_OBJECT_KEY", revision_value="k"),
        SourceOverride(action_name="frontend", revision_type="S3_OBJECT_VERSION_ID", revision_value="v"),
    )
    bench.ask(Start(run=run_id("1"), cause="", revisions=pins))
    assert bench.refused is None
    assert bench.command("1", "frontend").overrides == pins


def test_a_pin_reaches_its_own_source_and_no_other_r_pin_05():
    bench = Bench().play("start 1 pin:frontend@b")
    assert [pin.revision_value for pin in bench.command("1", "frontend").overrides] == ["b"]
    assert bench.command("1", "routing").overrides == ()


def test_a_pinned_run_does_not_carry_the_mark_r_pin_06():
    """Why not: it does not read the newest of what the mark was set for."""
    bench = Bench().play("start 0; want news; start 1 pin:frontend@b")
    assert bench.state.wanted == "news"
    bench.play("start 2")
    assert bench.state.wanted is None


def test_a_mark_that_was_kept_keeps_its_trigger_and_its_urgency():
    bench = Bench()
    bench.ask(Want(cause="lifted", anyway=True, trigger="Webhook"))
    bench.play("start 1 pin:frontend@b")
    state = bench.state
    assert (state.wanted, state.wanted_anyway, state.wanted_trigger) == ("lifted", True, "Webhook")


def test_a_run_that_failed_for_want_of_a_value_does_not_carry_the_mark_r_start_09():
    bench = Bench(MOODY).play("want news; start 1")
    assert bench.state.wanted == "news"


def test_an_automatic_run_that_lacks_a_value_takes_the_mark_with_it_r_start_10():
    """Why not keep it: the next would fail for the same reason, and the next."""
    bench = Bench(MOODY).play("want news; begin 1 frontend@a")
    assert bench.state.wanted is None
    assert bench.ends == "1 failed"


def test_the_same_token_again_begins_nothing_r_token_01():
    bench = Bench().play("start 1 token:once; start 2 token:once")
    assert bench.refused is None
    assert [fact.run for fact in bench.told(f.RunStarted)] == [run_id("1")]
    assert run_with_token(bench.state, "once") == run_id("1")


def test_the_same_token_with_other_values_is_still_the_first_start_r_token_02():
    bench = Bench(MOODY).play("start 1 token:once Who=ann; start 2 token:once Who=bob")
    assert started(bench).variables["Who"] == "ann"


def test_another_token_is_another_start_r_token_03():
    bench = Bench().play("start 1 token:once; start 2 token:twice")
    assert run_with_token(bench.state, "twice") == run_id("2")


def test_starts_without_a_token_are_all_their_own_r_token_04():
    bench = Bench().play("start 1; start 2")
    assert len(bench.told(f.RunStarted)) == 2
    assert run_with_token(bench.state, "") is None


def test_a_run_of_the_same_id_begins_once():
    assert len(Bench().play("start 1; start 1").told(f.RunStarted)) == 1


TRIGGERS = {
    "R-TRIGGER-01 a start by hand": ("start 1", "StartPipelineExecution"),
    "R-TRIGGER-02 the mark of a changed source": ("want news; begin 1", "CloudWatchEvent"),
}


@pytest.mark.parametrize(("script", "trigger"), TRIGGERS.values(), ids=TRIGGERS)
def test_a_run_says_how_it_came_about(script, trigger):
    assert started(Bench().play(script)).trigger == trigger


def test_creating_a_pipeline_starts_a_run_r_trigger_03():
    bench = Bench(None)
    bench.ask(Declare(declaration=LINE))
    bench.ask(Begin(run=run_id("1"), heads=heads("frontend@a")))
    assert started(bench).trigger == "CreatePipeline"


def test_an_updated_pipeline_is_started_anew_as_if_by_hand_r_trigger_04():
    """CodePipeline starts nothing after an update, so it has no word of its own for it."""
    bench = Bench().play("update; begin 1 frontend@a")
    assert started(bench).trigger == "StartPipelineExecution"


def test_the_trigger_of_a_start_is_kept_with_its_detail_r_trigger_05():
    bench = Bench()
    bench.ask(Start(run=run_id("1"), cause="a push", trigger="WebhookV2", detail="arn:aws:hook"))
    assert (started(bench).trigger, started(bench).detail) == ("WebhookV2", "arn:aws:hook")


def test_a_wish_keeps_the_trigger_it_was_first_told_with():
    bench = Bench()
    bench.ask(Want(cause="one", trigger="WebhookV2"))
    bench.ask(Want(cause="two"))
    bench.play("begin 1 frontend@a")
    assert (started(bench).cause, started(bench).trigger) == ("one", "WebhookV2")


def test_a_value_of_one_character_is_taken():
    assert started(Bench(MOODY).play("start 1 Who=a")).variables["Who"] == "a"


def test_a_source_that_names_no_revision_is_not_in_the_bill():
    bench = Bench().play("start 1; ok 1 routing@b")
    bench.report_for(bench.command("1", "frontend"), Succeeded())
    (closed,) = bench.told(f.BillClosed)
    assert [each.action for each in closed.bill.revisions] == ["routing"]


def pinned(provider: str, name: str, kind: str) -> str:
    """Why a pin of the second source is refused; its provider is another one than the first's."""
    kinds = ActionTypeId(category="Source", owner="AWS", provider=provider)
    second = msgspec.structs.replace(source("second"), action_type_id=kinds)
    bench = Bench(flow(stage("Source", source("first"), second), *LINE.stages[1:]))
    pin = SourceOverride(
        action_name=name, revision_type=msgspec.convert(kind, RevisionType), revision_value="v"
    )
    bench.ask(Start(run=run_id("1"), cause="", revisions=(pin,)))
    return bench.refused.message if bench.refused else ""


PINS = {
    "a commit of the one with commits": (("CodeCommit", "second", "COMMIT_ID"), ""),
    # why not: the other source is a bucket
    "a commit of the bucket beside it": (
        ("CodeCommit", "first", "COMMIT_ID"),
        "first takes S3_OBJECT_VERSION_ID or S3_OBJECT_KEY, not COMMIT_ID",
    ),
    # why not: nobody knows what could be pinned there
    "anything of a provider without revisions": (
        ("Elsewhere", "second", "COMMIT_ID"),
        "second takes no revision, not COMMIT_ID",
    ),
}


@pytest.mark.parametrize(("asked", "why_not"), PINS.values(), ids=PINS)
def test_a_pin_is_held_against_the_source_it_names(asked, why_not):
    assert pinned(*asked) == why_not
